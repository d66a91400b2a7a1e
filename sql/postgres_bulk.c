/* SPDX-License-Identifier: ISC */
#include "probe/base/wr.h"
#include "sql/bulk.h"
#include "sql/postgres_conn.h"
#include "sql/postgres_value.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>

/* How each type is called in an array, and the OID of its elements. */
static const struct {
	const char *array;
	uint32_t element;
} types[] = {[BULK_INT] = {"bigint[]", POSTGRES_INT8},
    [BULK_REAL] = {"double precision[]", POSTGRES_FLOAT8},
    [BULK_TEXT] = {"text[]", POSTGRES_TEXT},
    [BULK_BLOB] = {"bytea[]", POSTGRES_BYTEA}};

static void
bytes(struct wr *w, const void *p, size_t len)
{
	wr_u32(w, p == NULL ? UINT32_MAX : (uint32_t)len); /* -1: NULL */
	if (p != NULL)
		wr_bytes(w, p, len);
}

static void
eight(struct wr *w, bool null, uint64_t bits)
{
	wr_u32(w, null ? UINT32_MAX : 8);
	if (!null)
		wr_u64(w, bits);
}

static void
element(struct wr *w, const struct bulk_column *c, size_t row)
{
	uint64_t bits = 0;
	switch (c->type) {
	case BULK_INT:
		eight(w, c->ints[row] == BULK_NULL, (uint64_t)c->ints[row]);
		return;
	case BULK_REAL:
		memcpy(&bits, &c->reals[row], sizeof(bits));
		eight(w, isnan(c->reals[row]), bits);
		return;
	case BULK_TEXT:
		bytes(w, c->texts[row],
		    c->texts[row] == NULL ? 0 : strlen(c->texts[row]));
		return;
	case BULK_BLOB:
		bytes(w, c->bytes[row].p, c->bytes[row].len);
		return;
	}
}

/* array_recv(): dimensions, whether it has NULLs, type; n, lower bound. */
static void
array(struct wr *w, const struct bulk_column *c, size_t n)
{
	wr_u32(w, 1);
	wr_u32(w, 1);
	wr_u32(w, types[c->type].element);
	wr_u32(w, (uint32_t)n);
	wr_u32(w, 1);
	for (size_t row = 0; row < n; row++)
		element(w, c, row);
}

/* The same text for any number of rows: it is prepared once. */
static struct db_stmt *
prepare(struct db *db, const struct bulk *b, struct fault *f)
{
	struct wr w = {0};
	bulk_into(&w, b);
	for (size_t i = 0; i < b->ncolumns; i++) {
		char one[64];
		snprintf(one, sizeof(one), "%s$%zu::%s",
		    i == 0 ? " SELECT * FROM unnest(" : ", ", i + 1,
		    types[b->columns[i].type].array);
		wr_bytes(&w, one, strlen(one));
	}
	wr_u8(&w, ')');
	bulk_end(&w, b);
	struct db_stmt *st = db_prepare(db, (const char *)w.p, f);
	wr_free(&w);
	return st;
}

/* The server would end the transaction over it. */
static bool
texts_ok(const struct bulk *b, struct fault *f)
{
	for (size_t i = 0; i < b->ncolumns; i++) {
		const struct bulk_column *c = &b->columns[i];
		for (size_t row = 0; c->type == BULK_TEXT && row < b->n; row++)
			if (c->texts[row] != NULL &&
			    !postgres_text_ok(
				c->texts[row], strlen(c->texts[row])))
				return fault_set(f, EX_DATAERR,
				    "%s.%s, row %zu: a text that is not UTF-8",
				    b->table, c->name, row + 1);
	}
	return true;
}

bool
postgres_bulk_insert(
    struct db *db, const struct bulk *b, int64_t *changes, struct fault *f)
{
	struct wr arrays[BULK_COLUMNS_MAX] = {{0}};
	if (!texts_ok(b, f))
		return false;
	struct db_stmt *st = prepare(db, b, f);
	for (size_t i = 0; st != NULL && i < b->ncolumns; i++) {
		array(&arrays[i], &b->columns[i], b->n);
		db_bind_blob(st, (int)i + 1, arrays[i].p, arrays[i].len);
	}
	bool ok = st != NULL && postgres_send(st, changes, f);
	db_finish(st);
	for (size_t i = 0; i < b->ncolumns; i++)
		wr_free(&arrays[i]);
	return ok;
}
