#!/bin/bash
# SPDX-License-Identifier: ISC
# Segments from the spool through upload into the archive and back by import,
# with signatures of OpenSSL and zstd's own program as the other side; what
# retention drops and leaves; the text and status of every error.
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
"$tumen" import --db "$db" $golden/traces.ndjson >"$work/out" 2>&1 &&
    "$tumen" infer --db "$db" 2>"$work/err"
ok "import and infer"
"$tumen" export --db "$db" | sort >"$work/back"

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
{ printf 'SQLite format 3\0'; head -c 1200000000 /dev/zero; } | zstd -q -1 -o "$work/bomb.zst"
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
python3 $golden/older.py 2000 <$golden/traces.ndjson >"$work/old.ndjson"
keep=$((($(date -u +%s) - $(date -u -d 2023-01-01 +%s)) / 86400))
cp "$db" "$work/two.db"
sqlite3 "$work/two.db" <$golden/runs.sql
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
says 64 'SQLite has no day partitions' "$tumen" retention --db "$db" --ahead 3
says 69 'none: no archive' "$tumen" retention --archive "$work/none" --keep-archive 5
echo "1..$n"
