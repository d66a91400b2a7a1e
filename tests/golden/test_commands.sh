#!/bin/bash
# SPDX-License-Identifier: ISC
# The commands of tumen on recorded traces of the emulated internet (two
# vantages, three rounds of the demo): their output against golden copies, the
# text and status of every error. TUMEN_GOLDEN=1 writes the copies anew.
# TUMEN_TEST_DB=postgresql://... does it on that (empty) database; then what is
# about files is left out.
set -u
cd "$(dirname "$0")/../.."
tumen=${TUMEN:-build/tumen}
golden=tests/golden
export TUMEN_DATADIR=${TUMEN_DATADIR:-build}
unset TUMEN_DB
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
n=0

ok() { # name; status of the command before it
	local status=$?
	n=$((n + 1))
	[ "$status" -eq 0 ] && echo "ok $n - $1" || echo "not ok $n - $1"
}

# The output of a command is the golden copy's, byte for byte.
same() { # name file command...
	local name=$1 file=$golden/$2
	shift 2
	"$@" >"$work/out" 2>"$work/err"
	[ -n "${TUMEN_GOLDEN:-}" ] && cp "$work/out" "$file"
	diff -u "$file" "$work/out" | head -n 20
	cmp -s "$file" "$work/out"
	ok "$name"
}

# A command ends with a status and says a text on standard error.
says() { # status text command...
	local want=$1 text=$2 got
	shift 2
	"$@" >"$work/out" 2>"$work/err" </dev/null
	got=$?
	if [ "$got" -ne "$want" ] || ! grep -qF -- "$text" "$work/err"; then
		echo "# status $got: $(head -n 2 "$work/err")"
		false
	fi
	ok "$want: ${*/$work/...}"
}

db=${TUMEN_TEST_DB:-$work/t.db}
is_file() { [ -z "${TUMEN_TEST_DB:-}" ]; }
"$tumen" import --db "$db" $golden/traces.ndjson 2>"$work/err"
ok "import"
ask() { # SQL
	if is_file; then sqlite3 "$db" "$1"; else psql -X -q -At "$db" -c "$1"; fi
}
ask "$(grep -v '^--' $golden/runs.sql)"
"$tumen" infer --db "$db" 2>"$work/err"
ok "infer"

same "status" status.txt "$tumen" status --db "$db"
same "status as JSON" status.ndjson "$tumen" status --db "$db" --json
same "timeline in 60 columns" timeline.txt "$tumen" timeline --db "$db" --width 60
same "timeline in 120 columns" timeline_120.txt "$tumen" timeline --db "$db" --width 120
same "timeline as JSON" timeline.ndjson "$tumen" timeline --db "$db" --json
same "runs as JSON" timeline_runs.ndjson "$tumen" timeline --db "$db" --json --runs
same "dependence" dependence.txt "$tumen" timeline --db "$db" --dependence --width 60
same "dependence as JSON" dependence.ndjson "$tumen" timeline --db "$db" --dependence --json
same "one prefix, one vantage" timeline_mow.txt \
    "$tumen" timeline --db "$db" --vantage mow --prefix 175.45.178.0/24
same "verdicts, through the filter" verdicts.ndjson \
    "$tumen" infer - <$golden/traces.ndjson

# What changed; the rest of it is in test_diff.sh.
differs() { # argument...: with status 1, as it should
	"$tumen" diff --db "$db" "$@"
	[ $? -eq 1 ]
}
same "two times" diff_times.txt differs --a-time 2026-11-21T21:00:37Z --b-time 2026-11-21T21:00:49Z
same "two traces" diff_ids.txt differs 6fdc886b-9141-8dbe-8670-2cf8d290cf37 317b2fd7-8d49-857c-b570-291cce907624
same "one target, two times, as JSON" diff_times.ndjson \
    differs --a-time @1795294837 --b-time @1795294849 --prefix 175.45.178.161/32 --json

# Why: in words and as JSON; the verdict in it is the one that infer stored.
id=$(head -n 1 $golden/traces.ndjson | sed 's/.*"id":"\([^"]*\)".*/\1/')
same "explained" explain.txt "$tumen" explain --db "$db" "$id"
same "explained as JSON" explain.ndjson "$tumen" explain --json --db "$db" "$id"
python3 - "$id" "$work/out" $golden/verdicts.ndjson <<'EOF'
import json, sys
said = json.load(open(sys.argv[2]))["verdict"]
sys.exit(said not in [json.loads(v) for v in open(sys.argv[3])] or
         said["trace"] != sys.argv[1])
