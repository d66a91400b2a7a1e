#!/bin/bash
# SPDX-License-Identifier: ISC
# analysis/duckdb/*.sql in DuckDB (from npm; the archives are kept in
# build/npm) on an export of two weeks of which all is known: the answers are
# those that SQLite gives, on record_probes() and of sql/questions/, and those of
# the golden copy. Prints TAP; skipped, with the reason, where DuckDB
# cannot be had. TUMEN_GOLDEN=1 writes the copy anew.
set -u
cd "$(dirname "$0")/../.."
tumen=${TUMEN:-build/tumen}
export TUMEN_DATADIR=${TUMEN_DATADIR:-build}
unset TUMEN_DB
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

python3 tests/golden/weeks_traces.py >"$work/weeks.ndjson"
"$tumen" import --db "$work/t.db" "$work/weeks.ndjson" >"$work/log" 2>&1
"$tumen" infer --db "$work/t.db" >>"$work/log" 2>&1
"$tumen" export --db "$work/t.db" --format csv >"$work/probes.csv"
"$tumen" export --db "$work/t.db" --format csv --level trace >"$work/traces.csv"
"$tumen" export --db "$work/t.db" --format csv --level path >"$work/paths.csv"

ask() { # QUESTION: in DuckDB, into "$work/duckdb"
	(cd "$work" && cp "$top/tests/golden/duckdb_ask.js" . &&
	    timeout 20 node duckdb_ask.js "$top/analysis/duckdb/$1.sql") >"$work/duckdb" 2>"$work/err"
	local status=$?
	head -n 5 "$work/err"
	[ $status -eq 0 ]
}
n=0
ok() { # NAME; status of the command before it
	local status=$?
	n=$((n + 1))
	[ $status -eq 0 ] && echo "ok $n - $1" || echo "not ok $n - $1"
}
same() { # QUESTION; status of ask: DuckDB's answer is SQLite's, and not nothing
	local status=$?
	diff "$work/sqlite" "$work/duckdb" | head -n 5
	{ echo "-- $1"; cat "$work/duckdb"; } >>"$work/answers"
	[ $status -eq 0 ] && [ -s "$work/sqlite" ] && cmp -s "$work/sqlite" "$work/duckdb"
	ok "$1"
}
ask load && for f in probes traces paths; do
	[ "$(head -c 4 "$work/$f.parquet")" = PAR1 ] || { false; break; }
done
ok load

# The columns of probes.csv that the questions read, from the database itself.
view="CREATE TEMP VIEW probes AS SELECT v.trace, v.vantage, v.target, v.stop,
    p.addr, CAST(round(p.rtt_us * 1000) AS INTEGER) AS rtt_ns, p.silent
    FROM trace t JOIN vantage n USING (vantage_id) JOIN v_trace v
    ON v.started_us = t.started_us AND v.vantage = n.name AND v.epoch = t.epoch
    AND v.seq = t.seq, record_probes(t.rec, t.started_us) p;"
for q in routers silence targets; do
	sed "s/'probes.parquet'/probes/" "analysis/duckdb/$q.sql" >"$work/q.sql"
	sqlite3 -cmd ".load build/tumen_sql" -cmd "$view" "$work/t.db" <"$work/q.sql" >"$work/sqlite"
	ask $q
	same $q
done
for q in carried:carriers disagree:disagree border:slowest router:router single:single_homed; do
	sqlite3 "$work/t.db" <"sql/questions/${q#*:}.sql" >"$work/sqlite"
	ask "${q%:*}"
	same "${q%:*}"
done
[ -n "${TUMEN_GOLDEN:-}" ] && cp "$work/answers" tests/golden/duckdb.txt
diff -u tests/golden/duckdb.txt "$work/answers" | head -n 20
cmp -s tests/golden/duckdb.txt "$work/answers"
ok "the answers that are known"
echo "1..$n"
