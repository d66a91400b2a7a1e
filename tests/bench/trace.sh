#!/bin/bash
# SPDX-License-Identifier: ISC
# One run beside scamper on the emulated internet: how long a user waits for the
# path to one target, and with how many probes. Prints the ratios.
set -eu
cd "$(dirname "$0")/../.."
if [ -z "${TUMEN_LAB:-}" ]; then
	command -v scamper >/dev/null || {
		echo "bench/trace: scamper is not installed (Debian package scamper)" >&2
		exit 69
	}
	exec tests/internet/lab run --scenario base -- bash "$0"
fi

lab=tests/internet/lab
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# Milliseconds that the rest of the line takes, its output in $work/out.
ms() {
	local t0
	t0=$(date +%s%N)
	"$@" >"$work/out" 2>"$work/err" || cat "$work/err" >&2
	echo $((($(date +%s%N) - t0) / 1000000))
}

median() { sort -n | awk '{ v[NR] = $1 } END { print v[int((NR + 1) / 2)] }'; }

tumen_probes() {
	grep -o '"attempt"' "$work/out" | wc -l
}
scamper_probes() {
	sed -n 's/.*"probe_count":\([0-9]*\).*/\1/p' "$work/out" | head -n 1
}

runs=5
target=175.45.176.71
for i in $(seq $runs); do
	ms "$lab" exec sel build/tumen-probe trace --json "$target" >>"$work/t.ms"
	tumen_probes >>"$work/t.n"
	ms "$lab" exec sel scamper -O json -c "trace -P udp-paris" -i "$target" >>"$work/s.ms"
	scamper_probes >>"$work/s.n"
done

tm=$(median <"$work/t.ms") sm=$(median <"$work/s.ms")
tn=$(median <"$work/t.n") sn=$(median <"$work/s.n")
echo "one target, three silent TTLs, defaults of both, median of $runs, interleaved:"
awk -v a="$tm" -v b="$sm" -v n="$tn" -v m="${sn:-0}" 'BEGIN {
	printf "  tumen-probe %6d ms %3d probes\n  scamper     %6d ms %3d probes\n", a, n, b, m
	printf "  ratio       %6.2f    %6.2f\n", a / b, m ? n / m : 0 }'
