/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_SQL_LOAD_TABLES_H
#define TUMEN_SQL_LOAD_TABLES_H

#include "sql/gather.h"
#include "sql/ledger.h"
#include "sql/load_item.h"

/* The rows of all tables that observed rows are made of. */
enum load_table {
	LOAD_VANTAGE, /* dictionaries first */
	LOAD_CAMPAIGN,
	LOAD_PREFIX,
	LOAD_ADDRESS,
	LOAD_PATH,
	LOAD_PATH_AGAIN, /* that were put before: none of them may be new */
	LOAD_PATH_HOP,
	LOAD_TRACE,
	LOAD_EVIDENCE,
	LOAD_HEALTH, /* before its run: a run that is there has it */
	LOAD_RUN,
	LOAD_SEGMENT,
	LOAD_TABLES,
};

enum { LOAD_KNOWN = 1 << 16, LOAD_IDS = 64 };

/* Ids of texts that were looked for lately: a SHA-256 each. */
struct load_ids {
	char vantage[RECORD_NAME_MAX + 1], campaign[RECORD_NAME_MAX + 1];
	int64_t vantage_id, campaign_id; /* 0: none */
	struct {
		struct prefix prefix;
		int64_t id; /* 0: none */
	} prefixes[LOAD_IDS];
};

struct load_tables {
	struct gather gather[LOAD_TABLES];
	struct load_ids ids;
	/* Hashes of dictionary rows that were put before; 0: none. */
	uint64_t known[LOAD_KNOWN];
	uint32_t when[LOAD_KNOWN], now; /* counts inserts */
};

void load_tables_init(struct load_tables *t);
void load_tables_free(struct load_tables *t);

/* Puts what an item is made of; dictionary rows once. */
void load_tables_item(struct load_tables *t, const struct load_item *item);

/* The dictionary's texts alone that an item needs. */
void load_tables_texts(struct load_tables *t, const struct load_item *item);
void load_tables_vantage(struct load_tables *t, const char *vantage);

/* A segment's line of the ledger. */
void load_tables_line(struct load_tables *t, const struct ledger *line);

/* Whether an observed row that is there already is an error (EX_DATAERR). */
void load_tables_only_new(struct load_tables *t, bool only_new);

/* Inserts all; changes (by table) counts rows that are new. */
bool load_tables_insert(struct load_tables *t, struct db *db,
    int64_t changes[static LOAD_TABLES], struct fault *f);

/* A transaction failed: what was put is not there. */
void load_tables_forget(struct load_tables *t);

#endif
