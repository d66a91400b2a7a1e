#!/bin/bash
# SPDX-License-Identifier: ISC
# tumen-probe check: what it explains, what it finds out about a machine, and
# that it sends to control destinations alone. The machine and its network:
#   here (192.0.2.2) - r1 (192.0.2.1, 10.0.2.1) - r2 (10.0.2.2)
# r2 has the target, 198.51.100.7, and two control destinations, 203.0.113.9
# and 203.0.113.10; r1 counts what goes to either. Nothing leaves the machine:
# all of it is in namespaces without an uplink.
set -u
page=$(readlink -f "$(dirname "$0")/../../probe/tumen-probe.1")
. "$(dirname "$0")/inside.sh"
enter_namespace "${TUMEN_PROBE:-build/tumen-probe}"
probe=$work/tumen-probe

# Of `c`, the object: `test` by name (the first), `one` campaign, `all` of them.
terms='
c = lines[-1]
one, all_ = c["campaigns"][0], c["totals"]
def test(name): return next(t for t in c["tests"] if t["name"] == name)
def result(name): return test(name)["result"]
def says(name, text): return text in test(name)["detail"]
'

network() {
	local name
	mount -t tmpfs tmpfs /run
	ip link set lo up
	for name in r1 r2; do
		ip netns add "$name"
		ip -n "$name" link set lo up
		ip netns exec "$name" sysctl -qw net.ipv4.ip_forward=1 \
		    net.ipv4.icmp_ratelimit=0 net.ipv4.icmp_ratemask=0 \
		    net.ipv4.conf.all.rp_filter=0 \
		    net.ipv4.conf.default.rp_filter=0
	done
	ip link add l1 type veth peer name k1 netns r1
	ip -n r1 link add l2 type veth peer name k2 netns r2
	ip addr add 192.0.2.2/24 dev l1
	ip link set l1 up
	ip -n r1 addr add 192.0.2.1/24 dev k1
	ip -n r1 link set k1 up
	ip -n r1 addr add 10.0.2.1/24 dev l2
	ip -n r1 link set l2 up
	ip -n r2 addr add 10.0.2.2/24 dev k2
	ip -n r2 link set k2 up
	ip -n r1 route add default via 10.0.2.2
	ip -n r2 route add default via 10.0.2.1
	for name in 198.51.100.7 203.0.113.9 203.0.113.10; do
		ip -n r2 addr add "$name/32" dev lo
	done
	ip route add default via 192.0.2.1
	ip netns exec r1 nft -f - <<-'END'
	table ip count {
	  counter target { }
	  counter control { }
	  counter rest { }
	  chain in {
	    type filter hook prerouting priority -300;
	    iifname "k1" ip daddr 198.51.100.7 counter name target
	    iifname "k1" ip daddr { 203.0.113.9, 203.0.113.10 } counter name control
	    iifname "k1" ip daddr != { 198.51.100.7, 203.0.113.9, 203.0.113.10 } counter name rest
	  }
	}
	END
}
counted() { # counted NAME
	ip netns exec r1 nft list counter ip count "$1" |
	    sed -n 's/.*packets \([0-9]*\) .*/\1/p'
}
on_r1() { ip netns exec r1 nft -f -; }

settings() { # settings SPOOL CONTROL [LINE OF vantage]...
	local spool=$1 control=$2
	shift 2
	cat <<-END
	[vantage]
	name = sel
	contact = noc@example.org
	spool = $spool
	user = nobody
	rate = 200
	control = $control
	$(printf '%s\n' "$@")
	[campaign border]
	targets = 198.51.100.7
	method = udp, tcp
	flows = 2
	interval = 10m
	wait = 300
	ports = 80 443 22
	END
}

network 2>network.log
check 'the network is up' ip netns exec r1 ip route get 203.0.113.9
mkdir spool
chown nobody spool
settings "$work/spool" 203.0.113.9,203.0.113.10 >conf
controls=$(counted control) targets=$(counted target) rest=$(counted rest)

# --- nothing is sent ------------------------------------------------------------

run "$probe" check --offline -c conf
check 'offline: all is well' test "$status" = 0
check 'offline: it says what was not tested' \
    grep -q '^warn  ICMP errors: not tested: --offline' out
