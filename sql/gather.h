/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_SQL_GATHER_H
#define TUMEN_SQL_GATHER_H

#include "probe/base/wr.h"
#include "sql/bulk.h"

/*
 * Rows of one table on their way into a bulk insert (bulk.h): values are put a
 * row at a time, octets are copied. Start from GATHER(table, columns, keys).
 */
struct gather_column {
	const char *name;
	enum bulk_type type; /* of a key not REAL */
};

/* One value of a row; octets lie at `at` in the pool, len BULK_NULL: NULL. */
struct gather_value {
	int64_t at, len; /* of an integer: the integer, 0 */
	double real;	 /* of a real */
};

struct gather {
	const char *table;
	const struct gather_column *columns;
	size_t ncolumns, nkeys; /* the first columns are the key */
	bool only_new;		/* as in struct bulk */
	struct gather_value *values;
	size_t nvalues, room;
	struct wr pool;
};

#define GATHER(t, c, k)                                                        \
	((struct gather){.table = (t),                                         \
	    .columns = (c),                                                    \
	    .ncolumns = sizeof(c) / sizeof((c)[0]),                            \
	    .nkeys = (k)})

/* The next value of the current row, in the order of the columns. */
void gather_int(struct gather *g, int64_t v);
void gather_int_or_null(struct gather *g, int64_t v); /* NULL below 0 */
void gather_real(struct gather *g, double v);	      /* NULL for NAN */
void gather_text(struct gather *g, const char *v);    /* NULL is NULL */
void gather_octets(struct gather *g, const void *v, size_t len);

/* Whole rows so far. */
size_t gather_rows(const struct gather *g);

/*
 * Inserts the rows in the order of their keys, equal ones once, and forgets
 * them, also when it fails. *changes (may be NULL): those that are new.
 */
bool gather_insert(
    struct gather *g, struct db *db, int64_t *changes, struct fault *f);

/* Forgets the rows; gather_free() the memory, too. */
void gather_clear(struct gather *g);
void gather_free(struct gather *g);

#endif
