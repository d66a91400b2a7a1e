# SPDX-License-Identifier: ISC
# inside.sh VERSION BIN DIR: all tests with one server (test_postgres.sh).
# shellcheck shell=bash
set -u
. tests/postgres/server.sh
version=$1 bin=$2 dir=$3/run
mkdir -p "$dir"
[ "$(id -u)" -ne 0 ] || mount -t tmpfs -o size=1g,mode=755 tmpfs "$dir" || exit 1
mkdir -p "$dir/tmp"
build=${TUMEN_BUILD:-build}
tumen=${TUMEN:-$build/tumen}
socket=$dir/socket
export TUMEN_DATADIR=${TUMEN_DATADIR:-build} CMOCKA_MESSAGE_OUTPUT=TAP
export PGPASSFILE=$dir/pgpass TMPDIR=$dir/tmp
unset TUMEN_DB PGHOST PGUSER PGDATABASE PGSSLMODE
trap 'server_stop "$bin" "$dir"' EXIT

ok() { # name; status of the command before it
	if [ $? -eq 0 ]; then echo "ok - $version: $1"; else echo "not ok - $version: $1"; fi
}
# A program that speaks TAP, with its name before each line's.
part() { # name command...
	local name=$1
	shift
	"$@" 2>&1 | sed -E "s/^((not )?ok) [0-9]+( - )?/\1 - $version, $name: /; /^1\.\./d"
}
as() { # user database psql-arguments...: over the socket
	local user=$1 name=$2
	shift 2
	psql -X -q -At -v ON_ERROR_STOP=1 -h "$socket" -U "$user" -d "$name" "$@"
}
url() { echo "postgresql://${2:-tester}@/$1?host=$socket"; } # database [user]
# A command fails with a text on standard error; with a status if one is given.
refused() { # name text [status] command...
	local name=$1 text=$2 want= got
	shift 2
	case $1 in [0-9]*) want=$1; shift ;; esac
	"$@" >"$dir/out" 2>"$dir/err" </dev/null
	got=$?
	if [ "$got" -eq 0 ] || [ "$got" -ne "${want:-$got}" ] ||
	    ! grep -qF -- "$text" "$dir/err"; then
		echo "# status $got: $(head -n 3 "$dir/err")"
		false
	fi
	ok "$name"
}

. tests/postgres/tls.sh
tls_make "$dir/tls" "$([ "$(id -u)" -eq 0 ] && echo 65534 || id -u)"
[ "$(id -u)" -eq 0 ] && { ip link set lo up; ip addr add 192.0.2.1/32 dev lo; }
server_start "$bin" "$dir" "listen_addresses = '*'" "ssl = on" \
    "ssl_cert_file = '$dir/tls/server.crt'" "ssl_key_file = '$dir/tls/server.key'" \
    "ssl_ca_file = '$dir/tls/ca.crt'" "password_encryption = 'scram-sha-256'"
ok "a server starts"

# What passes with SQLite passes here.
for t in unit/test_store unit/test_store_source unit/test_store_verdict unit/test_csv unit/test_health unit/test_routes unit/test_facts unit/test_older unit/test_uplinks unit/test_kept \
    unit/test_upload unit/test_bulk postgres/test_server postgres/test_ahead; do
	part "${t#*/}" env TUMEN_TEST_POSTGRES="$socket" timeout 120 "$build/tests/$t"
done
createdb -h "$socket" -U tester golden
TUMEN_TEST_DB=$(url golden) part test_commands env TUMEN="$tumen" \
    timeout 120 bash tests/golden/test_commands.sh
createdb -h "$socket" -U tester export
TUMEN_TEST_DB=$(url export) part test_export env TUMEN="$tumen" \
    timeout 120 tests/golden/test_export.py
createdb -h "$socket" -U tester october
TUMEN_TEST_DB=$(url october) part test_october env TUMEN="$tumen" \
    timeout 120 tests/golden/test_october.py
part test_import env TUMEN="$tumen" TUMEN_TEST_POSTGRES="$socket" \
    timeout 150 tests/golden/test_import.py
part test_imported env TUMEN_TEST_POSTGRES="$socket" TUMEN="$tumen" \
    timeout 120 tests/golden/test_imported.py

