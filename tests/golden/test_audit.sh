#!/bin/bash
# SPDX-License-Identifier: ISC
# The accounting: a database that balances, then one with each fault that can
# be made by hand; every one must be named, and nothing else.
set -u
cd "$(dirname "$0")/../.."
tumen=${TUMEN:-build/tumen}
spool=${TUMEN_SPOOL:-$(dirname "$tumen")/tests/golden/spool}
unset TUMEN_DB
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
n=0

ok() { # name; status of the command before it
	local status=$?
	n=$((n + 1))
	[ "$status" -eq 0 ] && echo "ok $n - $1" || echo "not ok $n - $1"
}

# tumen audit ends with a status and finds just these kinds, sorted.
finds() { # name status kinds option...
	local name=$1 want=$2 kinds=$3 got
	shift 3
	"$tumen" audit --json "$@" >"$work/out" 2>"$work/err"
	got=$?
	sed -n 's/.*"kind":"\([^"]*\)","fault":.*/\1/p' "$work/out" | sort |
	    uniq -c | awk '{ print $2 ($1 > 1 ? "*" $1 : "") }' | paste -sd ' ' >"$work/kinds"
	if [ "$got" -ne "$want" ] || [ "$(cat "$work/kinds")" != "$kinds" ]; then
		echo "# status $got, kinds $(cat "$work/kinds")"
		sed 's/^/# /' "$work/out" "$work/err"
		false
	fi
	ok "$name"
}
says() { # text in the last output
	grep -qF -- "$1" "$work/out"
	ok "... $1"
}

# A fresh copy of the balanced database, changed by SQL.
fault() {
	cp "$work/good.db" "$work/t.db"
	sqlite3 "$work/t.db" "$1"
}

# Two vantages, six runs of 5 traces each, one of them skipped.
for v in sel mow; do
	mkdir "$work/$v"
	"$spool" "$work/$v" $v 100 3 5 && "$spool" "$work/$v" $v 103 1 0 skipped &&
	    "$spool" "$work/$v" $v 104 2 5
	ok "$v writes"
done
cp -r "$work/sel" "$work/copy"
mkdir "$work/archive"
db=$work/good.db
"$tumen" upload --db "$db" --spool "$work/sel" --spool "$work/mow" \
    --archive "$work/archive" >"$work/out"
