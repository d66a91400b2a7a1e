/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_SQL_LEDGER_H
#define TUMEN_SQL_LEDGER_H

#include "sql/store.h"

/*
 * The ledger of sealed segments. A segment holds one line about itself, written
 * when it is sealed (without hash and upload time); the shared database one for
 * each segment that it took in. Two segments with one number and different
 * hashes betray a copied spool.
 */
struct ledger {
	char vantage[RECORD_NAME_MAX + 1];
	uint64_t epoch;
	int64_t segment_no;
	bool hashed;
	uint8_t sha256[HASH_SHA256_LEN];
	int64_t traces, runs;
	int64_t sealed_us, uploaded_us; /* -1 */
};

/* Counts what is in a segment. */
bool
ledger_count(struct store *s, int64_t *traces, int64_t *runs, struct fault *f);

/* Whether nothing observed is in it, health of an unended run neither. */
bool ledger_is_empty(struct store *s, bool *empty, struct fault *f);

/* Counts rows of all kinds that are not of the line's vantage and epoch. */
bool ledger_foreign(struct store *s, const struct ledger *line,
    int64_t *foreign, struct fault *f);

/* Brings a segment's line about itself up to date: it is complete now. */
bool
ledger_complete(struct store *s, const struct ledger *line, struct fault *f);

/*
 * Where this user may not read, the vantage has to be there: it is, when a row
 * of the segment is.
 */
bool ledger_add(struct store *s, const struct ledger *line, struct fault *f);

/*
 * The line of a segment about itself; EX_DATAERR when there is not just one.
 * hashed: it is the one line of a shared database.
 */
bool ledger_read(struct store *s, struct ledger *line, struct fault *f);

/*
 * Whether the shared database took in exactly this segment; not, where this
 * user may not read.
 */
bool ledger_has(
    struct store *s, const struct ledger *line, bool *has, struct fault *f);

/*
 * The same for many segments of one epoch with one question: those whose lines
 * are there, from line->segment_no on. Start from {0}; nothing where this user
 * may not read.
 */
struct ledger_list {
	int64_t vantage_id, epoch, from;
	struct ledger_taken {
		int64_t segment_no;
		uint8_t sha256[HASH_SHA256_LEN];
	} * taken;
	size_t n, room;
};

bool ledger_list_read(struct ledger_list *list, struct store *s,
    const struct ledger *line, struct fault *f);
void ledger_list_free(struct ledger_list *list);

/* Whether the list says anything about such a segment; what it says. */
bool
ledger_list_covers(const struct ledger_list *list, const struct ledger *line);
bool ledger_list_has(const struct ledger_list *list, const struct ledger *line);

/* The largest seq of an epoch that is stored, 0 when none. */
bool ledger_last_seq(
    struct store *s, uint64_t epoch, uint64_t *seq, struct fault *f);

#endif
