/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_SQL_ACCOUNT_H
#define TUMEN_SQL_ACCOUNT_H

#include "sql/finding.h"
#include "sql/ranges.h"

/*
 * The account of one epoch of one vantage: what its segments say that there
 * is, and what was found. Pure; whoever reads databases and folders fills in
 * the fields, accounts_close() draws the conclusions.
 */
struct account {
	int64_t vantage_id, epoch;
	struct ranges segments;		    /* numbers that are somewhere */
	int64_t ledgered;		    /* lines of the ledger */
	int64_t ledger_traces, ledger_runs; /* without what was dropped */
	/* On purpose (tumen retention), and the last seq of them. */
	int64_t dropped_traces, dropped_seq;
	int64_t files;	     /* segments in spools and archives */
	struct ranges early; /* seqs stored, of files without a line */
	/* What the spool gave out: all below; 0 when no spool says. */
	int64_t next_seq, next_segment;
	bool open; /* a segment is being written: the end is not known */
	struct ranges stored; /* seqs in the database */
	struct ranges seqs;   /* these, and those that wait in a segment */
	int64_t traces, runs; /* stored */
	int64_t known_lost;   /* traces named by the segment that has them */
	int64_t short_traces; /* that rows of runs promise, but are missing */
	bool doubtful;	      /* counts cannot prove anything here */
	bool copied;	      /* one segment, two contents: nor be compared */
};

/* All accounts, by vantage and epoch. */
struct accounts {
	struct account *v;
	size_t n, room, last;
	/* Only a part of the time was read: counts of epochs say nothing. */
	bool window, window_ends;
};

/* Found or made; until the next call. */
struct account *
accounts_of(struct accounts *all, int64_t vantage_id, int64_t epoch);

/* The account of an epoch, whatever vantage; NULL none. */
struct account *accounts_epoch(struct accounts *all, int64_t epoch);

/* Whether its runs have rows: true for what came by segments. */
bool account_has_segments(const struct account *a);

/* Called with the finding's numbers; the caller names the vantage. */
typedef void
account_say(void *arg, const struct account *a, const struct finding *it);

void accounts_close(struct accounts *all, account_say *say, void *arg);
void accounts_free(struct accounts *all);

#endif