check 'offline: not a packet leaves' test \
    "$(counted control) $(counted target) $(counted rest)" = "$controls $targets $rest"

# --- what is explained -----------------------------------------------------------

# A trace sends 64 probes at most. A run: 4 traces of the target, two of each
# control destination, 2 ports beside the one in use; 144 runs a day.
check 'the packets of a run, a day, a day to one target' grep -q \
    "at most $(((4 + 4 + 2) * 64)) packets a run, $((144 * 8 * 64 + 2 * 64)) a day, $((144 * 4 * 64 + 2 * 64)) a day to one" out
check 'and of what they are made' grep -q \
    'of a run 256 to the targets, 256 to control destinations, 128 to ports' out
check 'the load of the first router' grep -q \
    "the first router answers at most $((144 * 8 * 2 + 2 * 2)) probes a day itself" out
check 'the ceilings' sh -c "grep -q 'at most 200 packets/s for everything, 40 at once' out &&
    grep -q '100 packets/s to one target, 100 that one router' out"
check 'how long the longest probes are: 20 + 8 + 4 + 15 octets' \
    grep -qF "200 packets/s, the ceiling, and 75.2 kbit/s of IP" out
check 'control destinations, ports, silent targets, evidence, metrics' sh -c "
    grep -q 'control destinations 203.0.113.9 203.0.113.10: each by icmp' out &&
    grep -q 'each of a target once in 86400 s: 80 443 22$' out &&
    grep -q 'has one slot of 8$' out && grep -q 'raw packets kept: those' out &&
    grep -q '^metrics: none' out"
check 'three slots to come' sh -c \
    "grep -qE '^campaign border: every 600 s, next at 20[^,]*Z, 20[^,]*Z, 20[^,]*Z$' out"
settings "$work/spool" none >conf.none
printf 'start = 2099-12-31T12:00:00Z\nuntil = 2100-01-01\njitter = 7s\n' >>conf.none
run "$probe" check -c conf.none
check 'without control destinations: a warning, and status 0' sh -c "
    test $status = 0 && grep -q '^warn  ICMP errors: not tested: no control' out &&
    grep -q 'no control destination: a dead uplink would look like' out"
check 'start, until and jitter' sh -c "
    grep -q 'only from 2099-12-31T12:00:00.000000Z until 2100-01-01T00:00' out &&
    grep -q 'begins up to 7 s after its time' out && grep -q 'next at 2099-12-31T12:' out"
check 'half a day of slots' grep -q "packets a run, $((72 * 4 * 64 + 2 * 64)) a day" out
sed 's/until = 2100-01-01/until = 2001-01-01/; s/start = .*//' conf.none >conf.over
run "$probe" check -c conf.over
check 'a campaign that is over sends nothing' sh -c "test $status = 0 &&
    grep -q '600 s, over: its' out && grep -q 'at most 0 packets a run, 0 a day' out"

# --- a machine that is well ------------------------------------------------------

run "$probe" check -c conf
check 'all is well' test "$status" = 0
check 'every test has its line' sh -c "for t in capability seccomp Landlock route \
    interface NAT spool configuration lock disk key clock control 'ICMP errors' \
    identity; do grep -qE \"^(ok|warn)  +\$t: \" out || exit 1; done"
check 'nothing is wrong but perhaps the clock' \
    test "$(grep -E '^(warn|FAIL)' out | grep -vcE ' (clock|seccomp|Landlock): ')" = 0
check 'routes to the target and both control destinations' \
    grep -q '^ok    route: to 3 of 3' out
check 'the interface, the address' sh -c "grep -q '^ok    interface: l1, from 192.0.2.2' out &&
    grep -q '^ok    NAT: 192.0.2.2 is no private address' out"
check 'each control destination: hops, reached, round trip, by udp and icmp' test \
    "$(grep -cE '^ok    control: 203.0.113.(9|10): udp: 1 hops answered, reached in [0-9.]+ ms, icmp: 1 hops answered, reached in [0-9.]+ ms$' out)" = 2
