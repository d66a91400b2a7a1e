/* SPDX-License-Identifier: ISC */
#include "probe/base/record_pack.h"
#include "sql/bulk.h"
#include "sql/load.h"
#include "sql/postgres_conn.h"
#include "sql/store_db.h"
#include "tests/postgres/asked.h"

#include <signal.h>
#include <string.h>
#include <sysexits.h>

/* Transactions that are sent before others are answered (db.h). */

static struct db *
open_db(const struct place *p)
{
	struct db *db = asked_open(p, DB_CREATE);
	assert_true(db_ahead(db));
	return db;
}

/* A transaction with vantages first..first+n-1, and as many campaigns. */
static bool
send(struct db *db, int64_t first, const char *name, struct fault *f)
{
	char other[32];
	snprintf(other, sizeof(other), "%s.", name);
	int64_t ids[2] = {first, first + 1}, unused;
	const char *names[2] = {name, other};
	struct bulk_column columns[] = {
	    {.name = "vantage_id", .type = BULK_INT, .ints = ids},
	    {.name = "name", .type = BULK_TEXT, .texts = names}};
	struct bulk b = {
	    .table = "vantage", .columns = columns, .ncolumns = 2, .n = 2};
	if (!db_ahead_begin(db, f) || !bulk_insert(db, &b, &unused, f))
		return false;
	b.table = "campaign";
	b.n = 1;
	columns[0].name = "campaign_id";
	return bulk_insert(db, &b, &unused, f) && db_ahead_commit(db, f);
}

static void
answers_come_in_order(void **state)
{
	struct fault f = {0};
	struct db *db = open_db(*state);
	int64_t n[3] = {-1, -1, -1};
	assert_true(send(db, 1, "a", &f));
	assert_true(send(db, 2, "b", &f)); /* 2 is there: one is new */
	assert_true(send(db, 1, "a", &f));
	assert_true(db_ahead_answer(db, n, 3, &f));
	assert_true(n[0] == 2 && n[1] == 1 && n[2] == -1);
	assert_true(db_ahead_answer(db, n, 1, &f));
	assert_true(n[0] == 1 && n[1] == 1);
	assert_true(db_ahead_answer(db, n, 2, &f));
	assert_true(n[0] == 0 && n[1] == 0);
	assert_int_equal(ask(db, "SELECT count(*) FROM vantage"), 3);
	assert_true(send(db, 9, "z", &f)); /* and ahead once more */
	db_ahead_end(db);
	assert_int_equal(ask(db, "SELECT count(*) FROM vantage"), 5);
	db_close(db);
}

/* The statement's own text; what was sent behind it is not done. */
static void
what_follows_a_failure_is_not_done(void **state)
{
	struct fault f = {0};
	struct db *db = open_db(*state);
	int64_t n[2];
	for (int again = 0; again < 20; again++) {
		assert_true(send(db, 1, "a", &f));
		assert_true(send(db, -5, "b", &f)); /* against a CHECK */
		assert_true(send(db, 7, "c", &f));
		assert_true(db_ahead_answer(db, n, 2, &f));
		assert_false(db_ahead_answer(db, n, 2, &f));
		assert_int_equal(f.status, EX_DATAERR);
		assert_non_null(strstr(f.text, "vantage_vantage_id_check"));
		assert_non_null(strstr(f.text, "23514"));
		assert_int_equal(ask(db, "SELECT count(*) FROM vantage"), 2);
	}
	assert_true(db_begin(db, &f) && db_commit(db, &f));
	assert_true(send(db, 7, "c", &f));
	assert_true(db_ahead_answer(db, n, 2, &f));
	assert_true(n[0] == 2 && n[1] == 1);
	assert_true(
	    ask(db, "SELECT count(*) FROM pg_prepared_statements") < 20);
	db_close(db);
}

static void
a_text_that_cannot_be_sent_is_said(void **state)
{
	struct fault f = {0};
	struct db *db = open_db(*state);
	int64_t n[2];
	assert_true(send(db, 1, "a", &f));
	assert_false(send(db, 3, "\xff", &f));
	assert_int_equal(f.status, EX_DATAERR);
	assert_non_null(strstr(f.text, "vantage.name, row 1"));
	assert_true(db_ahead_answer(db, n, 2, &f));
	db_ahead_end(db);
	assert_int_equal(ask(db, "SELECT count(*) FROM vantage"), 2);
	db_close(db);
}

