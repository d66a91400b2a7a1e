#!/bin/bash
# SPDX-License-Identifier: ISC
# The commands of tumen on recorded traces of the emulated internet (two
# vantages, three rounds of the demo): their output against golden copies, the
# text and status of every error. TUMEN_GOLDEN=1 writes the copies anew.
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

db=$work/t.db
"$tumen" import --db "$db" $golden/traces.ndjson 2>"$work/err"
ok "import"
"$tumen" infer --db "$db" 2>"$work/err"
ok "infer"

same "status" status.txt "$tumen" status --db "$db"
same "status as JSON" status.ndjson "$tumen" status --db "$db" --json
same "timeline" timeline.txt "$tumen" timeline --db "$db"
same "timeline as JSON" timeline.ndjson "$tumen" timeline --db "$db" --json
same "one prefix, one vantage" timeline_mow.txt \
    "$tumen" timeline --db "$db" --vantage mow --prefix 175.45.178.0/24
same "verdicts, through the filter" verdicts.ndjson \
    "$tumen" infer - <$golden/traces.ndjson

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

# Observations come back as they went in; conclusions are re-derivable.
"$tumen" export --db "$db" | sort >"$work/back"
sort $golden/traces.ndjson | cmp -s - "$work/back"
ok "export gives what import took"
"$tumen" infer --db "$db" --json 2>/dev/null | sort >"$work/again"
sort $golden/verdicts.ndjson | cmp -s - "$work/again"
ok "derived again, the same bytes"
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
[ "$(wc -l <"$work/out")" -eq 1 ] && grep -qF "\"before_us\":$at," "$work/out"
ok "a change that was confirmed behind the window"

# A sealed segment of one vantage, as an agent leaves it.
seal() { # vantage number; writes spool/NUMBER.db
	sqlite3 "$db" "VACUUM INTO '$work/spool/$2.db'"
	sqlite3 "$work/spool/$2.db" "
	    DELETE FROM verdict;
	    DELETE FROM trace WHERE vantage_id <>
	        (SELECT vantage_id FROM vantage WHERE name = '$1');
	    INSERT INTO segment SELECT vantage_id, epoch, CAST('$2' AS INTEGER), x'', count(*), 0,
	        max(started_us), NULL FROM trace GROUP BY 1, 2"
}
# What signs it in the probe, by OpenSSL: the key's seed, PKCS #8 around it.
sign() { # key segment
	local id
	id=$(cut -d ' ' -f 4 "$1")
	{ printf '\x30\x2e\x02\x01\x00\x30\x05\x06\x03\x2b\x65\x70\x04\x22\x04\x20'
	  cut -d ' ' -f 5 "$1" | base64 -d; } >"$work/pkcs8"
	{ echo 'tumen segment 1'; openssl dgst -sha256 -binary "$2"; } >"$work/signed"
	echo "tumen-signature 1 $id $(openssl pkeyutl -sign -rawin -keyform DER \
	    -inkey "$work/pkcs8" -in "$work/signed" | base64 -w 0)" >"$2.sig"
}
mkdir "$work/spool" "$work/archive"
spool=$work/spool archive=$work/archive to=$work/to.db
"${TUMEN_PROBE:-build/tumen-probe}" key -o "$work/sel" --vantage sel >"$work/out" &&
    cmp -s "$work/out" "$work/sel.pub"
ok "a key is made, the public half printed"
seal sel 000001
sign "$work/sel" "$spool/000001.db"
seal mow 000002
seal sel 000003
cp "$spool/000003.db" "$work/unsigned.db"
says 65 '1 segments put into quarantine' "$tumen" upload --db "$to" --spool "$spool" \
    --archive "$archive" --keys "$work/sel.pub"
grep -qxF '2 segments: 56 traces added, 0 already there, 0 runs, 1 segments quarantined' "$work/out" &&
    grep -qxF '1 signatures verified' "$work/out"
ok "what is signed, or need not be, is taken"
grep -qF 'unsigned, but vantage sel has a key' "$spool/quarantine/000003.db.reason"
ok "what is not signed is not"
[ "$(find "$spool" -maxdepth 1 -name '*.db*' | wc -l)" -eq 0 ] &&
    [ "$(find "$archive" -type f | wc -l)" -eq 3 ]
