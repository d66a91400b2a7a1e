/* SPDX-License-Identifier: ISC */
#include "sql/gather.h"

#include "probe/base/mem.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

static void
put(struct gather *g, int64_t at, int64_t len)
{
	if (g->nvalues == g->room) {
		g->room = g->room ? g->room * 2 : 256;
		g->values =
		    xreallocarray(g->values, g->room, sizeof(*g->values));
	}
	g->values[g->nvalues++] = (struct gather_value){.at = at, .len = len};
}

void
gather_real(struct gather *g, double v)
{
	put(g, 0, 0);
	g->values[g->nvalues - 1].real = v;
}

void
gather_int(struct gather *g, int64_t v)
{
	put(g, v, 0);
}

void
gather_int_or_null(struct gather *g, int64_t v)
{
	put(g, v < 0 ? BULK_NULL : v, 0);
}

void
gather_octets(struct gather *g, const void *v, size_t len)
{
	int64_t at = (int64_t)g->pool.len;
	if (v == NULL) {
		put(g, 0, BULK_NULL);
		return;
	}
	wr_bytes(&g->pool, v, len);
	put(g, at, (int64_t)len);
}

/* The pool keeps the NUL behind a text. */
void
gather_text(struct gather *g, const char *v)
{
	gather_octets(g, v, v != NULL ? strlen(v) : 0);
	if (v != NULL)
		wr_u8(&g->pool, '\0');
}

size_t
gather_rows(const struct gather *g)
{
	return g->nvalues / g->ncolumns;
}

static struct bulk_bytes
octets(const struct gather *g, const struct gather_value *v)
{
	if (v->len == BULK_NULL)
		return (struct bulk_bytes){NULL, 0};
	const uint8_t *pool = g->pool.p;
	return (struct bulk_bytes){
	    pool != NULL ? pool + v->at : (const uint8_t *)"", (size_t)v->len};
}

static int
compare(const struct gather *g, size_t column, const struct gather_value *x,
    const struct gather_value *y)
{
	if (g->columns[column].type == BULK_INT)
		return (x->at > y->at) - (x->at < y->at);
	struct bulk_bytes a = octets(g, x), b = octets(g, y);
	size_t less = a.len < b.len ? a.len : b.len;
	int order = less > 0 ? memcmp(a.p, b.p, less) : 0;
	return order != 0 ? order : (a.len > b.len) - (a.len < b.len);
}

/* By key; of equal ones the one that came first. */
static int
by_key(const void *a, const void *b, void *arg)
{
	const struct gather *g = arg;
	size_t i = *(const size_t *)a, k = *(const size_t *)b;
	int order = 0;
	for (size_t c = 0; order == 0 && c < g->nkeys; c++)
		order = compare(g, c, &g->values[i * g->ncolumns + c],
		    &g->values[k * g->ncolumns + c]);
	return order != 0 ? order : (i > k) - (i < k);
}

static bool
same_key(const struct gather *g, size_t i, size_t k)
{
	bool same = true;
	for (size_t c = 0; same && c < g->nkeys; c++)
		same = compare(g, c, &g->values[i * g->ncolumns + c],
			   &g->values[k * g->ncolumns + c]) == 0;
	return same;
}

/* The indices of the rows to insert; the caller frees them. */
static size_t *
ordered(const struct gather *g, size_t *n)
{
	size_t rows = gather_rows(g);
	size_t *index = xcalloc(rows, sizeof(*index));
	*n = 0;
	for (size_t i = 0; i < rows; i++)
		index[i] = i;
	qsort_r(index, rows, sizeof(*index), by_key, (void *)(uintptr_t)g);
	for (size_t i = 0; i < rows; i++)
		if (*n == 0 || !same_key(g, index[*n - 1], index[i]))
			index[(*n)++] = index[i];
	return index;
}

/* What a column borrows until the insert is done. */
struct column {
	int64_t *ints;
	double *reals;
	const char **texts;
	struct bulk_bytes *bytes;
};

static void
fill_row(const struct gather_value *v, const struct gather *g, size_t row,
    struct column *to)
{
	if (to->ints != NULL)
		to->ints[row] = v->at;
	if (to->reals != NULL)
		to->reals[row] = v->real;
	if (to->texts != NULL)
		to->texts[row] = octets(g, v).p;
	if (to->bytes != NULL)
		to->bytes[row] = octets(g, v);
}

static struct bulk_column
fill(const struct gather *g, size_t c, const size_t *index, size_t n,
    struct column *to)
{
	enum bulk_type type = g->columns[c].type;
	*to = (struct column){0};
	if (type == BULK_INT)
		to->ints = xcalloc(n, sizeof(*to->ints));
	else if (type == BULK_REAL)
		to->reals = xcalloc(n, sizeof(*to->reals));
	else if (type == BULK_TEXT)
		to->texts = xcalloc(n, sizeof(*to->texts));
	else
		to->bytes = xcalloc(n, sizeof(*to->bytes));
	for (size_t i = 0; i < n; i++)
		fill_row(&g->values[index[i] * g->ncolumns + c], g, i, to);
	return (struct bulk_column){.name = g->columns[c].name,
	    .type = type,
	    .ints = to->ints,
	    .reals = to->reals,
	    .texts = to->texts,
	    .bytes = to->bytes};
}

bool
gather_insert(
    struct gather *g, struct db *db, int64_t *changes, struct fault *f)
{
	struct bulk_column columns[BULK_COLUMNS_MAX];
	struct column held[BULK_COLUMNS_MAX];
	int64_t new = 0;
	size_t n = 0;
	assert(g->nvalues % g->ncolumns == 0);
	if (changes == NULL)
		changes = &new;
	*changes = 0;
	if (g->nvalues == 0)
		return true;
	size_t *index = ordered(g, &n);
	for (size_t c = 0; c < g->ncolumns; c++)
		columns[c] = fill(g, c, index, n, &held[c]);
	bool ok = bulk_insert(db,
	    &(struct bulk){g->table, columns, g->ncolumns, n, g->only_new},
	    changes, f);
	for (size_t c = 0; c < g->ncolumns; c++) {
		free(held[c].ints);
		free(held[c].reals);
		free((void *)held[c].texts);
		free(held[c].bytes);
	}
	free(index);
	gather_clear(g);
	return ok;
}

void
gather_clear(struct gather *g)
{
	g->nvalues = 0;
	g->pool.len = 0;
}

void
gather_free(struct gather *g)
{
	free(g->values);
	wr_free(&g->pool);
	g->values = NULL;
	g->nvalues = g->room = 0;
}
