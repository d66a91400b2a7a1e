#!/bin/bash
# SPDX-License-Identifier: ISC
# A year of a campaign (10 vantages, every 10 minutes, 40 targets x 3 methods:
# 63 million verdicts) in SQLite and in PostgreSQL 15: how long `tumen infer`
# takes to fold it, and how long `status` and `timeline` take with what is kept
# and without. The verdicts are made by SQL, with one word for their JSON; that
# stands beside the index that a timeline reads, and is not read.
# The whole year needs 16 GB (SQLite) and 25 GB (PostgreSQL), and half an hour.
#   TUMEN_DAYS     days (365)
#   TUMEN_ENGINES  sqlite, postgres or both ("sqlite postgres")
set -eu
cd "$(dirname "$0")/../.."
engines=${TUMEN_ENGINES:-sqlite postgres} days=${TUMEN_DAYS:-365}
if [ -z "${TUMEN_YEAR:-}" ]; then
	[ "$(id -u)" -eq 0 ] || { echo "bench/year: needs root, for a namespace" >&2; exit 77; }
	make --no-print-directory -s all
	TUMEN_YEAR=1 exec unshare -n -m -p --fork --mount-proc bash "$0"
fi
. tests/postgres/server.sh
ip link set lo up
bin=
work=$(mktemp -d)
chmod 755 "$work"
trap '[ -z "$bin" ] || server_stop "$bin" "$work/pg"; rm -rf "$work"' EXIT
export TUMEN_DATADIR=build
series=$((144 * 30)) # verdicts of a day, vantage and prefix

