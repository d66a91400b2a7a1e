#!/bin/bash
# SPDX-License-Identifier: ISC
# Runs every fuzz target over its seeds and then for TUMEN_FUZZ_SECONDS.
set -u
cd "$(dirname "$0")/../.."
seconds=${TUMEN_FUZZ_SECONDS:-2}
bin=build/san/tests/fuzz
n=0
for target in "$bin"/fuzz_*; do
	[ -x "$target" ] && [ -f "$target" ] || continue
	case $target in *.*) continue ;; esac
	n=$((n + 1))
	name=$(basename "$target")
	corpus=build/fuzz/corpus/$name
	mkdir -p "$corpus" build/fuzz/crash
	if "$target" -max_total_time="$seconds" -rss_limit_mb=1024 -timeout=10 \
	    -artifact_prefix=build/fuzz/crash/"$name"- -print_final_stats=1 \
	    "$corpus" $(ls -d tests/fuzz/seeds/"${name#fuzz_}" 2>/dev/null) \
	    >"$corpus.log" 2>&1; then
		echo "ok $n - $name: $(sed -n 's/^stat::number_of_executed_units: *//p' "$corpus.log") executions"
	else
		tail -n 30 "$corpus.log"
		echo "not ok $n - $name"
	fi
done
echo "1..$n"