check 'ICMP errors came back' grep -q '^ok    ICMP errors: [0-9]* came back, for all of 2' out
check 'with the whole identity' grep -q '^ok    identity: whole in all of' out
check 'control destinations had packets' test "$(counted control)" -gt "$controls"
check 'the target had none, nor had anybody else' test \
    "$(counted target) $(counted rest)" = "$targets $rest"
check 'the spool is left as it was' test -z "$(ls -A spool)"
cp out text

# --- the same for programs -------------------------------------------------------

run "$probe" check --json -c conf
check 'one object on one line' sh -c "test $status = 0 && test \$(wc -l <out) = 1 && test ! -s err"
check 'it names itself' json "(c['record'], c['v'], c['config'], c['vantage'], c['status']) \
    == ('check', 1, 'conf', 'sel', 0)"
check 'the same figures as in words' json "one['packets_run'] == 640 and \
    one['packets_day'] == 144 * 8 * 64 + 128 == all_['packets_day'] and \
    one['packets_day_target'] == 144 * 4 * 64 + 128 == all_['packets_day_target'] and \
    one['packets_day_control'] == 144 * 2 * 64 == all_['packets_day_control'] and \
    one['ttl1_day'] == 144 * 8 * 2 + 4 and one['traces_day'] == 144 * 8 + 2 and \
    one['octets_day'] == 144 * 64 * (2 * 45 + 2 * 44 + 4 * 47) + 2 * 64 * 44 and \
    all_['kbit_per_s_peak'] == 75.2 and all_['target'] == '198.51.100.7'"
cat >documented.py <<-'END'
	import json, re, sys
	page = open(sys.argv[1]).read()
	part = page[page.index("The object of check\n.Ic"):page.index(".Ss key")]
	words = set(re.findall(r"[a-z0-9_]+", part))
	def keys(v):
	    for x in v.values() if isinstance(v, dict) else v if isinstance(v, list) else ():
	        yield from keys(x)
	    yield from v if isinstance(v, dict) else ()
	missing = set(keys(json.load(open("out")))) - words
	sys.exit("not in the manual: " + " ".join(missing) if missing else 0)
END
check 'the manual has every key' python3 documented.py "$page"
check 'what is not there is null' json "c['metrics'] is None and one['mda'] is None and \
    one['until_us'] is None and c['source'] is None and one['port'] is None"
check 'slots by number and time' json "[s['slot'] - one['next'][0]['slot'] for s in one['next']] \
    == [0, 1, 2] and all(0 <= s['begins_us'] - s['planned_us'] <= one['jitter_us'] \
    for s in one['next']) and one['jitter_us'] == 10**7"
check 'every trace in numbers' json "len(c['traces']) == 4 and all(t['stop'] == 'reached' and \
    t['hops'] == 1 and t['rtt_us'] > 0 and t['proof_one'] == t['proof_none'] == 0 and \
    t['proof_both'] > 0 for t in c['traces'])"
check 'the same tests as in words' sh -c "python3 -c 'import json
for t in json.load(open(\"out\"))[\"tests\"]: print(t[\"name\"], t[\"result\"])' | sort >tests.json
    sed -nE 's/^(ok|warn|FAIL) +([^:]*): .*/\\2 \\1/p' text | sort | diff tests.json -"
run "$probe" check --json --offline -c conf
check 'offline in JSON: no trace, status 0' json \
    "c['traces'] == [] and c['status'] == 0 and says('ICMP errors', '--offline')"
check 'a full disk is told' sh -c "$probe check --json --offline -c conf >/dev/full; test \$? = 74"

# --- what an agent then sends ----------------------------------------------------

controls=$(counted control) targets=$(counted target) rest=$(counted rest)
run "$probe" agent --once -c conf
check 'a run has the control destinations, and the target' test "$status $((
    $(counted control) > controls && $(counted target) > targets))" = '0 1'
check 'no more to each than check has said' test "$((
    $(counted control) - controls <= 256 &&
    $(counted target) - targets <= 256 + 128))" = 1
check 'and nothing to anybody else' test "$(counted rest)" = "$rest"
find spool -type f -delete

# --- do_not_probe, several campaigns -------------------------------------------