ok "the segments lie in the archive"
packed=$(echo "$archive"/sel-*-000001.db.zst)
zstd -q -d "$packed" -o "$work/again.db" && cp "${packed%.zst}.sig" "$work/again.db.sig"
ok "zstd reads it"
"$tumen" import --db "$to" --keys "$work" "$packed" "$work/again.db" >"$work/out" 2>&1
[ "$(grep -c ': 0 traces added, 28 already there, 0 runs, 0 refused, signature: good$' "$work/out")" -eq 2 ]
ok "import takes it compressed and plain, and adds nothing twice"
"$tumen" import --db "$work/new.db" "$archive"/*.zst >"$work/out" &&
    "$tumen" export --db "$work/new.db" | sort | cmp -s - "$work/back"
ok "the archive alone gives what was observed"
"$tumen" import --db "$work/new.db" --json "$archive"/*.zst |
    grep -c '"signature":"none"\|"signature":"unverified"' | grep -qx 2
ok "import says what it could not verify"
cp "$packed" "$work/cut.zst" && truncate -s -20 "$work/cut.zst"
head -c 1200000000 /dev/zero | zstd -q -1 -o "$work/bomb.zst"
echo 'tumen-secret 1 sel 00 00' >"$work/secret.pub"
says 65 'cut.zst: cut off' "$tumen" import --db "$to" "$work/cut.zst"
says 65 'bomb.zst: expands beyond 1024 MiB' "$tumen" import --db "$to" "$work/bomb.zst"
rm "$work/bomb.zst"
says 65 'unsigned, but vantage sel has a key' \
    "$tumen" import --db "$to" --keys "$work/sel.pub" "$work/unsigned.db"
says 65 'only its signed segments are taken' \
    "$tumen" import --db "$to" --keys "$work/sel.pub" $golden/traces.ndjson
says 65 't.db: vantage sel has a key: only' \
    "$tumen" import --db "$to" --keys "$work/sel.pub" "$db"
says 78 'secret.pub:1: no public key' "$tumen" import --db "$to" --keys "$work/secret.pub" "$db"
says 69 'none: no keys' "$tumen" upload --db "$to" --spool "$spool" --keys "$work/none"
says 69 'none: no archive' "$tumen" upload --db "$to" --spool "$spool" --archive "$work/none"
rm "$work/secret.pub"

# Retention: the same observations, 2,000 days ago, and the limit in between.
python3 - $golden/traces.ndjson >"$work/old.ndjson" <<'EOF'
import datetime, hashlib, json, sys, uuid
for line in open(sys.argv[1]):
    t = json.loads(line)
    t["start_us"] -= 2000 * 86400 * 10**6
    t["start"] = datetime.datetime.fromtimestamp(
        t["start_us"] / 1e6, datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    for probe in (p for h in t["hops"] for p in h["probes"] if p["tx_us"]):
        probe["tx_us"] -= 2000 * 86400 * 10**6
    key = t["vantage"].encode() + b"\0"
    for part in "epoch", "seq", "start_us":
        key += t[part].to_bytes(8, "big")
    t["id"] = str(uuid.UUID(bytes=hashlib.sha256(key).digest()[:16], version=4))
    t["id"] = t["id"][:14] + "8" + t["id"][15:]
    print(json.dumps(t, separators=(",", ":")))
EOF
keep=$((($(date -u +%s) - $(date -u -d 2023-01-01 +%s)) / 86400))
cp "$db" "$work/two.db"
"$tumen" import --db "$work/two.db" "$work/old.ndjson" >"$work/out" 2>&1
"$tumen" infer --db "$work/two.db" 2>"$work/err"
"$tumen" retention --db "$work/two.db" --keep $keep --dry-run >"$work/dry"
grep -q '^would go of before 2023-01-01: 56 traces, 0 evidence, 56 verdicts, 0 runs, ' "$work/dry"
ok "retention says what would go"
"$tumen" retention --db "$work/two.db" --keep $keep >"$work/out"
sed 's/would go/dropped/' "$work/dry" | cmp -s - "$work/out"
ok "and that goes"
"$tumen" export --db "$work/two.db" | sort | cmp -s - "$work/back" &&
    "$tumen" status --db "$work/two.db" | cmp -s - $golden/status.txt
ok "what is newer stays"
sqlite3 "$work/two.db" 'SELECT sum(traces_n), count(*), max(last_seq) FROM retention' |
    grep -qx '56|2|28'
ok "and it is written down what went"
"$tumen" retention --db "$work/two.db" --keep $keep --json |
    grep -q '"dry_run":false,"before_us":1672531200000000,"traces":0,"evidence":0,"verdicts":0,"runs":0,"paths":0}$'
ok "a second time nothing goes"
touch -d 2022-12-31 "$archive"/sel-*
"$tumen" retention --archive "$archive" --keep-archive $keep | grep -q ': 1 segments, ' &&
    [ "$(ls "$archive" | sed 's/-.*//')" = mow ]
