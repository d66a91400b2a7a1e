# SPDX-License-Identifier: ISC
# What retention does where days are partitions; sourced by inside.sh.
# shellcheck shell=bash
createdb -h "$socket" -U tester retention
kept=$((($(date -u +%s) - $(date -u -d 2023-01-01 +%s)) / 86400))
"$tumen" import --db "$(url retention)" tests/golden/traces.ndjson >"$dir/out" 2>&1
as tester retention -f tests/golden/runs.sql
day=$(($(date -u -d 2021-05-31 +%s) * 1000000))
for t in trace evidence; do
	as tester retention -c "CREATE TABLE ${t}_p20210531 PARTITION OF $t
	    FOR VALUES FROM ($day) TO ($((day + 86400000000)))"
done
for days in 2000 2001 1999; do # one in its partition, two in the default table
	python3 tests/golden/older.py $days <tests/golden/traces.ndjson |
	    "$tumen" import --db "$(url retention)" - >"$dir/out" 2>&1
done
"$tumen" infer --db "$(url retention)" >"$dir/out" 2>&1
[ "$(as tester retention -c "SELECT count(*), count(*) FILTER (WHERE tableoid =
    'trace_p20210531'::regclass) FROM trace")" = '224|56' ]
ok "old traces in a partition and in none"
"$tumen" retention --db "$(url retention)" --keep $kept --dry-run >"$dir/dry"
grep -q ': 168 traces, 0 evidence, 168 verdicts, 0 runs, ' "$dir/dry"
ok "retention says what would go"
"$tumen" retention --db "$(url retention)" --keep $kept >"$dir/out" 2>"$dir/err"
sed 's/would go/dropped/' "$dir/dry" | diff - "$dir/out"
ok "and that goes"
"$tumen" export --db "$(url retention)" | sort >"$dir/rows"
sort tests/golden/traces.ndjson | cmp -s - "$dir/rows" &&
    "$tumen" status --db "$(url retention)" | cmp -s - tests/golden/status.txt
ok "what is newer stays"
as tester retention -c 'DELETE FROM run; DELETE FROM health'
[ "$(as tester retention -c "SELECT sum(traces_n), count(*), max(last_seq),
    to_regclass('trace_p20210531') FROM retention")" = '168|2|28|' ]
ok "it is written down what went, and the partition is gone"
[ "$(as tester retention -c "SELECT (SELECT count(*) FROM path) -
    (SELECT count(DISTINCT path_id) FROM trace)")" = 0 ]
ok "unused paths are gone"
"$tumen" retention --db "$(url retention)" --ahead 3 >"$dir/out" 2>"$dir/err"
[ "$(cat "$dir/out")" = 'made 4 days' ] &&
    "$tumen" retention --db "$(url retention)" --ahead 3 | grep -qx 'made 0 days'
ok "days are made ahead, once"

# Runs go with their health, in batches; the last one is of today.
as tester retention -c "INSERT INTO run SELECT 1, 1, n, 7, NULL, n, CASE n WHEN 1201
        THEN $(date -u +%s)000000 ELSE n END, 'done', NULL, 0, 0, 0, 0, 1 FROM generate_series(1, 1201) n;
    INSERT INTO health SELECT 1, 1, n, 7, n, 'up', 1, 1, 1, NULL, NULL, NULL, 1, 1, 1, 1, 1, 1, 1, 0
        FROM generate_series(1, 1201) n"
"$tumen" retention --db "$(url retention)" --keep $kept | grep -q ', 1200 runs, '
[ "$(as tester retention -c "SELECT count(*), max(h.slot), (SELECT sum(runs_n) FROM retention),
    count(r.slot) FROM health h LEFT JOIN run r USING (vantage_id, slot, epoch)")" = '1|1201|1200|1' ]
ok "runs go with their health"

# Killed at any moment while somebody adds old traces: the sums are right.
for i in 1 2 3 4 5 6 7 8; do
	python3 tests/golden/older.py $((2000 + i)) <tests/golden/traces.ndjson |
	    "$tumen" import --db "$(url retention)" - >"$dir/out" 2>&1
	"$tumen" retention --db "$(url retention)" --keep $kept >"$dir/out" 2>&1 &
	killed=$!
	sleep "0.0$((i * 2 % 10))"
	kill -9 $killed
	wait $killed 2>"$dir/err"
done
sleep 0.5
[ "$(as tester retention -c "SELECT (SELECT count(*) FROM trace) +
    (SELECT sum(traces_n) FROM retention)")" = $((224 + 8 * 56)) ]
ok "killed at any moment, all is accounted for"
