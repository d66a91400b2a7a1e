#!/bin/bash
# SPDX-License-Identifier: ISC
# tumen diff on generated traces (diff_traces.py), a flow of each class: texts
# of several widths and JSON against golden copies; files, ids, segments and
# selections by time, which must say the same; every error.
# TUMEN_GOLDEN=1 writes the copies anew.
set -u
cd "$(dirname "$0")/../.."
tumen=${TUMEN:-build/tumen}
golden=tests/golden
export TUMEN_DATADIR=${TUMEN_DATADIR:-build} NO_COLOR=1 LC_ALL=C
unset TUMEN_DB
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
n=0

ok() { # name; status of the command before it
	local status=$?
	n=$((n + 1))
	[ "$status" -eq 0 ] && echo "ok $n - $1" || echo "not ok $n - $1"
}

# The last output, with the folder's other name, is the golden copy's.
same() { # name file
	sed "s,$work/,,g" "$work/out" >"$work/now"
	[ -n "${TUMEN_GOLDEN:-}" ] && cp "$work/now" "$golden/$2"
	diff -u "$golden/$2" "$work/now" | head -n 40
	cmp -s "$golden/$2" "$work/now"
	ok "$1"
}

# diff ends with a status and nothing on standard error; its output is in out.
gives() { # name status argument...
	local name=$1 want=$2 got
	shift 2
	"$tumen" diff "$@" >"$work/out" 2>"$work/err" </dev/null
	got=$?
	[ "$got" -eq "$want" ] && [ ! -s "$work/err" ] ||
	    { echo "# status $got"; sed 's/^/# /' "$work/err"; false; }
	ok "$name"
}

# It ends with a status and one line of text on standard error.
says() { # status text argument...
	local want=$1 text=$2 got
	shift 2
	"$tumen" diff "$@" >"$work/out" 2>"$work/err" </dev/null
	got=$?
	if [ "$got" -ne "$want" ] || ! grep -qF -- "$text" "$work/err" ||
	    [ "$(wc -l <"$work/err")" -ne 1 ] || [ -s "$work/out" ]; then
		echo "# status $got: $(head -n 3 "$work/err")"
		false
	fi
	ok "$want: ${*/$work/...}"
}

# What jq would print of each line.
ask() { # python expression of d, a record
	python3 -c 'import json, sys
for line in open(sys.argv[1]):
    d = json.loads(line)
    print(eval(sys.argv[2]))' "$work/out" "$1"
}

python3 $golden/diff_traces.py "$work"
ok "traces are generated"
cd "$work" && before=$work/before.ndjson after=$work/after.ndjson
cd "$OLDPWD" || exit
id() { sed -n "s/.*\"id\":\"\([^\"]*\)\".*/\1/p" "$work/$1.ndjson" | tail -n 1; }

# One pair of each class, alone: its class, its status, its texts.
for pair in same:0 rtt:0 silent:0 dark:0 balanced0:1 carrier:1 detour:1 longer:1 end:1 control:1; do
	flow=${pair%:*}
	files=("$work/$flow.a.ndjson" "$work/$flow.b.ndjson")
	for form in "60 --width 60" "120 --width 120" "unified --unified" "json --json"; do
		set -- $form
		name=$1
		shift
		gives "$flow: $name" "${pair#*:}" "$@" "${files[@]}"
		{ [ "$name" = json ] || printf '\n%s\n\n' "===== $flow ====="
		  cat "$work/out"; } >>"$work/all.$name"
	done
done
narrow() { # width file file: no line is wider, and none ends with a blank
	for form in --all --unified; do
		"$tumen" diff $form --width "$@"
	done >"$work/out"
	awk -v w="$1" 'length > w || / $/ { print; bad = 1 } END { exit bad }' "$work/out"
}
for width in 60 61 75 76 80 120 133 200; do
	narrow $width "$before" "$after" && narrow $width "$work/carrier.a.ndjson" "$work/carrier.b.ndjson"
	ok "no line is wider than $width columns"
done
for form in 60 120 unified json; do
	mv "$work/all.$form" "$work/out"
	same "all classes, $form" "diff_$form.txt"
done
ask 'd["verdict"]' | tr '\n' ' ' |
    grep -qx 'same rtt-only silent-only insufficient changed changed changed changed changed changed '
