/* SPDX-License-Identifier: ISC */
#include "sql/bulk.h"

#include "tests/unit/store_place.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <sysexits.h>

#include <cmocka.h>

/* Runs of one vantage: each kind of column but blobs and reals. */
enum { ROWS = 1000 };

struct runs {
	int64_t vantage[ROWS], campaign[ROWS], slot[ROWS], epoch[ROWS],
	    planned[ROWS], zero[ROWS];
	const char *state[ROWS], *reason[ROWS];
	struct bulk_column columns[11];
	struct bulk bulk;
};

static struct runs *
runs_make(int64_t first)
{
	struct runs *r = xcalloc(1, sizeof(*r));
	for (int i = 0; i < ROWS; i++) {
		r->vantage[i] = 7;
		r->campaign[i] = 2147483647;
		r->slot[i] = first + i;
		r->epoch[i] = (INT64_C(1) << 53) - 1;
		r->planned[i] = i % 2 ? i : BULK_NULL;
		r->state[i] =
		    i % 3 ? "done" : "\xe5\xb9\xb3\xe5\xa3\xa4 '\\\"{,}";
		r->reason[i] = i % 5 ? NULL : "";
	}
	const struct bulk_column columns[] = {
	    {"vantage_id", BULK_INT, .ints = r->vantage},
	    {"campaign_id", BULK_INT, .ints = r->campaign},
	    {"slot", BULK_INT, .ints = r->slot},
	    {"epoch", BULK_INT, .ints = r->epoch},
	    {"planned_us", BULK_INT, .ints = r->planned},
	    {"state", BULK_TEXT, .texts = r->state},
	    {"reason", BULK_TEXT, .texts = r->reason},
	    {"traces_n", BULK_INT, .ints = r->zero},
	    {"sent_n", BULK_INT, .ints = r->zero},
	    {"received_n", BULK_INT, .ints = r->zero},
	    {"drops_n", BULK_INT, .ints = r->zero}};
	memcpy(r->columns, columns, sizeof(columns));
	r->bulk = (struct bulk){
	    .table = "run", .columns = r->columns, .ncolumns = 11, .n = ROWS};
	return r;
}

static struct db *
open_db(const struct place *p)
{
	struct fault f = {0};
	struct db *db = db_open(p->db, DB_CREATE, &f);
	if (db == NULL)
		fail_msg("%s", f.text);
	return db;
}

static int64_t
insert(struct db *db, const struct bulk *b)
{
	struct fault f = {0};
	int64_t changes = -1;
	if (!db_begin(db, &f) || !bulk_insert(db, b, &changes, &f) ||
	    !db_commit(db, &f))
		fail_msg("%s", f.text);
	return changes;
}

static struct db_stmt *
query(struct db *db, const char *sql)
{
	struct fault f = {0};
	struct db_stmt *st = db_prepare(db, sql, &f);
	if (st == NULL)
		fail_msg("%s", f.text);
	return st;
}

static void
every_value_arrives(void **state)
{
	struct fault f = {0};
	struct db *db = open_db(*state);
	struct runs *r = runs_make(0);
	assert_int_equal(insert(db, &r->bulk), ROWS);
	struct db_stmt *st = query(db,
	    "SELECT slot, campaign_id, epoch, planned_us, state, reason "
	    "FROM run ORDER BY slot");
	for (int i = 0; i < ROWS; i++) {
		assert_int_equal(db_step(st, &f), DB_ROW);
		assert_int_equal(db_int(st, 0), i);
		assert_int_equal(db_int(st, 1), 2147483647);
		assert_true(db_int(st, 2) == r->epoch[i]);
		assert_int_equal(db_int_or_none(st, 3), i % 2 ? i : -1);
		assert_string_equal(db_text(st, 4), r->state[i]);
		assert_int_equal(db_text_or_null(st, 5) == NULL, i % 5 != 0);
	}
	assert_int_equal(db_step(st, &f), DB_DONE);
	db_finish(st);
	db_close(db);
	free(r);
}

static void
what_is_there_is_passed_over(void **state)
{
	struct db *db = open_db(*state);
	struct runs *r = runs_make(0), *more = runs_make(400);
	assert_int_equal(insert(db, &r->bulk), ROWS);
	assert_int_equal(insert(db, &r->bulk), 0);
	assert_int_equal(insert(db, &more->bulk), 400);
	more->bulk.n = 0;
	assert_int_equal(insert(db, &more->bulk), 0);
	more->bulk.n = 1;
	more->slot[0] = 1400;
	assert_int_equal(insert(db, &more->bulk), 1);
	db_close(db);
	free(more);
	free(r);
}

