/* SPDX-License-Identifier: ISC */
#include "probe/base/hash.h"
#include "sql/migrations.h"
#include "sql/partition.h"
#include "tests/postgres/asked.h"

#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <sysexits.h>

/* What only a PostgreSQL server can show; test_postgres.sh starts it. */

static void
run(struct db *db, const char *sql)
{
	struct fault f = {0};
	if (!db_exec(db, sql, &f))
		fail_msg("%s: %s", sql, f.text);
}

static int
try_open(const struct place *p, enum store_mode mode, struct fault *f)
{
	*f = (struct fault){0};
	struct store *s = store_open(p->db, mode, f);
	store_close(s);
	return s != NULL ? 0 : f->status;
}

static void
refused(const struct place *p, const char *text)
{
	struct fault f;
	for (int mode = STORE_READ; mode <= STORE_CREATE; mode++) {
		assert_int_equal(
		    try_open(p, (enum store_mode)mode, &f), EX_DATAERR);
		if (strstr(f.text, text) == NULL)
			fail_msg("%s", f.text);
	}
}

static void
only_create_makes_a_schema(void **state)
{
	const struct place *p = *state;
	struct fault f;
	assert_int_equal(try_open(p, STORE_READ, &f), EX_DATAERR);
	assert_int_equal(try_open(p, STORE_WRITE, &f), EX_DATAERR);
	assert_non_null(strstr(f.text, "empty"));
	assert_int_equal(try_open(p, STORE_CREATE, &f), 0);
	assert_int_equal(try_open(p, STORE_READ, &f), 0);
	assert_int_equal(try_open(p, STORE_WRITE, &f), 0);
}

static void
other_schemas_are_refused_untouched(void **state)
{
	const struct place *p = *state;
	struct fault f;
	psql(p, "CREATE TABLE bookmark (url text)");
	refused(p, "another program");
	psql(p, "CREATE TABLE schema_migration (filename text)");
	refused(p, "another program");
	psql(p, "DROP TABLE schema_migration, bookmark");
	psql(p, "CREATE TABLE schema_migration (version int, sha256 bytea)");
	refused(p, "another program");
	psql(p, "DROP TABLE schema_migration");
	assert_int_equal(try_open(p, STORE_CREATE, &f), 0);
	psql(p, "INSERT INTO schema_migration SELECT 99, 'x', sha256, 0 "
		"FROM schema_migration WHERE version = 1");
	refused(p, "another program"); /* a gap */
	psql(p, "DELETE FROM schema_migration WHERE version = 99");
	psql(p, "INSERT INTO schema_migration SELECT n, 'x', sha256, 0 FROM "
		"schema_migration, generate_series((SELECT max(version) + 1 "
		"FROM schema_migration), 99) n WHERE version = 1");
	refused(p, "schema version 99");
	refused(p, "newer tumen");
	psql(p, "DELETE FROM schema_migration WHERE name = 'x'");
	psql(p, "UPDATE schema_migration SET sha256 = sha256(sha256) "
		"WHERE version = 2");
	refused(p, "altered");
}

static int64_t
make(struct db *db, int64_t first, int64_t last)
{
	struct fault f = {0};
	int64_t made = -1;
	if (!partition_make(db, first, last, &made, &f))
		fail_msg("%s", f.text);
	return made;
}

/* A database as the first n migrations left it. */
static void
make_older(const struct place *p, size_t n)
{
	char *path = xasprintf("%s/older.sql", p->dir);
	FILE *f = fopen(path, "w");
	assert_non_null(f);
	fputs("DROP SCHEMA public CASCADE; CREATE SCHEMA public;\n", f);
	for (size_t i = 0; i < n; i++)
		fputs(postgres_migrations[i].sql, f);
	for (size_t i = 0; i < n; i++) {
		const struct migration *m = &postgres_migrations[i];
		uint8_t h[HASH_SHA256_LEN];
		hash_sha256(m->sql, strlen(m->sql), h);
		fprintf(f, "INSERT INTO schema_migration VALUES (%d, '%s', '",
		    m->version, m->name);
		fputs("\\x", f);
		for (size_t k = 0; k < sizeof(h); k++)
			fprintf(f, "%02x", h[k]);
		fputs("', 0);\n", f);
	}
	fclose(f);
	char *command = xasprintf(
	    "psql -qAtX -o /dev/null -v ON_ERROR_STOP=1 '%s' -f %s 2>%s/err",
	    p->db, path, p->dir);
	assert_int_equal(system(command), 0);
	free(command);
	free(path);
}

