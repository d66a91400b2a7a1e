#!/bin/bash
# SPDX-License-Identifier: ISC
# tumen-probe on real kernels: a chain of routers in network namespaces,
#   here (10.0.1.1) - r1 - r2 - r3 - t (198.51.100.7)
# where r2 answers from 10.0.2.2, r3 from 10.0.3.2. Nothing leaves the machine:
# the whole test runs in a network namespace of its own, without an uplink.
set -u
. "$(dirname "$0")/inside.sh"
enter_namespace "${TUMEN_PROBE:-build/tumen-probe}" "${TUMEN:-build/tumen}"
probe=$work/tumen-probe
tumen=$work/tumen

# Of `t`, the last record: the addresses at each of its `hops`, all `probes`,
# and how often each TTL was `tried`.
terms='
t = lines[-1]
hops = [[p["addr"] for p in h["probes"]] for h in t["hops"]]
probes = [p for h in t["hops"] for p in h["probes"]]
tried = {h["ttl"]: len(h["probes"]) for h in t["hops"]}
'

answering() { # until the server on t has its port
	for _ in $(seq 100); do
		[ -z "$(ip netns exec t ss -Hlun sport = :33434)" ] || return
		sleep 0.1
	done
}

# --- the chain ---------------------------------------------------------------

chain() {
	local i prev='' name
	mount -t tmpfs tmpfs /run
	ip link set lo up
	for i in 1 2 3 4; do
		name=r$i
		[ "$i" = 4 ] && name=t
		ip netns add "$name"
		ip -n "$name" link set lo up
		ip netns exec "$name" sysctl -qw net.ipv4.ip_forward=1 \
		    net.ipv4.icmp_ratelimit=0 net.ipv4.icmp_ratemask=0
		ip link add name "l$i" type veth peer name "k$i"
		ip link set "k$i" netns "$name"
		[ -n "$prev" ] && ip link set "l$i" netns "$prev"
		ip ${prev:+-n "$prev"} addr add "10.0.$i.1/24" dev "l$i"
		ip ${prev:+-n "$prev"} link set "l$i" up
		ip -n "$name" addr add "10.0.$i.2/24" dev "k$i"
		ip -n "$name" link set "k$i" up
		ip ${prev:+-n "$prev"} route add default via "10.0.$i.2"
		[ "$i" = 1 ] ||
		    ip -n "$name" route add 10.0.1.0/24 via "10.0.$i.1"
		prev=$name
	done
	ip -n r3 route add 10.0.2.0/24 via 10.0.3.1
	ip -n t route del default 2>/dev/null
	ip -n t addr add 198.51.100.7/32 dev lo
	ip -n t route add blackhole 203.0.113.0/24
	ip -n r2 route add prohibit 192.0.2.0/25
	ip netns exec r1 nft -f - <<-'EOF'
	table ip count {
	  counter probes { }
	  chain in {
	    type filter hook prerouting priority -300;
	    ip protocol udp udp dport 33434 counter name probes
	  }
	}
	EOF
}

counted() {
	ip netns exec r1 nft list counter ip count probes |
	    sed -n 's/.*packets \([0-9]*\) .*/\1/p'
}

chain 2>chain.log
check 'the chain is up' ip netns exec t ip route get 10.0.1.1

# --- trace -------------------------------------------------------------------

path="[['10.0.1.2'], ['10.0.2.2'], ['10.0.3.2'], ['198.51.100.7']]"
run "$probe" trace --json 198.51.100.7
check 'trace ends with 0' test "$status" = 0
check 'a trace finds every router' json "hops[:4] == $path"
check 'the target is reached' json "t['stop'] == 'reached'"
check 'every probe has a stamp and a time' \
    json "all(p['tx_us'] > 0 and p['rtt_us'] > 0 for p in probes)"
check 'both witnesses come back' json "all(p['proof'] == 'both' for p in probes)"
check 'no drop, no clock step' json "t['drops'] == 0 and not t['clock_step']"
sport=$(python3 -c 'import json; print(json.load(open("out"))["sport"])')