ok "old archived segments go with their signatures"
says 64 'nothing to do' "$tumen" retention --db "$db"
says 64 'only together' "$tumen" retention --db "$db" --archive "$archive"
says 64 '--keep 0: not a number in 1..36500' "$tumen" retention --db "$db" --keep 0
says 64 'only PostgreSQL has partitions' "$tumen" retention --db "$db" --ahead 3
says 69 'none: no archive' "$tumen" retention --archive "$work/none" --keep-archive 5

# Errors: one line, the value, the legal range; files of others stay as they are.
echo 'no database' >"$work/text"
printf 'SQLite format 3\0' >"$work/cut"
sqlite3 "$work/foreign.db" 'CREATE TABLE t(x); INSERT INTO t VALUES (1)'
sqlite3 "$db" "VACUUM INTO '$work/newer.db'"
sqlite3 "$work/newer.db" 'PRAGMA user_version = 99' >/dev/null
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
says 64 '--plane sea: not one of data, control' "$tumen" timeline --db "$db" --plane sea
says 64 'only - (NDJSON on stdin)' "$tumen" infer --db "$db" x
says 64 't.db: not an option' "$tumen" status --db "$db" t.db
says 64 'no file: name some' "$tumen" import --db "$db"
says 64 'no spool: --spool DIR' "$tumen" upload --db "$db"
says 64 'only one of them' "$tumen" upload --db "$db" --spool . --keep --archive .
says 64 'no such option' "$tumen" import --db "$db" --keep x
says 64 '--format warts: not' "$tumen" export --db "$db" --format warts
says 64 'not an IPv4 address' "$tumen" origin lookup 1.2.3
says 65 'not a tumen database' "$tumen" status --db "$work/text"
says 65 'not a tumen database' "$tumen" status --db "$work/cut"
says 65 'not a tumen database' "$tumen" import --db "$work/foreign.db" $golden/traces.ndjson
says 65 'newer' "$tumen" status --db "$work/newer.db"
says 65 'no address snapshot' "$tumen" infer --db "$db" --origin "$work/text"
says 65 'neither a tumen database nor NDJSON' "$tumen" import --db "$db" "$work/text"
says 69 'no such database' "$tumen" status --db "$work/none.db"
says 69 'cannot open the spool' "$tumen" upload --db "$db" --spool "$work/none"
says 69 'cannot be read' "$tumen" infer --db "$db" --carriers "$work/none"
says 74 'stdout: cannot be written' sh -c "'$tumen' infer - <$golden/traces.ndjson >/dev/full"
says 78 'carriers:1: haul: not one of' sh -c \
    "echo haul x 1 >'$work/carriers'; '$tumen' infer --db '$db' --carriers '$work/carriers'"
cmp -s "$work/foreign.db" "$work/foreign.copy"
ok "a foreign database is left as it was"
if [ "$(id -u)" -eq 0 ]; then
	chmod 755 "$work" && cp "$tumen" "$work/tumen" && chmod 644 "$db"
	says 77 'writable' setpriv --reuid 65534 --regid 65534 --clear-groups \
	    "$work/tumen" import --db "$db" /dev/null
fi
for c in $("$tumen" --help | awk '/^  [a-z]/ { print $1 }'); do
	"$tumen" "$c" --help | grep -q "usage: tumen $c"
	ok "$c --help"
done
echo "1..$n"