EOF
ok "with the verdict that infer gives"
"$tumen" explain - <$golden/traces.ndjson | grep -c '^Trace ' |
    grep -qx "$(wc -l <$golden/traces.ndjson)"
ok "all of a file are explained"

# Traces of control destinations: no verdict, and none that is another for them.
sed '/"vantage":"mow"/s/"control":false/"control":true/' $golden/traces.ndjson >"$work/controls"
grep '"control":false' "$work/controls" | "$tumen" infer - >"$work/want"
"$tumen" infer - <"$work/controls" >"$work/out" 2>"$work/err"
[ -s "$work/out" ] && cmp -s "$work/want" "$work/out" &&
    ! cmp -s "$golden/verdicts.ndjson" "$work/out" &&
    grep -qx "$(grep -c '"control":true' "$work/controls") traces of control destinations passed over" "$work/err"
ok "controls have no verdict and no vote, through the filter"
if is_file; then
	control=$(grep -m 1 '"control":true' "$work/controls" | sed 's/.*"id":"\([^"]*\)".*/\1/')
	"$tumen" import --db "$work/controls.db" "$work/controls" >"$work/out" 2>&1
	"$tumen" infer --db "$work/controls.db" --json 2>"$work/err" | sort >"$work/out"
	sort "$work/want" | cmp -s - "$work/out"
	ok "nor in a database"
	"$tumen" status --db "$work/controls.db" --json >"$work/out"
	"$tumen" timeline --db "$work/controls.db" --json >>"$work/out"
	grep -q '"vantage":"sel"' "$work/out" && ! grep -q mow "$work/out"
	ok "they are in no status and no timeline"
	says 69 "$control: a trace of a control destination" \
	    "$tumen" explain --db "$work/controls.db" "$control"
	"$tumen" export --db "$work/controls.db" | sort >"$work/out"
	sort "$work/controls" | cmp -s - "$work/out"
	ok "and they are exported as they came"
fi

# Observations come back as they went in; conclusions are re-derivable.
"$tumen" export --db "$db" | sort >"$work/back"
sort $golden/traces.ndjson | cmp -s - "$work/back"
ok "export gives what import took"
"$tumen" infer --db "$db" --json 2>/dev/null | sort >"$work/again"
sort $golden/verdicts.ndjson | cmp -s - "$work/again"
ok "derived again, the same bytes"
derived() { # every octet of the derived tables
	ask "SELECT * FROM verdict ORDER BY prefix_id, vantage_id, started_us, trace_id"
	ask "SELECT * FROM state_run ORDER BY prefix_id, vantage_id, day_us, run_no"
	ask "SELECT * FROM reach_run ORDER BY prefix_id, vantage_id, day_us, run_no"
}
derived >"$work/derived"
[ "$(wc -l <"$work/derived")" -gt 60 ] &&
    ask "DELETE FROM verdict; DELETE FROM state_run; DELETE FROM reach_run" &&
    [ -z "$(derived)" ] && "$tumen" infer --db "$db" 2>"$work/err" &&
    derived | cmp -s "$work/derived"
ok "all derived tables deleted and derived again, the same rows"
mkfifo "$work/slow" && exec 3<>"$work/slow"
"$tumen" infer --db "$db" --json >"$work/slow" 2>"$work/err" &
slow=$!
sleep 0.5
timeout 20 "$tumen" import --db "$db" $golden/traces.ndjson >"$work/out" 2>&1
ok "whoever reads slowly keeps no writer waiting"
kill "$slow"
wait "$slow" 2>"$work/err"
exec 3>&-
"$tumen" import --db "$db" $golden/traces.ndjson 2>&1 | grep -q ' 0 traces added'
ok "a second import adds nothing"
at=$(sed -n 's/.*"before_us":\([0-9]*\).*/\1/p' $golden/timeline.ndjson | sort -n | head -n 1)
"$tumen" status --db "$db" --at "@$((at / 1000000 - 2))" |
    grep -q '175.45.177.0/24 is reached through ttk'
ok "the state of an earlier moment"
"$tumen" timeline --db "$db" --json --to "@$((at / 1000000 + 1))" >"$work/out"
[ "$(wc -l <"$work/out")" -eq 2 ] && [ "$(grep -cF "\"before_us\":$at," "$work/out")" -eq 2 ]
ok "a change that was confirmed behind the window"

# Errors: one line, the value, the legal range; files of others stay as they are.
echo 'no database' >"$work/text"
printf 'SQLite format 3\0' >"$work/cut"
sqlite3 "$work/foreign.db" 'CREATE TABLE t(x); INSERT INTO t VALUES (1)'
if is_file; then
	sqlite3 "$db" "VACUUM INTO '$work/newer.db'"
	sqlite3 "$work/newer.db" 'PRAGMA user_version = 99' >/dev/null