run "$probe" trace --json 198.51.100.7
check 'a flow has the same port each time' json "t['sport'] == $sport"
run "$probe" trace --json --flow 3 --flows 2 198.51.100.7 10.0.2.2
check 'targets times flows' json "sorted((r['target'], r['flow']) for r in lines) \
    == [(a, f) for a in ('10.0.2.2', '198.51.100.7') for f in (3, 4)]"
check 'a port for each flow' \
    json "all(r['sport'] == $sport + r['flow'] for r in lines)"
check 'the numbers of the records are dense' \
    json "sorted(r['seq'] for r in lines) == [1, 2, 3, 4]"

run "$probe" trace --json --live 198.51.100.7
check 'every line is a JSON object' \
    python3 -m json.tool --json-lines out
check 'a line for each reply, then the trace' json \
    "[r['record'] for r in lines] == ['reply'] * (len(lines) - 1) + ['trace'] \
    and len(lines) == len(probes) + 1"

run "$probe" trace 198.51.100.7
check 'people read one hop a line' \
    grep -qE '^  3  10\.0\.3\.2 +[0-9.]+ ms$' out
run "$probe" trace --json --interface l1 198.51.100.7
check 'on one interface' json "hops[:4] == $path"
run "$probe" trace --json --source 10.0.1.1 198.51.100.7
check 'from an address of ours' json "t['src'] == '10.0.1.1'"
run "$probe" trace --json --first-ttl 2 --max-ttl 3 198.51.100.7
check 'a piece of the path' json \
    "t['stop'] == 'max-ttl' and hops == [['10.0.2.2'], ['10.0.3.2']]"
run "$probe" trace --json --wait 100 --gap 2 --port 53 203.0.113.9
check 'silence ends a trace' json \
    "t['stop'] == 'gap' and hops[:3] == ${path%, *}] and \
    not any(a for h in hops[3:] for a in h) and t['dport'] == 53"
check 'after one volley, the gap again and one beyond' \
    json "tried == {**{ttl: 1 for ttl in range(1, 21)}, 4: 2, 5: 2, 32: 1}"
run "$probe" trace --json 192.0.2.1
check 'a border that refuses is named' json \
    "t['stop'] == 'unreachable' and hops[1] == ['10.0.2.2'] and \
    probes[1]['icmp_code'] == 13 and '(3/13) from 10.0.2.2' in t['stop_detail']"
run "$probe" trace --json 127.0.0.1
check 'lo: stamps there too' json "probes[0]['rtt_us'] > 0"

ip link add name br0 type bridge
ip link add name p0 type veth peer name p1
ip netns add b
ip link set p1 netns b
ip link set p0 master br0 up
ip link set br0 up
ip addr add 10.8.0.1/24 dev br0
ip -n b addr add 10.8.0.2/24 dev p1
ip -n b link set p1 up
run "$probe" trace --json 10.8.0.2
check 'a bridge shows a packet twice, which is one reply' json \
    "probes[0]['addr'] == '10.8.0.2' and all(p['reply_no'] == 0 for p in probes)"

ip netns exec t python3 -c '
import socket
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.bind(("198.51.100.7", 33434))
while True:
    s.sendto(b"hello", s.recvfrom(99)[1])' &
server=$!
answering
run "$probe" trace --json 198.51.100.7
kill "$server"
check 'a UDP answer is an answer' json "t['stop'] == 'reached' and \
    '198.51.100.7' in hops[3] and probes[-1]['icmp_type'] is None"

python3 - "$probe" >out 2>err <<'EOF'
# A TUN device as the uplink: does it stamp what it is given?
import fcntl, os, struct, subprocess, sys
tun = os.open("/dev/net/tun", os.O_RDWR)
fcntl.ioctl(tun, 0x400454ca, struct.pack("16sH22x", b"tun9", 0x1001))
os.system("ip addr add 10.9.0.1/24 dev tun9 && ip link set tun9 up")
subprocess.run([sys.argv[1], "trace", "--json", "--wait", "50", "--max-ttl",
                "1", "--interface", "tun9", "10.9.0.2"])
EOF
check 'TUN: stamps there too' json "all(p['tx_us'] > 0 for p in probes)"

