#!/bin/bash
# SPDX-License-Identifier: ISC
# Runs test programs that speak TAP and adds up what they say. The last line is
# "N passed, N failed" (", N skipped" when some could not run here).
#   run.sh [--jobs N] PROGRAM...       run them, print the sum
#   run.sh --part [--jobs N] PROGRAM   run them, leave the sum to
#   run.sh --sum                       which adds up all parts since --clear
#   run.sh --clear
set -u
logs=${TUMEN_LOGS:-build/log}
mkdir -p "$logs"
export CMOCKA_MESSAGE_OUTPUT=TAP TUMEN_DATADIR=${TUMEN_DATADIR:-build}

clear() { rm -f "$logs"/*.count; }

sum() {
	awk '{ ok += $1; bad += $2; skip += $3 }
	END {
		printf "%d passed, %d failed", ok, bad
		if (skip) printf ", %d skipped", skip
		print ""
		exit bad > 0 || ok == 0
	}' "$logs"/*.count
}

# One program: its output goes to a log, its counts to a file beside it.
one() {
	local log=$logs/${1//\//_}.log start=$SECONDS status ok bad skip limit=900
	[ "$1" != tests/lint.sh ] || limit=2400 # every file of the house, by clang-tidy
	timeout --kill-after=10 "$limit" "$1" >"$log" 2>&1 </dev/null
	status=$?
	skip=$(grep -ciE '^ok .*# *skip' "$log")
	ok=$(($(grep -c '^ok ' "$log") - skip))
	bad=$(grep -c '^not ok ' "$log")
	if [ "$status" -ne 0 ] && [ "$bad" -eq 0 ]; then
		bad=1
		echo "not ok - $1 ended with status $status" >>"$log"
	elif [ $((ok + bad + skip)) -eq 0 ]; then
		bad=1
		echo "not ok - $1 ran no test" >>"$log"
	fi
	echo "$ok $bad $skip" >"$log.count"
	printf '%-44s %4d passed %3d failed %3d skipped %4d s\n' \
	    "$1" "$ok" "$bad" "$skip" $((SECONDS - start))
	grep -iE '^ok .*# *skip' "$log"
	if [ "$bad" -gt 0 ]; then
		grep -v '^ok ' "$log" | tail -n 60 | sed 's/^/    /'
	fi
}

jobs=1 part=
while :; do
	case ${1:-} in
	--clear) clear; exit ;;
	--sum) sum; exit ;;
	--part) part=1; shift ;;
	--jobs) jobs=$2; shift 2 ;;
	*) break ;;
	esac
done
[ -n "$part" ] || clear
for t in "$@"; do
	while [ "$(jobs -rp | wc -l)" -ge "$jobs" ]; do
		wait -n
	done
	one "$t" &
done
wait
[ -n "$part" ] || sum
