/* SPDX-License-Identifier: ISC */
#include "analysis/change/seat.h"

#include "analysis/change/folded.h"
#include "probe/base/mem.h"

#include <stdlib.h>
#include <string.h>

static const struct prefix *
prefix_of(const struct seat *s)
{
	return s->nruns > 0 ? &s->run->prefix : &s->reach->prefix;
}

static const char *
vantage_of(const struct seat *s)
{
	return s->nruns > 0 ? s->run->vantage : s->reach->vantage;
}

static int
by_prefix(const struct prefix *a, const struct prefix *b)
{
	if (a->addr != b->addr)
		return a->addr < b->addr ? -1 : 1;
	return a->len - b->len;
}

static int
by_series(const void *va, const void *vb)
{
	const struct seat *a = va, *b = vb;
	int order = by_prefix(prefix_of(a), prefix_of(b));
	return order ? order : strcmp(vantage_of(a), vantage_of(b));
}

/* Seats with runs, then others with reach runs: not yet those of one series
 * together. */
struct seats {
	size_t n;
	struct seat *seat;
};

static void
add_run(struct seats *s, const struct run *run)
{
	const struct seat new = {.run = run, .nruns = 1};
	if (s->n > 0 && by_series(&s->seat[s->n - 1], &new) == 0)
		s->seat[s->n - 1].nruns++;
	else
		s->seat[s->n++] = new;
}

static void
add_reach(struct seats *s, const struct reach_run *reach)
{
	const struct seat new = {.reach = reach, .nreach = 1};
	if (s->n > 0 && s->seat[s->n - 1].nreach > 0 &&
	    by_series(&s->seat[s->n - 1], &new) == 0)
		s->seat[s->n - 1].nreach++;
	else
		s->seat[s->n++] = new;
}

/* Two halves of one series become one seat. */
static void
join(struct seats *s)
{
	size_t n = 0;
	for (size_t i = 0; i < s->n; i++) {
		struct seat *seat = &s->seat[i];
		struct seat *last = n > 0 ? &s->seat[n - 1] : NULL;
		if (last == NULL || by_series(last, seat) != 0) {
			s->seat[n++] = *seat;
			continue;
		}
		const struct seat a = *last, b = *seat;
		*last = a.nruns > 0 ? a : b;
		last->reach = a.nreach > 0 ? a.reach : b.reach;
		last->nreach = a.nreach + b.nreach;
	}
	s->n = n;
}

static struct seats
gather(const struct timeline *t)
{
	struct seats s = {
	    .seat = xcalloc(t->n + t->nreach + 1, sizeof(*s.seat))};
	for (size_t i = 0; i < t->n; i++)
		add_run(&s, &t->run[i]);
	for (size_t i = 0; i < t->nreach; i++)
		add_reach(&s, &t->reach[i]);
	qsort(s.seat, s.n, sizeof(*s.seat), by_series);
	join(&s);
	return s;
}

static int64_t
later(int64_t a, int64_t b)
{
	return a > b ? a : b;
}

static int64_t
newest(const struct timeline *t)
{
	int64_t us = 0;
	for (size_t i = 0; i < t->n; i++)
		us = later(us, later(t->run[i].seen_us, t->run[i].decided_us));
	for (size_t i = 0; i < t->nreach; i++)
		us = later(
		    us, later(t->reach[i].seen_us, t->reach[i].decided_us));
	return us;
}

void
tables_lay(struct tables *t, const struct timeline *timeline)
{
	struct seats s = gather(timeline);
	*t = (struct tables){.newest_us = newest(timeline),
	    .table = xcalloc(s.n + 1, sizeof(*t->table))};
	for (size_t i = 0; i < s.n; i++) {
		const struct prefix *p = prefix_of(&s.seat[i]);
		struct table *last = t->n > 0 ? &t->table[t->n - 1] : NULL;
		if (last != NULL && by_prefix(&last->prefix, p) == 0)
			last->n++;
		else
			t->table[t->n++] = (struct table){
			    .prefix = *p, .n = 1, .seat = &s.seat[i]};
	}
	t->seats = s.seat;
}

void
tables_free(struct tables *t)
{
	free(t->table);
	free(t->seats);
	*t = (struct tables){0};
}

void
table_forward(struct table *t, int64_t at_us)
{
	for (size_t i = 0; i < t->n; i++) {
		struct seat *s = &t->seat[i];
		while (s->runs_begun < s->nruns &&
		       s->run[s->runs_begun].decided_us <= at_us)
			s->runs_begun++;
		while (s->reach_begun < s->nreach &&
		       s->reach[s->reach_begun].decided_us <= at_us)
			s->reach_begun++;
	}
}

/* decided_us may be behind last_us: a run of one round. */
static bool
stale(int64_t last_us, int64_t decided_us, int64_t at_us)
{
	return at_us >= later(last_us, decided_us) + FOLDED_STALE_US;
}

const struct run *
seat_run(const struct seat *s, int64_t at_us)
{
	if (s->runs_begun == 0)
		return NULL;
	const struct run *run = &s->run[s->runs_begun - 1];
	return stale(run->last_us, run->decided_us, at_us) ? NULL : run;
}

const struct reach_run *
seat_reach(const struct seat *s, int64_t at_us)
{
	if (s->reach_begun == 0)
		return NULL;
	const struct reach_run *run = &s->reach[s->reach_begun - 1];
	return stale(run->last_us, run->decided_us, at_us) ? NULL : run;
}

const struct run *
seat_run_at(const struct seat *s, int64_t at_us)
{
	const struct run *found = NULL;
	for (size_t i = 0; i < s->nruns && s->run[i].since_us <= at_us; i++)
		found = &s->run[i];
	return found;
}