timeout 60 "$probe" trace --json 198.51.100.7 >other 2>err &
run "$probe" trace --json 198.51.100.7
wait $!
cat other >>out
check 'two at once have a port each and take no reply of the other' json \
    "len({r['sport'] for r in lines}) == 2 and all(r['stop'] == 'reached' and \
    [len(h['probes']) for h in r['hops'][:4]] == [1] * 4 and \
    all(p['proof'] == 'both' for h in r['hops'][:4] for p in h['probes']) \
    for r in lines)"

run "$probe" trace --json --max-ttl 1 10.0.1.99
check 'what never left says so' json "t['stop'] == 'error' and \
    all(p['silent'] == 'not-sent' and p['tx_us'] is None for p in probes)"
check 'and the status is 69' test "$status" = 69

# --- privileges --------------------------------------------------------------

timeout 60 "$probe" trace --json --wait 1000 --flows 2 203.0.113.9 >out 2>err &
sleep 0.7
pid=$(pgrep -P $! -x tumen-probe)
check 'no capability is left while it runs' \
    test "$(grep -cE '^Cap(Inh|Prm|Eff|Bnd|Amb):.0+$' "/proc/$pid/status")" = 5
check 'root has become nobody' grep -q '^Uid:.65534.65534.65534' \
    "/proc/$pid/status"
check 'no_new_privs is set' grep -q '^NoNewPrivs:.1' "/proc/$pid/status"
check 'system calls are filtered' grep -q '^Seccomp:.2' "/proc/$pid/status"
kill -INT "$pid"
wait $!
check 'SIGINT ends with 130' test "$?" = 130
check 'and hands over what is there' json "len(lines) == 2 and \
    t['stop'] == 'error' and hops[:2] == [['10.0.1.2'], ['10.0.2.2']]"
run setpriv --reuid 1000 --clear-groups --inh-caps +net_raw \
    --ambient-caps +net_raw "$probe" trace --json 10.0.1.2
check 'CAP_NET_RAW alone is enough' json "t['stop'] == 'reached'"
if unshare -Ur true 2>/dev/null; then
	run unshare -Urn sh -c "ip link set lo up; exec $probe trace --json 127.0.0.1"
	check 'a user namespace without nobody' json "t['stop'] == 'reached'"
else
	n=$((n + 1))
	echo "ok $n - a user namespace without nobody # SKIP not allowed here"
fi

# --- the uplink goes away while a trace runs --------------------------------

later() { # later COMMAND: while the next trace waits for its first silence
	(sleep 0.6; sh -c "$1") 2>/dev/null &
}
default='ip route add default via 10.0.1.2'
silent="--json --wait 700 --gap 3"

later "ip addr add 10.0.1.9/24 dev l1; ip addr del 10.0.1.1/24 dev l1; $default"
run "$probe" trace $silent 203.0.113.9
wait $!
ip addr flush dev l1
ip addr add 10.0.1.1/24 dev l1
$default
check 'a lost address is no silent path' json "$status == 69 and \
    t['stop'] == 'error' and '10.0.1.1: no interface' in t['stop_detail']"
later 'ip link set l1 down'
run "$probe" trace $silent 203.0.113.9
wait $!
ip link set l1 up
$default
check 'nor is a lost interface' json "$status == 69 and \
    t['stop'] == 'error' and '203.0.113.9: no route' in t['stop_detail']"
later "ip link set l1 down; sleep 0.2; ip link set l1 up; $default"
run "$probe" trace --json --interface l1 --rate 1 --burst 10 --flows 4 \
    --max-ttl 3 203.0.113.9 # ten probes leave at once, the others afterwards
wait $!
check 'the capture outlives an interface that was down' \
    json "$status == 0 and all(p['addr'] for r in lines for h in r['hops'] \
    for p in h['probes'])"
later 'ip link del p0'
ip addr add 10.8.1.1/24 dev p0 2>/dev/null
run "$probe" trace --interface p0 $silent 10.8.1.99
wait $!
check 'an interface that is removed ends it' \
    json "$status == 69 and t['stop'] == 'error'"

# --- errors ------------------------------------------------------------------

ends 'unprivileged' 77 'setcap cap_net_raw+ep' \
    setpriv --reuid 65534 --clear-groups "$probe" trace 10.0.1.2
