/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_CHANGE_FOLDED_H
#define TUMEN_CHANGE_FOLDED_H

#include "analysis/change/event.h"
#include "analysis/change/timeline.h"

/*
 * Folds the runs of a timeline over its vantages: who carried each prefix when,
 * seen from all of them, and who disagreed. Pure.
 *
 * A vantage votes with a run from its first observation (decided_us) until the
 * next run's, but never longer than FOLDED_STALE_US after the run's last one:
 * what nothing has said for so long is not known any more. What a run saw at
 * its two ends it is taken to have been in between.
 */
#define FOLDED_STALE_US (INT64_C(24) * 3600 * 1000000)

/*
 * A stretch of time, since_us <= t < until_us, in which no vantage's vote
 * changed: who carries it, by whose word; and whether anything answers.
 */
struct folded_piece {
	struct prefix prefix;
	int64_t since_us, until_us; /* the last ends with the newest
				       observation of all */
	/* A carrier; "both" or "several" of them; "none"; "unknown". */
	char carrier[RUN_CARRIER_MAX + 1];
	/* up when one vantage says so; down when all that know say that; else
	 * unknown. */
	const char *reach;
	size_t n, agreeing;	 /* vantages that vote; that say carrier, or are
				    among those that differ */
	const struct run **vote; /* n, by vantage; borrowed from the timeline */
};

struct folded {
	size_t n;
	struct folded_piece *piece; /* by prefix, time */
	int64_t newest_us;	    /* the newest observation of all */
};

/* The timeline must stay. */
void folded_open(struct folded *f, const struct timeline *t);
void folded_close(struct folded *f);

/*
 * The word for votes: the only carrier that they name, "both" or "several",
 * "none" when nobody names one and somebody says so, "unknown". Fills in how
 * many vantages say it.
 */
size_t folded_word(const struct run *const *vote, size_t n,
    char word[static RUN_CARRIER_MAX + 1]);

/*
 * Adds what changed for all vantages together (vantage ""): with the first that
 * sees a carrier GAINED, with the last that sees it no more LOST; CHANGED when
 * nothing is left of those before, or at the first sight of another entry AS.
 * UP with the first that sees anything answer, DOWN when none of those that
 * know does. Bracket, traces and p are those of the vantage that made it. A
 * vantage that comes, or is not heard any more, is no change of who carries it.
 * Does not sort.
 */
void folded_events(const struct timeline *t, struct events *e);

#endif
