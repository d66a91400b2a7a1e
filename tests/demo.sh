#!/bin/bash
# SPDX-License-Identifier: ISC
# The main job on an emulated internet: agents at every vantage, upload, infer,
# status; a link fails and comes back; what changed is said and held against
# the kernels' own routes. Also a test: prints TAP when run by tests/run.sh.
#   demo.sh [DATABASE]    (default demo.db)
set -eu
cd "$(dirname "$0")/.."
lab=tests/internet/lab
if [ -n "${CMOCKA_MESSAGE_OUTPUT:-}" ]; then
	default=$(mktemp -d)/demo.db
else
	default=demo.db
fi
db=${1:-$default}

if [ -z "${TUMEN_LAB:-}" ]; then
	rm -f "$db" "$db-wal" "$db-shm" "$db.origin"
	exec "$lab" run --scenario base -- bash tests/demo.sh "$db"
fi

export TUMEN_DB=$db
work=$(mktemp -d)
agents=
: >"$work/log"
trap 'kill $agents 2>/dev/null || true; wait; rm -rf "$work"' EXIT
trap 'exit 1' INT TERM
failed=0 tests=0

say() { printf '\n== %s\n' "$*"; }
result() { # name status
	tests=$((tests + 1))
	[ "$2" -eq 0 ] || failed=1
	[ -z "${CMOCKA_MESSAGE_OUTPUT:-}" ] && return
	[ "$2" -eq 0 ] && echo "ok $tests - $1" || echo "not ok $tests - $1"
}

# Uploads while the agents go on and derives, until every vantage has measured
# every prefix in a round that began after now.
# The first round shows the whole table, the others the answer above it.
round() { # name
	local begun n all spools= v
	begun=$(date +%s%6N)
	all=$(echo "$vantages" | wc -w)
	for v in $vantages; do spools="$spools --spool $work/$v"; done
	for _ in $(seq 60); do
		# shellcheck disable=SC2086
		build/tumen upload $spools >>"$work/log" 2>&1
		build/tumen infer --origin "$db.origin" >>"$work/log" 2>&1
		build/tumen status --json >"$work/status.$1"
		n=$(python3 tests/truth.py fresh "$work/status.$1" "$begun")
		[ -t 2 ] && printf '\r   measured by %d of %d vantages' "$n" "$all" >&2
		[ "$n" -eq "$all" ] && break
		kill -0 $agents 2>/dev/null || { tail -n 2 "$work"/*.log; exit 1; }
		sleep 0.5
	done
	[ -t 2 ] && printf '\r\033[K' >&2
	if [ "$1" = round1 ]; then
		build/tumen status
	else
		build/tumen status | sed '/^$/,$d'
	fi
	"$lab" truth --json >"$work/truth.$1"
	echo
	python3 tests/truth.py status "$work/status.$1" "$work/truth.$1" &&
	    result "$1: every verdict equals the truth" 0 ||
	    result "$1: every verdict equals the truth" 1
}

# The changes between two rounds, held against the routes: what was done was
# done between two moments.
changed() { # from-round to-round since until
	local from
	from=$(date -u -d "@${3%??????}" +%FT%T.)${3: -6}Z
	build/tumen timeline --plane data --from "$from" | sed -n '/^EVENTS/,$p'
	build/tumen timeline --plane data --from "$from" --json >"$work/events"
	echo
	python3 tests/truth.py changes "$work/events" "$work/truth.$1" \
	    "$work/truth.$2" "$3" "$4" &&
	    result "$1 to $2: every event found, no other" 0 ||
	    result "$1 to $2: every event found, no other" 1
}

say "the address table of this day: the internet's own RIB, registry and IXPs"
build/tumen origin build -o "$db.origin" --asof "$(date -u +%F)" \
    --bgp "$TUMEN_LAB/rib.mrt" --registry "$TUMEN_LAB/registry.txt" \
    --ixp "$TUMEN_LAB/ixp.txt"

targets=$("$lab" targets | awk '{ printf "%s%s", c, $1; c = " " }')
vantages=$("$lab" vantages | awk '{ print $1 }')
# A router of China Unicom and one of TransTelecom: a vantage that hears from
# neither says nothing about North Korea.
controls="219.158.64.9 188.43.0.5"
# Without linger: a run that waits for late replies keeps the next slot waiting.
# shellcheck disable=SC2086
say "an agent at each of" $vantages
for v in $vantages; do
	mkdir "$work/$v"
	cat >"$work/$v.conf" <<-EOF
	[vantage]
	name = $v
	spool = $work/$v
	user = root
	rate = 100
	control = $controls

	[campaign demo]
	targets = $targets
	method = udp
	interval = 4
	phase = 0
	wait = 500
	linger = 0
	EOF
	"$lab" exec "$v" build/tumen-probe agent -c "$work/$v.conf" \
	    >"$work/$v.log" 2>&1 &
	agents="$agents $!"
done

say "round 1: everything up"
round round1

say "round 2: the BGP session between TransTelecom and Star JV goes down"
since=$(date +%s%6N)
"$lab" session sj-ttk tt6 down
until=$(date +%s%6N)
round round2
say "what changed, for whom, between which two observations"
changed round1 round2 "$since" "$until"

say "round 3: the session comes back"
since=$(date +%s%6N)
"$lab" session sj-ttk tt6 up
until=$(date +%s%6N)
round round3
say "what changed back"
changed round2 round3 "$since" "$until"

if [ -n "${CMOCKA_MESSAGE_OUTPUT:-}" ]; then
	echo "1..$tests"
	rm -rf "$(dirname "$db")"
else
	say "the database stays: $db. Go on with"
	cat <<-EOF
	  build/tumen status --db $db
	  build/tumen timeline --db $db
	  build/tumen export --db $db | head -n 1
	  build/tumen origin lookup --origin $db.origin 103.35.255.254 188.43.225.153
	EOF
fi
exit "$failed"
