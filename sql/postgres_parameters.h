/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_SQL_POSTGRES_PARAMETERS_H
#define TUMEN_SQL_POSTGRES_PARAMETERS_H

#include "sql/engine.h"

/*
 * The values of a statement's parameters, as the arrays that libpq takes:
 * numbers and texts as text, blobs as they are. Texts and blobs are borrowed.
 * Parameters are numbered from 1; what was not set is NULL.
 */
enum { PARAMETERS_MAX = 32, PARAMETER_NUMBER_LEN = 32 };

struct postgres_parameters {
	struct db_stmt st; /* whose they are */
	int n;		   /* what the statement has: the largest of its $n */
	const char *value[PARAMETERS_MAX];
	int len[PARAMETERS_MAX];
	int format[PARAMETERS_MAX]; /* 0 text, 1 binary */
	char number[PARAMETERS_MAX][PARAMETER_NUMBER_LEN];
	const char *refused; /* why a value cannot be sent; NULL: all can */
};

/* All NULL, for this statement; refused when it has too many. */
void parameters_clear(struct postgres_parameters *p, const char *sql);

/* The engine's; st is the first member of the struct above. */
void postgres_bind_null(struct db_stmt *st, int i);
void postgres_bind_int(struct db_stmt *st, int i, int64_t v);
void postgres_bind_real(struct db_stmt *st, int i, double v);
void postgres_bind_text(struct db_stmt *st, int i, const char *v);
void postgres_bind_blob(struct db_stmt *st, int i, const void *v, size_t len);

#endif
