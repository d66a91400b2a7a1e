/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_CHANGE_ALERTS_H
#define TUMEN_CHANGE_ALERTS_H

#include "analysis/change/event.h"
#include "probe/base/fault.h"

/*
 * Which events were told already, so that none is told twice, also after a
 * restart or a crash: a file of lines, each on the disk before the next step.
 *
 *   tumen-alerts 1 SINCE_US
 *   call NO PLANE PREFIX VANTAGE KIND CARRIER FROM TO AFTER_US BEFORE_US
 *                                   before
 *   done NO HOW                     after
 *   lost NO                         a call that a crash cut off, and that was
 *                                   said; it is never made again
 *
 * Words are parted by tabs. Events from SINCE_US on are told: what happened
 * before the file was begun is history, also when it arrives later.
 *
 * Two are the same event when plane, prefix, vantage, kind, both states and who
 * was gained or lost are, and their brackets overlap: late observations narrow
 * or move a bracket. FLAPPING is one as long as it lasts, whatever its states.
 */
struct alert {
	struct event event; /* what makes it that event; no more */
	bool seen;	    /* among the events of the newest alerts_new() */
};

struct alerts {
	int fd, lock; /* -1: in memory */
	char *path;
	int64_t since_us;
	size_t n, room;
	struct alert *alert; /* the number of a call is its place + 1 */
};

/*
 * Opens the file, or begins it with since_us; NULL: nothing is remembered when
 * the program ends. Calls that a crash cut off are logged. One process alone
 * may have it: EX_UNAVAILABLE. EX_DATAERR for a file that is something else,
 * EX_NOPERM, EX_IOERR. Close it either way.
 */
bool alerts_open(
    struct alerts *a, const char *path, int64_t since_us, struct fault *f);
void alerts_close(struct alerts *a);

/*
 * Which of all events that are known now have not been told: their indexes,
 * ascending, in list, which has room for e->n. Returns how many.
 */
size_t alerts_new(struct alerts *a, const struct events *e, size_t *list);

/* Before a call: from now on it counts as made. */
bool alerts_call(struct alerts *a, const struct event *e, struct fault *f);

/* After it; how: "ok", or what went wrong, in one line. */
bool alerts_done(struct alerts *a, const char *how, struct fault *f);

#endif
