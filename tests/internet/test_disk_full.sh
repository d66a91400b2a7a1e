#!/bin/bash
# SPDX-License-Identifier: ISC
# An agent whose spool lies on a disk of 8 MB that runs full while it probes
# behind a router of the kernel, is killed there, starts again, gets room:
#   here (10.0.1.1) - r1 (10.0.1.2), which drops what is for 203.0.113.0/24
# Nothing leaves the machine: all of it is in namespaces without an uplink.
set -u
. "$(dirname "$0")/inside.sh"
enter_namespace "${TUMEN_PROBE:-build/tumen-probe}" "${TUMEN:-build/tumen}"
tumen=$work/tumen
export TUMEN_DB=$work/shared.db

router() {
	mount -t tmpfs tmpfs /run
	ip link set lo up
	ip netns add r1
	ip link add l1 type veth peer name k1 netns r1
	ip addr add 10.0.1.1/24 dev l1
	ip link set l1 up
	ip -n r1 addr add 10.0.1.2/24 dev k1
	ip -n r1 link set k1 up
	ip -n r1 link set lo up
	ip -n r1 link add d0 type veth peer name d1
	ip -n r1 link set d0 up
	ip -n r1 route add 203.0.113.0/24 dev d0
	ip route add default via 10.0.1.2
	ip netns exec r1 sysctl -qw net.ipv4.ip_forward=1 \
	    net.ipv4.icmp_ratelimit=0 net.ipv4.icmp_ratemask=0
	ip netns exec r1 nft -f - <<-'END'
	table ip count {
	  counter seen { }
	  chain in {
	    type filter hook prerouting priority -300;
	    counter name seen
	    ip daddr 203.0.113.0/24 ip ttl 2-64 drop
	  }
	}
	END
}
counted() {
	ip netns exec r1 nft list counter ip count seen |
	    sed -n 's/.*packets \([0-9]*\) .*/\1/p'
}
moves() { # packets within three seconds
	local before
	before=$(counted)
	for _ in $(seq 30); do
		sleep 0.1
		[ "$(counted)" = "$before" ] || return 0
	done
	return 1
}
agent() { # in the background; leaves pid behind
	"$work/tumen-probe" agent -c conf >>out 2>>err &
	pid=$!
}
said() { # TEXT: within five seconds, once more than before
	local had=${2:-0}
	for _ in $(seq 50); do
		[ "$(grep -cF -- "$1" err)" -gt "$had" ] && return
		sleep 0.1
	done
	return 1
}
in_a_run() { # one of the silent campaign begins, and lasts
	for _ in $(seq 60); do
		[ "$(grep -c 'event=run-begin campaign=silent' err)" -gt \
		    "$(grep -c 'event=run-end campaign=silent.*state=[da]' err)" ] && return
		sleep 0.1
	done
}
# Of the sealed segments and the shared database: one number or text.
ask() { sqlite3 "$TUMEN_DB" "$1"; }
sealed() {
	local s
	for s in spool/*.db; do
		sqlite3 "file:$s?immutable=1" "$1"
	done
}
total() { sealed "$1" | awk '{ n += $1 } END { print n + 0 }'; }
audit() { "$tumen" audit --spool spool >out.audit 2>&1; }
audit_says() { # TEXT
	"$tumen" audit --spool spool --json >out.audit 2>&1
	grep -qF -- "$1" out.audit || { cat out.audit; false; }
}

router 2>router.log
check 'the router counts' test "$(counted)" -ge 0
mkdir spool
mount -t tmpfs -o size=8m,mode=755,uid=65534,gid=65534 tmpfs spool
cat >conf <<-END
	[vantage]
	name = sel
	spool = $work/spool
	user = nobody
	disk_warn = 10
	rate = 60
	burst = 20
	[campaign quick]
	targets = 10.0.1.2
	interval = 1s
	phase = 0
	linger = 0
	[campaign silent]
	targets = 203.0.113.9
	interval = 3s
	phase = 0
	linger = 0
	gap = 20
	attempts = 2
	flows = 3
	wait = 400
END
: >out >err
agent
for _ in $(seq 40); do
	[ "$(ls spool/*.db 2>/dev/null | wc -l)" -ge 2 ] && break
	sleep 0.1
done
check 'an agent works on a disk of 8 MB' \
    test "$(sealed "SELECT 1 FROM run WHERE state = 'done'" | wc -l)" -ge 2
check 'in its sandbox' grep -q '^Seccomp:.2' "/proc/$pid/status"
check 'and has set something aside' test "$(stat -c '%b' spool/reserve)" -ge 2000
check 'the log of the open segment stays small' \
    test "$(cat spool/*.open-wal 2>/dev/null | wc -c)" -le 1000000

# --- full, in the middle of a run --------------------------------------------

in_a_run
before=$(total 'SELECT count(*) FROM trace')
dd if=/dev/zero of=spool/ballast bs=64k 2>dd.log
check 'a disk that fills up is said before' \
    test "$(grep -c 'event=disk-warn .*stop=95' err)" = 1
check 'a full disk is said' said 'event=disk-full'
sleep 0.2
full=$(counted)
sleep 2.5
check 'no packet while it is full' test "$(counted)" = "$full"
check 'the agent lives' kill -0 "$pid"
check 'it is said once' test "$(grep -c 'event=disk-full' err)" = 1
check 'the run that was under way has its row, and why' test "$(total \
    "SELECT count(*) FROM run WHERE state = 'aborted' AND reason GLOB 'disk-full: *'")" -ge 1
check 'what was stored stays, and more came' test "$(total \
    'SELECT count(*) FROM trace')" -gt "$before"
check 'nothing stays open' sh -c '! ls spool/*.open'
kill -STOP "$pid" # or it would find room
check 'an uploader needs no room there' "$tumen" upload --spool spool
dd if=/dev/zero bs=4k >>spool/ballast 2>dd.log
kill -CONT "$pid"
check 'the audit names the slots and why, before they have rows' \
    audit_says '"kind":"run-held","fault":false,"vantage":"sel","campaign":"quick"'
check 'which is no fault' audit

# --- killed there --------------------------------------------------------------

kill -KILL "$pid"
wait "$pid" 2>/dev/null
check 'after kill -9 the audit still says why' audit_says 'disk-full: '
check 'and how many slots' python3 - <<'END'
import json
held = [json.loads(x) for x in open("out.audit") if '"kind":"run-held"' in x]
quick = [h for h in held if h["campaign"] == "quick"]
print(held)
assert sum(h["last"] - h["first"] + 1 for h in quick) >= 2
assert all("skipped" in h["detail"] or "aborted" in h["detail"] for h in held)
END
dd if=/dev/zero bs=4k >>spool/ballast 2>dd.log
stopped=$(counted)
agent
check 'a start on a full disk says so' said 'event=disk-full' 1
sleep 1.2
check 'and waits' kill -0 "$pid"
check 'without a packet' test "$(counted)" = "$stopped"

# --- room ------------------------------------------------------------------------

rm spool/ballast
check 'with room it goes on' said 'event=disk-room'
check 'probing' moves

# --- too little room for a run, though every write would do --------------------

room=$(df -k --output=avail spool | tail -n 1)
dd if=/dev/zero of=spool/ballast bs=1k count=$((room - 700)) 2>dd.log
check 'too little room is said' said 'event=disk-full' 2
sleep 0.3
stopped=$(counted)
sleep 1.5
check 'and nothing is sent' test "$(counted)" = "$stopped"
check 'its first row is sealed at once' test "$(total "SELECT count(*) FROM run
    WHERE state = 'skipped' AND reason LIKE 'disk-full: %'")" -ge 1
rm spool/ballast
check 'with room it goes on once more' said 'event=disk-room' 1

# --- no reserve either ----------------------------------------------------------

in_a_run
rm spool/reserve
dd if=/dev/zero of=spool/ballast bs=4k 2>dd.log
check 'a full disk is said again' said 'event=disk-full' 3
sleep 0.3
stopped=$(counted)
sleep 1.2
check 'and no packet leaves' test "$(counted)" = "$stopped"
check 'the row of the run is held' audit_says 'aborted, disk-full: '
rm spool/ballast
check 'with room it goes on a third time' said 'event=disk-room' 2
check 'and what waited is stored' grep -q 'event=disk-room .*traces=[1-9][0-9]* rows=[1-9]' err
sleep 1.2
kill -TERM "$pid"
wait "$pid"
check 'SIGTERM ends it with 0' test $? = 0
check 'there is a reserve again' test "$(stat -c '%b' spool/reserve)" -ge 2000
run "$tumen" upload --spool spool
check 'all of it is uploaded' sh -c "test $status = 0 && ! ls spool/*.db"
check 'the audit balances' audit
check 'every slot of both campaigns has one row' test "$(ask \
    'SELECT count(*), sum(n), sum(span) FROM (SELECT count(*) AS n,
        max(slot) - min(slot) + 1 AS span FROM run GROUP BY campaign_id)' |
    awk -F '|' '{ print ($1 == 2 && $2 == $3) }')" = 1
check 'skipped ones say that the disk was full' test "$(ask \
    "SELECT count(*) >= 5 FROM run WHERE state = 'skipped'
        AND started_us IS NULL AND traces_n = 0 AND reason LIKE '%disk-full: %'")" = 1
check 'none died' test "$(ask "SELECT count(*) FROM run
    WHERE reason = 'the agent died'")" = 0
check 'each row has as many traces as it says' test "$(ask \
    'SELECT count(*) FROM run r WHERE traces_n <> (SELECT count(*) FROM trace t
        WHERE t.campaign_id = r.campaign_id AND t.slot = r.slot)')" = 0
finish
