#!/bin/bash
# SPDX-License-Identifier: ISC
# Who hands over to the target's network, inferred in generated worlds that no
# figure was set on, beside plain longest-prefix match: how often it is right,
# where, whether its probabilities are honest, and what a trace costs.
#   TUMEN_TRACES a world (20000)
set -eu
cd "$(dirname "$0")/../.."
make --no-print-directory -s all build/tests/truth/judge 2>/dev/null
for seed in 101 102 103 104; do
	echo "world $seed"
	build/tests/truth/judge --seed "$seed" --traces "${TUMEN_TRACES:-20000}"
done
