#!/bin/bash
# SPDX-License-Identifier: ISC
# What a month of address tables costs, whole and as one base and changes.
set -eu
cd "$(dirname "$0")/../.."
make --no-print-directory -s build/tests/bench/origin_days 2>/dev/null
build/tests/bench/origin_days