ok "uploaded"
epoch=$(sqlite3 "$db" "SELECT epoch FROM segment s JOIN vantage v USING (vantage_id)
    WHERE v.name = 'sel' LIMIT 1")
sel="vantage_id = (SELECT vantage_id FROM vantage WHERE name = 'sel')"
all="--spool $work/sel --spool $work/mow --archive $work/archive"
"$tumen" audit --db "$db" $all >"$work/out"
ok "balances with the archive as it was made"

# shellcheck disable=SC2086
finds "balances" 0 '' --db "$db"
# shellcheck disable=SC2086
finds "balances with spools and archive" 0 '' --db "$db" $all
"$tumen" audit --db "$db" >"$work/out"
[ "$(wc -l <"$work/out")" -eq 2 ]
ok "a line a vantage"
says 'sel: balanced: 6 runs (5 done, 1 skipped), 6 segments, 25 traces'

# Traces.
fault "DELETE FROM trace WHERE $sel AND seq = 7"
finds "a trace is gone" 1 'gap-lost run-traces traces-missing' --db "$work/t.db"
says '"first":7,"last":7'
says 'slot 101: its row says 5 traces, 4 are stored'
# shellcheck disable=SC2086
finds "and its segment names it" 1 'run-traces trace-missing traces-missing' \
    --db "$work/t.db" $all
finds "with a window, too" 1 'gap-lost run-traces' --db "$work/t.db" --since @1
finds "not of the other vantage" 0 '' --db "$work/t.db" --vantage mow
finds "nor of another time" 0 '' --db "$work/t.db" --since @$((102 * 3600))
fault "DELETE FROM trace WHERE $sel AND seq = 25"
finds "the last trace is gone" 1 'run-traces traces-missing' --db "$work/t.db"
# shellcheck disable=SC2086
finds "the spool knows its number" 1 'gap-lost run-traces traces-missing' \
    --db "$work/t.db" --spool "$work/sel"
fault "UPDATE trace SET rec_hash = 1 WHERE $sel AND seq = 7"
# shellcheck disable=SC2086
finds "a trace was changed" 1 'trace-differs' --db "$work/t.db" $all
fault "UPDATE trace SET seq = 8, started_us = started_us + 1 WHERE $sel AND seq = 7"
finds "a seq twice" 1 'gap-unknown trace-twice' --db "$work/t.db"

# Runs.
fault "DELETE FROM run WHERE $sel AND slot = 101"
finds "a run is gone" 1 'run-missing run-unfinished runs-missing' --db "$work/t.db"
says 'sel: campaign hourly: slot 101: no row tells how it ended (planned 1970-01-05T05:00:00'
fault "DELETE FROM run WHERE $sel AND slot = 103"
finds "a skipped run is gone" 1 'run-missing runs-missing' --db "$work/t.db"
fault "DELETE FROM run WHERE $sel AND slot BETWEEN 101 AND 103"
finds "a range of them" 1 'run-missing run-unfinished*2 runs-missing' --db "$work/t.db"
says '"first":101,"last":103'
fault "UPDATE run SET traces_n = 6 WHERE $sel AND slot = 100"
finds "a run says more" 1 'run-traces' --db "$work/t.db"
fault "UPDATE run SET traces_n = 4 WHERE $sel AND slot = 100"
finds "a run says less" 1 'run-traces' --db "$work/t.db"
fault "UPDATE run SET state = 'aborted', traces_n = 4 WHERE $sel AND slot = 100"
finds "an aborted one may" 0 '' --db "$work/t.db"
fault "UPDATE run SET state = 'lazy' WHERE $sel AND slot = 100"
finds "no end state" 1 'run-state' --db "$work/t.db"
fault "INSERT INTO run SELECT vantage_id, campaign_id, slot, epoch + 1, planned_us, started_us,
    finished_us, state, reason, 0, sent_n, received_n, drops_n, NULL FROM run WHERE $sel AND slot = 100"
finds "two rows for a slot" 1 'run-twice' --db "$work/t.db"

# Health.
fault "DELETE FROM health WHERE $sel AND slot = 101"
finds "a row of health is gone" 1 'run-health' --db "$work/t.db"
says 'sel: campaign hourly: slot 101: no row of health tells how the vantage was: the agent wrote it, it is lost'
fault "DELETE FROM health WHERE $sel AND slot = 101; UPDATE run SET health = 0 WHERE $sel AND slot = 101"
finds "the agent wrote none" 1 'run-health' --db "$work/t.db"
says 'the agent wrote none'
fault "DELETE FROM health WHERE $sel; UPDATE run SET health = NULL WHERE $sel"
finds "it died each time, or is older" 0 '' --db "$work/t.db"
fault "UPDATE health SET campaign_id = 5 WHERE $sel AND slot = 101"
finds "a row of health is of nothing" 1 'run-health text-missing' --db "$work/t.db"
fault "DELETE FROM address WHERE addr = (SELECT gateway FROM health WHERE gateway IS NOT NULL)"
finds "an address of health is gone" 1 'text-missing' --db "$work/t.db"
says 'address 192.168.1.1 is not in its table'

# The ledger.
fault "DELETE FROM segment WHERE $sel AND segment_no = 3"
finds "a line is gone" 1 'segment-missing traces-unledgered' --db "$work/t.db"
# shellcheck disable=SC2086
finds "but the archive has it" 0 '' --db "$work/t.db" $all
fault "DELETE FROM segment WHERE $sel AND segment_no = 3;
    DELETE FROM trace WHERE $sel AND seq BETWEEN 11 AND 15; DELETE FROM run WHERE $sel AND slot = 102"
finds "a segment with all of it" 1 'gap-unknown run-missing segment-missing' --db "$work/t.db"
fault "DELETE FROM segment WHERE $sel AND segment_no = 6;
    DELETE FROM trace WHERE $sel AND seq > 20; DELETE FROM run WHERE $sel AND slot = 105"
finds "the last segment: nobody here knows of it" 0 '' --db "$work/t.db"
finds "but its spool does" 1 'gap-unknown segment-missing' \
    --db "$work/t.db" --spool "$work/sel"
fault "UPDATE segment SET traces_n = 6 WHERE $sel AND segment_no = 1"
finds "a line says more" 1 'traces-missing' --db "$work/t.db"
fault "UPDATE segment SET traces_n = 4 WHERE $sel AND segment_no = 1"
finds "a line says less" 1 'traces-unledgered' --db "$work/t.db"
fault "INSERT INTO segment SELECT vantage_id, epoch, segment_no, zeroblob(32), traces_n, runs_n,
    sealed_us + 1, uploaded_us FROM segment WHERE $sel AND segment_no = 2"
finds "one number, two contents" 1 'segment-twice' --db "$work/t.db"
says '"first":2,"last":2,"expected":null,"found":2'

# Dictionaries and verdicts.
for t in campaign prefix; do
	fault "DELETE FROM $t"
	finds "no $t" 1 'text-missing' --db "$work/t.db"
done
says 'prefix '
fault "DELETE FROM vantage WHERE name = 'sel'"
finds "no vantage" 1 'text-missing' --db "$work/t.db"
fault "DELETE FROM address WHERE name = '175.45.176.71'; DELETE FROM address WHERE name = '10.0.1.1'"
finds "no address" 1 'text-missing*2' --db "$work/t.db"
says 'address 10.0.1.1'
fault "DELETE FROM path WHERE path_id = (SELECT path_id FROM trace WHERE seq = 1 LIMIT 1)"
finds "no path" 1 'text-missing' --db "$work/t.db"
fault "DELETE FROM path_hop WHERE ttl = 2 AND path_id = (SELECT path_id FROM trace LIMIT 1)"
finds "a hop less" 1 'hops-missing' --db "$work/t.db"
cp "$db" "$work/v.db"
TUMEN_DATADIR=$(dirname "$tumen") "$tumen" infer --db "$work/v.db" 2>"$work/err"
finds "verdicts, too" 0 '' --db "$work/v.db"
sqlite3 "$work/v.db" "UPDATE verdict SET trace_id = zeroblob(16)
    WHERE trace_id = (SELECT trace_id FROM trace WHERE $sel AND seq = 3)"
finds "a verdict without a trace" 1 'verdict-alone' --db "$work/v.db"

# Spools: waiting, kept, copied, damaged, in quarantine.
"$spool" "$work/sel" sel 106 2 5
ok "sel goes on"
finds "sealed, not uploaded" 0 'segment-waiting*2' --db "$db" --spool "$work/sel"
"$tumen" audit --db "$db" --spool "$work/sel" | grep -q '2 segments wait'
ok "... 2 segments wait"
cp "$db" "$work/t.db"
"$tumen" upload --keep --db "$work/t.db" --spool "$work/sel" >"$work/out"
finds "kept in the spool" 0 '' --db "$work/t.db" --spool "$work/sel"
sqlite3 "$work/t.db" "DELETE FROM trace WHERE $sel AND seq = 26"
finds "not what the spool has" 1 'run-traces trace-missing traces-missing' \
    --db "$work/t.db" --spool "$work/sel"
says "$work/sel/000007.db"
cp "$db" "$work/t.db"
sqlite3 "$work/sel/000008.db" '.backup '"$work/8.db"
sqlite3 "$work/8.db" 'ATTACH "'"$work/t.db"'" AS t;
    INSERT OR IGNORE INTO t.path SELECT * FROM path;
    INSERT OR IGNORE INTO t.path_hop SELECT * FROM path_hop;
    INSERT INTO t.trace SELECT * FROM trace WHERE seq < 34'
finds "an upload that was interrupted" 0 'run-open segment-waiting*2' \
    --db "$work/t.db" --spool "$work/sel"
rm "$work/sel/000007.db"
finds "a waiting segment is lost" 1 'gap-unknown run-open segment-missing segment-waiting' \
    --db "$work/t.db" --spool "$work/sel"
echo rubbish >"$work/sel/000008.db"
finds "a damaged file" 1 'gap-unknown segment-damaged segment-missing' \
    --db "$db" --spool "$work/sel"
"$tumen" upload --db "$work/q.db" --spool "$work/sel" >"$work/out" 2>&1
finds "in quarantine, with its reason" 1 'gap-unknown segment-missing segment-quarantined' \
    --db "$db" --spool "$work/sel"
says 'quarantine/000008.db: '
says 'not a tumen database'
# The copy of a spool gives out once more what the other gave out.
sed -i 's/^seq .*/seq 21/; s/^segment .*/segment 6/' "$work/copy/epoch"
rm "$work/copy"/00*
"$spool" "$work/copy" sel 200 1 3
ok "the copy of a spool goes on"
finds "a copied spool" 1 'segment-twice' --db "$db" --spool "$work/copy"
cp "$db" "$work/t.db"
"$tumen" upload --db "$work/t.db" --spool "$work/copy" >"$work/out" 2>&1
finds "and what it leaves" 1 'run-missing segment-twice trace-twice*3' --db "$work/t.db"

# Errors.
status() { # status text option...
	local want=$1 text=$2 got
	shift 2
	"$tumen" audit "$@" >"$work/out" 2>"$work/err"
	got=$?
	[ "$got" -eq "$want" ] && grep -qF -- "$text" "$work/err"
	ok "$want: $text"
}
status 64 'no database: --db DB'
status 64 'x: not an option' --db "$db" x
status 64 'no such option' --db "$db" --keep
status 65 'not a tumen database' --db "$work/sel/epoch"
status 69 'no such database' --db "$work/none"
status 69 'cannot open the spool' --db "$db" --spool "$work/none"
status 69 'no archive' --db "$db" --archive "$work/none"
status 69 '--vantage abc: nothing of it' --db "$db" --vantage abc
"$tumen" audit --db "$db" >/dev/full 2>"$work/err"
[ $? -eq 74 ]
ok "74: standard output is full"
echo "1..$n"
