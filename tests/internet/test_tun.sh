#!/bin/bash
# SPDX-License-Identifier: ISC
# tumen-probe and the kernel's own stack over a played network: build/.../tun
# with scenarios of tests/sim/scenarios. Only in network namespaces.
set -u
. "$(dirname "$0")/inside.sh"
: 2>/dev/null <>/dev/net/tun || skip 'needs TUN'
scenarios=$(readlink -f tests/sim/scenarios)
enter_namespace "${TUMEN_PROBE:-build/tumen-probe}" \
    "${TUMEN_TUN:-build/tests/sim/tun}"
probe=$work/tumen-probe
tun=$work/tun
within='unshare -n' # every run has a namespace of its own

ends 'not beside another interface' 77 'no namespace of its own' sh -c \
    "ip link add v0 type veth peer name v1; exec $tun $scenarios/line15.play -- true"
echo 'source 192.0.2' >bad.play
ends 'a scenario that is none' 65 'bad.play: line 1: 192.0.2: not' \
    "$tun" bad.play -- true
ends 'no command' 64 'usage: tun' "$tun" "$scenarios/line15.play"
ends 'the status of the command' 3 'tun: in 0 out 0' \
    "$tun" "$scenarios/line15.play" -- sh -c 'exit 3'
ends 'a command that is none' 127 './nothing' \
    "$tun" "$scenarios/line15.play" -- ./nothing
ends 'a command that is killed' 143 'tun: in 0' \
    "$tun" "$scenarios/line15.play" -- sh -c 'kill -TERM $$'

# Whether trace and log tell one story; $1: tolerance in ms, for a busy machine.
agree() {
	python3 - "$1" <<-'EOF2'
	import json, struct, sys
	trace = json.loads(open('out').readline())
	rows = list(struct.iter_unpack('=qqqIIHHBBBB', open('log', 'rb').read()))
	by_ttl = {r[7]: r for r in rows}
	assert len(rows) == sum(len(h['probes']) for h in trace['hops'])
	assert [h['ttl'] for h in trace['hops']] == sorted(by_ttl)
	assert trace['stop'] == 'reached', trace['stop']
	for hop in trace['hops']:
	    p, r = hop['probes'][0], by_ttl[hop['ttl']]
	    read, due, written, dst, responder = r[:5]
	    addr = '.'.join(str(responder >> s & 255) for s in (24, 16, 8, 0))
	    assert p['addr'] == addr and p['proof'] == 'both', (p, addr)
	    assert due - read == 100_000_000 and written >= due
	    late = p['rtt_us'] / 1e3 - (written - read) / 1e6
	    assert 0 <= late < float(sys.argv[1]), (p, late)
	    assert abs(p['tx_us'] - read / 1e3) < float(sys.argv[1]) * 1e3
	assert len(trace['hops']) >= 15
	EOF2
}
for mode in '' --busy; do
	run "$tun" "$scenarios/line15.play" $mode --log log --routers -- \
	    "$probe" trace --json 175.45.176.71
	check "a trace and the truth about it $mode" agree 200
	check "counts of routers $mode" grep -qx \
	    'tun: router r13 asked 1 answered 1' err
	check "ends with the trace's status $mode" test "$status" -eq 0
done

# The kernel as a client: its SYN is refused by the played host, not by itself.
connect() {
	"$tun" "$scenarios/sweep-easy.play" -- python3 - <<-'EOF2'
	import socket
	for port in 80, 443:
	    s = socket.socket()
	    s.settimeout(20)
	    try:
	        s.connect(('175.45.176.71', port))
	        raise SystemExit('connected')
	    except ConnectionRefusedError:
	        pass
	EOF2
}
check 'a connection is refused over the network' unshare -n bash -c \
    "$(declare -f connect); tun=$tun scenarios=$scenarios; connect"

# Root of a namespace that belongs to nobody else will do.
run unshare -r -n "$tun" "$scenarios/sweep-easy.play" -- \
    "$probe" trace --json 175.45.176.71
check 'in a user namespace' grep -q '"stop":"reached"' out
finish
