/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_SQL_FINDING_H
#define TUMEN_SQL_FINDING_H

#include "probe/base/record.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * What an audit has to say, one at a time. The notes are no fault: everything
 * is accounted for. What first, last, expected and found count is said by kind.
 */
enum finding_kind {
	/* slots first..last of a campaign */
	FINDING_RUN_MISSING,	/* no row tells how they ended */
	FINDING_RUN_TWICE,	/* two rows; detail: the epochs */
	FINDING_RUN_STATE,	/* detail: an end state that is none */
	FINDING_RUN_TRACES,	/* the row says expected, found are stored */
	FINDING_RUN_UNFINISHED, /* found traces, but no row */
	FINDING_RUN_OPEN,	/* a note: the same, of the newest slot */
	FINDING_RUN_HEALTH, /* no row of health; detail: why there should be */
	FINDING_RUN_HELD,   /* a note: rows wait for room; detail: the end */
	/* of an epoch, by its segments */
	FINDING_RUNS_MISSING,	   /* the ledger says expected */
	FINDING_TRACES_MISSING,	   /* the ledger says expected */
	FINDING_TRACES_UNLEDGERED, /* the ledger says fewer, expected */
	FINDING_SEGMENT_MISSING,   /* first..last are nowhere */
	FINDING_SEGMENT_TWICE,	   /* first, with found contents */
	FINDING_SEGMENT_QUARANTINED,
	FINDING_SEGMENT_DAMAGED,
	FINDING_SEGMENT_WAITING, /* a note: sealed, not stored yet */
	FINDING_SEGMENT_OPEN,	 /* a note: being written */
	/* traces, by their seqs first..last */
	FINDING_TRACE_MISSING, /* in a stored segment, not in the database */
	FINDING_TRACE_DIFFERS, /* from the one in the segment */
	FINDING_TRACE_TWICE,
	FINDING_GAP_LOST,
	FINDING_GAP_UNKNOWN, /* lost or never used */
	FINDING_GAP_UNUSED,  /* a note: no segment ever had them */
	/* rows */
	FINDING_TEXT_MISSING,  /* detail: table and key; found rows have it */
	FINDING_HOPS_MISSING,  /* detail: a path of expected hops */
	FINDING_VERDICT_ALONE, /* detail: a trace that is not there */
	FINDING_KINDS,
};

struct finding {
	enum finding_kind kind;
	char vantage[RECORD_NAME_MAX + 1], campaign[RECORD_NAME_MAX + 1];
	int64_t epoch, first, last, expected, found; /* -1 none */
	char detail[200];			     /* "" none */
};

/* Of each kind so many are kept; the others are counted. */
enum { FINDING_NAMED_MAX = 1000 };

struct findings {
	struct finding *v;
	size_t n, room;
	int64_t count[FINDING_KINDS];
};

/* A finding without anything but its kind. */
struct finding finding_of(enum finding_kind kind);

const char *finding_name(enum finding_kind kind);
bool finding_is_fault(enum finding_kind kind);

/* In words, one sentence without a full stop. */
enum { FINDING_TEXT_LEN = 500 };
void finding_text(const struct finding *it, char text[static FINDING_TEXT_LEN]);

void findings_add(struct findings *all, const struct finding *it);
int64_t findings_faults(const struct findings *all);
void findings_free(struct findings *all);

#endif
