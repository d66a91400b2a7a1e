/* SPDX-License-Identifier: ISC */
#include "analysis/change/folded.h"
#include "analysis/change/seat.h"
#include "analysis/change/vantage_events.h"
#include "probe/base/mem.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* One vantage's change, and what all others say at that moment. */
struct turn {
	const struct run *from, *to;
	const struct run **others; /* and room for one more */
	size_t n;
	struct events *events;
};

static bool
says(const struct turn *t, const char *carrier)
{
	for (size_t i = 0; i < t->n; i++)
		if (strcmp(t->others[i]->carrier, carrier) == 0)
			return true;
	return false;
}

/* The word of all when the one says this run. */
static void
word_with(struct turn *t, const struct run *run,
    char word[static RUN_CARRIER_MAX + 1])
{
	t->others[t->n] = run;
	folded_word(t->others, t->n + 1, word);
}

static void
add_turn(struct turn *t, enum event_kind kind, const struct run *who)
{
	struct event *e = event_of_runs(t->events, t->from, t->to);
	e->kind = kind;
	e->vantage[0] = e->carrier[0] = '\0';
	word_with(t, t->from, e->from);
	word_with(t, t->to, e->to);
	if (who == NULL)
		return;
	memcpy(e->carrier, who->carrier, sizeof(e->carrier));
	if (kind == EVENT_GAINED)
		e->entry_from = -1;
	else
		e->entry_to = -1;
}

/* Whether anybody else names a carrier. */
static bool
others_name(const struct turn *t)
{
	for (size_t i = 0; i < t->n; i++)
		if (run_names(t->others[i]))
			return true;
	return false;
}

/* The same carrier by another neighbour: an event when nobody said so yet. */
static void
entry_turns(struct turn *t)
{
	for (size_t i = 0; i < t->n; i++)
		if (strcmp(t->others[i]->carrier, t->to->carrier) == 0 &&
		    t->others[i]->entry_as == t->to->entry_as)
			return;
	add_turn(t, EVENT_CHANGED, NULL);
}

static void
carrier_turns(struct turn *t)
{
	bool gained = run_names(t->to) && !says(t, t->to->carrier);
	bool lost = run_names(t->from) && !says(t, t->from->carrier);
	if (strcmp(t->from->carrier, t->to->carrier) == 0) {
		if (run_names(t->to))
			entry_turns(t);
		return;
	}
	if (gained && lost && !others_name(t)) {
		add_turn(t, EVENT_CHANGED, NULL);
		return;
	}
	if (gained)
		add_turn(t, EVENT_GAINED, t->to);
	if (lost)
		add_turn(t, EVENT_LOST, t->from);
}

static void
seat_turns(
    const struct table *table, size_t who, int64_t at_us, struct events *e)
{
	const struct seat *s = &table->seat[who];
	const struct run *to = &s->run[s->runs_begun - 1];
	if (s->runs_begun < 2 || strcmp(to[-1].carrier, "unknown") == 0 ||
	    strcmp(to->carrier, "unknown") == 0)
		return;
	struct turn t = {.from = to - 1,
	    .to = to,
	    .others = xcalloc(table->n, sizeof(struct run *)),
	    .events = e};
	for (size_t i = 0; i < table->n; i++) {
		const struct run *run =
		    i == who ? NULL : seat_run(&table->seat[i], at_us);
		if (run != NULL)
			t.others[t.n++] = run;
	}
	carrier_turns(&t);
	free(t.others);
}

/* The seat whose next run begins first; of two the first. NULL: none. */
static struct seat *
next_run(const struct table *t)
{
	struct seat *next = NULL;
	for (size_t i = 0; i < t->n; i++) {
		struct seat *s = &t->seat[i];
		if (s->runs_begun < s->nruns &&
		    (next == NULL ||
			s->run[s->runs_begun].decided_us <
			    next->run[next->runs_begun].decided_us))
			next = s;
	}
	return next;
}

static void
table_carriers(struct table *t, struct events *e)
{
	for (struct seat *s = NULL; (s = next_run(t)) != NULL;) {
		int64_t at_us = s->run[s->runs_begun++].decided_us;
		seat_turns(t, (size_t)(s - t->seat), at_us, e);
	}
}

static struct seat *
next_reach(const struct table *t)
{
	struct seat *next = NULL;
	for (size_t i = 0; i < t->n; i++) {
		struct seat *s = &t->seat[i];
		if (s->reach_begun < s->nreach &&
		    (next == NULL ||
			s->reach[s->reach_begun].decided_us <
			    next->reach[next->reach_begun].decided_us))
			next = s;
	}
	return next;
}

static bool
is_up(const struct reach_run *run)
{
	return strcmp(run->reach, "up") == 0;
}

static bool
anybody_up(const struct table *t, int64_t at_us)
{
	for (size_t i = 0; i < t->n; i++) {
		const struct reach_run *run = seat_reach(&t->seat[i], at_us);
		if (run != NULL && is_up(run))
			return true;
	}
	return false;
}

/* The last run of the seat that said the opposite of its newest, or NULL. */
static const struct reach_run *
opposite(const struct seat *s)
{
	const struct reach_run *to = &s->reach[s->reach_begun - 1];
	for (size_t i = s->reach_begun - 1; i > 0; i--) {
		const struct reach_run *run = &s->reach[i - 1];
		if (strcmp(run->reach, "unknown") != 0)
			return is_up(run) != is_up(to) ? run : NULL;
	}
	return NULL;
}

/*
 * What led to the belief, as far as it came before another run: what is seen
 * after that is no part of the bracket.
 */
static struct reach_run
until(const struct reach_run *believed, const struct reach_run *to)
{
	struct reach_run run = *believed;
	if (run.last_us > to->decided_us) {
		run.last_us = run.decided_us;
		memcpy(run.last_trace, run.first_trace, UUID_LEN);
	}
	return run;
}

/* Against what the vantage saw itself, if it saw what all believed. */
static void
add_reach(
    const struct seat *s, const struct reach_run *believed, struct events *e)
{
	const struct reach_run *to = &s->reach[s->reach_begun - 1];
	const struct reach_run *own = opposite(s);
	struct reach_run from = until(believed, to);
	if (own != NULL && own->last_us >= believed->decided_us)
		from = *own;
	struct event *event = event_of_reach(e, &from, to,
	    seat_run_at(s, is_up(to) ? to->decided_us : from.last_us));
	event->vantage[0] = '\0';
}

/*
 * What all are believed to see only moves when one of them sees something,
 * never when one falls blind.
 */
static void
table_reach(struct table *t, struct events *e)
{
	const struct reach_run *believed = NULL;
	for (struct seat *s = NULL; (s = next_reach(t)) != NULL;) {
		const struct reach_run *run = &s->reach[s->reach_begun++];
		if (strcmp(run->reach, "unknown") == 0 ||
		    (!is_up(run) && anybody_up(t, run->decided_us)))
			continue;
		if (believed != NULL && is_up(believed) == is_up(run))
			continue;
		if (believed != NULL)
			add_reach(s, believed, e);
		believed = run;
	}
}

void
folded_events(const struct timeline *t, struct events *e)
{
	struct tables all;
	tables_lay(&all, t);
	for (size_t i = 0; i < all.n; i++) {
		table_carriers(&all.table[i], e);
		table_reach(&all.table[i], e);
	}
	tables_free(&all);
}
