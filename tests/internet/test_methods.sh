#!/bin/bash
# SPDX-License-Identifier: ISC
# The three probe methods on the emulated internet: where all of them reach the
# target they find the same networks; where the border filters, TCP alone does.
set -u
. "$(dirname "$0")/inside.sh"
enter_lab base "${TUMEN_PROBE:-build/tumen-probe}" "${TUMEN:-build/tumen}"
probe=$work/tumen-probe
tumen=$work/tumen

trace() { # trace VANTAGE OPTION... TARGET...
	local vantage=$1
	shift
	run "$lab" exec "$vantage" "$probe" trace --json --rate 200 --wait 300 "$@"
}

# The records by method: `m`; verdicts(): what is said of each, which networks
# and which carrier
terms='
m = {t["method"]: t for t in lines}
def answers(t): return [p for h in t["hops"] for p in h["probes"] if p["addr"]]
def path(t): return [h["probes"][0]["addr"] for h in t["hops"]]
def at_target(t): return [p for p in answers(t) if p["addr"] == t["target"]]
def verdicts(): return [json.loads(line) for line in open("verdicts")]
'

all=udp,icmp,tcp
"$tumen" origin build -o lab.origin --asof @"$(date +%s)" \
    --bgp "$TUMEN_LAB/rib.mrt" --registry "$TUMEN_LAB/registry.txt" \
    --ixp "$TUMEN_LAB/ixp.txt" >err 2>&1

# --- everything up -----------------------------------------------------------

for where in 'sel 175.45.176.71' 'mow 175.45.177.10' 'fra 175.45.178.161'; do
	set -- $where
	trace "$1" --method $all "$2"
	check "$1: three methods in one run" \
	    json 'sorted(m) == ["icmp", "tcp", "udp"] and len(lines) == 3'
	check "$1: each reaches $2" \
	    json 'all(t["stop"] == "reached" for t in lines)'
	check "$1: at the same distance" \
	    json 'len({min(h["ttl"] for h in t["hops"] for p in h["probes"]
	        if p["addr"] == t["target"]) for t in lines}) == 1'
	check "$1: every answer is proved by both witnesses" \
	    json 'all(p["proof"] == "both" for t in lines for p in answers(t))'
	"$tumen" infer --origin lab.origin - <out \
	    >verdicts 2>err
	check "$1: through the same networks" \
	    json 'len({(v["carrier"], v["entry_as"], tuple(v["as_path"]))
	        for v in verdicts()}) == 1 and verdicts()[0]["entry_as"]'
done
check 'TCP asks for the known service of the target' \
    json 'm["tcp"]["port"] == 22 and m["tcp"]["dport"] == 22'
check 'the others have no service' json 'm["udp"]["port"] is None and
    m["udp"]["dport"] == 33434 and m["icmp"]["port"] is None and
    m["icmp"]["dport"] == 0'
check 'one source port, or id, for a flow of every method' \
    json 'len({t["sport"] for t in lines}) == 1'
check 'the target says it in three ways' json '
    at_target(m["udp"])[0]["icmp_type"] == 3 and
    at_target(m["icmp"])[0]["icmp_type"] == 0 and
    at_target(m["tcp"])[0]["tcp_flags"] == 0x12'

# Linux balances ICMP by the addresses alone: one branch for all flows.
trace sel --method icmp --flows 4 175.45.176.71 175.45.179.69
check 'several flows by ICMP' json 'len(lines) == 8 and
    all(t["stop"] == "reached" for t in lines) and
    len({t["sport"] for t in lines}) == 4'
trace sel --method tcp --flows 4 175.45.176.71
check 'several flows by TCP, which take several branches' json 'len(lines) == 4 and
    all(t["stop_detail"] == "syn-ack" for t in lines) and
    len({tuple(path(t)) for t in lines}) > 1'
trace sel --method tcp 175.45.176.71
cp out first
trace sel --method tcp 175.45.176.71
cat first >>out
check 'a flow takes its path again' json 'path(lines[0]) == path(lines[1])'
"$lab" exec kp176 ss -Htan state syn-recv >half
check 'no half-open connection is left behind' test ! -s half

# --- the normal case: the border lets TCP pass alone -------------------------

"$lab" scenario firewalled >err 2>&1
trace sel --method $all 175.45.176.71
check 'firewalled: UDP and ICMP end at the border' \
    json 'all(m[k]["stop"] == "gap" and "103.35.255.254" in path(m[k])
        for k in ("udp", "icmp"))'
check 'firewalled: TCP to the open port reaches the host' \
    json 'm["tcp"]["stop"] == "reached" and m["tcp"]["port"] == 80 and
        m["tcp"]["stop_detail"] == "syn-ack" and
        at_target(m["tcp"])[0]["proof"] == "both"'
trace sel --method tcp --port 81 175.45.176.71
check 'firewalled: a closed port refuses, which is reached as well' \
    json 'lines[0]["stop"] == "reached" and lines[0]["stop_detail"] == "rst" and
        lines[0]["port"] == 81 and at_target(lines[0])[0]["tcp_flags"] == 0x14 and
        at_target(lines[0])[0]["proof"] == "both"'

"$lab" scenario prohibited >err 2>&1
trace sel --method $all --attempts 3 175.45.176.71
check 'prohibited: the border says so to UDP and ICMP' \
    json 'any(p["icmp_code"] == 13 for k in ("udp", "icmp")
        for p in answers(m[k]))'

# --- campaigns ---------------------------------------------------------------

cat >conf <<EOF2
[vantage]
name = sel
spool = $work/spool
user = root
rate = 200
[campaign all]
targets = 175.45.176.71 175.45.177.10
method = tcp, udp, icmp
flows = 2
wait = 300
interval = 1h
EOF2
mkdir spool
"$lab" scenario base >err 2>&1
run "$lab" exec sel "$probe" agent -c conf --once
check 'the agent traces every flow by every method' test "$(sqlite3 \
    spool/000001.db 'SELECT count(*), count(DISTINCT method),
    count(port), min(port), max(port) FROM trace')" = '12|3|4|80|80'
check 'and reaches by all of them' test "$(sqlite3 spool/000001.db \
    'SELECT count(*) FROM trace WHERE stop = 1')" = 12
run "$lab" exec sel "$probe" check -c conf
check 'check explains the methods' grep -q \
    'by tcp to the known port of each (else 80), by udp to port 33434, by icmp$' \
    out
check 'and counts them all' grep -q 'at most 896 packets a run, 18560 a day, 9280' \
    out

finish
