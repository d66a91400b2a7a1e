/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_SQL_AUDIT_H
#define TUMEN_SQL_AUDIT_H

#include "sql/finding.h"
#include "sql/store.h"

/*
 * The accounting of a shared database: whether all that agents observed is in
 * it, held against its ledger of segments, its runs, and the spools and the
 * archive where they can be read. It reads each trace once, in the order of
 * the key, and keeps only what does not come out even.
 *
 * Nothing is locked: spools are looked at before the ledger, the ledger before
 * the traces, so what moves meanwhile is seen twice rather than not at all.
 */
enum audit_state {
	AUDIT_DONE,
	AUDIT_PARTIAL,
	AUDIT_SKIPPED,
	AUDIT_FAILED,
	AUDIT_ABORTED,
	AUDIT_STATES
};

/* "done", "partial", ... */
const char *audit_state_name(enum audit_state state);

/* One vantage in numbers; segments are those of the ledger. */
struct audit_vantage {
	int64_t id;
	char name[RECORD_NAME_MAX + 1];
	int64_t runs[AUDIT_STATES], segments, traces;
	int64_t imported; /* of these traces, of other tools: epoch 0 */
	int64_t waiting, open, quarantined; /* segments */
	int64_t unused;			    /* seqs that no segment ever had */
	int64_t faults;
};

struct audit {
	struct store *store;
	const char *const *spools;
	size_t nspools;
	const char *archive; /* NULL none */
	/*
	 * Makes a plain copy of a compressed segment and says where, to be
	 * given back by forget. NULL: such files stand for themselves.
	 */
	bool (*unpack)(
	    void *arg, const char *path, const char **plain, struct fault *f);
	void (*forget)(void *arg);
	void *arg;
	/* since_us, until_us, vantage: what to audit. */
	struct store_filter filter;
	/* Now and then, with what is read and how much so far; NULL none. */
	void (*progress)(const char *what, int64_t n);
	/* The outcome, owned by the audit; vantages by name. */
	struct audit_vantage *vantages;
	size_t nvantages, room;
	struct findings findings;
};

/*
 * Set what is to be audited, the rest zero. False when it could not be done;
 * what is wrong with the data is in the findings. End with audit_free().
 */
bool audit_run(struct audit *a, struct fault *f);
void audit_free(struct audit *a);

#endif
