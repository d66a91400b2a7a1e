/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_CHANGE_EVENT_TEXT_H
#define TUMEN_CHANGE_EVENT_TEXT_H

#include "analysis/change/event.h"

#include <stdio.h>

/*
 * An event in words, in lines of at most width columns: between when and when
 * (whole seconds, rounded outwards), of which prefix, seen by whom ("all", a
 * vantage, or "peers" of BGP collectors), and what changed.
 */
void event_print(const struct event *e, size_t width, FILE *out);

/* Those with from_us <= before_us < to_us (0: open), under a heading. */
void events_print(const struct events *e, int64_t from_us, int64_t to_us,
    size_t width, FILE *out);

/* Whether before_us lies in from_us <= t < to_us (0: open). */
bool event_within(const struct event *e, int64_t from_us, int64_t to_us);

enum { EVENT_TIME_STRLEN = 24 };

/* "2026-11-21 21:00:36": whole seconds, UTC. */
char *event_time(int64_t us, char buf[static EVENT_TIME_STRLEN]);

/*
 * "2026-11-21 21:00:36 .. 21:00:45": rounded outwards, the second day only when
 * it is another.
 */
void event_span(int64_t since_us, int64_t until_us, FILE *out);

#endif
