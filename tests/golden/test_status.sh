#!/bin/bash
# SPDX-License-Identifier: ISC
# tumen-probe status: what it says of a spool with and without an agent, well,
# sick and damaged, against golden copies; its exit status each time; and that
# the metrics are what they say. TUMEN_GOLDEN=1 writes the copies anew.
set -u
cd "$(dirname "$0")/../.."
probe=${TUMEN_PROBE:-build/tumen-probe}
agent=${TUMEN_AGENT:-$(dirname "$probe")/tests/golden/agent}
golden=tests/golden
work=$(mktemp -d)
spool=$work/spool
conf=$work/tumen-probe.conf
n=0 holder=
trap '[ -z "$holder" ] || kill "$holder"; rm -rf "$work"' EXIT

ok() { # name; status of the command before it
	local status=$?
	n=$((n + 1))
	[ "$status" -eq 0 ] && echo "ok $n - $1" || echo "not ok $n - $1"
}

# status ends with one, and says a text on out or err.
says() { # name status text option...
	local name=$1 want=$2 text=$3 got
	shift 3
	"$probe" status -c "$conf" "$@" >"$work/out" 2>"$work/err" </dev/null
	got=$?
	if [ "$got" -ne "$want" ] ||
	    ! cat "$work/out" "$work/err" | grep -qF -- "$text"; then
		echo "# status $got"
		sed 's/^/# /' "$work/out" "$work/err"
		false
	fi
	ok "$want: $name"
}

# The last output, with other times and folders, is the golden copy's.
same() { # name file
	sed -E "s,$work,WORK,g; s/[0-9-]{10} [0-9:]{8} UTC/DATE/; s/DATE, [0-9]+ s ago/DATE, N s ago/
	    s/\"(age|[a-z_]+)_us\":[0-9]+/\"\\1_us\":N/g" "$work/out" >"$work/now"
	[ -n "${TUMEN_GOLDEN:-}" ] && cp "$work/now" "$golden/$2"
	diff -u "$golden/$2" "$work/now" | head -n 20
	cmp -s "$golden/$2" "$work/now"
	ok "$1"
}

hold() { # as an agent does
	flock -x "$spool/lock" sh -c "echo >$work/held; exec sleep 600" &
	holder=$!
	while [ ! -e "$work/held" ]; do sleep 0.01; done
}
release() {
	kill "$(pgrep -P "$holder")"
	wait "$holder" 2>/dev/null
	holder=
	rm -f "$work/held"
}

cat >"$conf" <<-END
	[vantage]
	name = sel
	spool = $spool
	[campaign border]
	targets = 175.45.176.71
	interval = 15m
END

says "no spool" 69 "$spool: no agent has ever run here"
mkdir "$spool"
says "nobody ran here" 69 "$spool: no agent has ever run here"
[ ! -e "$spool/lock" ]
ok "which leaves no trace"
hold
says "one that is just starting" 69 "$spool: its agent has not said anything yet"
"$agent" well "$(date +%s)" "$spool"
ok "what an agent leaves behind"
says "alive and well" 0 "all is well"
same "as golden" agent.txt
[ "$(awk '{ print length }' "$work/out" | sort -n | tail -n 1)" -le 80 ]
ok "in 80 columns"
says "as JSON" 0 '"record":"agent","v":1' --json
same "as golden" agent.ndjson
python3 - "$work/out" <<'END'
import json, sys
lines = [json.loads(line) for line in open(sys.argv[1])]
one = lines[0]
sys.exit(not (len(lines) == 1 and one["alive"] and one["wants"] == [] and
         one["campaigns"][1]["targets"] is None and one["config_error"] is None))
END
ok "one object, null where nothing is known"
flock -n "$spool/lock" true
[ $? -eq 1 ]
ok "the lock is still the agent's"

sed 's/15m/0/' "$conf" >"$conf.new" && cp -p "$conf" "$conf.old" && mv "$conf.new" "$conf"
says "a configuration that would be refused" 1 "! the next start would be refused:"
sed "s,^spool = .*,spool:$spool ; here," "$conf" >"$conf.new" && mv "$conf.new" "$conf"
says "written otherwise" 1 "! the next start would be refused:"
mv "$conf.old" "$conf"

"$agent" well "$(($(date +%s) - 200))" "$spool"
says "one that says nothing" 1 "! the agent has said nothing for 3 min"
"$agent" well "$(($(date +%s) + 1000))" "$spool"
says "one from the future" 1 "! the agent said this in the future"
"$agent" sick "$(date +%s)" "$spool"
says "one in trouble" 1 "! the disk of the spool is full"
same "as golden" agent_sick.txt
LC_ALL=C grep -q '[^ -~]' "$work/out"
[ $? -eq 1 ]
ok "no control byte comes through"
says "as JSON" 1 '"disk_full":true' --json
LC_ALL=C grep -q '[^ -~]' "$work/out"
[ $? -eq 1 ]
ok "nor there"

