/* SPDX-License-Identifier: ISC */
#include "sql/db.h"

#include "sql/engine.h"

#include <math.h>
#include <string.h>

struct db *
db_open(const char *where, enum db_mode mode, struct fault *f)
{
	const struct db_scheme *s = db_schemes;
	while (s->url != NULL && strncmp(where, s->url, strlen(s->url)) != 0)
		s++;
	return s->engine->open(where, mode, f);
}

void
db_close(struct db *db)
{
	if (db != NULL)
		db->engine->close(db);
}

bool
db_begin(struct db *db, struct fault *f)
{
	return db->engine->begin(db, f);
}

bool
db_commit(struct db *db, struct fault *f)
{
	return db->engine->commit(db, f);
}

void
db_rollback(struct db *db)
{
	db->engine->rollback(db);
}

bool
db_ahead(const struct db *db)
{
	return db->engine->ahead_begin != NULL;
}

bool
db_ahead_begin(struct db *db, struct fault *f)
{
	return db->engine->ahead_begin(db, f);
}

bool
db_ahead_commit(struct db *db, struct fault *f)
{
	return db->engine->ahead_commit(db, f);
}

bool
db_ahead_answer(struct db *db, int64_t *changes, size_t n, struct fault *f)
{
	return db->engine->ahead_answer(db, changes, n, f);
}

void
db_ahead_push(struct db *db)
{
	if (db_ahead(db))
		db->engine->ahead_push(db);
}

void
db_ahead_end(struct db *db)
{
	if (db_ahead(db))
		db->engine->ahead_end(db);
}

bool
db_seal(struct db *db, struct fault *f)
{
	return db->engine->seal(db, f);
}

bool
db_check(struct db *db, struct fault *f)
{
	return db->engine->check(db, f);
}

bool
db_may_read(const struct db *db)
{
	return db->engine->may_read(db);
}

bool
db_exec(struct db *db, const char *sql, struct fault *f)
{
	return db->engine->exec(db, sql, f);
}

struct db_stmt *
db_prepare(struct db *db, const char *sql, struct fault *f)
{
	return db->engine->prepare(db, sql, f);
}

void
db_finish(struct db_stmt *st)
{
	if (st != NULL)
		st->engine->finish(st);
}

void
db_bind_null(struct db_stmt *st, int i)
{
	st->engine->bind_null(st, i);
}

void
db_bind_int(struct db_stmt *st, int i, int64_t v)
{
	st->engine->bind_int(st, i, v);
}

void
db_bind_int_or_null(struct db_stmt *st, int i, int64_t v)
{
	if (v < 0)
		st->engine->bind_null(st, i);
	else
		st->engine->bind_int(st, i, v);
}

void
db_bind_real(struct db_stmt *st, int i, double v)
{
	if (isnan(v))
		st->engine->bind_null(st, i);
	else
		st->engine->bind_real(st, i, v);
}

void
db_bind_text(struct db_stmt *st, int i, const char *v)
{
	if (v == NULL)
		st->engine->bind_null(st, i);
	else
		st->engine->bind_text(st, i, v);
}

void
db_bind_blob(struct db_stmt *st, int i, const void *v, size_t len)
{
	if (v == NULL)
		st->engine->bind_null(st, i);
	else
		st->engine->bind_blob(st, i, v, len);
}

enum db_row
db_step(struct db_stmt *st, struct fault *f)
{
	return st->engine->step(st, f);
}

void
db_reset(struct db_stmt *st)
{
	st->engine->reset(st);
}

bool
db_run(struct db_stmt *st, int64_t *changes, struct fault *f)
{
	enum db_row row = DB_ROW;
	while (row == DB_ROW)
		row = db_step(st, f);
	if (row == DB_DONE && changes != NULL)
		*changes = st->engine->changes(st);
	db_reset(st);
	return row == DB_DONE;
}

int64_t
db_int(struct db_stmt *st, int i)
{
	return st->engine->get_int(st, i);
}

int64_t
db_int_or_none(struct db_stmt *st, int i)
{
	return st->engine->is_null(st, i) ? -1 : st->engine->get_int(st, i);
}

double
db_real(struct db_stmt *st, int i)
{
	return st->engine->is_null(st, i) ? NAN : st->engine->get_real(st, i);
}

const char *
db_text(struct db_stmt *st, int i)
{
	const char *s = db_text_or_null(st, i);
	return s == NULL ? "" : s;
}

const char *
db_text_or_null(struct db_stmt *st, int i)
{
	return st->engine->is_null(st, i) ? NULL : st->engine->get_text(st, i);
}

const void *
db_blob(struct db_stmt *st, int i, size_t *len)
{
	*len = 0;
	return st->engine->is_null(st, i) ? NULL
					  : st->engine->get_blob(st, i, len);
}

bool
db_octets(struct db_stmt *st, int i, void *to, size_t len)
{
	size_t there = 0;
	const void *p = db_blob(st, i, &there);
	if (p == NULL || there != len)
		return false;
	memcpy(to, p, len);
	return true;
}
