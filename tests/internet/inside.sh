# SPDX-License-Identifier: ISC
# Sourced by the tests beside it: . "$(dirname "$0")/inside.sh"
# First of all the script enters a network that has no way out:
#   enter_namespace PROGRAM...     an empty one; root of this machine may
#   enter_lab SCENARIO PROGRAM...  the laboratory; $lab is its program
# Outside, either starts the whole script again in there and ends with its
# status, or with one skipped test where that cannot be: so nothing before it
# may have an effect. Inside it goes on, in the new folder $work, with a copy
# of every PROGRAM that any user may run; the folder goes away with the script.
# From there on the script has run, ends, json and check, and ends with finish.
# It may set
#   within  words that run puts before each command
#   terms   Python text: what json knows beside `lines`
name=$(basename "$0" .sh)
lab=$(readlink -f "$(dirname "$0")/lab")
work=''
[ "${1:-}" != inside ] || work=$2
within='' terms=''
n=0 bad=0

skip() { # skip REASON: the script, as one test
	echo "ok 1 - $name # SKIP $1"
	echo 1..1
	exit 0
}

enter() { # enter PROGRAM...: what $under starts
	local status
	if [ -n "$work" ]; then
		cd "$work" || exit 74
		return
	fi
	work=$(mktemp -d) && chmod 755 "$work" && cp "$@" "$work" &&
	    "${under[@]}" "$(readlink -f "$0")" inside "$work"
	status=$?
	rm -rf "$work"
	[ "$status" -ne 69 ] || skip 'no laboratory'
	exit "$status"
}
enter_namespace() {
	[ -n "$work" ] || {
		[ "$(id -u)" -eq 0 ] && unshare -n -m -p --fork true 2>/dev/null
	} || skip 'needs root and namespaces'
	under=(unshare -n -m -p --fork --mount-proc)
	enter "$@"
}
enter_lab() {
	under=("$lab" run --scenario "$1" --)
	shift
	enter "$@"
}

run() { # run COMMAND...: leaves out, err and status behind
	timeout 90 $within "$@" >out 2>err
	status=$?
}

check() { # check NAME COMMAND...: passes when the command does
	local name=$1
	n=$((n + 1))
	shift
	if "$@" >check.log 2>&1; then
		echo "ok $n - $name"
	else
		bad=$((bad + 1))
		echo "not ok $n - $name"
		cat check.log err out 2>/dev/null | cut -c 1-400 | head -n 40 |
		    sed 's/^/# /'
	fi
}

ends() { # ends NAME STATUS TEXT COMMAND...: exit status, and text on stderr
	local name=$1 want=$2 text=$3
	shift 3
	run "$@"
	check "$name" test "$status $(grep -cF -- "$text" err)" = "$want 1"
}

# json EXPRESSION: whether it is true, of `lines`, every line of out, and $terms
json() {
	python3 - "$terms" "$1" <<-'EOF'
	import json, sys
	lines = [json.loads(line) for line in open("out")]
	exec(sys.argv[1])
	ok = eval("(" + sys.argv[2] + ")")
	if not ok:
	    print(sys.argv[2], "is", ok, "of")
	    for r in lines:
	        print(*(r.get(k) for k in ("record", "target", "method", "stop",
	              "stop_detail")), *([p["addr"] for p in h["probes"]]
	              for h in r.get("hops", ())))
	sys.exit(not ok)
	EOF
}

finish() {
	echo "1..$n"
	exit $((bad > 0))
}