settings "$work/spool" 203.0.113.9 'rate = 200' | sed '0,/rate = 200/{//d}' >conf.two
cat >>conf.two <<-'END'
	[campaign wide]
	targets = 198.51.100.7 203.0.113.10
	method = udp
	interval = 7d
	mda = 95
	control = 203.0.113.10
END
sed -i 's/targets = 198.51.100.7 203.0.113.10/targets = 198.51.100.7/' conf.two
before=$(counted target)
run "$probe" check --json -c conf.two
check 'each campaign with control destinations of its own' json "result('ICMP errors') == 'ok' and \
    sorted({t['control'] for t in c['traces']}) == ['203.0.113.10', '203.0.113.9']"
check 'all paths, once a week' json "c['campaigns'][1]['packets_run_targets'] == 8192 and \
    c['campaigns'][1]['slots_day'] == 1 and \
    all_['packets_day_target'] == 144 * 4 * 64 + 2 * 64 + 8192"
check 'the target is left alone' test "$(counted target)" = "$before"

# --- a firewall --------------------------------------------------------------------

on_r1 <<-'END'
	table ip wall {
	  chain out { type filter hook output priority 0;
	    icmp type { time-exceeded, destination-unreachable } drop; }
	  chain pass { type filter hook forward priority 0;
	    icmp type { time-exceeded, destination-unreachable } drop; }
	}
END
run "$probe" check -c conf
check 'no ICMP error comes back: 69' sh -c "test $status = 69 &&
    grep -q '^FAIL  ICMP errors: none came back' out"
check 'though control destinations answer pings' \
    grep -qE '^ok    control: .*icmp: 0 hops answered, reached in' out
run "$probe" check --json -c conf
check 'in JSON, too' json "c['status'] == 69 and result('ICMP errors') == 'fail'"
on_r1 <<-'END'
	delete table ip wall
	table ip wall {
	  chain in { type filter hook prerouting priority 0;
	    iifname "k1" ip daddr 203.0.113.10 drop; }
	}
END
run "$probe" check -c conf
check 'only for one of them: a warning' sh -c "test $status = 0 &&
    grep -q '^warn  ICMP errors: .* 1 of 2 control .* 2 of 4 traces' out &&
    grep -q '^warn  control: 203.0.113.10: udp: 0 hops answered, not reached (gap)' out"
on_r1 <<-'END'
	delete table ip wall
	table ip wall {
	  chain in { type filter hook prerouting priority 0;
	    ip protocol icmp icmp type echo-request drop; }
	}
END
run "$probe" check -c conf
check 'a control destination that no ping reaches: a warning' sh -c "test $status = 0 &&
    grep -q '^warn  control: 203.0.113.9: udp: 1 hops answered, reached .*must answer to icmp' out"
on_r1 <<<'delete table ip wall'

# --- NAT ---------------------------------------------------------------------------

masquerade() { # masquerade PREFIX
	on_r1 <<-END
	table ip nat {
	  chain out { type nat hook postrouting priority 100;
	    ip saddr $1 oifname "l2" masquerade; }
	}
	END
}
for nat in '10.0.1.2 private (RFC 1918)' '100.64.1.2 shared (RFC 6598)' \
    '169.254.1.2 link-local (RFC 3927)'; do
	read -r addr kind <<<"$nat"
	net=${addr%.*}
	ip addr add "$addr/24" dev l1
	ip -n r1 addr add "$net.1/24" dev k1
	masquerade "$net.0/24"
	settings "$work/spool" 203.0.113.9 "source = $addr" >conf.nat
	run "$probe" check -c conf.nat
	check "behind a NAT, $kind: a warning" sh -c "test $status = 0 &&
	    grep -qF 'warn  NAT: $addr is $kind: this host is behind a NAT' out &&
	    grep -q '^ok    ICMP errors: ' out"
	on_r1 <<<'delete table ip nat'
	ip addr del "$addr/24" dev l1
	ip -n r1 addr del "$net.1/24" dev k1
done
on_r1 <<-'END'
	table ip mangle {
	  chain pass { type filter hook forward priority -150;
	    ip daddr 203.0.113.9 ip id set 7; }
	}
