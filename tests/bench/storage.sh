#!/bin/bash
# SPDX-License-Identifier: ISC
# The shared database in one run: the same traces in SQLite and in PostgreSQL
# 15, as tumen keeps them, as a row a hop (one address and round trip in us for
# each TTL, nothing else) and as a row a probe (what tumen keeps of each, without
# extensions); what a packed record takes; then the upload
# into PostgreSQL over a socket, over TCP, and with 75 ms each way, as operator
# and as a vantage. Servers are new, in a network namespace of their own.
#   TUMEN_ROUNDS   rounds of 480 traces (210)
#   TUMEN_UPLOADS  only the uploads into PostgreSQL, so many times; medians
set -eu
cd "$(dirname "$0")/../.."
if [ -z "${TUMEN_STORAGE:-}" ]; then
	[ "$(id -u)" -eq 0 ] || { echo "bench/storage: needs root, for a namespace" >&2; exit 77; }
	make --no-print-directory -s all build/tests/bench/spool build/tests/bench/hops build/tests/bench/record
	TUMEN_STORAGE=1 exec unshare -n -m -p --fork --mount-proc bash "$0"
fi
. tests/postgres/server.sh
ip link set lo up
bin=$(server_find 15) || { echo "bench/storage: no PostgreSQL 15" >&2; exit 69; }
work=$(mktemp -d)
chmod 755 "$work"
trap 'server_stop "$bin" "$work/pg"; kill "${relay:-}" 2>/dev/null; rm -rf "$work"' EXIT
export TUMEN_DATADIR=build
rounds=${TUMEN_ROUNDS:-210} spools=() given=()
for v in sel mow pek tyo; do
	mkdir "$work/$v"
	build/tests/bench/spool "$work/$v" "$rounds" 120 1000 "${#spools[@]}" "$v"
	spools+=("$work/$v") given+=(--spool "$work/$v")
done
n=$((rounds * 480))
mkdir "$work/pg"
server_start "$bin" "$work/pg" "listen_addresses = '127.0.0.1'" \
    "shared_buffers = '1GB'" "max_wal_size = '4GB'" "wal_compression = on" "work_mem = '32MB'"
socket=$work/pg/socket
as() { psql -X -q -At -v ON_ERROR_STOP=1 -h "$socket" -U tester -d "$@"; }
url() { echo "postgresql://${2:-tester}@/$1?host=$socket"; }
rate() { awk -v n="$1" -v a="$2" -v b="$3" 'BEGIN { printf "%.0f", n * 1e9 / (b - a) }'; }
upload() { # NAME TRACES DB SPOOL-ARGUMENTS...
	local name=$1 count=$2 db=$3 begun
	shift 3
	begun=$(date +%s%N)
	build/tumen upload --keep --db "$db" "$@" >"$work/out"
	echo "  upload, $name: $(rate "$count" "$begun" "$(date +%s%N)") traces/s"
}
plain() { # NAME DB FORM
	local s
	s=$(build/tests/bench/hops "$2" "$3" "${spools[@]}")
	echo "  insert, $1, a row for each of the $3: $(echo "$s" | awk '{ printf "%.0f", $2 / $1 }') traces/s"
}

compare() {
	echo "$n traces of 4 vantages, forms and questions:"
	upload "SQLite" "$n" "$work/t.db" "${given[@]}"
	for d in t hops probes; do as postgres -c "CREATE DATABASE $d"; done
	upload "PostgreSQL, socket, operator" "$n" "$(url t)" "${given[@]}"
	for form in hops probes; do
		plain SQLite "$work/$form.db" "$form"
		plain PostgreSQL "$(url "$form")" "$form"
	done
	python3 tests/bench/storage_forms.py SQLite "$work/t.db" "$work/hops.db" "$work/probes.db" "$n"
	python3 tests/bench/storage_forms.py PostgreSQL "$(url t)" "$(url hops)" "$(url probes)" "$n"
}
[ -n "${TUMEN_UPLOADS:-}" ] || compare

echo "packed records: $(build/tests/bench/record "$work/t.db")"

echo "one vantage, $((n / 4)) traces, on the way to PostgreSQL (bars 20,000 near and 2,000 with 150 ms):"
python3 tests/bench/storage_relay.py 5555 "$socket/.s.PGSQL.5432" 75 &
relay=$!
fresh() { # an empty database u with roles; the vantage's role in $role
	PGOPTIONS="-c client_min_messages=warning" as postgres -c "DROP DATABASE IF EXISTS u" -c "CREATE DATABASE u"
	build/tumen import --db "$(url u)" /dev/null >"$work/out"
	as u -f deploy/postgres/roles.sql >"$work/out"
	role=$(as u -v name=sel -f deploy/postgres/vantage.sql 2>"$work/err")
}
echo "  load: $(cut -d ' ' -f 1-3 /proc/loadavg), $(nproc) processors"
for who in operator vantage; do
	for way in socket:0 tcp:5432 "150 ms:5555"; do
		for _ in $(seq "${TUMEN_UPLOADS:-1}"); do
			fresh
			[ $who = operator ] && role=tester
			db=$(url u "$role")
			[ "$way" = socket:0 ] ||
			    db="postgresql://$role@127.0.0.1:${way#*:}/u"
			upload "${way%:*}, $who" $((n / 4)) "$db" --spool "$work/sel"
		done | sort -t : -k 2 -n | awk '{ l[NR] = $0 } END { print l[int((NR + 1) / 2)] }'
	done
done
echo "  load: $(cut -d ' ' -f 1-3 /proc/loadavg)"