ok "the classes of single pairs"
python3 - "$work/out" <<'EOF'
import json, sys
keys = ("record v a b vantage target prefix method port flow control a_us b_us same_flow verdict "
        "why first_ttl as_from as_to as_path_from as_path_to entry_from entry_to carrier_from carrier_to p_from p_to "
        "reached_from reached_to rtt detour balanced edits").split()
edits = "op ttl_a ttl_b a b as_a as_b balanced".split()
for line in open(sys.argv[1]):
    d = json.loads(line)
    assert list(d) == keys and d["record"] == "diff" and d["v"] == 1, list(d)
    assert list(d["rtt"]) == ["ttl", "a_us", "b_us"]
    assert (d["detour"] is None) == (d["verdict"] not in ("changed", "balancing"))
    for e in d["edits"]:
        assert list(e) == edits and e["a"] != 0 and e["ttl_a"] != 0
    by = d["target"], d["method"]
    if by == ("175.45.178.161", "udp"):
        assert (d["carrier_from"], d["carrier_to"]) == ("ttk", "unicom")
        assert (d["entry_from"], d["entry_to"]) == (20485, 134544)
        assert d["first_ttl"] == 3 and 20485 in d["as_from"] and 4837 in d["as_to"]
    if by == ("175.45.178.10", "tcp"):
        assert d["detour"] == {"rejoins": True, "symmetric": True, "ttl_a": [4, 4], "ttl_b": [4, 4]}
    if by == ("175.45.179.69", "icmp"):
        assert d["detour"]["ttl_a"] is None and d["detour"]["rejoins"]
    if by == ("175.45.176.71", "icmp"):
        assert d["rtt"]["ttl"] == 3 and d["rtt"]["b_us"] - d["rtt"]["a_us"] > 50000
    if d["control"]:
        assert d["carrier_from"] is None and d["entry_to"] is None
EOF
ok "every key, in every record; and what they say"

# Two whole files: balancing shows, flows of one side are not lost.
gives "two days as files" 1 "$before" "$after"
same "as golden" diff_days.txt
gives "all of them" 1 --all --width 120 "$before" "$after"
same "as golden" diff_days_all.txt
gives "each that changed, unified" 1 --unified "$before" "$after"
[ "$(grep -c '^--- ' "$work/out")" -eq 5 ] && [ "$(grep -c '^+++ ' "$work/out")" -eq 5 ]
ok "as many as changed"
gives "as JSON" 1 --json "$before" "$after"
cp "$work/out" "$work/days.json"
ask 'd["record"] + ":" + str(d.get("verdict")) + ":" + str(d.get("why"))' | sort | uniq -c |
    awk '{ print $1, $2 }' >"$work/counts"
diff - "$work/counts" <<'EOF'
1 diff-summary:None:None
2 diff:balancing:None
5 diff:changed:None
1 diff:insufficient:nothing
1 diff:insufficient:only
1 diff:insufficient:only
1 diff:rtt-only:None
1 diff:same:None
1 diff:silent-only:None
EOF
ok "one object a pair, one a flow alone, the summary"
tail -n 1 "$work/out" >"$work/last" && mv "$work/last" "$work/out"
same "the summary as golden" diff_summary.ndjson
gives "a file and itself" 0 --json "$after" "$after"
ask 'd.get("verdict", "same")' | sort -u | tr '\n' ' ' | grep -qx 'insufficient same '
ok "nothing changed"
gives "backwards" 1 --json "$after" "$before"
[ "$(ask 'd.get("verdict")' | grep -c changed)" -eq 5 ]
ok "the same flows changed"
gives "one vantage" 1 --json --vantage mow "$before" "$after"
[ "$(ask 'd.get("vantage")' | grep -c mow)" -eq 2 ] && [ "$(wc -l <"$work/out")" -eq 3 ]
ok "no other"
gives "one prefix" 1 --json --prefix 175.45.178.0/24 "$before" "$after"
[ "$(ask 'd.get("prefix")' | grep -c 175.45.178)" -eq 2 ] && [ "$(wc -l <"$work/out")" -eq 3 ]
ok "no other"
gives "many" 1 "$work/many.a.ndjson" "$work/many.b.ndjson"
[ "$(grep -c 'changed @' "$work/out")" -eq 20 ] && grep -q '^\.\.\. and 5 more' "$work/out"
ok "how many more is said"
gives "all of many" 1 --all "$work/many.a.ndjson" "$work/many.b.ndjson"
[ "$(grep -c 'changed @' "$work/out")" -eq 25 ] && ! grep -q ' more' "$work/out"
ok "all are listed"
"$tumen" diff "$work/carrier.a.ndjson" "$work/carrier.b.ndjson" >"$work/want"
"$tumen" diff - "$work/carrier.b.ndjson" <"$work/carrier.a.ndjson" >"$work/out"
cmp -s "$work/want" "$work/out"
ok "standard input"
gives "two flows" 0 --json "$work/same.a.ndjson" "$work/carrier.b.ndjson"
[ "$(ask 'd["same_flow"], d["verdict"], d["why"] is not None')" = "(False, 'insufficient', True)" ]
ok "are not compared, and it says why"