ends 'no target' 64 '175.45.176.0/22' "$probe" trace
ends 'a bad target' 64 '10.0.1: not an IPv4 address' "$probe" trace 10.0.1
ends 'a prefix without known targets' 64 '10.0.0.0/8: no built-in target' \
    "$probe" trace 10.0.0.0/8
ends 'a bad rate' 64 '--rate 0: not a number in 1..10000' \
    "$probe" trace --rate 0 10.0.1.2
ends 'a bad TTL' 64 '--max-ttl 65: not a number in 1..64' \
    "$probe" trace --max-ttl 65 10.0.1.2
ends 'an unknown option' 64 '--nope: no such option' "$probe" trace --nope
ends 'an unknown letter' 64 'tumen-probe: -n: no such option' \
    "$probe" trace -nq 10.0.1.2
ends 'a letter without its value' 64 '-c: needs a value' "$probe" agent -c
ends 'an option of another command' 64 '--once: no such option' \
    "$probe" check --once -c conf
ends 'a long contact' 64 "--contact $(printf '%065d' 0): not at most 64" \
    "$probe" trace --contact "$(printf '%065d' 0)" 10.0.1.2
ends 'an unknown method' 64 '--method udp,sctp: not one of udp, icmp, tcp' \
    "$probe" trace --method udp,sctp 10.0.1.2
ends 'a method named twice' 64 '--method tcp,tcp: tcp is named twice' \
    "$probe" trace --method tcp,tcp 10.0.1.2
ends 'a port for ICMP alone' 64 '--port 7: --method icmp has no ports' \
    "$probe" trace --method icmp --port 7 10.0.1.2
ends 'a missing interface' 69 'nope0: no such interface' \
    "$probe" trace --interface nope0 10.0.1.2
ends 'a foreign source' 69 '192.0.2.9: no interface of this host' \
    "$probe" trace --source 192.0.2.9 10.0.1.2
ip route add blackhole 198.18.0.0/15
ends 'a forbidden route' 69 '198.18.0.1: no route' "$probe" trace 198.18.0.1
ip route del default
ends 'no route' 69 '198.51.100.7: no route from this host' \
    "$probe" trace 198.51.100.7
run "$probe" trace --json 198.51.100.7 10.0.1.2
check 'the other targets are measured all the same' \
    json "t['target'] == '10.0.1.2' and $status == 69"
ip route add default via 10.0.1.2
check 'a full disk is noticed' \
    sh -c "$probe trace --json 10.0.1.2 >/dev/full; test \$? = 74"
check 'a closed output, too' \
    sh -c "$probe trace --json 10.0.1.2 >&-; test \$? = 74"
check 'all standard files closed' \
    sh -c "$probe trace --json 10.0.1.2 >&- 2>&- <&-; test \$? = 74"
check 'a full disk under --help' \
    sh -c "$probe trace --help >/dev/full; test \$? = 74"
ends 'no file descriptors' 71 'event loop' \
    sh -c "ulimit -n 7; exec $probe trace 10.0.1.2"
echo '10.0.1.2 # fine
300.1.1.1' >list
ends 'a bad line of a list' 65 'list:2: 300.1.1.1' \
    "$probe" trace --targets list

# --- who asked to be left alone ----------------------------------------------

cp -a /etc "$work/etc"
mkdir "$work/etc/tumen"
mount --bind "$work/etc" /etc
host=/etc/tumen/tumen-probe.conf
cat >"$host" <<'EOF'
[vantage]
name = sel
do_not_probe = 10.0.2.0/24 175.45.176.0/22
[campaign c]
targets = 10.0.1.2
interval = 1h
EOF
printf '10.0.2.2\n10.0.1.2\n' >list
run "$probe" trace --json --targets list 10.0.2.1 175.45.176.0/22
check 'do_not_probe holds for trace: words, lists, prefixes' \
    json "[r['target'] for r in lines] == ['10.0.1.2']"
