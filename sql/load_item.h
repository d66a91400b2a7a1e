/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_SQL_LOAD_ITEM_H
#define TUMEN_SQL_LOAD_ITEM_H

#include "sql/health.h"
#include "sql/row.h"

/* A row of any kind on its way (load.h), with all that it needs. */
enum load_kind { LOAD_A_TRACE, LOAD_A_RUN, LOAD_A_HEALTH };

struct load_item {
	enum load_kind kind;
	union {
		struct row row;
		struct store_run run;
		struct store_health health;
	};
	char *text[2]; /* of the run or the health; heap-owned */
};

/* Takes the row over: it is empty afterwards. */
struct load_item load_item_trace(struct row *row);
struct load_item load_item_run(const struct store_run *run);
struct load_item load_item_health(const struct store_health *h);

/* Frees what it has and makes it empty. */
void load_item_clear(struct load_item *item);

/* About so many octets of a transaction. */
size_t load_item_octets(const struct load_item *item);

/* Whose it is; the campaign "" for a trace by hand. */
const char *load_item_vantage(const struct load_item *item);
const char *load_item_campaign(const struct load_item *item);

#endif
