#!/bin/bash
# SPDX-License-Identifier: ISC
# What a record costs as a line of JSON, written and read, in processor time.
set -eu
cd "$(dirname "$0")/../.."
make --no-print-directory -s build/tests/unit/test_json \
    build/tests/unit/test_ndjson
for test in json ndjson; do
	TUMEN_BENCH=1 build/tests/unit/test_$test 2>/dev/null | sed -n 's/^# //p'
done