static void
older_schemas_are_brought_up(void **state)
{
	const struct place *p = *state;
	struct fault f;
	for (size_t n = 1; n < postgres_migrations_n; n++) {
		make_older(p, n);
		assert_int_equal(try_open(p, STORE_READ, &f), EX_DATAERR);
		assert_non_null(strstr(f.text, "brings it up"));
		assert_int_equal(try_open(p, STORE_WRITE, &f), 0);
		assert_int_equal(try_open(p, STORE_READ, &f), 0);
	}
}

/* Rows of before there were control destinations, in a day and outside. */
static void
older_traces_are_of_no_control(void **state)
{
	struct fault f = {0};
	struct db *db = NULL;
	make_older(*state, 6);
	psql(*state,
	    "CREATE TABLE trace_p19700101 PARTITION OF trace FOR VALUES FROM "
	    "(0) TO (86400000000); INSERT INTO trace SELECT n * 80000000000, "
	    "1, "
	    "7, n, decode(repeat('00', 16), 'hex'), NULL, NULL, "
	    "decode('01020304', 'hex'), 1, 1, NULL, 0, 1, 0, "
	    "decode(repeat('00', 16), 'hex'), 'x', 1 FROM "
	    "generate_series(1, 3) n; INSERT INTO run VALUES (1, 1, 1, 1, "
	    "NULL, 5, NULL, 'done', NULL, 0, 0, 0, 0)");
	db = asked_open(*state, DB_WRITE);
	assert_int_equal(ask(db, "SELECT count(*) FROM trace"), 3);
	assert_int_equal(ask(db, "SELECT sum(control) FROM trace"), 0);
	assert_int_equal(ask(db, "SELECT count(*) FROM run "
				 "WHERE health IS NULL"),
	    1);
	assert_int_equal(make(db, 1, 5), 5);
	assert_int_equal(ask(db, "SELECT count(*) FROM trace_p19700102"), 1);
	assert_int_equal(ask(db, "SELECT sum(control) FROM v_trace"), 0);
	assert_false(db_exec(db, "UPDATE trace SET control = 2", &f));
	assert_int_equal(f.status, EX_DATAERR);
	db_close(db);
}

enum { RACERS = 8 };

static void
processes_may_race_to_create_it(void **state)
{
	const struct place *p = *state;
	pid_t pids[RACERS];
	int gate[2];
	assert_int_equal(pipe(gate), 0);
	for (uint64_t i = 0; i < RACERS; i++) {
		pids[i] = fork();
		if (pids[i] != 0)
			continue;
		struct fault f = {0};
		struct record r = sample_record("sel", 77, i + 1);
		char go = 0;
		close(gate[1]);
		if (read(gate[0], &go, 1) < 0)
			_exit(1);
		struct store *s = store_open(p->db, STORE_CREATE, &f);
		if (s == NULL || !store_add(s, &r, NULL, &f)) {
			fprintf(stderr, "%s\n", f.text);
			_exit(2);
		}
		store_close(s);
		_exit(0);
	}
	close(gate[1]);
	close(gate[0]);
	for (int i = 0; i < RACERS; i++)
		assert_int_equal(sample_wait(pids[i]), 0);
	struct db *db = asked_open(p, DB_READ);
	assert_int_equal(ask(db, "SELECT count(*) FROM trace"), RACERS);
	assert_int_equal(ask(db, "SELECT count(*) FROM schema_migration"),
	    postgres_migrations_n);
	db_close(db);
}

/* Bad data that the client sees does not end the transaction. */
static void
a_bad_text_is_one_bad_row(void **state)
{
	struct fault f = {0};
	struct db *db = asked_open(*state, DB_CREATE);
	struct db_stmt *st =
	    asked_prepare(db, "INSERT INTO vantage VALUES ($1, $2)");
	static const char *const names[] = {"sel", "\xff", "hkg"};
	assert_true(db_begin(db, &f));
	for (int i = 0; i < 3; i++) {
		db_bind_int(st, 1, i + 1);
		db_bind_text(st, 2, names[i]);
		assert_int_equal(db_run(st, NULL, &f), i != 1);
		assert_int_equal(f.status, i == 0 ? 0 : EX_DATAERR);
	}
	db_finish(st);
	assert_true(db_commit(db, &f));
	assert_int_equal(ask(db, "SELECT count(*) FROM vantage"), 2);
	db_close(db);
}

