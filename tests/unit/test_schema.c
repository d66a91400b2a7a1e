/* SPDX-License-Identifier: ISC */
#include "analysis/change/kept.h"
#include "sql/store.h"

#include "sql/migrations.h"
#include "tests/unit/sample_health.h"
#include "tests/unit/sample_imports.h"
#include "tests/unit/sample_route.h"
#include "tests/unit/sqlite_plain.h"
#include "tests/unit/store_place.h"
#include "tests/unit/store_sample.h"

#include <dirent.h>
#include <fcntl.h>
#include <setjmp.h>
#include <sqlite3.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <sysexits.h>

#include <cmocka.h>

static const char golden[] = "tests/golden/schema_sqlite.sql";
static const char readme[] = "sql/README.md";

static void
create(const struct place *p)
{
	struct fault f = {0};
	struct store *s = store_open(p->db, STORE_CREATE, &f);
	if (s == NULL)
		fail_msg("%s", f.text);
	store_close(s);
}

static int
append_row(void *arg, int n, char **values, char **names)
{
	(void)n, (void)names;
	fprintf(arg, "%s;\n\n", values[0]);
	return 0;
}

/* TUMEN_GOLDEN=1 writes the copy anew. */
static void
schema_is_the_golden_one(void **state)
{
	const struct place *p = *state;
	char *text = NULL;
	size_t len = 0, golden_len = 0;
	sqlite3 *h = NULL;
	create(p);
	FILE *out = open_memstream(&text, &len);
	assert_int_equal(sqlite3_open(p->db, &h), SQLITE_OK);
	sqlite3_exec(h,
	    "SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL ORDER BY "
	    "type, name",
	    append_row, out, NULL);
	sqlite3_close(h);
	fclose(out);
	if (getenv("TUMEN_GOLDEN") != NULL) {
		FILE *f = fopen(golden, "w");
		assert_non_null(f);
		fputs(text, f);
		fclose(f);
	}
	char *expected = sample_read(golden, &golden_len);
	assert_non_null(expected);
	assert_string_equal(text, expected);
	free(expected);
	free(text);
}

static void
a_new_file_says_what_it_is(void **state)
{
	const struct place *p = *state;
	size_t len = 0;
	create(p);
	char *bytes = sample_read(p->db, &len);
	assert_memory_equal(bytes, "SQLite format 3", 16);
	assert_memory_equal(bytes + 68, "TUMN", 4);
	assert_int_equal(bytes[18], 2); /* WAL */
	free(bytes);
}

/* How many entries the folder has, so that no side file goes unseen. */
static size_t
entries(const char *dir)
{
	size_t n = 0;
	DIR *d = opendir(dir);
	while (readdir(d) != NULL)
		n++;
	closedir(d);
	return n;
}

static int
try_open(const char *where, enum store_mode mode, struct fault *f)
{
	*f = (struct fault){0};
	struct store *s = store_open(where, mode, f);
	store_close(s);
	return s != NULL ? 0 : f->status;
}

/* Refused in every mode, with a text, and not an octet different. */
static void
refused_untouched(const struct place *p, const char *text)
{
	size_t len = 0, len_after = 0;
	struct fault f;
	char *before = sample_read(p->db, &len);
	size_t n = entries(p->dir);
	for (int mode = STORE_READ; mode <= STORE_CREATE; mode++) {
		int status = try_open(p->db, (enum store_mode)mode, &f);
		assert_int_equal(status, EX_DATAERR);
		assert_non_null(strstr(f.text, text));
		assert_non_null(strstr(f.text, p->db));
	}
	char *after = sample_read(p->db, &len_after);
	assert_int_equal(len, len_after);
	assert_memory_equal(before, after, len);
	assert_int_equal(n, entries(p->dir));
	free(before);
	free(after);
}

static void
a_text_file_is_refused(void **state)
{
	const struct place *p = *state;
	FILE *f = fopen(p->db, "w");
	for (int i = 0; i < 500; i++)
		fputs("prices of the year\n", f);
	fclose(f);
	refused_untouched(p, "not even SQLite");
}

static void
a_short_file_is_refused(void **state)
{
	const struct place *p = *state;
	FILE *f = fopen(p->db, "w");
	fputs("x", f);
	fclose(f);
	refused_untouched(p, "not even SQLite");
}

static void
a_database_of_others_is_refused(void **state)
{
	const struct place *p = *state;
	sqlite_plain(p->db, "CREATE TABLE bookmark (url TEXT)");
	refused_untouched(p, "another program");
	sqlite_plain(p->db, "PRAGMA application_id = 252006674");
	refused_untouched(p, "252006674");
}

static void
a_database_of_others_with_a_log_is_refused(void **state)
{
	const struct place *p = *state;
	sqlite3 *h = NULL;
	sqlite_plain(p->db, "PRAGMA journal_mode = WAL; CREATE TABLE t (x)");
	assert_int_equal(sqlite3_open(p->db, &h), SQLITE_OK);
	sqlite3_exec(h, "INSERT INTO t VALUES (1)", NULL, NULL, NULL);
	refused_untouched(p, "another program");
	sqlite3_close(h);
}