# The database: the same by id and by time.
db=$work/t.db
"$tumen" import --db "$db" "$before" "$after" >"$work/out" 2>&1
ok "import"
for flow in carrier longer end same; do
	"$tumen" diff "$work/$flow.a.ndjson" "$work/$flow.b.ndjson" >"$work/want"
	"$tumen" diff --db "$db" "$(id $flow.a)" "$(id $flow.b)" >"$work/out"
	cmp -s "$work/want" "$work/out"
	ok "$flow, by ids"
	"$tumen" diff --db "$db" "$(id $flow.a)" "$work/$flow.b.ndjson" >"$work/out"
	cmp -s "$work/want" "$work/out"
	ok "$flow, an id and a file"
done
gives "a balanced flow, by ids" 0 --db "$db" --json "$(id balanced0.a)" "$(id balanced0.b)"
[ "$(ask 'd["verdict"], d["balanced"]')" = "('balancing', True)" ]
ok "the flows beside it show the balancer"
unnamed() { # no names of files and times
	sed -E 's/"(a|b)":"(2026[^"]*|@[0-9]*|[^"]*(ndjson|db|zst))",/"\1":"",/g
	    s/"([ab]_(since|until)_us)":[0-9]+/"\1":null/g'
}
gives "two days" 1 --db "$db" --a-time 2026-11-20 --b-time 2026-11-21 --json
unnamed <"$work/out" >"$work/now" && unnamed <"$work/days.json" | cmp -s - "$work/now"
ok "say the same as the files"
gives "a day later nothing is new" 0 --db "$db" --a-time 2026-11-20 --b-time 2026-11-20
gives "instants" 1 --db "$db" --a-time 2026-11-20T23:00:00Z --b-time @1795305600 --json
unnamed <"$work/out" >"$work/now" && unnamed <"$work/days.json" | cmp -s - "$work/now"
ok "take the newest before them"
[ "$(tail -n 1 "$work/out" | sed 's/.*\("a_since.*\),"traces_a.*/\1/')" = \
    '"a_since_us":1795129200000001,"a_until_us":1795215600000001,"b_since_us":1795219200000001,"b_until_us":1795305600000001' ]
ok "of the 24 hours"
# At noon of the 21st plus half an hour only the first round was traced.
gives "between two rounds" 1 --db "$db" --a-time 2026-11-20 --b-time 2026-11-21T12:30:00Z --json --hours 1
ask 'd.get("target"), d.get("method"), d.get("verdict")' |
    grep -F "('175.45.178.161', 'udp', 'same')" >"$work/now"
ok "the flow had not changed yet"
gives "one flow of them" 1 --db "$db" --a-time 2026-11-20 --b-time 2026-11-21 \
    --prefix 175.45.177.10/32 --vantage mow
grep -q '^a [0-9a-f-]* 2026-11-20 13:' "$work/out" && ! grep -q '^CLASS' "$work/out"
ok "is shown side by side"
gives "one flow of them, as JSON" 1 --db "$db" --a-time 2026-11-20 --b-time 2026-11-21 \
    --prefix 175.45.177.10/32 --vantage mow --json
[ "$(ask 'd["record"]' | tr '\n' ' ')" = 'diff diff-summary ' ]
ok "with its summary"
TUMEN_DB=$db "$tumen" diff "$(id end.a)" "$(id end.b)" >"$work/out"
[ $? -eq 1 ]
ok "\$TUMEN_DB"