/* The server answers COMMIT with success then, and ROLLBACK as its tag. */
static void
a_spoiled_transaction_is_not_committed(void **state)
{
	struct fault f = {0};
	struct db *db = asked_open(*state, DB_CREATE);
	assert_true(db_begin(db, &f));
	run(db, "INSERT INTO vantage VALUES (1, 'sel')");
	assert_false(db_exec(db, "INSERT INTO vantage VALUES (-1, 'x')", &f));
	assert_int_equal(f.status, EX_DATAERR);
	assert_false(db_exec(db, "INSERT INTO vantage VALUES (2, 'x')", &f));
	assert_int_equal(f.status, EX_IOERR);
	assert_false(db_commit(db, &f));
	assert_int_equal(f.status, EX_IOERR);
	assert_non_null(strstr(f.text, "nothing of it"));
	assert_int_equal(ask(db, "SELECT count(*) FROM vantage"), 0);
	assert_true(db_begin(db, &f));
	run(db, "INSERT INTO vantage VALUES (1, 'sel')");
	assert_true(db_commit(db, &f));
	assert_int_equal(ask(db, "SELECT count(*) FROM vantage"), 1);
	db_close(db);
}

static void
readers_cannot_write(void **state)
{
	struct fault f = {0};
	struct db *db = asked_open(*state, DB_CREATE);
	db_close(db);
	db = asked_open(*state, DB_READ);
	assert_false(db_exec(db, "DELETE FROM vantage", &f));
	assert_non_null(strstr(f.text, "25006"));
	assert_int_equal(ask(db, "SELECT count(*) FROM vantage"), 0);
	db_close(db);
}

static const char long_answer[] =
    "SELECT n, repeat('x', 1000) FROM generate_series(1, 300000) n";

/* 300 MB go through; they are never all here. */
static void
long_answers_are_not_held(void **state)
{
	struct fault f = {0};
	struct rusage before, after;
	struct db *db = asked_open(*state, DB_CREATE);
	struct db_stmt *st = asked_prepare(db, long_answer);
	int64_t n = 0;
	getrusage(RUSAGE_SELF, &before);
	while (db_step(st, &f) == DB_ROW)
		assert_int_equal(db_int(st, 0), ++n);
	getrusage(RUSAGE_SELF, &after);
	assert_int_equal(n, 300000);
	assert_true(after.ru_maxrss - before.ru_maxrss < 20000); /* KiB */
	db_reset(st);
	for (n = 0; n < 10; n++)
		assert_int_equal(db_step(st, &f), DB_ROW);
	db_finish(st); /* cancelled */
	assert_int_equal(ask(db, "SELECT 42"), 42);
	db_close(db);
}

/* As in SQLite, statements of one connection run side by side. */
static void
statements_run_side_by_side(void **state)
{
	struct fault f = {0};
	struct db *db = asked_open(*state, DB_CREATE);
	struct db_stmt *a =
	    asked_prepare(db, "SELECT n FROM generate_series(1, 9) n");
	struct db_stmt *b =
	    asked_prepare(db, "SELECT n FROM generate_series(1, 9) n");
	struct db_stmt *bad = asked_prepare(
	    db, "SELECT 1 / (5 - n) FROM generate_series(1, 9) n");
	for (int i = 1; i <= 9; i++) {
		assert_int_equal(db_step(a, &f), DB_ROW);
		assert_int_equal(db_step(b, &f), DB_ROW);
		assert_int_equal(db_int(a, 0), i);
		assert_int_equal(db_int(b, 0), i);
		enum db_row row = db_step(bad, &f);
		if (i < 5)
			assert_int_equal(row, DB_ROW);
		if (i == 5)
			assert_int_equal(row, DB_FAILED);
		assert_int_equal(ask(db, "SELECT 7"), 7);
	}
	assert_int_equal(db_step(a, &f), DB_DONE);
	assert_int_equal(db_step(b, &f), DB_DONE);
	db_finish(bad);
	db_finish(b);
	db_finish(a);
	db_close(db);
}

static void
a_lost_server_is_said(void **state)
{
	struct fault f = {0};
	const struct place *p = *state;
	struct db *db = asked_open(p, DB_CREATE);
	assert_true(db_begin(db, &f));
	run(db, "INSERT INTO vantage VALUES (1, 'sel')");
	psql(p, "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE "
		"application_name = 'tumen' AND datname = current_database()");
	assert_false(db_exec(db, "INSERT INTO vantage VALUES (2, 'x')", &f));
	assert_int_equal(f.status, EX_UNAVAILABLE);
	assert_false(db_commit(db, &f));
	assert_int_equal(f.status, EX_UNAVAILABLE);
	db_close(db);
	db = asked_open(p, DB_READ);
	assert_int_equal(ask(db, "SELECT count(*) FROM vantage"), 0);
	db_close(db);
}

struct days {
	int64_t day[64];
	size_t n;
};