END
run "$probe" check -c conf
check 'somebody who rewrites probes is found' sh -c "test $status = 0 &&
    grep -qE '^warn  identity: of [0-9]+ replies [1-9][0-9]* brought back half of it, 0 nothing' out"
run "$probe" check --json -c conf
check 'and where' json "[(t['control'], t['method']) for t in c['traces'] if t['proof_one'] > 0] \
    == [('203.0.113.9', 'udp')]"
on_r1 <<<'delete table ip mangle'

# --- routes -------------------------------------------------------------------------

ip route del default
ip route add 203.0.113.0/24 via 192.0.2.1
run "$probe" check -c conf
check 'no route to the target: 69' sh -c "test $status = 69 &&
    grep -q '^FAIL  route: 198.51.100.7: no route from this host' out &&
    grep -q '^ok    route: to 2 of 3' out && grep -q '^ok    ICMP errors' out"
ip route add blackhole 203.0.113.10
run "$probe" check -c conf
check 'nor to a control destination' sh -c "test $status = 69 &&
    grep -q '^FAIL  route: 203.0.113.10: no route from this host' out &&
    grep -q '^warn  control: 203.0.113.10: udp: not sent, icmp: not sent' out"
ip route del blackhole 203.0.113.10
ip route add default via 192.0.2.1
settings "$work/spool" 203.0.113.9 'interface = l9' >conf.l9
run "$probe" check -c conf.l9
check 'no such interface: 69' sh -c "test $status = 69 &&
    grep -q '^FAIL  interface: l9: no such interface' out"
settings "$work/spool" 203.0.113.9 'source = 192.0.2.99' >conf.source
run "$probe" check -c conf.source
check 'not an address of this host: 69' sh -c "test $status = 69 &&
    grep -q '^FAIL  source: 192.0.2.99: no interface' out"

# --- files, as the agent's user ------------------------------------------------------

chown root spool
run "$probe" check --offline -c conf
check 'a spool that is not the user'"'"'s: 77' sh -c "test $status = 77 &&
    grep -q '^FAIL  spool: .*spool: Permission denied' out"
chown nobody spool
settings "$work/nowhere" 203.0.113.9 >conf.nowhere
run "$probe" check --offline -c conf.nowhere
check 'no spool: 69' sh -c "test $status = 69 && grep -q '^FAIL  spool: .*nowhere: No such' out"
mkdir metrics
settings "$work/spool" 203.0.113.9 "metrics = $work/metrics/tumen.prom" >conf.metrics
run "$probe" check --offline -c conf.metrics
check 'a folder of metrics that is not the user'"'"'s: 77' sh -c "test $status = 77 &&
    grep -q '^FAIL  metrics: .*metrics: Permission denied' out &&
    grep -q '^metrics: OpenMetrics in .*/metrics/tumen.prom' out"
chown nobody metrics
run "$probe" check --offline -c conf.metrics
check 'one that is' sh -c "test $status = 0 && grep -q '^ok    metrics: ' out"
chmod 600 conf
run "$probe" check --offline -c conf
check 'a configuration that a reload could not read: a warning' sh -c "test $status = 0 &&
    grep -q '^warn  configuration: conf: Permission denied; a running agent' out"
chmod 644 conf
mkdir -p etc/conf.d
cp conf etc/tumen-probe.conf
printf '[campaign more]\ntargets = 198.51.100.7\ninterval = 1h\n' >etc/conf.d/more.conf
run "$probe" check --offline -c etc/tumen-probe.conf
check 'the files of conf.d are named' grep -q \
    '^ok    configuration: user nobody may read etc/tumen-probe.conf, etc/conf.d/more.conf$' out
chmod 640 etc/conf.d/more.conf
run "$probe" check --offline -c etc/tumen-probe.conf
check 'and looked at' grep -q '^warn  configuration: etc/conf.d/more.conf: Perm' out
sed 's/user = nobody/user = nosuchuser/' conf >conf.user
run "$probe" check --offline -c conf.user
check 'no such user: 78' sh -c "test $status = 78 && grep -q '^FAIL  user: user nosuchuser' out"
sed '/user = nobody/d' conf >conf.root
run "$probe" check --offline -c conf.root
check 'root without a user: 78' sh -c "test $status = 78 && grep -q '^FAIL  user: .*does not stay' out"

