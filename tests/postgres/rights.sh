# SPDX-License-Identifier: ISC
# What each role may and may not do; sourced by inside.sh.
# shellcheck shell=bash
as tester postgres -c "CREATE DATABASE tumen"
as tester tumen -f deploy/postgres/roles.sql >"$dir/out"
ok "roles before there are tables"
as tester tumen -c "CREATE ROLE alice LOGIN; GRANT tumen_operator TO alice;
    ALTER ROLE alice SET role = tumen_operator; CREATE ROLE bob LOGIN PASSWORD 'bob';
    GRANT tumen_reader TO bob"
refused "a reader cannot make the tables" 'permission denied' 77 \
    "$tumen" import --db "$(url tumen bob)" tests/golden/traces.ndjson
"$tumen" import --db "$(url tumen alice)" tests/golden/traces.ndjson >"$dir/out"
ok "an operator makes them"
as tester tumen -f deploy/postgres/roles.sql >"$dir/out"
ok "roles, with tables"
mow=$(as tester tumen -v name=mow -f deploy/postgres/vantage.sql)
sel=$(as tester tumen -v name=sel -f deploy/postgres/vantage.sql)
as tester tumen -v name=sel -f deploy/postgres/vantage.sql >"$dir/out" 2>&1
ok "roles of vantages, and again"
[ "$mow" = "agent_$(as tester tumen -c "SELECT vantage_id FROM vantage WHERE name = 'mow'")" ]
ok "a vantage's role is that of its id"
[ "$(as tester tumen -c "SELECT tableowner FROM pg_tables WHERE tablename = 'trace'")" = tumen_operator ]
ok "the operators own the tables"

as tester tumen -f tests/golden/runs.sql
"$tumen" infer --db "$(url tumen alice)" >"$dir/out" 2>&1
ok "an operator infers"
"$tumen" status --db "$(url tumen bob)" >"$dir/out" && cmp -s "$dir/out" tests/golden/status.txt
ok "a reader reads"
refused "a reader does not infer" 'permission denied' 77 \
    "$tumen" infer --db "$(url tumen bob)"
refused "a reader does not delete" 'permission denied' \
    as bob tumen -c 'DELETE FROM trace'

"$tumen" import --db "$(url tumen "$sel")" /dev/null >"$dir/out"
ok "an agent opens it to write, and knows the version"

"$tumen" control import --db "$(url tumen alice)" - <tests/golden/routes.ndjson >"$dir/out" &&
    [ "$(as bob tumen -c "SELECT count(*), count(as_path), max(peer) FROM v_route")" = '5|3|2001:db8::1' ]
ok "an operator imports routes, a reader reads them"
refused "a reader imports none" 'permission denied' 77 \
    sh -c '"$0" control import --db "$1" - <tests/golden/routes.ndjson' "$tumen" "$(url tumen bob)"
for t in "collector VALUES (5, 'x')" "route VALUES (1, 1, 1, 1, '\x01020304', 0, 1, 1, 0)" \
    "route_source VALUES (1, decode(repeat('00', 32), 'hex'), 'live', 'x', 'x', 0, 0, 0, 0, 0)" \
    "vantage_fact VALUES (1, 'x', 'x')" \
    "broken VALUES (decode(repeat('00', 32), 'hex'), 'x', 'x', 'x', 0, 0, 0, '')"; do
	refused "nor an agent: ${t%% *}" 'permission denied' as "$sel" tumen -c "INSERT INTO $t"
done

# Its segments, by a role that cannot see what it added.
for v in sel mow; do
	mkdir -p "$dir/tmp/$v"
	"$build/tests/golden/spool" "$dir/tmp/$v" "$v" 100 3 5 >"$dir/out"
done
"$tumen" upload --keep --spool "$dir/tmp/sel" --db "$(url tumen "$sel")" >"$dir/out" &&
    grep -q '^3 segments: 15 traces added, 0 already there, 3 runs' "$dir/out"
ok "an agent uploads"
[ "$(as tester tumen -c "SELECT count(*), count(r.state), max(r.health) FROM v_health h
    LEFT JOIN run r USING (slot, epoch) WHERE h.vantage = 'sel'
    AND h.campaign <> 'demo'")" = '3|3|1' ]
