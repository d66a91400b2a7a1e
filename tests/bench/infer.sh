#!/bin/bash
# SPDX-License-Identifier: ISC
# Who hands over to the target's network, inferred in generated worlds that no
# figure was set on, beside plain longest-prefix match: how often it is right,
# where, whether its probabilities are honest, and what a trace costs: to the
# inference alone, and to the program as it ships, with JSON in and out, whose
# memory must not grow with the number of traces.
#   TUMEN_TRACES a world (20000)
#   TUMEN_MANY   traces for the second look at memory (200000)
set -eu
cd "$(dirname "$0")/../.."
make --no-print-directory -s all build/tests/truth/judge \
    build/tests/truth/generate build/tests/bench/infer 2>/dev/null
for seed in 101 102 103 104; do
	echo "world $seed"
	build/tests/truth/judge --seed "$seed" --traces "${TUMEN_TRACES:-20000}"
done

echo "cost"
traces=${TUMEN_TRACES:-20000}
d=$(mktemp -d)
trap 'rm -rf "$d"' EXIT
build/tests/truth/generate --seed 101 --traces "$traces" \
    --origin "$d/world.origin" >"$d/traces.ndjson"
build/tests/bench/infer "$d/world.origin" <"$d/traces.ndjson"
rm "$d/traces.ndjson"
python3 tests/bench/infer_stream.py "$d/world.origin" 101 \
    "$traces" "${TUMEN_MANY:-200000}"
