#!/bin/bash
# SPDX-License-Identifier: ISC
# Sweeps and all paths on real kernels in network namespaces:
#   here (10.0.1.1) - r1 - a or b - r2 - t (all of 198.51.100.0/24)
# where r1 sends each flow through a (10.0.2.2) or b (10.0.3.2), and r2 answers
# from 10.0.4.2. Nothing leaves the machine: there is no uplink.
set -u
. "$(dirname "$0")/inside.sh"
enter_namespace "${TUMEN_PROBE:-build/tumen-probe}"
probe=$work/tumen-probe

# `traces` by id; `last`; path(t) with what it joins filled in; `sent`, by all
terms='
traces = {r["id"]: r for r in lines if r["record"] == "trace"}
last = lines[-1]
sent = sum(p["reply_no"] < 2 and p["silent"] != "not-sent"
           for t in traces.values() for h in t["hops"] for p in h["probes"])
def path(t):
    at = {h["ttl"]: {p["addr"] for p in h["probes"]} - {None} for h in t["hops"]}
    if t.get("joins"):
        other = path(traces[t["joins"]["trace"]])
        at = {**{k: v for k, v in other.items() if k < t["joins"]["ttl"]}, **at}
    return at
def earlier(t):
    ids = [r.get("id") for r in lines]
    return not t.get("joins") or \
        ids.index(t["joins"]["trace"]) < ids.index(t["id"])
'

link() { # link LEFT RIGHT NUMBER: 10.0.NUMBER.1 and .2, named lN and kN
	ip link add name "l$3" type veth peer name "k$3"
	ip link set "k$3" netns "$2"
	ip -n "$2" addr add "10.0.$3.2/24" dev "k$3"
	ip -n "$2" link set "k$3" up
	[ "$1" = here ] || ip link set "l$3" netns "$1"
	[ "$1" = here ] && set -- '' "$2" "$3"
	ip ${1:+-n "$1"} addr add "10.0.$3.1/24" dev "l$3"
	ip ${1:+-n "$1"} link set "l$3" up
}

network() {
	local name
	mount -t tmpfs tmpfs /run
	ip link set lo up
	for name in r1 a b r2 t; do
		ip netns add "$name"
		ip -n "$name" link set lo up
		ip netns exec "$name" sysctl -qw net.ipv4.ip_forward=1 \
		    net.ipv4.icmp_ratelimit=0 net.ipv4.icmp_ratemask=0 \
		    net.ipv4.icmp_msgs_per_sec=100000 net.ipv4.icmp_msgs_burst=10000 \
		    net.ipv4.conf.all.rp_filter=0 net.ipv4.conf.default.rp_filter=0 \
		    net.ipv4.fib_multipath_hash_policy=1
	done
	link here r1 1
	link r1 a 2
	link r1 b 3
	link a r2 4
	link b r2 5
	link r2 t 6
	ip route add default via 10.0.1.2
	ip -n r1 route add default nexthop via 10.0.2.2 nexthop via 10.0.3.2
	ip -n a route add default via 10.0.4.2
	ip -n a route add 10.0.1.0/24 via 10.0.2.1
	ip -n b route add default via 10.0.5.2
	ip -n b route add 10.0.1.0/24 via 10.0.3.1
	ip -n r2 route add 10.0.1.0/24 via 10.0.4.1
	ip -n r2 route add 198.51.100.0/24 via 10.0.6.2
	ip -n t route add default via 10.0.6.1
	ip -n t route add local 198.51.100.0/24 dev lo
}

network 2>network.log
check 'the network is up' ip netns exec t ip route get 10.0.1.1

# --- every address -----------------------------------------------------------

fast='--rate 1000 --burst 50 --target-rate 1000 --responder-rate 1000'
run "$probe" trace --json --sweep $fast 198.51.100.0/26 198.51.100.6
check 'a sweep ends with 0' test "$status $(wc -c <err)" = '0 0'
check 'every address once, the first and the last one too' \
    json "sorted(t['target'] for t in traces.values()) == \
    sorted(f'198.51.100.{i}' for i in range(64))"
check 'each was reached' json "all(t['stop'] == 'reached' for t in traces.values())"
check 'each belongs to its prefix' \
    json "{t['prefix'] for t in traces.values()} == {'198.51.100.0/24'}"
check 'the records are numbered without a gap' \
    json "sorted(t['seq'] for t in traces.values()) == list(range(1, 65))"
check 'a path joins one that stands above it' \
    json "any('joins' in t for t in traces.values()) and \
    all(earlier(t) for t in traces.values())"
check 'what joins and what is joined make the whole path' \
    json "all(path(t)[1] == {'10.0.1.2'} and path(t)[2] < {'10.0.2.2', '10.0.3.2'} \
    and path(t)[3] == {'10.0.4.2'} and t['target'] in path(t)[4] \
    for t in traces.values())"
