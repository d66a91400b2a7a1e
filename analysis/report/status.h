/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_REPORT_STATUS_H
#define TUMEN_REPORT_STATUS_H

#include "analysis/change/folded.h"
#include "analysis/control/control.h"

#include <stdio.h>

/*
 * The present state, answer first: which carrier brings each prefix, then the
 * vantages behind it. Built from the runs of a timeline.
 */

/*
 * A vantage not heard for longer than this, against the newest, does not vote;
 * one whose rounds have not said anything for so long is "unknown".
 */
#define STATUS_STALE_US FOLDED_STALE_US

/* The newest run of one vantage. */
struct status_vantage {
	struct run run;
	struct reach_run reach;
	bool first; /* nothing was known before it: it is no change */
};

struct status_prefix {
	struct prefix prefix;
	char carrier[RUN_CARRIER_MAX + 1]; /* or both, several, none */
	int64_t since_us;		   /* -1 */
	int64_t last_us; /* the newest round with a known state began */
	int64_t seen_us; /* the newest round of all began */
	double p;
	const char *reach;  /* up from one vantage at least; else down from one;
			       else unknown */
	size_t n, agreeing; /* vantages that vote; that say carrier */
	struct status_vantage *last;	   /* n, by vantage */
	const struct control_run *control; /* what BGP says; NULL nothing */
};

struct status {
	int64_t newest_us;
	size_t n;
	struct status_prefix *row; /* by prefix */
};

void status_open(struct status *s, const struct timeline *t);
void status_close(struct status *s);

/*
 * Puts beside it what BGP said at that time; c must outlive it. What is not
 * known of that time stays away.
 */
void status_control(struct status *s, const struct control *c, int64_t at_us);

/* A state that names somebody; "none" and "unknown" do not. */
bool status_names(const struct run *run);

/* Whether a vantage of the row before last[i] said the same. */
bool status_seen(const struct status_prefix *row, size_t i);

/* A sentence with the answer, then a table of prefixes and vantages. */
void status_print(const struct status *s, FILE *out);

/* The status objects, one line a prefix. */
void status_json(const struct status *s, FILE *out);

#endif