# By hand, as no agent writes it.
printf '[agent]\nvantage = \033[2Jsel\nwritten_us = %s000000\nversion = \233\033]0;x\a\n[campaign a]\nlast_reason = \033[31m\r\b\nlast_state = \177\n' \
    "$(date +%s)" >"$spool/status"
says "escapes in the file itself" 0 "vantage ?[2Jsel"
LC_ALL=C grep -q '[^ -~]' "$work/out"
[ $? -eq 1 ]
ok "none comes through"
"$agent" well "$(date +%s)" "$spool"
release
says "nobody runs" 1 "! the agent does not run"
says "as JSON" 1 '"alive":false' --json
flock -n "$spool/lock" true
ok "and the lock is free afterwards"

damaged() { # name text command...: which writes the file
	local name=$1 text=$2
	shift 2
	"$@" >"$spool/status"
	says "$name" 65 "$text"
	[ ! -s "$work/out" ] && ! LC_ALL=C grep -q '[^ -~]' "$work/err"
	ok "... with nothing else"
}
"$agent" well "$(date +%s)" "$work"
damaged "cut off" 'the line has no end' head -c 300 "$work/status"
damaged "no number" 'pid many: not a number in' sed 's/^pid = .*/pid = many/' "$work/status"
damaged "no key" '?[31m: no such key' sed 's/^pid/\x1b[31m/' "$work/status"
damaged "noise" "$spool/status:1: " python3 -c \
    'import random; print("".join(chr(random.randrange(127, 255)) for _ in range(900)))'
damaged "too long" 'longer than 262143 bytes' sh -c "yes '' | head -n 300000"
damaged "NUL" "$spool/status:1: " head -c 2000 /dev/zero
damaged "empty" 'no vantage or no written_us' true
rm "$spool/status" && mkfifo "$spool/status"
says "a pipe" 65 'not a regular file'
rm "$spool/status" && ln -s "$work/status" "$spool/status"
says "a link" 74 'cannot read'
rm "$spool/status"

fails() { # status text word...
	local want=$1 text=$2 got
	shift 2
	"$probe" "$@" >"$work/out" 2>"$work/err" </dev/null
	got=$?
	[ "$got" -eq "$want" ] && grep -qF -- "$text" "$work/err"
	ok "$want: ${*/$work/...}"
}
fails 64 '-c FILE: the configuration is missing' status
fails 64 '--loud: no such option' status -c "$conf" --loud
fails 64 'extra: not expected here' status -c "$conf" extra
fails 64 '--json=1: takes no value' status -c "$conf" --json=1
fails 69 'No such file' status -c "$work/none"
cp "$work/status" "$spool"
if [ "$(id -u)" -eq 0 ]; then
	chmod 755 "$work" && cp "$probe" "$work/tumen-probe" && chmod 700 "$spool"
	setpriv --reuid=65534 --clear-groups "$work/tumen-probe" status -c "$conf" \
	    >"$work/out" 2>"$work/err"
	[ $? -eq 77 ] && grep -qF "$spool/lock: " "$work/err"
	ok "77: a folder of somebody else"
fi
"$probe" status -c "$conf" >/dev/full 2>"$work/err"
[ $? -eq 74 ]
ok "74: nowhere to say it"

# OpenMetrics, strictly; what node_exporter reads, which knows fewer types.
"$agent" sick 1795280039 "$work"
cp "$work/tumen-probe.prom" "$work/out"
same "metrics as golden" agent.prom
if /usr/bin/python3 -c 'import prometheus_client' 2>/dev/null; then
	/usr/bin/python3 - "$work/tumen-probe.prom" <<'END'
import sys
from prometheus_client import parser
from prometheus_client.openmetrics import parser as strict
text = open(sys.argv[1]).read()
families = list(strict.text_string_to_metric_families(text))
samples = [s for f in families for s in f.samples]
old = [s for f in parser.text_string_to_metric_families(text) for s in f.samples]
good = (len(families) > 30 and all(f.documentation and f.samples for f in families)
        and {f.type for f in families} == {"counter", "gauge"}
        and all(f.name.startswith("tumen_probe_") for f in families)
        and all(s.timestamp is None and s.labels["vantage"] == "sel" for s in samples)
        and len(old) == len(samples))
one = {(s.name, s.labels.get("campaign"), s.labels.get("state")): s.value for s in samples}
good = good and one["tumen_probe_uplink", "border", "down"] == 1
good = good and one["tumen_probe_runs_total", "border", "aborted"] == 3
good = good and one["tumen_probe_disk_full", None, None] == 1
good = good and one["tumen_probe_config_last_reload_successful", None, None] == 0
sys.exit(not good)
END
	ok "they are OpenMetrics"
else
	echo "ok $((n += 1)) - they are OpenMetrics # SKIP no python3-prometheus-client"
fi
echo "1..$n"
