#!/bin/bash
# SPDX-License-Identifier: ISC
# What a look-up in the address table that ships costs, and opening it.
set -eu
cd "$(dirname "$0")/../.."
make --no-print-directory -s all build/tests/bench/origin 2>/dev/null
build/tests/bench/origin build/tumen.origin