ok "with the health of each run"
"$tumen" upload --spool "$dir/tmp/sel" --db "$(url tumen "$sel")" >"$dir/out" &&
    grep -q '^3 segments: 0 traces added, 15 already there' "$dir/out" &&
    ! ls "$dir"/tmp/sel/*.db >"$dir/out" 2>&1
ok "again, and unlinks"
refused "not what another vantage has" 'row-level security' 77 \
    "$tumen" upload --spool "$dir/tmp/mow" --db "$(url tumen "$sel")"
[ "$(find "$dir/tmp/mow" -name '*.db' | wc -l)" -eq 3 ]
ok "whose segments stay"
"$tumen" audit --db "$(url tumen alice)" --spool "$dir/tmp/sel" --vantage sel >"$dir/out"
ok "the operator's audit balances"

# An agent: its own rows, by the very statement of bulk_insert().
id=${sel#agent_} theirs=${mow#agent_}
trace() { # VANTAGE-ID SEQ [TABLE]
	echo "INSERT INTO ${3:-trace} (started_us, vantage_id, epoch, seq, trace_id, target,
	    prefix_id, method, flow, stop, reached, path_id, rec, rec_hash)
	    SELECT * FROM unnest('{1}'::bigint[], '{$1}'::bigint[], '{7}'::bigint[],
	    '{$2}'::bigint[], ARRAY[decode(repeat('00', 16), 'hex')], ARRAY[decode('01020304', 'hex')],
	    '{1}'::bigint[], '{1}'::bigint[], '{0}'::bigint[], '{1}'::bigint[],
	    '{0}'::bigint[], ARRAY[decode(repeat('00', 16), 'hex')],
	    '{a}'::bytea[], '{1}'::bigint[]) ON CONFLICT DO NOTHING"
}
count() { as tester tumen -c "SELECT count(*) FROM trace WHERE vantage_id = $1 AND epoch = 7"; }
as "$sel" tumen -c "$(trace "$id" 1)" -c "$(trace "$id" 1)" -c "$(trace "$id" 2)" &&
    [ "$(count "$id")" -eq 2 ]
ok "an agent adds its own rows, once"
before=$(count "$theirs")
refused "not another vantage's" 'row-level security policy for table "trace"' \
    as "$sel" tumen -c "$(trace "$theirs" 1)"
for t in "evidence VALUES (1, $theirs, 7, 1, 1, 1, 0, NULL, NULL)" \
    "run VALUES ($theirs, 1, 1, 1, NULL, NULL, NULL, 'done', NULL, 0, 0, 0, 0)" \
    "health VALUES ($theirs, 1, 1, 1, 1, 'up', 1, 1, 1, NULL, NULL, NULL, 1, 1, 1, 1, 1, 1, 1, 0)" \
    "segment VALUES ($theirs, 7, 1, '', 0, 0, NULL, NULL)" "vantage VALUES (5, 'x')"; do
	refused "nor into ${t%% *}" 'row-level security policy' as "$sel" tumen -c "INSERT INTO $t"
done
[ "$(count "$theirs")" -eq "$before" ]
ok "and nothing of it is there"
for t in trace evidence path path_hop prefix address vantage campaign run health segment \
    verdict state_run reach_run basis v_trace v_hop v_path v_verdict v_state v_reach v_event v_run v_health trace_default; do
	refused "an agent does not read $t" 'permission denied' \
	    as "$sel" tumen -c "SELECT 1 FROM $t"
done
for s in 'DELETE FROM trace' 'DELETE FROM health' 'UPDATE health SET slot = 9' 'UPDATE trace SET seq = 9' 'TRUNCATE trace' \
    'DROP TABLE trace' 'CREATE TABLE t (x int)' 'CREATE TEMP TABLE t (x int)' \
    "$(trace "$id" 3 trace_default)" 'SET ROLE tumen_operator' "SET ROLE $mow" \
    'LOCK TABLE trace' 'ALTER TABLE trace DISABLE ROW LEVEL SECURITY' \
    "INSERT INTO trace SELECT * FROM trace" "INSERT INTO verdict SELECT" \
    "INSERT INTO state_run SELECT" "INSERT INTO reach_run SELECT" \
    "INSERT INTO schema_migration SELECT 3, 'x', sha256, 0 FROM schema_migration" \
    "COPY trace TO STDOUT" "COPY path FROM PROGRAM 'true'" \
    "$(trace "$id" 4) RETURNING rec"; do
	"as" "$sel" tumen -c "$s" >"$dir/out" 2>"$dir/err" &&
	    echo "# it may: $s" && false
	grep -qE 'permission denied|must be (owner|able)' "$dir/err"
	ok "nor: $(echo "$s" | head -n 1 | cut -c 1-50)"
done
refused "an agent does not read by tumen" 'permission denied' 77 \
    "$tumen" status --db "$(url tumen "$sel")"
