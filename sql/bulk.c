/* SPDX-License-Identifier: ISC */
#include "sql/bulk.h"

#include "probe/base/mem.h"
#include "probe/base/wr.h"
#include "sql/engine.h"

#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

bool
bulk_insert(
    struct db *db, const struct bulk *b, int64_t *changes, struct fault *f)
{
	*changes = 0;
	if (b->ncolumns < 1 || b->ncolumns > BULK_COLUMNS_MAX)
		return fault_set(f, EX_SOFTWARE, "%s: %zu columns, not 1..%d",
		    b->table, b->ncolumns, BULK_COLUMNS_MAX);
	return b->n == 0 || db->engine->insert_many(db, b, changes, f);
}

static void
add(struct wr *w, const char *text)
{
	wr_bytes(w, text, strlen(text));
}

void
bulk_into(struct wr *w, const struct bulk *b)
{
	add(w, "INSERT INTO ");
	add(w, b->table);
	for (size_t i = 0; i < b->ncolumns; i++) {
		add(w, i == 0 ? " (" : ", ");
		add(w, b->columns[i].name);
	}
	add(w, ")");
}

void
bulk_end(struct wr *w, const struct bulk *b)
{
	if (!b->only_new)
		add(w, " ON CONFLICT DO NOTHING");
	wr_u8(w, '\0');
}

static char *
insert_text(const struct bulk *b)
{
	struct wr w = {0};
	bulk_into(&w, b);
	for (size_t i = 0; i < b->ncolumns; i++) {
		char *one =
		    xasprintf("%s$%zu", i == 0 ? " VALUES (" : ", ", i + 1);
		add(&w, one);
		free(one);
	}
	add(&w, ")");
	bulk_end(&w, b);
	return (char *)w.p;
}

static void
bind(struct db_stmt *st, int at, const struct bulk_column *c, size_t row)
{
	switch (c->type) {
	case BULK_INT:
		if (c->ints[row] == BULK_NULL)
			db_bind_null(st, at);
		else
			db_bind_int(st, at, c->ints[row]);
		return;
	case BULK_REAL:
		db_bind_real(st, at, c->reals[row]);
		return;
	case BULK_TEXT:
		db_bind_text(st, at, c->texts[row]);
		return;
	case BULK_BLOB:
		db_bind_blob(st, at, c->bytes[row].p, c->bytes[row].len);
		return;
	}
}

bool
bulk_insert_rows(
    struct db *db, const struct bulk *b, int64_t *changes, struct fault *f)
{
	char *sql = insert_text(b);
	struct db_stmt *st = db_prepare(db, sql, f);
	bool ok = st != NULL;
	for (size_t row = 0; ok && row < b->n; row++) {
		int64_t one = 0;
		for (size_t i = 0; i < b->ncolumns; i++)
			bind(st, (int)i + 1, &b->columns[i], row);
		ok = db_run(st, &one, f);
		*changes += one;
	}
	db_finish(st);
	free(sql);
	return ok;
}