static bool
note_day(void *arg, int64_t day, struct fault *f)
{
	struct days *d = arg;
	(void)f;
	d->day[d->n++] = day;
	return true;
}

static size_t
days(struct db *db, struct days *d)
{
	struct fault f = {0};
	d->n = 0;
	if (!partition_list(db, note_day, d, &f))
		fail_msg("%s", f.text);
	return d->n;
}

static void
days_come_and_go(void **state)
{
	struct fault f = {0};
	struct days d;
	struct partition_dropped n = {0};
	struct store *s = opened(*state, STORE_CREATE);
	for (uint64_t seq = 1; seq <= 20; seq++)
		add_sample(s, "sel", seq);
	store_close(s);
	/* All samples are of one day; an old one stays outside. */
	struct db *db = asked_open(*state, DB_WRITE);
	int64_t day =
	    ask(db, "SELECT min(started_us) / 86400000000 FROM trace");
	run(db,
	    "INSERT INTO evidence VALUES (5, 1, 1, 1, 1, 1, 0, NULL, NULL)");
	int64_t evidence = ask(db, "SELECT count(*) FROM evidence");
	assert_int_equal(days(db, &d), 0);
	assert_int_equal(make(db, day - 3, day + 3), 7);
	assert_int_equal(make(db, day - 3, day + 4), 1);
	assert_int_equal(days(db, &d), 8);
	assert_int_equal(d.day[0], day - 3);
	assert_int_equal(d.day[7], day + 4);
	assert_int_equal(ask(db, "SELECT count(*) FROM trace_default"), 0);
	assert_int_equal(ask(db, "SELECT count(*) FROM trace"), 20);
	assert_int_equal(ask(db, "SELECT count(*) FROM evidence"), evidence);
	assert_int_equal(ask(db, "SELECT count(*) FROM evidence_default"), 1);

	assert_true(partition_drop(db, day, &n, &f));
	assert_int_equal(n.days, 3);
	assert_int_equal(n.rows, 1);
	assert_int_equal(ask(db, "SELECT count(*) FROM trace"), 20);
	assert_int_equal(
	    ask(db, "SELECT count(*) FROM evidence"), evidence - 1);
	assert_int_equal(days(db, &d), 5);
	assert_true(partition_drop(db, day + 1, &n, &f));
	assert_int_equal(n.days, 1);
	assert_int_equal(ask(db, "SELECT count(*) FROM trace"), 0);
	assert_int_equal(ask(db, "SELECT count(*) FROM path_hop") > 0, 1);
	int64_t made = 0;
	assert_false(partition_make(db, 0, PARTITION_DAYS_MAX, &made, &f));
	assert_int_equal(f.status, EX_USAGE);
	db_close(db);
}

/* Two operators at once, and an uploader in between. */
static void
days_are_made_once(void **state)
{
	struct store *s = opened(*state, STORE_CREATE);
	enum { MAKERS = 3 };
	pid_t pids[MAKERS];
	for (int i = 0; i < MAKERS; i++) {
		pids[i] = fork();
		if (pids[i] != 0)
			continue;
		struct fault f = {0};
		int64_t made = 0;
		struct db *db = asked_open(*state, DB_WRITE);
		bool ok = partition_make(db, 20770, 20785, &made, &f);
		if (!ok)
			fprintf(stderr, "%s\n", f.text);
		_exit(!ok);
	}
	for (uint64_t seq = 1; seq <= 50; seq++)
		add_sample(s, "sel", seq);
	for (int i = 0; i < MAKERS; i++)
		assert_int_equal(sample_wait(pids[i]), 0);
	struct days d;
	struct db *db = asked_open(*state, DB_READ);
	assert_int_equal(days(db, &d), 16);
	assert_int_equal(ask(db, "SELECT count(*) FROM trace"), 50);
	assert_int_equal(ask(db, "SELECT count(*) FROM trace_default"), 0);
	db_close(db);
	store_close(s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    PLACE_TEST(only_create_makes_a_schema),
	    PLACE_TEST(other_schemas_are_refused_untouched),
	    PLACE_TEST(older_schemas_are_brought_up),
	    PLACE_TEST(older_traces_are_of_no_control),
	    PLACE_TEST(processes_may_race_to_create_it),
	    PLACE_TEST(a_bad_text_is_one_bad_row),
	    PLACE_TEST(a_spoiled_transaction_is_not_committed),
	    PLACE_TEST(readers_cannot_write),
	    PLACE_TEST(long_answers_are_not_held),
	    PLACE_TEST(statements_run_side_by_side),
	    PLACE_TEST(a_lost_server_is_said),
	    PLACE_TEST(days_come_and_go),
	    PLACE_TEST(days_are_made_once),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