# Segments: alone, compressed, and the database as a file.
seal() { # file number day
	sqlite3 "$db" "VACUUM INTO '$work/$1'"
	sqlite3 "$work/$1" "DELETE FROM trace WHERE started_us / 86400000000 <> $3 OR vantage_id <>
	        (SELECT vantage_id FROM vantage WHERE name = 'sel');
	    INSERT INTO segment SELECT vantage_id, epoch, $2, x'', count(*), 0,
	        max(started_us), NULL FROM trace GROUP BY 1, 2"
}
seal 000001.db 1 20777
seal 000002.db 2 20778
ok "two segments"
"$tumen" diff --json --vantage sel "$before" "$after" | unnamed >"$work/want"
gives "are compared" 1 --json "$work/000001.db" "$work/000002.db"
unnamed <"$work/out" | cmp -s - "$work/want"
ok "as the files are"
zstd -q "$work/000002.db" "$after"
ok "compressed"
gives "a compressed one" 1 --json "$work/000001.db" "$work/000002.db.zst"
unnamed <"$work/out" | cmp -s - "$work/want"
ok "as well"
gives "compressed NDJSON" 1 --json --vantage sel "$before" "$after.zst"
gives "a database as a file" 0 "$db" "$db"
head -c 60000 "$work/000001.db" >"$work/damaged.db"
head -c 1000 "$after.zst" >"$work/cut.zst"

# Another table and other classes; numbers of ten digits are not cut.
printf '%s\t%s\t%s\n' 175.45.176.0 22 131279 188.43.0.0 16 4200000001 112.174.0.0 16 4200000002 \
    219.158.0.0 16 4837 103.35.252.0 23 134544 >"$work/table.txt"
"$tumen" origin build -o "$work/table.origin" --asof 2026-11-19 --bgp "$work/table.txt" 2>"$work/err"
printf 'carrier rail 4200000001\ncarrier wire 4837\ntarget kp 131279\n' >"$work/classes"
gives "with another table" 1 --origin "$work/table.origin" --carriers "$work/classes" --width 60 \
    "$work/carrier.a.ndjson" "$work/carrier.b.ndjson"
grep -q 'AS4200000001 (rail) handed' "$work/out" && grep -q ' 3 188.43.1.1  AS4200000001  ~' "$work/out" &&
    grep -q ' 1 112.174.1.1 AS4200000002  =' "$work/out"
ok "its names"

# What routers and files say reaches no terminal.
gives "hostile names" 0 --all "$work/odd.ndjson" "$work/odd.ndjson"
! grep -q '[^ -~]' "$work/out"
ok "no control byte comes through"
gives "hostile names in lists" 0 --all "$work/odd.ndjson" "$before"
! grep -q '[^ -~]' "$work/out"
ok "nor there"
gives "hostile names as JSON" 0 --json "$work/odd.ndjson" "$work/odd.ndjson"
! grep -q '[[:cntrl:]]' "$work/out" && [ "$(ask 'd["verdict"]')" = same ]
ok "nor there"

# Colours: only on a terminal, and they can be switched off.
on_terminal() { # environment...
	env "$@" script -qec "'$tumen' diff '$work/carrier.a.ndjson' '$work/carrier.b.ndjson'" /dev/null </dev/null
}
on_terminal TERM=xterm NO_COLOR= | tr -d '\r' >"$work/colours"
grep -q $'\033\[3' "$work/colours"
ok "colours on a terminal"
on_terminal TERM=xterm NO_COLOR=1 | tr -d '\r' >"$work/plain"
! grep -q $'\033' "$work/plain" && sed $'s/\033\[[0-9]*m//g' "$work/colours" | cmp -s - "$work/plain"
ok "NO_COLOR"
on_terminal TERM=dumb NO_COLOR= | tr -d '\r' | cmp -s - "$work/plain"
ok "none on a dumb one"

