#!/bin/bash
# SPDX-License-Identifier: ISC
# Traces exported in a second of processor time, by format and level, from SQLite
# to a file; each has a verdict to look up.
#   TUMEN_TRACES how many (10000)
set -eu
cd "$(dirname "$0")/../.."
make --no-print-directory -s all build/tests/truth/generate 2>/dev/null
traces=${TUMEN_TRACES:-10000}
d=$(mktemp -d)
trap 'rm -rf "$d"' EXIT
build/tests/truth/generate --seed 101 --traces "$traces" \
    --origin "$d/world.origin" >"$d/traces.ndjson"
build/tumen import --db "$d/t.db" "$d/traces.ndjson" >/dev/null 2>&1
build/tumen infer --db "$d/t.db" --origin "$d/world.origin" 2>/dev/null
[ "$(build/tumen export --db "$d/t.db" | wc -l)" -eq "$traces" ]
for format in ndjson csv "csv --level hop" "csv --level trace" "csv --level path" atlas scamper; do
	LC_ALL=C TIMEFORMAT='%U %S'
	# shellcheck disable=SC2086
	spent=$( { time build/tumen export --db "$d/t.db" --format $format >"$d/out"; } 2>&1)
	echo "$format: $(awk -v n="$traces" -v octets="$(stat -c %s "$d/out")" \
	    '{ printf "%.0f traces/s, %.0f MB/s", n / ($1 + $2), octets / ($1 + $2) / 1e6 }' <<<"$spent")"
done