check 'the sum comes last' json "last['record'] == 'sweep' and last['v'] == 1 and \
    last['targets'] == last['finished'] == 64 and not last['aborted']"
check 'and counts right' json "last['probes'] == sent and \
    last['joined'] == sum('joins' in t for t in traces.values())"
check 'routers are not asked by every trace' json "last['probes_saved'] > 0 and \
    sum(h['ttl'] == 1 for t in traces.values() for h in t['hops']) < 64"

for method in icmp tcp; do
	run "$probe" trace --json --sweep --method $method $fast 198.51.100.0/29
	check "a sweep by $method" json "len(traces) == 8 and $status == 0 and \
	    last['reached'] == 8 and all(t['method'] == '$method' and t['stop'] == 'reached' \
	    for t in traces.values())"
done
check 'one port for all' json "{t['port'] for t in traces.values()} == {80}"

run "$probe" trace --sweep $fast 198.51.100.0/26
check 'people read each path' \
    test "$(grep -cE '^198\.51\.100\.[0-9]+  udp' out)" = 64
check 'and which one it joins' grep -qE \
    '^  joins the path to 198\.51\.100\.[0-9]+ at TTL [1-4]$' out
tail -n 1 out >sentence
check 'and one sentence in the end' grep -qE \
    '^sweep: 64 of 64 targets traced, 64 reached; [0-9,]+ probes, [0-9,]+ fewer \([0-9]+ %\) ' sentence

terminal() { # terminal COMMAND...: standard error is one; what it shows: err
	python3 - "$@" <<-'EOF'
	import os, pty, subprocess, sys
	us, them = pty.openpty()
	with open("out", "wb") as out, open("err", "wb") as err:
	    child = subprocess.Popen(sys.argv[1:], stdout=out, stderr=them)
	    os.close(them)
	    try:
	        while data := os.read(us, 4096):
	            err.write(data)
	    except OSError:
	        pass
	    sys.exit(child.wait())
	EOF
}
terminal "$probe" trace --json --sweep --rate 30 198.51.100.0/28
check 'a terminal shows how far it is' grep -aqE \
    'sweep: [0-9]+ of 16 targets, [0-9,]+ probes, [0-9.]+ s' err
check 'in one line, which is gone in the end' \
    test "$(wc -l <err) $(tail -c 4 err)" = "0 $(printf '\r\033[K')"

timeout 60 "$probe" trace --json --sweep --rate 10 --burst 1 198.51.100.0/26 >out 2>err &
sleep 2.5
kill -INT "$(pgrep -P $! -x tumen-probe)"
wait $!
check 'SIGINT ends it with 130' test $? = 130
check 'and all that is there is said' json "last['record'] == 'sweep' and \
    last['aborted'] and last['targets'] == 64 and 0 < len(traces) < 64 and \
    last['probes'] == sent"

cp -a /etc "$work/etc"
mkdir -p "$work/etc/tumen"
mount --bind "$work/etc" /etc
cat >/etc/tumen/tumen-probe.conf <<'EOF'
[vantage]
name = sel
do_not_probe = 198.51.100.2/31 198.51.100.7
[campaign c]
targets = 10.0.1.2
interval = 1h
EOF
run "$probe" trace --json --sweep $fast 198.51.100.0/29
umount /etc
check 'do_not_probe holds for a sweep' json "$status == 0 and \
    sorted(t['target'][-1] for t in traces.values()) == list('01456')"
check 'and says what it took' \
    grep -qF '198.51.100.2/31: not probed, 2 targets' err

cat >flood.py <<'EOF'
import socket, struct
s = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP)
for _ in range(4000):
    s.sendto(struct.pack("!BBHHH", 0, 0, 0xfffe, 1, 0), ("10.0.1.1", 0))
EOF
timeout 60 "$probe" trace --json --sweep --rate 20 --burst 1 198.51.100.0/27 >out 2>err &
# The flood comes while half of the targets have had their first probe.
sent() { awk '$1 == "l1:" { print $11 }' /proc/net/dev; }
begun=$(($(sent) + 16))
for _ in $(seq 1000); do
	[ "$(sent)" -ge "$begun" ] && break
	sleep 0.01
done
swept=$(pgrep -P $! -x tumen-probe)
kill -STOP "$swept"
ip netns exec r1 python3 flood.py
kill -CONT "$swept"
wait $!
check 'what was lost counts for the traces that ran, not for later ones' \
    json "len(traces) == 32 and \
    any(t['drops'] > 0 for t in traces.values()) and \
    max(traces.values(), key=lambda t: t['start_us'])['drops'] == 0 and \
    last['aborted'] is False"

