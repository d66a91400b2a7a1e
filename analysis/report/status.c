/* SPDX-License-Identifier: ISC */
#include "analysis/report/status.h"

#include "probe/base/mem.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static bool
same_prefix(const struct prefix *a, const struct prefix *b)
{
	return a->addr == b->addr && a->len == b->len;
}

static struct status_prefix *
row_of(struct status *s, const struct run *run)
{
	if (s->n > 0 && same_prefix(&s->row[s->n - 1].prefix, &run->prefix))
		return &s->row[s->n - 1];
	s->row = xreallocarray(s->row, s->n + 1, sizeof(*s->row));
	s->row[s->n] = (struct status_prefix){.prefix = run->prefix};
	return &s->row[s->n++];
}

/* What nothing has said for so long is not known any more. */
static void
forget_old(struct status_vantage *v, int64_t newest_us)
{
	int64_t old_us = newest_us - STATUS_STALE_US;
	if (v->run.last_us < old_us) {
		snprintf(v->run.carrier, sizeof(v->run.carrier), "unknown");
		v->run.entry_as = v->run.since_us = -1;
		v->run.p = NAN;
	}
	if (v->reach.last_us < old_us) {
		snprintf(v->reach.reach, sizeof(v->reach.reach), "unknown");
		v->reach.since_us = -1;
	}
}

/* The newest run of reach of the series of a run. */
static struct reach_run
reach_of(const struct timeline *t, const struct run *run)
{
	struct reach_run newest = {
	    .reach = "unknown", .uplink = "unknown", .since_us = -1};
	for (size_t i = 0; i < t->nreach; i++) {
		const struct reach_run *reach = &t->reach[i];
		if (strcmp(reach->vantage, run->vantage) == 0 &&
		    same_prefix(&reach->prefix, &run->prefix))
			newest = *reach;
	}
	return newest;
}

/* Only the newest run of a vantage, and only if it is not stale. */
static void
collect(struct status *s, const struct timeline *t)
{
	for (size_t i = 0; i < t->n; i++) {
		const struct run *run = &t->run[i];
		bool newest =
		    i + 1 == t->n || timeline_before(t, i + 1) == NULL;
		if (!newest || run->seen_us < s->newest_us - STATUS_STALE_US)
			continue;
		struct status_prefix *row = row_of(s, run);
		struct status_vantage v = {
		    .run = *run, .first = timeline_before(t, i) == NULL};
		v.reach = reach_of(t, run);
		forget_old(&v, s->newest_us);
		row->last =
		    xreallocarray(row->last, row->n + 1, sizeof(*row->last));
		row->last[row->n++] = v;
	}
}

bool
status_names(const struct run *run)
{
	return strcmp(run->carrier, "none") != 0 &&
	       strcmp(run->carrier, "unknown") != 0;
}

bool
status_seen(const struct status_prefix *row, size_t i)
{
	for (size_t k = 0; k < i; k++)
		if (strcmp(row->last[k].run.carrier,
			row->last[i].run.carrier) == 0)
			return true;
	return false;
}

static size_t
distinct(const struct status_prefix *row, const char **word)
{
	size_t n = 0;
	*word = "unknown";
	for (size_t i = 0; i < row->n; i++) {
		if (strcmp(row->last[i].run.carrier, "none") == 0 && n == 0)
			*word = "none";
		if (!status_names(&row->last[i].run) || status_seen(row, i))
			continue;
		*word = row->last[i].run.carrier;
		n++;
	}
	return n;
}

static const char *
fold_reach(const struct status_prefix *row)
{
	const char *reach = "unknown";
	for (size_t i = 0; i < row->n; i++) {
		if (strcmp(row->last[i].reach.reach, "up") == 0)
			return "up";
		if (strcmp(row->last[i].reach.reach, "down") == 0)
			reach = "down";
	}
	return reach;
}

/*
 * When the state of a prefix began: with the last change that led to it. The
 * first run of a vantage is no change: it joins those that said so before.
 */
static int64_t
began(const struct status_prefix *row, size_t i)
{
	int64_t since_us = row->last[i].run.since_us;
	for (size_t k = 0; row->last[i].first && k < row->n; k++)
		if (strcmp(row->last[k].run.carrier,
			row->last[i].run.carrier) == 0 &&
		    row->last[k].run.since_us < since_us)
			since_us = row->last[k].run.since_us;
	return since_us;
}

/* One prefix over its vantages; their tables err together, so no product. */
static void
fold(struct status_prefix *row)
{
	const char *word = NULL;
	size_t n = distinct(row, &word);
	snprintf(row->carrier, sizeof(row->carrier), "%s",
	    n == 2  ? "both"
	    : n > 2 ? "several"
		    : word);
	row->p = NAN;
	row->since_us = -1;
	row->reach = fold_reach(row);
	for (size_t i = 0; i < row->n; i++) {
		const struct run *run = &row->last[i].run;
		bool counts =
		    n > 1 ? status_names(run) : strcmp(run->carrier, word) == 0;
		if (run->last_us > row->last_us)
			row->last_us = run->last_us;
		if (run->seen_us > row->seen_us)
			row->seen_us = run->seen_us;
		if (!counts)
			continue;
		row->agreeing++;
		if (began(row, i) > row->since_us)
			row->since_us = began(row, i);
		row->p = n > 1 ? fmin(row->p, run->p) : fmax(row->p, run->p);
	}
}

void
status_open(struct status *s, const struct timeline *t)
{
	*s = (struct status){0};
	for (size_t i = 0; i < t->n; i++)
		if (t->run[i].seen_us > s->newest_us)
			s->newest_us = t->run[i].seen_us;
	collect(s, t);
	for (size_t i = 0; i < s->n; i++)
		fold(&s->row[i]);
}

void
status_control(struct status *s, const struct control *c, int64_t at_us)
{
	for (size_t i = 0; i < s->n; i++) {
		const struct control_run *run =
		    control_at(c, &s->row[i].prefix, at_us);
		s->row[i].control = run != NULL && run->known ? run : NULL;
	}
}

void
status_close(struct status *s)
{
	for (size_t i = 0; i < s->n; i++)
		free(s->row[i].last);
	free(s->row);
	*s = (struct status){0};
}
