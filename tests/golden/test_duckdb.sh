#!/bin/bash
# SPDX-License-Identifier: ISC
# analysis/duckdb/*.sql in DuckDB (from npm; the archives are kept in
# build/npm), against the same questions in SQLite with record_probes().
# Prints TAP; skipped, with the reason, where DuckDB cannot be had.
set -u
cd "$(dirname "$0")/../.."
tumen=${TUMEN:-build/tumen}
top=$PWD
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

skip() { echo "ok 1 - DuckDB # skip $1"; echo "1..1"; exit 0; }
fetch() { # NAME SHA256
	local file=build/npm/duckdb-$1-1.5.6-r.1.tgz
	[ -f "$file" ] || timeout 120 npm pack --silent --pack-destination build/npm \
	    "@duckdb/$1@1.5.6-r.1" >/dev/null 2>&1 || skip "npm does not have @duckdb/$1"
	echo "$2  $file" | sha256sum --quiet -c - >/dev/null 2>&1 || skip "$file is another file"
	mkdir -p "$work/node_modules/@duckdb/$1"
	tar -xzf "$file" -C "$work/node_modules/@duckdb/$1" --strip-components 1 || skip "no tar"
}
command -v node >/dev/null && command -v npm >/dev/null || skip "no npm"
[ "$(uname -sm)" = "Linux x86_64" ] || skip "not Linux on x86_64"
mkdir -p build/npm
fetch node-api 64d5080af3c0144329f9cbdbff7bc867c9c1f9df57a7e7e2a8b13bc6ed2bc664
fetch node-bindings 9d1ebca9020dcd5680e2e38bd182f1a0e69e59f00d31dfc5afca2623b8a34ac3
fetch node-bindings-linux-x64 1b9f82478539bb9a1d1df44bd103121a12ae52142c07158dc52b97d2ec1d69ff

"$tumen" import --db "$work/t.db" tests/golden/traces.ndjson >"$work/log" 2>&1
"$tumen" export --db "$work/t.db" --format csv >"$work/probes.csv"
# The columns of the export that the questions read, from the database itself.
view="CREATE TEMP VIEW probes AS SELECT v.trace, v.vantage, v.target, v.stop,
    p.addr, CAST(round(p.rtt_us * 1000) AS INTEGER) AS rtt_ns, p.silent
    FROM trace t JOIN v_trace v USING (started_us, epoch, seq),
    record_probes(t.rec, t.started_us) p;"
n=0
for q in load routers silence targets; do
	(cd "$work" && cp "$top/tests/golden/duckdb_ask.js" . &&
	    timeout 20 node duckdb_ask.js "$top/analysis/duckdb/$q.sql") >"$work/duckdb" 2>"$work/err"
	status=$?
	head -n 5 "$work/err"
	n=$((n + 1))
	if [ $q = load ]; then
		[ $status -eq 0 ] && [ "$(head -c 4 "$work/probes.parquet")" = PAR1 ]
	else
		sed "s/'probes.parquet'/probes/" "analysis/duckdb/$q.sql" >"$work/q.sql"
		sqlite3 -cmd ".load build/tumen_sql" -cmd "$view" "$work/t.db" \
		    <"$work/q.sql" >"$work/sqlite"
		diff "$work/sqlite" "$work/duckdb" | head -n 5
		[ $status -eq 0 ] && [ -s "$work/sqlite" ] && cmp -s "$work/sqlite" "$work/duckdb"
	fi && echo "ok $n - $q" || echo "not ok $n - $q"
done
echo "1..$n"
