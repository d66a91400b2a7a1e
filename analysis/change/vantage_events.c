/* SPDX-License-Identifier: ISC */
#include "analysis/change/vantage_events.h"

#include "analysis/change/seat.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

bool
run_names(const struct run *run)
{
	return strcmp(run->carrier, "none") != 0 &&
	       strcmp(run->carrier, "unknown") != 0;
}

static enum event_kind
kind_of(const struct run *from, const struct run *to)
{
	if (strcmp(to->carrier, "none") == 0)
		return EVENT_LOST;
	return strcmp(from->carrier, "none") == 0 ? EVENT_GAINED
						  : EVENT_CHANGED;
}

struct event *
event_of_runs(struct events *e, const struct run *from, const struct run *to)
{
	struct event *event = events_add(e);
	event->kind = kind_of(from, to);
	event->prefix = to->prefix;
	memcpy(event->vantage, to->vantage, sizeof(event->vantage));
	memcpy(event->from, from->carrier, sizeof(event->from));
	memcpy(event->to, to->carrier, sizeof(event->to));
	if (event->kind == EVENT_LOST)
		memcpy(event->carrier, from->carrier, sizeof(event->carrier));
	if (event->kind == EVENT_GAINED)
		memcpy(event->carrier, to->carrier, sizeof(event->carrier));
	event->entry_from = from->entry_as;
	event->entry_to = to->entry_as;
	event->after_us = from->last_us;
	event->before_us = to->decided_us;
	event->p = fmin(from->p, to->p);
	event->has_traces = true;
	memcpy(event->trace_from, from->last_trace, UUID_LEN);
	memcpy(event->trace_to, to->first_trace, UUID_LEN);
	return event;
}

struct event *
event_of_reach(struct events *e, const struct reach_run *from,
    const struct reach_run *to, const struct run *carrier)
{
	struct event *event = events_add(e);
	event->kind = strcmp(to->reach, "up") == 0 ? EVENT_UP : EVENT_DOWN;
	event->prefix = to->prefix;
	memcpy(event->vantage, to->vantage, sizeof(event->vantage));
	snprintf(event->from, sizeof(event->from), "%s", from->reach);
	snprintf(event->to, sizeof(event->to), "%s", to->reach);
	if (carrier != NULL && run_names(carrier))
		memcpy(
		    event->carrier, carrier->carrier, sizeof(event->carrier));
	event->after_us = from->last_us;
	event->before_us = to->decided_us;
	event->has_traces = true;
	memcpy(event->trace_from, from->last_trace, UUID_LEN);
	memcpy(event->trace_to, to->first_trace, UUID_LEN);
	return event;
}

static void
seat_runs(const struct seat *s, struct events *e)
{
	for (size_t i = 1; i < s->nruns; i++)
		if (strcmp(s->run[i - 1].carrier, "unknown") != 0 &&
		    strcmp(s->run[i].carrier, "unknown") != 0)
			event_of_runs(e, &s->run[i - 1], &s->run[i]);
}

/* Who carries it: before it goes down, after it is up again. */
static const struct run *
carrier_of(const struct seat *s, const struct reach_run *from,
    const struct reach_run *to)
{
	bool up = strcmp(to->reach, "up") == 0;
	return seat_run_at(s, up ? to->decided_us : from->last_us);
}

static void
seat_reaches(const struct seat *s, struct events *e)
{
	const struct reach_run *known = NULL;
	for (size_t i = 0; i < s->nreach; i++) {
		const struct reach_run *run = &s->reach[i];
		if (strcmp(run->reach, "unknown") == 0)
			continue;
		if (known != NULL && strcmp(known->reach, run->reach) != 0)
			event_of_reach(
			    e, known, run, carrier_of(s, known, run));
		known = run;
	}
}

void
vantage_events(const struct timeline *t, struct events *e)
{
	struct tables all;
	tables_lay(&all, t);
	for (size_t i = 0; i < all.n; i++)
		for (size_t k = 0; k < all.table[i].n; k++) {
			seat_runs(&all.table[i].seat[k], e);
			seat_reaches(&all.table[i].seat[k], e);
		}
	tables_free(&all);
}
