#!/bin/bash
# SPDX-License-Identifier: ISC
# The units of deploy/systemd: what systemd thinks of them, the users and
# folders that they want, and that each program does its work under them.
set -u
house=$(readlink -f "$(dirname "$0")/../..")
. "$house/tests/internet/inside.sh"
command -v systemd-analyze >/dev/null || skip 'needs systemd-analyze'
: 2>/dev/null <>/dev/net/tun || skip 'needs TUN'
enter_namespace "${TUMEN_PROBE:-build/tumen-probe}" "${TUMEN:-build/tumen}" \
    "${TUMEN_TUN:-build/tests/sim/tun}" "$house/tests/golden/as_unit.py" \
    "${TUMEN_ORIGIN:-build/tumen.origin}"
unset MAKEFLAGS MAKELEVEL TUMEN_DB TUMEN_DATADIR
units=$work/lib/systemd/system
spool=/var/lib/tumen/spool
db=/var/lib/tumen/db/tumen.db
mkdir bin root
mv tumen tumen-probe bin

# --- what systemd thinks of them -----------------------------------------------

run make -s -C "$house" install-units PREFIX="$work"
check 'the units are installed' test "$status" = 0
grades() { # UNIT MOST
	systemd-analyze security --offline=true --threshold="$2" "$units/$1" >/dev/null
}
check 'the agent is exposed by 2.0 at most' grades tumen-probe.service 20
check 'the uploader by 3.0' grades tumen-upload.service 30
check 'the inference by 3.0' grades tumen-infer.service 30
run systemd-analyze verify --man=no "$units"/tumen*
check 'nothing is wrong with them' test "$status:$(cat out err)" = 0:
for unit in probe upload infer; do
	check "$unit: wrong use and configuration want a person" grep -qx \
	    'RestartPreventExitStatus=64 78' "$units/tumen-$unit.service"
done
check 'no placeholder is left' sh -c "! grep -r '@[A-Z]*@' lib"

# --- users and folders ---------------------------------------------------------

made() { # ROOT: owner, group and mode of each folder
	(cd "$1" && owned etc/tumen var/lib/tumen var/lib/tumen/spool \
	    var/lib/tumen/spool/quarantine var/lib/tumen/metrics var/lib/tumen/db \
	    var/lib/tumen/origin)
}
owned() { # with the names of this root's own passwd
	local path uid gid mode
	for path; do
		read -r uid gid mode < <(stat -c '%u %g %a' "$path")
		echo "$path $(awk -F: -v i="$uid" '$3 == i { print $1 }' etc/passwd) \
$(awk -F: -v i="$gid" '$3 == i { print $1 }' etc/group) $mode"
	done
}
cat >wanted <<-'END'
	etc/tumen root root 755
	var/lib/tumen root root 755
	var/lib/tumen/spool tumen-probe tumen 2770
	var/lib/tumen/spool/quarantine tumen-probe tumen 2770
	var/lib/tumen/metrics tumen-probe tumen-probe 755
	var/lib/tumen/db tumen tumen 750
	var/lib/tumen/origin root root 755
END
mkdir -p root/etc root/var/lib
echo 'root:x:0:0:root:/root:/bin/sh' >root/etc/passwd
echo 'root:x:0:' >root/etc/group
run systemd-sysusers --root="$work/root" "$work/lib/sysusers.d/tumen.conf"
check 'users in a new root' test "$status" = 0
check 'none of whom logs in' test "$(grep -c '^tumen.*nologin$' root/etc/passwd)" = 2
run systemd-tmpfiles --root="$work/root" --create "$work/lib/tmpfiles.d/tumen.conf"
check 'folders in a new root' test "$status" = 0
made root >folders
check 'owners and modes' diff wanted folders

# From here on this namespace has them, too.
cp -a /etc etc && mount --bind etc /etc && mount -t tmpfs tmpfs /var/lib
run systemd-sysusers "$work/lib/sysusers.d/tumen.conf"
run systemd-tmpfiles --create "$work/lib/tmpfiles.d/tumen.conf"
made / >folders
check 'the same beside the users of this machine' diff wanted folders

# --- every option is one ---------------------------------------------------------

options_exist() { # UNIT PROGRAM SUBCOMMAND
	local option
	"$work/bin/$2" "$3" --help >help || return 1
	sed -n 's/^ExecStart=//p' "$units/$1" | grep -oE "$2 $3 .*" |
	    grep -oE ' --?[a-z][a-z-]*' >options && [ -s options ] || return 1
	while read -r option; do
		grep -qE -- "^ *$option( |$)" help || {
			echo "$option"
			return 1
		}
	done <options
}
check 'options of the agent' options_exist tumen-probe.service tumen-probe agent
check 'options of the uploader' options_exist tumen-upload.service tumen upload
check 'options of the inference' options_exist tumen-infer.service tumen infer

# --- each does its work under them -----------------------------------------------

cat >as <<-END
	#!/bin/sh
	unit=\$1
	shift
	exec unshare -m python3 $work/as_unit.py $units/tumen-\$unit.service "\$@"
END
chmod +x as
refused() { # NAME UNIT TEXT PYTHON: says the kernel
	run ./as "$2" -- python3 -c "$4"
	check "$1" grep -q "$3" err
}
refused 'the agent may not write elsewhere' probe 'Read-only file system' \
    'open("/etc/tumen/x", "w")'
refused 'nor speak IPv6' probe 'Address family not supported' \
    'import socket; socket.socket(socket.AF_INET6)'
refused 'nor make itself another user' probe 'Operation not permitted' \
    'import os; os.setuid(0)'