static void
a_newer_schema_is_refused(void **state)
{
	const struct place *p = *state;
	create(p);
	sqlite_plain(p->db, "PRAGMA user_version = 99");
	struct fault f;
	for (int mode = STORE_READ; mode <= STORE_CREATE; mode++) {
		int status = try_open(p->db, (enum store_mode)mode, &f);
		assert_int_equal(status, EX_DATAERR);
		assert_non_null(strstr(f.text, "99"));
		assert_non_null(strstr(f.text, "newer tumen"));
	}
}

static void
an_empty_file_becomes_a_database_only_by_create(void **state)
{
	const struct place *p = *state;
	struct fault f;
	fclose(fopen(p->db, "w"));
	assert_int_equal(try_open(p->db, STORE_READ, &f), EX_DATAERR);
	assert_int_equal(try_open(p->db, STORE_WRITE, &f), EX_DATAERR);
	assert_int_equal(try_open(p->db, STORE_CREATE, &f), 0);
	assert_int_equal(try_open(p->db, STORE_READ, &f), 0);
}

static void
what_is_missing_is_said(void **state)
{
	const struct place *p = *state;
	struct fault f;
	assert_int_equal(try_open(p->db, STORE_READ, &f), EX_UNAVAILABLE);
	assert_int_equal(try_open(p->db, STORE_WRITE, &f), EX_UNAVAILABLE);
	assert_non_null(strstr(f.text, "no such database"));
	assert_int_not_equal(access(p->db, F_OK), 0);
	char *deep = xasprintf("%s/none/t.db", p->dir);
	assert_int_equal(try_open(deep, STORE_CREATE, &f), EX_UNAVAILABLE);
	assert_non_null(strstr(f.text, "folder"));
	free(deep);
	assert_int_equal(try_open(p->dir, STORE_READ, &f), EX_DATAERR);
	assert_non_null(strstr(f.text, "a folder"));
	assert_int_equal(try_open("/dev/null", STORE_READ, &f), EX_DATAERR);
	assert_int_equal(try_open("", STORE_READ, &f), EX_USAGE);
}

/* As a user who owns nothing; root may do everything. */
static int
as_nobody(const struct place *p, enum store_mode mode, const char *text)
{
	pid_t pid = fork();
	if (pid == 0) {
		struct fault f;
		if (getuid() == 0 && setuid(65534) != 0)
			_exit(1);
		int status = try_open(p->db, mode, &f);
		if (status != 0 && strstr(f.text, text) == NULL) {
			fprintf(stderr, "%s\n", f.text);
			_exit(2);
		}
		_exit(status);
	}
	return sample_wait(pid);
}

static void
what_is_not_allowed_is_said(void **state)
{
	const struct place *p = *state;
	create(p);
	/* The file but not the folder. */
	chmod(p->dir, 0555);
	chmod(p->db, 0666);
	assert_int_equal(
	    as_nobody(p, STORE_WRITE, "not writable by this user"), EX_NOPERM);
	assert_int_equal(as_nobody(p, STORE_CREATE, p->dir), EX_NOPERM);
	assert_int_equal(as_nobody(p, STORE_READ, "folder"), EX_NOPERM);
	/* The folder but not the file. */
	chmod(p->dir, 0777);
	chmod(p->db, 0444);
	assert_int_equal(as_nobody(p, STORE_WRITE, "not writable"), EX_NOPERM);
	assert_int_equal(as_nobody(p, STORE_READ, ""), 0);
	chmod(p->db, 0);
	assert_int_equal(as_nobody(p, STORE_READ, "not readable"), EX_NOPERM);
	chmod(p->dir, 0700);
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
		if (read(gate[0], &go, 1) < 0) /* until all are there */
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
	sqlite_plain(p->db, "CREATE TEMP TABLE t (n INTEGER CHECK (n = 8)); "
			    "INSERT INTO t SELECT count(*) FROM trace");
}

static void
migrations_are_numbered_in_order(void **state)
{
	(void)state;
	for (size_t i = 0; i < sqlite_migrations_n; i++)
		assert_int_equal(sqlite_migrations[i].version, i + 1);
	for (size_t i = 0; i < postgres_migrations_n; i++)
		assert_int_equal(postgres_migrations[i].version, i + 1);
}

static void
fill_routes(struct store *s)
{
	struct fault f = {0};
	const struct prefix prefix = {0xaf2db000, 24};
	struct store_route r = sample_route(&prefix, SAMPLE_ROUTE_US);
	struct store_route_source source = {.collector = "rrc00",
	    .name = "updates.gz",
	    .kind = "updates",
	    .prefixes = "175.45.176.0/22",
	    .messages = 1};
	assert_true(store_add_routes(s, &r, 1, NULL, &f));
	assert_true(store_add_route_source(s, &source, &f));
}