check 'and says what it took' grep -q '^tumen-probe: 10.0.2.0/24: not probed, 2 t' err
ends 'nobody is left' 64 'no target is left' "$probe" trace builtin
ends 'nor for a sweep' 64 'no target is left' \
    "$probe" trace --sweep 175.45.177.0/24 10.0.2.64/30
echo nonsense >>"$host"
ends 'what is unreadable is not ignored' 78 "$host:7: " "$probe" trace 10.0.1.2
umount /etc

# --- the ceiling -------------------------------------------------------------

before=$(counted)
start=$(date +%s%N)
run "$probe" trace --json --rate 20 --flows 8 --wait 300 203.0.113.9
took_ms=$((($(date +%s%N) - start) / 1000000))
sent=$(($(counted) - before))
check "the ceiling holds: $sent packets in $took_ms ms" \
    test $((sent * 1000)) -le $((20 * took_ms + 40 * 1000))
check 'and is used: the rate and more' \
    test $((sent * 1000)) -gt $((20 * took_ms))
check 'a burst of 40 leaves at once' json "sorted(p['tx_us'] for t in lines \
    for h in t['hops'] for p in h['probes'])[39] < t['start_us'] + 1e6"

# --- agent -------------------------------------------------------------------

settings() { # settings SPOOL TARGETS [LINE]
	printf '[vantage]\nname = sel\nspool = %s\nuser = nobody\n' "$1"
	printf '[campaign border]\ntargets = %s\ninterval = 10m\n' "$2"
	printf '%s\n' "${3:-}"
}
spool() { # an empty spool for nobody
	rm -rf "$work/spool"
	mkdir -m 700 "$work/spool"
	chown nobody "$work/spool"
}
rows() { # rows SQL: from every sealed segment
	local s
	for s in spool/*.db; do
		sqlite3 "$s" "$1"
	done
}

spool
settings "$work/spool" '198.51.100.7 10.0.2.2' 'flows = 2' >conf
run "$probe" agent -c conf --once
check 'agent --once ends with 0' test "$status" = 0
check 'only sealed segments are left' \
    sh -c 'ls spool/*.db && ! ls spool/*.open*'
check 'every trace is there' test "$(rows 'SELECT count(*) FROM trace')" = 4
run "$tumen" upload --keep --spool spool --db up.db
check 'another process uploads them' test "$status $(sqlite3 up.db \
    'SELECT count(*) FROM trace')" = '0 4'
run "$probe" agent -c conf --once
check 'a second run within the interval has a row of its own' \
    test "$(rows 'SELECT slot FROM run' | sort -u | wc -l)" = 2
rm spool/000002.db
check 'and the row of the run' test "$(rows "SELECT state, traces_n FROM run \
    WHERE sent_n = received_n AND drops_n = 0 AND reason IS NULL")" = 'done|4'

# The target wakes up long after the traces were given up.
for linger in 0 20; do
	spool
	settings "$work/spool" 198.51.100.7 \
	    $'wait = 200\nlinger = '$linger >conf
	ip netns exec t python3 -c '
import socket, time
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.bind(("198.51.100.7", 33434))
asked = s.recvfrom(99)[1]
time.sleep(2.5)
while True:
    s.sendto(b"hello", asked)
    asked = s.recvfrom(99)[1]' &
	server=$!
	answering
	run "$probe" agent -c conf --once
	kill "$server"
	wait "$server" 2>/dev/null
	"$tumen" upload --spool spool --db "late$linger.db" >>err 2>&1
	run "$tumen" export --db "late$linger.db"
	cp out "late$linger"
done
check 'a late reply is kept by an agent that lingers' json \
    "t['stop'] == 'reached' and hops[3][0] == '198.51.100.7' and \
    [p['late'] for p in probes[:4]] == [False] * 3 + [True]"
cp late0 out
check 'and by no other' json \
    "t['stop'] == 'gap' and not any(a for h in hops[3:] for a in h)"

settings "$work/spool" 203.0.113.9 'flows = 8' >conf
timeout 60 "$probe" agent -c conf --once >out 2>err &
sleep 1.5
pid=$(pgrep -P $! -x tumen-probe)
ends 'one agent for a spool' 69 'held by another process' \
    "$probe" agent -c conf --once
check 'the agent has become its user' \
    grep -q '^Uid:.65534.65534.65534.65534' "/proc/$pid/status"
check 'and has no capability left' \
    test "$(grep -cE '^Cap(Inh|Prm|Eff|Bnd|Amb):.0+$' "/proc/$pid/status")" = 5
check 'nor a way back, nor a system call that it does not need' test \
    "$(grep -cE '^(NoNewPrivs:.1|Seccomp:.2)$' "/proc/$pid/status")" = 2
kill -TERM "$pid"
wait $!
check 'SIGTERM ends with 0' test "$?" = 0
check 'SIGTERM leaves only sealed segments' \
    sh -c '! ls spool/*.open*'
check 'what was interrupted says so' test "$(rows "SELECT state, traces_n, \
    reason FROM run WHERE state != 'done'")" = \
    'aborted|8|the agent was stopped'

spool
settings "$work/spool" '10.0.2.2 203.0.113.9' $'gap = 20\nattempts = 10' >conf
timeout 60 "$probe" agent -c conf --once >out 2>err &
sleep 2.5
pid=$(pgrep -P $! -x tumen-probe)
kill -KILL "$pid"
wait $! 2>/dev/null
check 'killed while a segment is open' sh -c 'ls spool/*.open'
settings "$work/spool" 10.0.1.2 >conf
run "$probe" agent -c conf --once
check 'the next start seals what was left open' \
    sh -c '! ls spool/*.open* && ls spool/000002.db'
check 'nothing that was committed is lost' \
    test "$(sqlite3 spool/000001.db 'SELECT count(*) FROM trace')" = 1
check 'numbers go on in the same epoch' test "$(rows \
    'SELECT epoch FROM trace' | sort -u | wc -l)" = 1
check 'and none is used twice' test "$(rows 'SELECT seq FROM trace' |
    sort | uniq -d | wc -l)" = 0

spool
settings "$work/spool" 10.0.1.2 >conf
"$probe" agent -c conf --once 2>&1 >/dev/null | true
check 'nobody reads the log' test "${PIPESTATUS[0]} $(rows \
    'SELECT state FROM run')" = '0 done'

mkdir full
mount -t tmpfs -o size=1m,mode=777 tmpfs full
settings "$work/full" '10.0.1.2 203.0.113.9' $'gap = 20\nattempts = 10' >conf
timeout 60 "$probe" agent -c conf --once >out 2>err &
sleep 2.5
dd if=/dev/zero of=full/fill bs=1k 2>/dev/null
pid=$(pgrep -P $! -x tumen-probe)
kill -TERM "$pid"
wait $!
check 'a spool that fills up while the agent is stopped: 74' test $? = 74
check 'is named once' test "$(grep -c 'event=disk-full' err)" = 1
rm full/fill
run "$probe" agent -c conf --once
check 'and goes on where it was, with all that was traced' test "$status $(sqlite3 \
    full/000001.db 'SELECT count(*) FROM trace')" = '0 2'
umount full

settings "$work/nowhere" 10.0.1.2 >conf
run "$probe" agent -c conf --once
check 'a missing spool' sh -c "test $status = 69 && grep nowhere err"
chown root spool
settings "$work/spool" 10.0.1.2 >conf
run "$probe" agent -c conf --once
check 'a spool of another user' sh -c "test $status = 77 && grep spool err"
spool
echo 'this is no database' >spool/000001.open
chown nobody spool/000001.open
run "$probe" agent -c conf --once
check 'a foreign file is set aside and not touched' \
    sh -c "test $status = 0 && grep 'no database' spool/quarantine/*"
spool
ip route del default
settings "$work/spool" '198.51.100.7 10.0.1.2' >conf
run "$probe" agent -c conf --once
check 'a target without a route makes the run partial' test "$(rows \
    'SELECT state, traces_n, reason FROM run')" = \
    'partial|1|198.51.100.7: no route from this host'
ip route add default via 10.0.1.2
sed '/^user/d' conf >conf.root
ends 'the agent does not stay root' 78 '[vantage] user: not set' \
    "$probe" agent -c conf.root --once
sed 's/10m/0/' conf >conf.bad
ends 'a bad configuration' 78 \
    'conf.bad:7: [campaign border] interval 0: not a duration' \
    "$probe" agent -c conf.bad --once

ip link add name q0 type veth peer name q1
ip addr add 10.7.0.1/24 dev q0
ip link set q0 up
spool
settings "$work/spool" 10.7.0.1 'phase = 0' |
    sed 's/10m/1s/; s/^user/interface = q0\n&/' >conf.gone
timeout 20 "$probe" agent -c conf.gone >out 2>err &
sleep 1.5
ip link del q0
ip link add name q0 type veth peer name q1
ip addr add 10.7.0.1/24 dev q0
ip link set q0 up
wait $!
check 'an agent whose interface was replaced ends, to be started again' \
    test $? = 69

# --- a clock that is set while it runs --------------------------------------

# Adds the seconds in the file `offset` to what the program reads. It opens it
# before main(): later the program may open nothing.
cat >clock.c <<'EOF'
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>
static int fd = -1;
__attribute__((constructor)) static void begin(void)
{
	fd = open(getenv("OFFSET"), O_RDONLY | O_CLOEXEC);
}
int clock_gettime(clockid_t id, struct timespec *t)
{
	int (*real)(clockid_t, struct timespec *);
	char text[32] = "";
	*(void **)&real = dlsym(RTLD_NEXT, "clock_gettime");
	int e = real(id, t);
	if (id == CLOCK_REALTIME && lseek(fd, 0, SEEK_SET) == 0 &&
	    read(fd, text, sizeof(text) - 1) > 0)
		t->tv_sec += atol(text);
	return e;
}
EOF
if cc -shared -fPIC -o clock.so clock.c 2>clock.log; then
	chmod 755 clock.so
	echo 0 >offset
	shifted="env LD_PRELOAD=$work/clock.so OFFSET=$work/offset timeout 60 $probe"
	later "echo 3600 >offset"
	run $shifted trace $silent 203.0.113.9
	wait $!
	check 'a clock that was set is noted' json "t['clock_step'] and \
	    t['duration_us'] < 9e6"
	echo 0 >offset
	later "echo 3600 >offset"
	run $shifted trace --sweep $silent --linger 1500 203.0.113.9
	wait $!
	sed -i '$d' out # the sum
	check 'by a sweep as well' json "t['clock_step']"
	spool
	settings "$work/spool" 10.0.1.2 $'phase = 0\nlinger = 0' |
	    sed 's/10m/1s/' >conf.clock
	echo 0 >offset
	$shifted agent -c conf.clock >out 2>err &
	sleep 3.5
	echo -6 >offset
	sleep 4.5
	kill -TERM "$(pgrep -P $! -x tumen-probe)"
	wait $!
	check 'the agent ends well' test $? = 0
	check 'slots that come again have keys of their own' test "$(rows \
	    'SELECT slot FROM run' | sort | uniq -d | wc -l)" = 0
	check 'and are measured' test "$(rows 'SELECT 1 FROM run WHERE
	    planned_us IS NULL' | wc -l)" -ge 2
fi

# --- check -------------------------------------------------------------------

before=$(counted)
run "$probe" check -c conf
check 'check: all is well' test "$status" = 0
check 'check says what would be sent' \
    grep -q 'at most 128 packets a run, 18432 a day, 9216 a day to one' out
check 'check knows what the kernel has to shut the agent in' \
    test "$(grep -cE '^(ok|warn)  +(seccomp|Landlock): (yes|no)' out)" = 2
check 'check is short' test "$(grep -c ' route:' out)" = 1
check 'check on a full disk' sh -c "$probe check -c conf >/dev/full; test \$? = 74"
sed 's/10m/7d\nanchor = 2100-01-01\nphase = 0/' conf >conf.week
run "$probe" check -c conf.week
check 'check knows a first slot to come, and a day with one run' \
    sh -c "grep 'next at 2100-01-01T00:00' out && grep 'run, 128 a day, 64 a' out"
check 'check sends nothing' test "$(counted)" = "$before"
chown root spool
run "$probe" check -c conf
check 'check finds a closed spool' \
    sh -c "test $status = 77 && grep '^FAIL.*spool' out"

finish
