/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_CHANGE_DEPENDENCE_H
#define TUMEN_CHANGE_DEPENDENCE_H

#include "analysis/change/event.h"

#include <stdio.h>

/*
 * On whom a prefix depends: of each UTC month, the share of the time seen in
 * which one carrier alone brought it, and which. Pure.
 */
enum { DEPENDENCE_CARRIERS_MAX = 16 }; /* more count as several */

struct dependence_month {
	struct prefix prefix;
	int year, month;	    /* 2026, 1..12 */
	int64_t since_us, until_us; /* what was added of it */
	size_t n;
	struct {
		char carrier[RUN_CARRIER_MAX + 1];
		int64_t us;
	} alone[DEPENDENCE_CARRIERS_MAX]; /* the most first */
	int64_t several_us, none_us, unknown_us, all_us;
};

struct dependence {
	size_t n;
	struct dependence_month *month; /* by prefix, time */
};

/*
 * A stretch of time, since_us <= t < until_us, with the word for who carried
 * it: a carrier, "both", "several", "none" or "unknown". By prefix, time; no
 * two overlap.
 */
struct dependence_stretch {
	const struct prefix *prefix;
	int64_t since_us, until_us;
	const char *word;
};
void dependence_add(struct dependence *d, const struct dependence_stretch *s);
void dependence_free(struct dependence *d);

/* One month as an object (no newline). */
void dependence_json(
    const struct dependence_month *m, enum event_plane plane, struct json *j);

#endif