ask() { # SQL
	case $db in
	*://*) psql -X -q -At -v ON_ERROR_STOP=1 "$db" -c "$1" ;;
	*) sqlite3 "$db" "PRAGMA synchronous = OFF; PRAGMA cache_size = -400000; $1" ;;
	esac
}
# One vantage, one prefix: a round is 10 targets x 3 methods, 4 s from one to
# the next. The carrier changes every third day or so, at a time that depends on
# the series; one trace in fifty is torn, one in twenty says nothing.
fill() { # VANTAGE-NO PREFIX-NO
	local id target h='((n * 2654435761 + v * 40503 + p * 97) % 1000003)'
	local days_on="((n / $series + v) / 3 + p)"
	case $db in
	*://*) id="convert_to(lpad(CAST((v * 10 + p) * 1000000000 + n AS text), 16, '0'), 'UTF8')"
		target="decode('af2db' || p || '0' || n % 10, 'hex')" ;;
	*) id="CAST(printf('%016d', (v * 10 + p) * 1000000000 + n) AS BLOB)"
		target="CAST(char(1, 2, p + 1, n % 10 + 1) AS BLOB)" ;;
	esac
	ask "INSERT INTO verdict (prefix_id, vantage_id, started_us, trace_id, target, method,
	    flow, decided_us, reached, reach, entry_as, carrier, evidence, silent_hops_n, p, json)
	    SELECT p, v, at, $id, $target, 1 + n / 10 % 3, 1, at + 3500000,
		CASE WHEN h < 950000 THEN 1 ELSE 0 END,
		CASE WHEN h < 950000 THEN 'up' ELSE 'unknown' END,
		CASE WHEN h >= 950000 THEN NULL WHEN h < 20000 THEN 4837
		    WHEN d % 2 = 0 THEN 20485 ELSE 134544 END,
		CASE WHEN h >= 950000 THEN 'unknown' WHEN h < 20000 THEN 'other:4837'
		    WHEN d % 2 = 0 THEN 'ttk' ELSE 'unicom' END,
		'adjacent-seen', 0, CASE WHEN h < 950000 THEN 0.98 END, '{}'
	    FROM (SELECT n, v, p, $h AS h, $days_on AS d,
		1767225600000000 + n / 30 * 600000000 + n % 30 * 4000000 + v * 137 AS at
		FROM (WITH RECURSIVE c(n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM c
		    WHERE n + 1 < $((series * days)))
		    SELECT CAST(n AS bigint) AS n, CAST($1 AS bigint) AS v,
			CAST($2 AS bigint) AS p FROM c) x) y"
}
# The run of every round, and its health: one in a hundred without an uplink.
fill_runs() { # VANTAGE-NO
	local runs="SELECT CAST($1 AS bigint) AS v, CAST(n AS bigint) AS n,
	    1767225600000000 + CAST(n AS bigint) * 600000000 AS at FROM (WITH RECURSIVE c(n) AS (SELECT 0
	    UNION ALL SELECT n + 1 FROM c WHERE n + 1 < $((144 * days))) SELECT n FROM c) x"
	ask "INSERT INTO run (vantage_id, campaign_id, slot, epoch, planned_us, started_us,
	    finished_us, state, traces_n, sent_n, received_n, drops_n, health)
	    SELECT v, 1, n, 1, at, at, at + 125000000, 'done', 120, 0, 0, 0, 1 FROM ($runs) r"
	ask "INSERT INTO health (vantage_id, campaign_id, slot, epoch, at_us, uplink, clock_step_us)
	    SELECT v, 1, n, 1, at + 125000000, CASE WHEN n % 100 = 7 THEN 'down' ELSE 'up' END, 0
	    FROM ($runs) r"
}
seconds() { # COMMAND...
	local begun
	begun=$(date +%s%N)
	"$@" >"$work/out"
	awk -v a="$begun" -v b="$(date +%s%N)" 'BEGIN { printf "%.3f", (b - a) / 1e9 }'
}
median() { # of five, COMMAND...
	for _ in 1 2 3 4 5; do
		seconds "$@"
		echo
	done | sort -n | sed -n 3p
}
make_year() {
	local v p
	build/tumen import --db "$db" /dev/null >"$work/err" 2>&1
	ask "INSERT INTO campaign (campaign_id, name) VALUES (1, 'year')"
	for p in 0 1 2 3; do
		ask "INSERT INTO prefix (prefix_id, name, addr, len_bits) VALUES ($((p + 1)),
		    '175.45.$((176 + p)).0/24', $(case $db in *://*) printf '%s' "'\\xaf2db${p}00'" ;;
		    *) echo "x'af2db${p}00'" ;; esac), 24)"
	done
	for v in $(seq 10); do
		ask "INSERT INTO vantage (vantage_id, name) VALUES ($v, 'v$v')"
		fill_runs "$v"
	done
	for p in 1 2 3 4; do
		for v in $(seq 10); do
			fill "$v" "$p"
			[ ! -t 2 ] || printf '\r%s: series %d of 40 ' "$name" $(((p - 1) * 10 + v)) >&2
		done
	done
	[ ! -t 2 ] || printf '\r\033[K' >&2
}
report() {
	local whole kept what
	echo "$name, $((series * days * 40)) verdicts of $days days:"
	whole=$(seconds build/tumen status --db "$db")
	cp "$work/out" "$work/whole"
	echo "  status with nothing kept: $whole s"
	echo "  tumen infer folds them: $(seconds build/tumen infer --db "$db" 2>"$work/err") s," \
	    "$(ask "SELECT count(*) FROM state_run") and $(ask "SELECT count(*) FROM reach_run") rows"
	for what in "status" "status --at $at" "timeline" "timeline --json" "timeline --vantage v3"; do
		# shellcheck disable=SC2086 # a command and its options
		kept=$(median build/tumen $what --db "$db")
		echo "  $what: $kept s (bar 1), $(awk -v a="$whole" -v b="$kept" \
		    'BEGIN { printf "%.0f", a / b }') x faster"
		[ "$what" != status ] || cmp "$work/out" "$work/whole"
	done
}
at=$(date -u -d "@$((1767225600 + days * 43200 + 50000))" +%Y-%m-%dT%H:%M:%SZ)
for name in $engines; do
	db=$work/year.db
	if [ "$name" = postgres ]; then
		bin=$(server_find 15) || { echo "bench/year: no PostgreSQL 15" >&2; exit 69; }
		mkdir "$work/pg"
		server_start "$bin" "$work/pg" "shared_buffers = '1GB'" "max_wal_size = '8GB'"
		db="postgresql://tester@/postgres?host=$work/pg/socket"
	fi
	make_year
	report
	[ "$name" = postgres ] || rm "$db"
done