refused 'nor mount' probe 'Operation not permitted' \
    'import ctypes, os; l = ctypes.CDLL(None, use_errno=True); l.mount(b"x", b"/tmp", b"tmpfs", 0, 0); print(os.strerror(ctypes.get_errno()), file=__import__("sys").stderr)'
refused 'the inference may not write to the spool' infer 'Read-only file system' \
    "open('$spool/x', 'w')"

echo '[vantage]' >/etc/tumen/tumen-probe.conf
ends 'a wrong configuration ends with 78' 78 'without a key' ./as probe
bin/tumen-probe key -o /etc/tumen/key --vantage sel >/dev/null
chown tumen-probe /etc/tumen/key
cat >/etc/tumen/tumen-probe.conf <<-END
	[vantage]
	name = sel
	spool = $spool
	user = tumen-probe
	key = /etc/tumen/key
	metrics = /var/lib/tumen/metrics/tumen-probe.prom
	[campaign unit]
	targets = 175.45.176.71
	interval = 15m
END
run bin/tumen-probe check -c /etc/tumen/tumen-probe.conf
grep -E 'seccomp|Landlock' out >kernel
run ./as probe -- "$work/bin/tumen-probe" check -c /etc/tumen/tumen-probe.conf
check 'the agent may shut itself in with all that the kernel has' sh -c \
    'grep -E "seccomp|Landlock" out | diff kernel - && test -s kernel'
check 'and finds its capability, spool and key' test \
    "$(grep -cE '^ok +(capability|spool|key)' out)" = 3
ends 'a probe without the capability ends with 77' 77 'CAP_NET_RAW' \
    ./as upload -- "$work/bin/tumen-probe" trace 175.45.176.71

run unshare -n "$work/tun" "$house/tests/sim/scenarios/line15.play" -- \
    ./as probe --once
check 'the agent does a run' test "$status" = 0
check 'all of it' grep -q 'state=done traces=1 ' err
check 'it says that it probes' grep -qx 'told READY=1' err
check 'its numbers are for everybody' test \
    "$(stat -c '%U %a' /var/lib/tumen/metrics/tumen-probe.prom)" = 'tumen-probe 644'
check 'its segment is for the group' test \
    "$(stat -c '%U %G %a' $spool/000001.db)" = 'tumen-probe tumen 640'

# As a service, with a watchdog that does not wait for 90 s.
told() { # TEXT: the service manager, within 5 s
	for _ in $(seq 100); do
		grep -q "^told $1" daemon && return
		sleep 0.05
	done
	return 1
}
mkdir quick
sed 's/^WatchdogSec=.*/WatchdogSec=1/' "$units/tumen-probe.service" >quick/tumen-probe.service
cp -p "$units/tumen-probe.service.calls" quick
chmod 755 quick
status_is() { # NAME STATUS TEXT
	run bin/tumen-probe status -c /etc/tumen/tumen-probe.conf
	check "$1" test "$status $(grep -cF -- "$3" out)" = "$2 1"
}
: >daemon
status_is 'status: nobody runs' 1 '! the agent does not run'
unshare -n "$work/tun" "$house/tests/sim/scenarios/line15.play" -- unshare -m \
    python3 "$work/as_unit.py" "$work/quick/tumen-probe.service" 2>>daemon &
check 'a service is ready when it probes' told 'READY=1'
status_is 'status: it runs and is well' 0 'all is well'
check 'it says what it does' told 'STATUS=.*next unit 2'
check 'and that it lives' told 'WATCHDOG=1'
reload() { # as ExecReload= has it
	: >daemon
	run ./as probe -- $(sed -n 's/^ExecReload=//p' "$units/tumen-probe.service" |
	    sed "s/\$MAINPID/$main/")
}
main=$(sed -n 's/^started //p' daemon)
reload
check 'it can be told to read its configuration' test "$status" = 0
check 'it says when it reads' told 'RELOADING=1 MONOTONIC_USEC=[0-9]*$'
check 'and when it is done' told 'READY=1'
cp -p /etc/tumen/tumen-probe.conf good.conf
sed -i 's/15m/0/' /etc/tumen/tumen-probe.conf
reload
check 'a wrong configuration is no end' told 'READY=1'
status_is 'status: it was refused' 1 '! the configuration was changed and refused'
cp good.conf /etc/tumen/tumen-probe.conf
reload
check 'the right one is taken in' told 'READY=1'
status_is 'status: it is well' 0 'all is well'
kill "$main"
wait $!
check 'it ends on request' test $? = 0
check 'it says so' told 'STOPPING=1'
status_is 'status: it does not run' 1 '! the agent does not run'

# Beside it one that is not what its signature says.
cp -p $spool/000001.db $spool/000002.db && echo >>$spool/000002.db
cp -p $spool/000001.db.sig $spool/000002.db.sig
check 'two segments' test "$(find $spool -name '00000[12].db' | wc -l)" = 2
./as upload --keys /etc/tumen/key.pub >out 2>err &
pid=$!
for _ in $(seq 50); do
	[ -z "$(find $spool -maxdepth 1 -name '*.db')" ] && break
	sleep 0.1
done
check 'the uploader empties the spool' test -z "$(find $spool -maxdepth 1 -name '*.db*')"
kill "$pid"
wait "$pid"
check 'and ends on request' test $? = 65 # something is in quarantine
check 'what it has stored' test "$(sqlite3 $db 'SELECT count(*) FROM trace')" = 1
check 'the other waits in the quarantine, with its signature' test \
    "$(ls $spool/quarantine | tr '\n' ' ')" = '000002.db 000002.db.reason 000002.db.sig '

echo "TUMEN_DATADIR=$work" >/etc/tumen/infer.env
run ./as infer
check 'the inference does its work' test "$status" = 0
check 'verdicts' test "$(sqlite3 $db 'SELECT count(*) FROM verdict')" = 1
finish
