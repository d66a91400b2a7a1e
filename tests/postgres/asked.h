/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_TESTS_ASKED_H
#define TUMEN_TESTS_ASKED_H

#include "sql/db.h"
#include "tests/unit/store_fill.h"

#include <stdlib.h>

/* A server's database, opened, asked and changed; a failure fails the test. */

static inline struct db *
asked_open(const struct place *p, enum db_mode mode)
{
	struct fault f = {0};
	struct db *db = db_open(p->db, mode, &f);
	if (db == NULL)
		fail_msg("%s", f.text);
	return db;
}

static inline struct db_stmt *
asked_prepare(struct db *db, const char *sql)
{
	struct fault f = {0};
	struct db_stmt *st = db_prepare(db, sql, &f);
	if (st == NULL)
		fail_msg("%s", f.text);
	return st;
}

static inline int64_t
ask(struct db *db, const char *sql)
{
	struct fault f = {0};
	struct db_stmt *st = asked_prepare(db, sql);
	if (db_step(st, &f) != DB_ROW)
		fail_msg("%s: %s", sql, f.text);
	int64_t answer = db_int(st, 0);
	db_finish(st);
	return answer;
}

/* As its owner, past tumen. */
static inline void
psql(const struct place *p, const char *sql)
{
	char *command = xasprintf(
	    "psql -qAtX -o /dev/null -v ON_ERROR_STOP=1 '%s' -c \"%s\"", p->db,
	    sql);
	assert_int_equal(system(command), 0);
	free(command);
}

#endif