static void
octets_and_reals_arrive(void **state)
{
	struct fault f = {0};
	struct db *db = open_db(*state);
	uint8_t all[256], id[3][16] = {{1}, {2}, {3}};
	const int64_t one[] = {1, 2, 3}, hops[] = {0, 5, 255};
	const double p[] = {0.1, NAN, 1.0};
	const char *const text[] = {"a", "b", "c"};
	for (int i = 0; i < 256; i++)
		all[i] = (uint8_t)i;
	const struct bulk_bytes ids[] = {{id[0], 16}, {id[1], 16}, {id[2], 16}},
				bytes[] = {{all, 256}, {"", 0}, {all, 1}},
				target[] = {{all, 4}, {all, 4}, {all, 4}};
	const struct bulk_column paths[] = {
	    {"path_id", BULK_BLOB, .bytes = ids},
	    {"hops_n", BULK_INT, .ints = hops},
	    {"hops", BULK_BLOB, .bytes = bytes}};
	const struct bulk_column verdicts[] = {
	    {"trace_id", BULK_BLOB, .bytes = ids}, {"p", BULK_REAL, .reals = p},
	    {"target", BULK_BLOB, .bytes = target},
	    {"prefix_id", BULK_INT, .ints = one},
	    {"vantage_id", BULK_INT, .ints = one},
	    {"started_us", BULK_INT, .ints = one},
	    {"decided_us", BULK_INT, .ints = one},
	    {"method", BULK_INT, .ints = one}, {"flow", BULK_INT, .ints = one},
	    {"reached", BULK_INT, .ints = (int64_t[]){0, 1, 0}},
	    {"silent_hops_n", BULK_INT, .ints = one},
	    {"reach", BULK_TEXT, .texts = text},
	    {"carrier", BULK_TEXT, .texts = text},
	    {"evidence", BULK_TEXT, .texts = text},
	    {"json", BULK_TEXT, .texts = text}};
	const struct bulk path = {
	    .table = "path", .columns = paths, .ncolumns = 3, .n = 3};
	const struct bulk verdict = {
	    .table = "verdict", .columns = verdicts, .ncolumns = 15, .n = 3};
	assert_int_equal(insert(db, &path), 3);
	assert_int_equal(insert(db, &verdict), 3);
	struct db_stmt *st = query(db,
	    "SELECT h.hops_n, h.hops, d.p FROM path h "
	    "JOIN verdict d ON d.trace_id = h.path_id ORDER BY h.path_id");
	for (int i = 0; i < 3; i++) {
		size_t len = 0;
		assert_int_equal(db_step(st, &f), DB_ROW);
		assert_int_equal(db_int(st, 0), hops[i]);
		const void *got = db_blob(st, 1, &len);
		assert_int_equal(len, bytes[i].len);
		assert_memory_equal(got, bytes[i].p, len);
		double real = db_real(st, 2);
		assert_true(isnan(p[i]) ? isnan(real) : real == p[i]);
	}
	db_finish(st);
	db_close(db);
}

/* All or nothing, whatever else was in the transaction. */
static void
a_bad_row_spoils_all(void **state)
{
	struct fault f = {0};
	int64_t changes = 0;
	struct db *db = open_db(*state);
	struct runs *r = runs_make(0);
	r->slot[ROWS - 1] = -1; /* against a CHECK */
	assert_true(db_begin(db, &f));
	assert_false(bulk_insert(db, &r->bulk, &changes, &f));
	assert_int_equal(f.status, EX_DATAERR);
	db_rollback(db);
	struct db_stmt *st = query(db, "SELECT count(*) FROM run");
	assert_int_equal(db_step(st, &f), DB_ROW);
	assert_int_equal(db_int(st, 0), 0);
	db_finish(st);
	r->slot[ROWS - 1] = 1000;
	assert_int_equal(insert(db, &r->bulk), ROWS);
	r->bulk.ncolumns = 0;
	assert_false(bulk_insert(db, &r->bulk, &changes, &f));
	db_close(db);
	free(r);
}

/* Where nothing should be there yet, what is there is an error. */
static void
only_new_rows_where_so_wanted(void **state)
{
	struct fault f = {0};
	int64_t changes = 0;
	struct db *db = open_db(*state);
	struct runs *r = runs_make(0), *more = runs_make(999);
	r->bulk.only_new = more->bulk.only_new = true;
	assert_int_equal(insert(db, &r->bulk), ROWS);
	assert_true(db_begin(db, &f));
	assert_false(bulk_insert(db, &more->bulk, &changes, &f));
	assert_int_equal(f.status, EX_DATAERR);
	db_rollback(db);
	more->bulk.only_new = false;
	assert_int_equal(insert(db, &more->bulk), ROWS - 1);
	db_close(db);
	free(more);
	free(r);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    PLACE_TEST(every_value_arrives),
	    PLACE_TEST(what_is_there_is_passed_over),
	    PLACE_TEST(octets_and_reals_arrive),
	    PLACE_TEST(a_bad_row_spoils_all),
	    PLACE_TEST(only_new_rows_where_so_wanted),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