# The address is lost, the way out is not: probes still leave.
ip -n r1 route add blackhole 203.0.113.0/24
silent='--wait 700 --gap 3 --max-ttl 8'
(sleep 0.5
 ip addr add 10.0.1.9/24 dev l1
 ip addr del 10.0.1.1/24 dev l1
 ip route add default via 10.0.1.2) &
run "$probe" trace --json --sweep $fast $silent 203.0.113.0/31
wait $!
ip addr flush dev l1
ip addr add 10.0.1.1/24 dev l1
ip route add default via 10.0.1.2
check 'a lost address is no silent path' json "$status == 69 and \
    len(traces) == 2 and all(t['stop'] == 'error' and \
    '10.0.1.1: no interface' in t['stop_detail'] for t in traces.values())"
run "$probe" trace --json --sweep $fast 10.0.1.1 10.0.1.2
check 'this host itself is reached like any other' json "$status == 0 and \
    len(traces) == 2 and all(t['stop'] == 'reached' for t in traces.values())"
ip link add e0 type veth peer name e1
ip link set e0 up
ip link set e1 up
ip addr add 10.7.0.1/24 dev e0
(sleep 1; ip link del e0) &
run "$probe" trace --json --sweep --interface e0 --method icmp $silent \
    --rate 1 --burst 1 10.7.0.2/31
wait $!
check 'an interface that is removed ends it' json "$status == 69 and \
    last['record'] == 'sweep' and last['aborted'] and last['started'] == 1 and \
    [t['stop'] for t in traces.values()] == ['error']"

# --- all paths ---------------------------------------------------------------

run "$probe" trace --json --mda 95 --rate 2000 --responder-rate 2000 198.51.100.7
check 'all paths: 0' test "$status $(wc -c <err)" = '0 0'
check 'the graph comes last, once' \
    json "[r['record'] for r in lines].count('trace') == len(lines) - 1 and \
    last['record'] == 'graph' and last['target'] == '198.51.100.7' and \
    last['complete']"
check 'and holds every node once' json "sorted((v['ttl'], v['addr']) \
    for v in last['nodes'] if v['ttl'] < 5) == [(1, '10.0.1.2'), (2, '10.0.2.2'), \
    (2, '10.0.3.2'), (3, '10.0.4.2'), (4, '198.51.100.7')]"
check 'and every link' json "{(v['from'], v['to']) for v in last['links'] \
    if v['ttl'] < 4} == {('10.0.1.2', '10.0.2.2'), ('10.0.1.2', '10.0.3.2'), \
    ('10.0.2.2', '10.0.4.2'), ('10.0.3.2', '10.0.4.2'), \
    ('10.0.4.2', '198.51.100.7')}"
check 'each flow has a port and a number of its own' json \
    "len(traces) > 5 and len({t['sport'] for t in traces.values()}) == len(traces) \
    and sorted(t['seq'] for t in traces.values()) == \
    list(range(1, len(traces) + 1))"
check 'both branches are found' json "{a for t in traces.values() \
    for a in path(t).get(2, ())} == {'10.0.2.2', '10.0.3.2'}"
check 'and the target behind them' json "any(t['stop'] == 'reached' and \
    '198.51.100.7' in path(t)[4] for t in traces.values())"

run "$probe" trace --json --mda 99 --method udp,tcp --rate 2000 \
    --responder-rate 2000 198.51.100.7 198.51.100.9
check 'each target by each method, in turn' json "$status == 0 and \
    [r['record'] for r in lines].count('graph') == 4 and \
    {(t['target'][-1], t['method']) for t in traces.values()} == \
    {('7', 'udp'), ('7', 'tcp'), ('9', 'udp'), ('9', 'tcp')} and \
    sorted(t['seq'] for t in traces.values()) == list(range(1, len(traces) + 1))"

run "$probe" trace --mda 95 --rate 2000 --responder-rate 2000 198.51.100.7
check 'people see the graph alone' sh -c \
    "test $status = 0 && ! grep -q ' flow 0  from' out && \
    grep -q '10.0.2.2.*10.0.3.2' out"

timeout 60 "$probe" trace --json --mda 99 --rate 10 --burst 1 198.51.100.7 \
    198.51.100.9 >out 2>err &
sleep 2.5
kill -INT "$(pgrep -P $! -x tumen-probe)"
wait $!
check 'SIGINT ends it with 130' test $? = 130
check 'and the graph so far is said, of the one that was begun' json \
    "last['record'] == 'graph' and not last['complete'] and {t['target'] for t in traces.values()} == \
    {'198.51.100.7'}"
run "$probe" trace --mda 95 192.0.2.9 198.51.100.7 --rate 2000
check 'a target without a path does not end it' test "$status" = 0

finish
