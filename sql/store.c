/* SPDX-License-Identifier: ISC */
#include "probe/base/mem.h"
#include "sql/store_db.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

struct store *
store_on(struct db *db)
{
	if (db == NULL)
		return NULL;
	struct store *s = xcalloc(1, sizeof(*s));
	s->db = db;
	return s;
}

struct store *
store_open(const char *where, enum store_mode mode, struct fault *f)
{
	static const enum db_mode modes[] = {[STORE_READ] = DB_READ,
	    [STORE_WRITE] = DB_WRITE,
	    [STORE_CREATE] = DB_CREATE};
	return store_on(db_open(where, modes[mode], f));
}

void
store_close(struct store *s)
{
	if (s == NULL)
		return;
	store_rollback(s);
	for (int i = 0; i < SQL_N; i++)
		db_finish(s->stmt[i]);
	db_close(s->db);
	free(s);
}

bool
store_seal(struct store *s, struct fault *f)
{
	return db_seal(s->db, f);
}

bool
store_check(struct store *s, struct fault *f)
{
	return db_check(s->db, f);
}

bool
store_may_read(const struct store *s)
{
	return db_may_read(s->db);
}

bool
store_begin(struct store *s, struct fault *f)
{
	if (!db_begin(s->db, f))
		return false;
	s->in_transaction = true;
	s->broken = false;
	s->nstale = 0;
	return true;
}

bool
store_commit(struct store *s, struct fault *f)
{
	if (s->broken) {
		store_rollback(s);
		return fault_set(f, EX_IOERR,
		    "a write of this transaction failed; nothing of it is "
		    "stored");
	}
	if (!store_forget_stale(s, f)) {
		store_rollback(s);
		return false;
	}
	s->in_transaction = false;
	if (db_commit(s->db, f))
		return true;
	memset(s->known, 0, sizeof(s->known));
	return false;
}

void
store_rollback(struct store *s)
{
	if (!s->in_transaction)
		return;
	s->in_transaction = s->broken = false;
	memset(s->known, 0, sizeof(s->known));
	db_rollback(s->db);
}

bool
store_enter(struct store *s, bool *own, struct fault *f)
{
	if (s->broken)
		return fault_set(
		    f, EX_IOERR, "a write of this transaction failed before");
	*own = !s->in_transaction;
	return !*own || store_begin(s, f);
}

bool
store_leave(struct store *s, bool own, bool ok, struct fault *f)
{
	if (own && ok)
		return store_commit(s, f);
	if (own)
		store_rollback(s);
	else if (!ok && (f == NULL || f->status != EX_DATAERR))
		s->broken = true;
	return ok;
}

struct db_stmt *
store_stmt(
    struct store *s, enum store_sql which, const char *sql, struct fault *f)
{
	if (s->stmt[which] == NULL)
		s->stmt[which] = db_prepare(s->db, sql, f);
	else
		db_reset(s->stmt[which]);
	return s->stmt[which];
}

/* Conditions of a query, with the number of the next parameter. */
struct where {
	char *text; /* STORE_WHERE_LEN */
	int len, next;
};

static void __attribute__((format(printf, 2, 3)))
add(struct where *w, const char *fmt, ...)
{
	va_list ap;
	va_start(ap, fmt);
	w->len += vsnprintf(
	    w->text + w->len, STORE_WHERE_LEN - (size_t)w->len, fmt, ap);
	va_end(ap);
	assert(w->len < STORE_WHERE_LEN);
}

static void
add_campaign(struct where *w, const char *campaign, const char *column)
{
	if (campaign[0] == '\0')
		add(w, " AND %s IS NULL", column);
	else
		add(w, " AND %s = $%d", column, w->next++);
}

void
store_where(const struct store_filter *filter, const char *campaign_id,
    int first, char where[static STORE_WHERE_LEN])
{
	struct where w = {.text = where, .next = first + 2};
	add(&w, " AND t.started_us >= $%d AND t.started_us < $%d", first,
	    first + 1);
	if (filter->vantage != NULL)
		add(&w, " AND t.vantage_id = $%d", w.next++);
	if (filter->id != NULL)
		add(&w, " AND t.trace_id = $%d", w.next++);
	if (filter->campaign != NULL)
		add_campaign(&w, filter->campaign, campaign_id);
	if (filter->prefix != NULL)
		add(&w, " AND t.target BETWEEN $%d AND $%d", w.next,
		    w.next + 1);
	if (filter->without_controls || filter->without_verdict)
		add(&w, " AND t.control = 0");
	if (filter->without_verdict)
		add(&w, " AND NOT EXISTS (SELECT 1 FROM verdict d"
			" WHERE d.trace_id = t.trace_id)");
}

void
store_bind_where(const struct store_filter *filter, struct db_stmt *st,
    int first, struct store_bounds *keep)
{
	int64_t until = filter->until_us > 0 ? filter->until_us : INT64_MAX;
	const char *campaign = filter->campaign;
	db_bind_int(st, first++, filter->since_us);
	db_bind_int(st, first++, until);
	if (filter->vantage != NULL)
		db_bind_int(st, first++, row_text_id(filter->vantage));
	if (filter->id != NULL)
		db_bind_blob(st, first++, filter->id, UUID_LEN);
	if (campaign != NULL && campaign[0] != '\0')
		db_bind_int(st, first++, row_text_id(campaign));
	if (filter->prefix == NULL)
		return;
	const struct prefix *p = filter->prefix;
	store_addr_bytes(p->addr, keep->first);
	store_addr_bytes(p->addr | ~prefix_mask(p->len), keep->last);
	db_bind_blob(st, first++, keep->first, sizeof(keep->first));
	db_bind_blob(st, first, keep->last, sizeof(keep->last));
}
