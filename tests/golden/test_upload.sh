#!/bin/bash
# SPDX-License-Identifier: ISC
# tumen upload that stays (--watch): a database that is away, that comes back,
# the pace, an end on request.
set -u
cd "$(dirname "$0")/../.."
tumen=${TUMEN:-build/tumen}
spool=${TUMEN_SPOOL:-build/tests/golden/spool}
work=$(mktemp -d)
pid=
trap 'kill $pid 2>/dev/null; rm -rf "$work"' EXIT
unset TUMEN_DB
n=0

ok() { # name; status of the command before it
	local status=$?
	n=$((n + 1))
	[ "$status" -eq 0 ] && echo "ok $n - $1" || echo "not ok $n - $1"
}
refuses() { # name text option...
	local name=$1 text=$2
	shift 2
	"$tumen" upload --spool "$work/sel" --db "$work/x.db" "$@" >"$work/out" 2>"$work/err"
	[ $? -eq 64 ] && grep -qF -- "$text" "$work/err"
	ok "$name"
}
until_true() { # command...: within ten seconds
	for _ in $(seq 100); do
		"$@" >/dev/null 2>&1 && return 0
		sleep 0.1
	done
	return 1
}
traces() { # DB
	sqlite3 "$1" 'SELECT count(*) FROM trace'
}
has() { # DB N
	[ "$(traces "$1")" = "$2" ]
}

refuses "a rate of nothing" '--rate' --rate 0
refuses "a wait of nothing" '--retry-max' --retry-max 0
refuses "to read the same for ever" '--keep and --watch' --keep --watch

# Its folder is not there yet: it waits, and delivers when it is.
mkdir "$work/sel"
"$spool" "$work/sel" sel 100 3 5
ok "a spool"
"$tumen" upload --spool "$work/sel" --db "$work/later/t.db" --watch --retry-max 1 \
    >"$work/out" 2>"$work/err" &
pid=$!
until_true grep -q 'will be tried again' "$work/err"
ok "says that the database is away"
sleep 2
[ "$(grep -c 'tried again' "$work/err")" -eq 1 ] && ls "$work"/sel/*.db >/dev/null
ok "once, and keeps the segments"
mkdir "$work/later"
until_true has "$work/later/t.db" 15
ok "delivers when it is there"
until_true grep -q 'goes on' "$work/err"
ok "and says so"
kill -TERM $pid
wait $pid
ok "ends on request"
pid=
grep -q '15 traces added' "$work/out" && ! ls "$work"/sel/*.db 2>/dev/null
ok "and tells what it did"

# Thirty traces at ten a second.
mkdir "$work/mow"
"$spool" "$work/mow" mow 100 6 5
start=$(date +%s%N)
"$tumen" upload --spool "$work/mow" --db "$work/p.db" --rate 10 >"$work/out" 2>&1
ok "at a pace"
took=$((($(date +%s%N) - start) / 1000000))
[ "$took" -ge 2400 ] && has "$work/p.db" 30
ok "which is kept"

# Another writer of tumen has the file: this one waits for its turn.
mkdir "$work/fra"
"$spool" "$work/fra" fra 100 12 5
flock "$work/p.db-lock" sleep 2 &
sleep 0.2
start=$(date +%s%N)
"$tumen" upload --spool "$work/fra" --db "$work/p.db" >"$work/out" 2>&1
ok "a file that is locked is waited for"
took=$((($(date +%s%N) - start) / 1000000))
[ "$took" -ge 1500 ] && has "$work/p.db" 90 &&
    [ "$(sqlite3 "$work/p.db" "SELECT group_concat(segment_no) FROM (SELECT segment_no
        FROM segment s JOIN vantage v ON v.vantage_id = s.vantage_id
        WHERE v.name = 'fra' ORDER BY uploaded_us)")" = "$(seq -s , 12)" ]
ok "and gets all of it, the oldest first"
echo "1..$n"