static void
fill_for_examples(const struct place *p)
{
	struct fault f = {0};
	struct store *s = store_open(p->db, STORE_CREATE, &f);
	assert_non_null(s);
	struct store_run run = {.vantage = "sel",
	    .campaign = "hourly",
	    .finished_us = -1,
	    .state = "skipped"};
	assert_true(store_add_run(s, &run, &f));
	/* Those of the traces, so that what they say is kept. */
	run.epoch = 77;
	assert_true(store_add_run(s, &run, &f));
	run.slot = 1;
	assert_true(store_add_run(s, &run, &f));
	struct store_health h = sample_health("sel", 77, 1);
	assert_true(store_add_health(s, &h, &f));
	for (uint64_t seq = 1; seq <= 5; seq++) {
		struct record r = sample_record("sel", 77, seq);
		struct store_verdict v = {.target = 0xaf2db147,
		    .prefix = r.prefix,
		    .method = METHOD_UDP,
		    .start_us = r.start_us,
		    .reach = "up",
		    .entry_as = 134544,
		    .carrier = seq < 3 ? "ttk" : "unicom",
		    .evidence = "adjacent-seen",
		    .vantage = "sel",
		    .p = 0.9,
		    .json = "{}",
		    .basis = "0123456789abcdef",
		    .basis_json = "{}"};
		record_id(&r, v.trace);
		r.source = (struct record_source){"mtr", xstrdup("{}"), 2};
		assert_true(store_add(s, &r, NULL, &f));
		assert_true(store_put_verdicts(s, &v, 1, &f));
		record_clear(&r);
	}
	assert_true(kept_renew(s, 0, NULL, &f));
	fill_routes(s);
	fill_imports(s);
	fill_rivals(s);
	store_close(s);
	sqlite_plain(p->db,
	    "INSERT INTO segment SELECT vantage_id, 77, 1, x'', 5, "
	    "0, NULL, NULL FROM vantage");
	sqlite_plain(p->db,
	    "INSERT INTO segment SELECT vantage_id, 77, 1, zeroblob(32), 5, "
	    "0, NULL, NULL FROM vantage");
}

static int
count_row(void *arg, int n, char **values, char **names)
{
	size_t *rows = arg;
	(void)n, (void)values, (void)names;
	++*rows;
	return 0;
}

/* Every example of the README runs and answers something. */
static void
examples_run(void **state)
{
	const struct place *p = *state;
	size_t len = 0, examples = 0;
	sqlite3 *h = NULL;
	fill_for_examples(p);
	char *text = sample_read(readme, &len), *at = text, *error = NULL;
	assert_non_null(text);
	assert_int_equal(sqlite3_open(p->db, &h), SQLITE_OK);
	while ((at = strstr(at, "```sql\n")) != NULL) {
		char *sql = at + 7, *end = strstr(sql, "```");
		size_t rows = 0;
		assert_non_null(end);
		*end = '\0';
		sqlite3_exec(h, sql, count_row, &rows, &error);
		if (error != NULL || rows == 0)
			fail_msg("%s: %s", sql, error ? error : "no rows");
		examples++;
		at = end + 1;
	}
	assert_true(examples >= 10);
	sqlite3_close(h);
	free(text);
}

struct dictionary {
	const char *text;
	size_t missing, columns;
};

static int
look_up(void *arg, int n, char **values, char **names)
{
	struct dictionary *d = arg;
	(void)n, (void)names;
	char *column = xasprintf("`%s`", values[1]);
	d->columns++;
	if (strstr(d->text, column) == NULL) {
		print_message("%s.%s\n", values[0], values[1]);
		d->missing++;
	}
	free(column);
	return 0;
}

static void
every_column_is_explained(void **state)
{
	const struct place *p = *state;
	size_t len = 0;
	sqlite3 *h = NULL;
	create(p);
	struct dictionary d = {.text = sample_read(readme, &len)};
	assert_non_null(d.text);
	assert_int_equal(sqlite3_open(p->db, &h), SQLITE_OK);
	sqlite3_exec(h,
	    "SELECT s.name, c.name FROM sqlite_schema s "
	    "JOIN pragma_table_info(s.name) c WHERE s.type = 'table'",
	    look_up, &d, NULL);
	assert_true(d.columns > 60);
	assert_int_equal(d.missing, 0);
	sqlite3_close(h);
	char *text = NULL;
	memcpy(&text, &d.text, sizeof(text));
	free(text);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    PLACE_TEST(schema_is_the_golden_one),
	    PLACE_TEST(a_new_file_says_what_it_is),
	    PLACE_TEST(a_text_file_is_refused),
	    PLACE_TEST(a_short_file_is_refused),
	    PLACE_TEST(a_database_of_others_is_refused),
	    PLACE_TEST(a_database_of_others_with_a_log_is_refused),
	    PLACE_TEST(a_newer_schema_is_refused),
	    PLACE_TEST(an_empty_file_becomes_a_database_only_by_create),
	    PLACE_TEST(what_is_missing_is_said),
	    PLACE_TEST(what_is_not_allowed_is_said),
	    PLACE_TEST(processes_may_race_to_create_it),
	    PLACE_TEST(migrations_are_numbered_in_order),
	    PLACE_TEST(examples_run),
	    PLACE_TEST(every_column_is_explained),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