/* Its kernel goes on acknowledging: nothing but time tells. */
static void
a_server_that_falls_silent_is_given_up(void **state)
{
	struct fault f = {0};
	struct place *p = *state;
	struct db *db = open_db(p);
	int64_t n[2];
	assert_true(send(db, 1, "a", &f));
	assert_true(db_ahead_answer(db, n, 2, &f));
	int pid = (int)ask(db, "SELECT pg_backend_pid()");
	postgres_of(db)->patience_ms = 300;
	assert_int_equal(kill(pid, SIGSTOP), 0);
	bool sent = send(db, 3, "b", &f) && send(db, 5, "c", &f);
	bool answered = sent && db_ahead_answer(db, n, 2, &f);
	assert_int_equal(kill(pid, SIGCONT), 0);
	assert_true(sent && !answered);
	assert_int_equal(f.status, EX_UNAVAILABLE);
	assert_non_null(strstr(f.text, "has not answered"));
	assert_false(db_begin(db, &f));
	db_close(db);
}

static void
a_lost_server_is_said(void **state)
{
	struct fault f = {0};
	struct place *p = *state;
	struct db *db = open_db(p);
	int64_t n[2];
	assert_true(send(db, 1, "a", &f));
	assert_true(db_ahead_answer(db, n, 2, &f));
	psql(p, "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE "
		"application_name = 'tumen' AND datname = current_database()");
	if (send(db, 3, "b", &f) && send(db, 5, "c", &f))
		assert_false(db_ahead_answer(db, n, 2, &f));
	assert_int_equal(f.status, EX_UNAVAILABLE);
	assert_false(db_begin(db, &f));
	assert_int_equal(f.status, EX_UNAVAILABLE);
	db_close(db);
	db = open_db(p);
	assert_int_equal(ask(db, "SELECT count(*) FROM vantage"), 2);
	db_close(db);
}

static void
refused(void *arg, const struct load_item *item, const struct fault *f)
{
	(void)arg;
	(void)item;
	fail_msg("%s", f->text);
}

static bool
load_one(struct load *l, struct load_part *part, uint64_t seq, struct fault *f)
{
	struct record r = sample_record("sel", 77, 8);
	struct row row;
	r.seq = seq; /* the same path each time */
	assert_true(row_of_record(&row, &r, f));
	uint8_t *rec = row.rec;
	size_t len = row.rec_len;
	/* A row that owns its probes, as those that were read do. */
	struct row own = row;
	own.r.probes = NULL;
	own.r.nprobes = 0;
	assert_true(record_unpack(rec, len, &own.r));
	record_clear(&r);
	load_row(l, &own);
	return load_send(l, part, f) && load_wait_for(l, part, f);
}

/* Its hops went with it, and a trace must not be without. */
static void
a_path_that_retention_dropped_is_noticed(void **state)
{
	struct fault f = {0};
	struct place *p = *state;
	struct store *s = opened(p, STORE_CREATE);
	struct load *l = load_open(s);
	struct load_part part = {.refused = refused};
	assert_true(load_one(l, &part, 1, &f));
	assert_true(load_one(l, &part, 2, &f));
	psql(p, "DELETE FROM trace; DELETE FROM path_hop; DELETE FROM path");
	assert_false(load_one(l, &part, 3, &f));
	assert_int_equal(f.status, EX_UNAVAILABLE);
	assert_non_null(strstr(f.text, "paths were dropped"));
	load_free(l);
	l = load_open(s);
	part.open = 0;
	assert_true(load_one(l, &part, 3, &f));
	assert_int_equal(part.present, 1);
	load_free(l);
	assert_int_equal(
	    ask(s->db, "SELECT count(*) FROM path p WHERE hops_n <> (SELECT "
		       "count(*) FROM path_hop h WHERE h.path_id = p.path_id)"),
	    0);
	store_close(s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    PLACE_TEST(answers_come_in_order),
	    PLACE_TEST(what_follows_a_failure_is_not_done),
	    PLACE_TEST(a_text_that_cannot_be_sent_is_said),
	    PLACE_TEST(a_server_that_falls_silent_is_given_up),
	    PLACE_TEST(a_lost_server_is_said),
	    PLACE_TEST(a_path_that_retention_dropped_is_noticed),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
