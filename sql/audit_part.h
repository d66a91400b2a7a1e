/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_SQL_AUDIT_PART_H
#define TUMEN_SQL_AUDIT_PART_H

#include "sql/account.h"
#include "sql/audit.h"
#include "sql/audit_file.h"
#include "sql/store_db.h"
#include "sql/tally.h"

/* What the files of the audit share among themselves. */

/* A text of a dictionary by its id. */
struct audit_text {
	int64_t id;
	char name[RECORD_NAME_MAX + 1];
};
struct audit_texts {
	struct audit_text *v; /* ascending ids */
	size_t n, room;
};

/* A key that has no row in its table. */
struct audit_lack {
	const char *table;
	uint8_t key[UUID_LEN];
	size_t len;
	int64_t rows;
};

struct audit_work {
	struct audit *a;
	struct db *db;
	int64_t since_us, until_us;	/* since <= t < until */
	int64_t vantage_lo, vantage_hi; /* ids, both included */
	int64_t dropped_us;		/* what is older went on purpose */
	struct accounts accounts;
	struct audit_texts vantages, campaigns, prefixes;
	struct audit_file *files;
	size_t nfiles, files_room;
	struct audit_spool *spools; /* a->nspools of them */
	struct audit_lack *lacks;
	size_t nlacks, lacks_room;
	struct tally tally;
};

/* audit.c */

/* The vantage of this id in the outcome, made when missing. */
struct audit_vantage *audit_vantage(struct audit_work *w, int64_t id);

/* Adds a finding about a vantage (-1 none). */
void audit_say(struct audit_work *w, int64_t vantage_id, struct finding *it);

void audit_progress(const struct audit_work *w, const char *what, int64_t n);

/* "#123" when the id has no text. */
const char *audit_name(const struct audit_texts *t, int64_t id,
    char buf[static RECORD_NAME_MAX + 1]);

/* audit_ledger.c */
bool audit_ledger(struct audit_work *w, struct fault *f);

/* Reads the sum of an account's lines once more. */
bool
audit_ledger_again(struct audit_work *w, struct account *a, struct fault *f);

/* audit_runs.c: slots and states; then what the traces did not settle. */
bool audit_runs(struct audit_work *w, struct fault *f);
bool audit_odd_runs(struct audit_work *w, struct fault *f);

/* audit_traces.c */
bool audit_traces(struct audit_work *w, struct fault *f);

/* audit_texts.c */
bool audit_read_texts(struct audit_work *w, struct fault *f);
bool audit_has_text(const struct audit_texts *t, int64_t id);
void audit_lacks(struct audit_work *w, const char *table, const void *key,
    size_t len, int64_t rows);
void audit_lacks_id(
    struct audit_work *w, const char *table, int64_t id, int64_t rows);
bool audit_dictionaries(struct audit_work *w, struct fault *f);

#endif
