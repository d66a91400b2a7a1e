#!/bin/bash
# SPDX-License-Identifier: ISC
# The extensions of generated ICMP errors, as this program and as tshark read
# them. TUMEN_SEED and TUMEN_PACKETS choose another corpus. Nothing is sent:
# tshark reads a file and resolves no name.
set -eu
cd "$(dirname "$0")/../.."
ours=${TUMEN_EXTENSIONS:-build/tests/golden/extensions}
seed=${TUMEN_SEED:-4884} packets=${TUMEN_PACKETS:-3000}
command -v tshark >/dev/null || {
	echo "ok 1 - # SKIP no tshark"
	echo 1..1
	exit
}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
echo "# seed $seed"
generated() { python3 tests/golden/extensions.py "$1" "$work/pcap" "$seed" "$packets" "${@:2}"; }
generated make
"$ours" <"$work/pcap" >"$work/ours"
tshark -n -r "$work/pcap" -o icmp.favor_icmp_mpls:TRUE -T pdml -J icmp \
    >"$work/pdml" 2>"$work/err" || { cat "$work/err"; exit 1; }
generated compare "$work/ours" "$work/pdml"
