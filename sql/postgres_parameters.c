/* SPDX-License-Identifier: ISC */
#include "sql/postgres_parameters.h"

#include "sql/postgres_value.h"

#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int
count(const char *sql)
{
	int most = 0;
	while ((sql = strchr(sql, '$')) != NULL) {
		int n = atoi(++sql);
		most = n > most ? n : most;
	}
	return most;
}

void
parameters_clear(struct postgres_parameters *p, const char *sql)
{
	p->n = count(sql);
	p->refused = p->n > PARAMETERS_MAX ? "more than 32 parameters" : NULL;
	memset(p->value, 0, sizeof(p->value));
}

/* The slot of parameter i; -1 with the refusal set. */
static int
slot(struct postgres_parameters *p, int i)
{
	if (i >= 1 && i <= p->n && i <= PARAMETERS_MAX)
		return i - 1;
	p->refused = "a value for a parameter that it does not have";
	return -1;
}

void
postgres_bind_null(struct db_stmt *st, int i)
{
	struct postgres_parameters *p = (struct postgres_parameters *)st;
	int at = slot(p, i);
	if (at >= 0)
		p->value[at] = NULL;
}

void
postgres_bind_int(struct db_stmt *st, int i, int64_t v)
{
	struct postgres_parameters *p = (struct postgres_parameters *)st;
	int at = slot(p, i);
	if (at < 0)
		return;
	snprintf(p->number[at], PARAMETER_NUMBER_LEN, "%" PRId64, v);
	p->value[at] = p->number[at];
	p->format[at] = 0;
}

void
postgres_bind_real(struct db_stmt *st, int i, double v)
{
	struct postgres_parameters *p = (struct postgres_parameters *)st;
	int at = slot(p, i);
	if (at < 0)
		return;
	snprintf(p->number[at], PARAMETER_NUMBER_LEN, "%.17g", v);
	p->value[at] = p->number[at];
	p->format[at] = 0;
}

/*
 * What the server would refuse is never sent: there it would end the whole
 * transaction, here it is one bad row.
 */
void
postgres_bind_text(struct db_stmt *st, int i, const char *v)
{
	struct postgres_parameters *p = (struct postgres_parameters *)st;
	int at = slot(p, i);
	if (at < 0)
		return;
	if (!postgres_text_ok(v, strlen(v)))
		p->refused = "a text that is not UTF-8";
	p->value[at] = v;
	p->format[at] = 0;
}

void
postgres_bind_blob(struct db_stmt *st, int i, const void *v, size_t len)
{
	struct postgres_parameters *p = (struct postgres_parameters *)st;
	int at = slot(p, i);
	if (at < 0)
		return;
	if (len > INT_MAX)
		p->refused = "a blob of more than 2 GiB";
	p->value[at] = v;
	p->len[at] = (int)(len & INT_MAX);
	p->format[at] = 1;
}