# The schema is the golden one, whatever server describes it.
as tester golden -f tests/postgres/schema.sql >"$dir/schema"
[ -n "${TUMEN_GOLDEN:-}" ] && [ "$version" -eq 15 ] &&
    cp "$dir/schema" tests/golden/schema_postgres.txt
diff -u tests/golden/schema_postgres.txt "$dir/schema" | head -n 20
cmp -s tests/golden/schema_postgres.txt "$dir/schema"
ok "the schema is the golden copy"

# The views say the same as SQLite's, row by row.
"$tumen" import --db "$dir/same.db" tests/golden/traces.ndjson >"$dir/out" 2>&1
sqlite3 "$dir/same.db" <tests/golden/runs.sql
for d in "$dir/same.db" "$(url golden)"; do "$tumen" infer --db "$d" >"$dir/out" 2>&1; done
health="INSERT INTO health SELECT vantage_id, campaign_id, 1, 2, 1795280000000000, 'unstable', 4, 3,
    31000, a.addr, 'eth0', NULL, 40, 7, NULL, 1500, 1000, 1, 250, -7 FROM vantage, campaign,
    (SELECT addr FROM address ORDER BY addr LIMIT 1) a"
sqlite3 "$dir/same.db" "$health" && as tester golden -c "$health"
for d in "$dir/same.db" "$(url golden)"; do
	"$tumen" control import --db "$d" - <tests/golden/routes.ndjson >"$dir/out" 2>&1
done
facts="INSERT INTO vantage_fact SELECT vantage_id, 'country', 'KR' FROM vantage;
    INSERT INTO broken SELECT p.path_id || p.path_id, 'f', 'atlas', 'why', 10, 20, 1795280000000000, p.path_id
    FROM path p"
sqlite3 "$dir/same.db" "${facts//p.path_id || p.path_id/CAST(p.path_id || p.path_id AS BLOB)}" &&
    as tester golden -c "DELETE FROM broken; $facts"
for v in v_vantage vantage_fact v_broken broken v_route route v_route_source route_source collector v_trace v_hop v_path v_verdict v_state state_run v_reach reach_run v_event basis v_run v_health health \
    vantage campaign prefix address; do
	columns=$(sqlite3 "$dir/same.db" "SELECT group_concat(CASE WHEN type = 'BLOB'
	    THEN 'hex(' || name || ')' WHEN type = 'REAL' OR name = 'p'
	    THEN 'CAST(round(' || name || ' * 1e12) AS bigint)' ELSE name END)
	    FROM pragma_table_info('$v')")
	sqlite3 -separator '|' "$dir/same.db" "SELECT $columns FROM $v" |
	    LC_ALL=C sort >"$dir/sqlite.rows"
	as tester golden -c "SELECT $columns FROM $v" | LC_ALL=C sort >"$dir/rows"
	diff "$dir/sqlite.rows" "$dir/rows" | head -n 4 | cut -c 1-200
	cmp -s "$dir/sqlite.rows" "$dir/rows" && [ -s "$dir/rows" ]
	ok "$v as in SQLite"
done

# The questions of the README.
as tester golden -c "INSERT INTO run SELECT vantage_id, campaign_id, 1, 2, 3000000,
    NULL, 5, 'skipped', 'x', 0, 0, 0, 0 FROM vantage, campaign;
    INSERT INTO segment SELECT vantage_id, 77, 1, '', 5, 0, NULL, NULL FROM vantage"
awk -v to="$dir/question" '/^```sql/ { n++; on = 1; next } /^```/ { on = 0 }
    on { print > (to "." n ".sql") }' sql/README.md
n=0
for q in "$dir"/question.*.sql; do
	as tester golden -f "$q" >"$dir/out" 2>"$dir/err" && n=$((n + 1))
	cat "$dir/err"
done
[ "$n" -ge 10 ] && [ "$n" -eq "$(grep -c '^```sql' sql/README.md)" ]
ok "the questions of the README are answered"
[ "$(as tester golden -c 'SELECT planned, finished FROM v_run WHERE slot = 1 LIMIT 1')" = \
    '1970-01-01T00:00:03Z|1970-01-01T00:00:00Z' ]
ok "moments of runs"

. tests/postgres/retention.sh
. tests/postgres/rights.sh
if [ "$(id -u)" -eq 0 ]; then
	. tests/postgres/network.sh
else
	echo "ok - $version: TLS # skip needs root, for a network namespace"
fi