# --- another agent --------------------------------------------------------------------

check 'a check leaves no lock behind' test ! -e spool/lock
: >spool/lock
flock spool/lock sleep 30 &
holder=$!
sleep 0.3
run "$probe" check --offline -c conf
check 'an agent at work is no fault' sh -c "test $status = 0 &&
    grep -q '^ok    lock: an agent is at work' out"
kill "$holder"
wait "$holder" 2>/dev/null
pkill -P "$holder" 2>/dev/null
rm spool/lock
run "$probe" check --offline -c conf
check 'nor is none' grep -q '^ok    lock: no agent is at work' out

# --- the disk -------------------------------------------------------------------------

mkdir small
mount -t tmpfs -o size=8m tmpfs small
chown nobody small
settings "$work/small" none >conf.small
run "$probe" check -c conf.small
check 'how long the disk lasts' grep -qE \
    '^ok    disk: [0-9]+ percent in use, [78] MiB free; traces of about 0 days fit' out
dd if=/dev/zero of=small/ballast bs=1k count=7900 2>dd.log
run "$probe" check -c conf.small
check 'a full disk: a warning' sh -c "test $status = 0 &&
    grep -q '^warn  disk: .*the agent would wait for room' out"
umount small

# --- the clock ------------------------------------------------------------------------

cat >clock.c <<'END'
#define _GNU_SOURCE
#include <stdlib.h>
#include <sys/syscall.h>
#include <sys/timex.h>
#include <time.h>
#include <unistd.h>
int adjtimex(struct timex *t)
{
	int synced = atoi(getenv("SYNCED"));
	*t = (struct timex){.status = synced ? 0 : STA_UNSYNC,
	    .maxerror = 12500, .esterror = 400};
	return synced ? TIME_OK : TIME_ERROR;
}
int clock_gettime(clockid_t c, struct timespec *t)
{
	int e = (int)syscall(SYS_clock_gettime, c, t);
	if (c == CLOCK_REALTIME)
		t->tv_sec += atoll(getenv("OFFSET"));
	return e;
}
END
if cc -shared -fPIC -o clock.so clock.c 2>clock.log; then
	clocked() { # clocked SYNCED OFFSET
		run env LD_PRELOAD="$work/clock.so" SYNCED="$1" OFFSET="$2" \
		    "$probe" check --offline -c conf
	}
	clocked 0 0
	check 'a clock that nobody keeps: a warning' sh -c "test $status = 0 &&
	    grep -q '^warn  clock: not synchronised' out"
	clocked 1 0
	check 'one that is kept: how wrong it may be' sh -c "test $status = 0 &&
	    grep -q '^ok    clock: synchronised (NTP): wrong by 12.5 ms at most, 0.4 ms as est' out"
	clocked 1 -31536000
	check 'one that is before this program was: 69' sh -c "test $status = 69 &&
	    grep -q '^FAIL  clock: 20.*before this program was installed' out"
	clocked 1 $((9223372036 - 43200 - $(date +%s)))
	check 'one at the end of its time: 69' sh -c "test $status = 69 &&
	    grep -q '^FAIL  clock: .*2262' out"
fi

# --- privileges -----------------------------------------------------------------------

chmod 755 spool
run setpriv --reuid 65534 --regid 65534 --clear-groups "$probe" check -c conf
check 'without the capability: 77, and no trace' sh -c "test $status = 77 &&
    grep -q '^FAIL  capability: ' out && grep -q '^warn  ICMP errors: not tested: no cap' out"
run setpriv --reuid 65534 --regid 65534 --clear-groups --inh-caps +net_raw \
    --ambient-caps +net_raw "$probe" check -c conf
check 'with it alone: all is well' sh -c "test $status = 0 && grep -q '^ok    ICMP errors' out"
chown root spool
ip route del default
run "$probe" check --json -c conf
check 'the status is that of the first failure' json \
    "c['status'] == 69 and [t['name'] for t in c['tests'] if t['result'] == 'fail'] \
    == ['route', 'spool']"

finish
