#!/bin/bash
# SPDX-License-Identifier: ISC
# What a record costs as a line of JSON, in processor time.
set -eu
cd "$(dirname "$0")/../.."
make --no-print-directory -s build/tests/unit/test_json
TUMEN_BENCH=1 build/tests/unit/test_json 2>/dev/null | sed -n 's/^# //p'
