/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_TESTS_TIMELINE_SEEN_H
#define TUMEN_TESTS_TIMELINE_SEEN_H

#include "analysis/change/timeline.h"
#include "probe/base/mem.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/*
 * Timelines made of runs as they are written down here, in minutes: a run is
 * first seen at `from` (its round began a minute before), last at `to`.
 */
#define SEEN_MINUTE (INT64_C(60) * 1000000)

static const struct prefix seen_176 = {.addr = 0xaf2db000, .len = 24};
static const struct prefix seen_177 = {.addr = 0xaf2db100, .len = 24};

struct seen {
	const struct prefix *prefix;
	const char *vantage, *what; /* a carrier, or up, down, unknown */
	int64_t from, to;
};

static inline int64_t
seen_entry(const char *carrier)
{
	return strcmp(carrier, "ttk") == 0	  ? 20485
	       : strcmp(carrier, "unicom") == 0	  ? 134544
	       : strcmp(carrier, "intelsat") == 0 ? 22351
						  : -1;
}

/* By prefix, vantage, time. */
static inline void
seen_run(struct timeline *t, struct seen s)
{
	struct run run = {.prefix = *s.prefix,
	    .entry_as = seen_entry(s.what),
	    .p = 0.9,
	    .since_us = (s.from - 1) * SEEN_MINUTE,
	    .decided_us = s.from * SEEN_MINUTE,
	    .last_us = s.to * SEEN_MINUTE,
	    .seen_us = s.to * SEEN_MINUTE};
	snprintf(run.vantage, sizeof(run.vantage), "%s", s.vantage);
	snprintf(run.carrier, sizeof(run.carrier), "%s", s.what);
	snprintf(run.reach, sizeof(run.reach), "unknown");
	memcpy(run.first_trace, &s.from, sizeof(s.from));
	memcpy(run.last_trace, &s.to, sizeof(s.to));
	t->run = xreallocarray(t->run, t->n + 1, sizeof(*t->run));
	t->run[t->n++] = run;
}

static inline void
seen_reach(struct timeline *t, struct seen s)
{
	struct reach_run run = {.prefix = *s.prefix,
	    .since_us = (s.from - 1) * SEEN_MINUTE,
	    .decided_us = s.from * SEEN_MINUTE,
	    .last_us = s.to * SEEN_MINUTE,
	    .seen_us = s.to * SEEN_MINUTE};
	snprintf(run.vantage, sizeof(run.vantage), "%s", s.vantage);
	snprintf(run.reach, sizeof(run.reach), "%s", s.what);
	memcpy(run.first_trace, &s.from, sizeof(s.from));
	memcpy(run.last_trace, &s.to, sizeof(s.to));
	t->reach = xreallocarray(t->reach, t->nreach + 1, sizeof(*t->reach));
	t->reach[t->nreach++] = run;
}

#endif