fi
cp "$work/foreign.db" "$work/foreign.copy"
says 64 'no id of a trace' "$tumen" explain --db "$db" nonsense
says 69 'no such trace' "$tumen" explain --db "$db" \
    00000000-0000-8000-8000-000000000000
says 64 'is missing' "$tumen" explain --db "$db"
says 64 'no such command' "$tumen" frob
says 64 'no such option' "$tumen" status --frob
says 64 'needs a value' "$tumen" status --db
says 64 'no database: --db DB' "$tumen" status
says 64 '--at soon: no time' "$tumen" status --db "$db" --at soon
says 64 '--prefix 175.45.176.1/22: no IPv4 prefix' \
    "$tumen" status --db "$db" --prefix 175.45.176.1/22
says 64 'the window ends before it begins' \
    "$tumen" timeline --db "$db" --from 2026-11-22 --to 2026-11-21
says 64 'only one of them' "$tumen" timeline --db "$db" --at @1 --from @1
says 64 'only one of them' "$tumen" timeline --db "$db" --at @1 --dependence
says 64 'only one of them' "$tumen" timeline --db "$db" --watch --to @1
says 64 'only with --watch' "$tumen" timeline --db "$db" --every 5
says 64 'needs --state FILE' "$tumen" timeline --db "$db" --watch --exec true
says 64 'only with --json' "$tumen" timeline --db "$db" --runs
says 64 '--every 0: not a number in 1..86400' "$tumen" timeline --db "$db" --watch --every 0
says 64 '--width 59: not a number in 60..200' "$tumen" timeline --db "$db" --width 59
says 65 'no line of alerts' "$tumen" timeline --db "$db" --watch --state "$work/text"
says 69 'cannot lock' "$tumen" timeline --db "$db" --watch --state "$work/none/state"
says 64 '--plane sea: not one of data, control' "$tumen" timeline --db "$db" --plane sea
says 64 'only - (traces on stdin)' "$tumen" infer --db "$db" x
says 64 't.db: not an option' "$tumen" status --db "$db" t.db
says 64 'a password in the address' "$tumen" status --db postgresql://u:p@h/n
says 64 'sslmode=require' "$tumen" status --db 'postgresql://h/n?sslmode=require'
says 64 'no address of a database' "$tumen" status --db 'postgresql://h/n?frob=1'
says 69 'Connection refused' "$tumen" status --db postgresql://127.0.0.1:1/n
says 64 'no file: name some' "$tumen" import --db "$db"
says 64 'no spool: --spool DIR' "$tumen" upload --db "$db"
says 64 'only one of them' "$tumen" upload --db "$db" --spool . --keep --archive .
says 64 'no such option' "$tumen" import --db "$db" --keep x
says 64 '--format warts: not' "$tumen" export --db "$db" --format warts
says 64 'not an IPv4 address' "$tumen" origin lookup 1.2.3
says 65 'not a tumen database' "$tumen" status --db "$work/text"
says 65 'not a tumen database' "$tumen" status --db "$work/cut"
says 65 'not a tumen database' "$tumen" import --db "$work/foreign.db" $golden/traces.ndjson
is_file && says 65 'newer' "$tumen" status --db "$work/newer.db"
says 65 'no address snapshot' "$tumen" infer --db "$db" --origin "$work/text"
says 65 'no JSON object in it' "$tumen" import --db "$db" "$work/text"
says 69 'no such database' "$tumen" status --db "$work/none.db"
says 69 'cannot open the spool' "$tumen" upload --db "$db" --spool "$work/none"
says 69 'cannot be read' "$tumen" infer --db "$db" --carriers "$work/none"
says 74 'stdout: cannot be written' sh -c "'$tumen' infer - <$golden/traces.ndjson >/dev/full"
says 78 'carriers:1: haul: not one of' sh -c \
    "echo haul x 1 >'$work/carriers'; '$tumen' infer --db '$db' --carriers '$work/carriers'"
cmp -s "$work/foreign.db" "$work/foreign.copy"
ok "a foreign database is left as it was"
if [ "$(id -u)" -eq 0 ] && is_file; then
	chmod 755 "$work" && cp "$tumen" "$work/tumen" && chmod 644 "$db"
	says 77 'writable' setpriv --reuid 65534 --regid 65534 --clear-groups \
	    "$work/tumen" import --db "$db" /dev/null
fi
for c in $("$tumen" --help | awk '/^  [a-z]/ { print $1 }'); do
	"$tumen" "$c" --help | grep -q "usage: tumen $c"
	ok "$c --help"
done
echo "1..$n"