# Errors.
none=00000000-0000-8000-8000-000000000000
echo 'no traces' >"$work/text"
: >"$work/empty"
echo '{"record":"verdict","v":1}' >"$work/verdicts"
sed -n 1p "$before" >"$work/bad" && echo '{"record":"trace","v":1}' >>"$work/bad"
says 64 'two traces or files, or --a-time and --b-time, not 0'
says 64 'two traces or files, or --a-time and --b-time, not 1' "$before"
says 64 'two traces or files, or --a-time and --b-time, not 3' "$before" "$before" "$before"
says 64 '-: standard input can be read only once' - -
says 64 '--a-time and --b-time: only both of them' --db "$db" --a-time 2026-11-20
says 64 'either two traces or files, or --a-time' --db "$db" --a-time @1 --b-time @2 "$before"
says 64 '--a-time noon: no time' --db "$db" --a-time noon --b-time @2
says 64 '--b-time 2026-13-01: no time' --db "$db" --a-time @1 --b-time 2026-13-01
says 64 '--hours: only with --a-time and --b-time' --hours 3 "$before" "$after"
says 64 '--hours: of two whole days' --db "$db" --hours 3 --a-time 2026-11-20 --b-time 2026-11-21
says 64 '--hours 0: not a number in 1..87600' --hours 0 "$before" "$after"
says 64 '--width 59: not a number in 60..200' --width 59 "$before" "$after"
says 64 '--width 201: not a number in 60..200' --width 201 "$before" "$after"
says 64 '--json and --unified: only one of them' --json --unified "$before" "$after"
says 64 '--vantage, --prefix: not with the id of a trace' --db "$db" --vantage sel "$(id end.a)" "$(id end.b)"
says 64 'no database: --db DB' "$(id end.a)" "$(id end.b)"
says 64 'no database: --db DB' --a-time 2026-11-20 --b-time 2026-11-21
says 64 'no such option' --frob
says 65 "$none: no such trace in the database" --db "$db" "$none" "$(id end.b)"
says 65 "$none: no such trace in the database" --db "$db" "$(id end.a)" "$none"
says 65 "nonsense: neither a trace's id (8-4-4-4-12 hexadecimal digits) nor a file" nonsense "$after"
says 65 "$work/none: No such file" "$work/none" "$after"
says 65 "$work/none: No such file" "$before" "$work/none"
says 65 "$work/empty: holds no trace" "$work/empty" "$after"
says 65 "$work/verdicts: holds no trace" "$before" "$work/verdicts"
says 65 "-: holds no trace" "$before" -
says 65 "holds no trace of this vantage and prefix" --vantage nobody "$before" "$after"
"$tumen" diff "$work/text" "$after" >"$work/out" 2>"$work/err"
[ $? -eq 65 ] && [ ! -s "$work/out" ] && grep -qF "$work/text: no JSON object in it" "$work/err"
ok "65: a file of something else"
"$tumen" diff "$before" "$work/bad" >"$work/out" 2>"$work/err"
[ $? -eq 65 ] && [ -s "$work/out" ] && grep -qF "$work/bad:2: octet " "$work/err" &&
    grep -qF '1 objects cannot be read; the others are done' "$work/err"
ok "65: what can be read is compared, the rest told"
says 65 "$work/damaged.db" "$work/damaged.db" "$after"
says 65 "$work/cut.zst" "$before" "$work/cut.zst"
says 65 '--a-time 2026-11-19: no trace in the database that began in 2026-11-19T00:00:00Z..2026-11-20T00:00:00Z' \
    --db "$db" --a-time 2026-11-19 --b-time 2026-11-21
says 65 '2026-11-19T23:00:00Z (see --hours)' \
    --db "$db" --a-time 2026-11-21 --b-time 2026-11-19T23:00:00Z
says 65 'no trace of this vantage and prefix' \
    --db "$db" --a-time 2026-11-20 --b-time 2026-11-21 --vantage nobody
says 65 'no address snapshot' --origin "$work/text" "$before" "$after"
says 69 'cannot be read' --carriers "$work/none" "$before" "$after"
says 69 'no such database' --db "$work/none.db" --a-time 2026-11-20 --b-time 2026-11-21
"$tumen" diff "$before" "$after" >/dev/full 2>"$work/err"
[ $? -eq 74 ] && grep -q 'stdout: cannot be written' "$work/err"
ok "74: nowhere to say it"
"$tumen" diff --json "$before" "$after" >/dev/full 2>"$work/err"
[ $? -eq 74 ]
ok "74: nor as JSON"
echo "1..$n"
