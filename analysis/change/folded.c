/* SPDX-License-Identifier: ISC */
#include "analysis/change/folded.h"

#include "analysis/change/seat.h"
#include "analysis/change/vantage_events.h"
#include "probe/base/mem.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Whether an earlier vote names the same carrier. */
static bool
named_before(const struct run *const *vote, size_t i)
{
	for (size_t k = 0; k < i; k++)
		if (strcmp(vote[k]->carrier, vote[i]->carrier) == 0)
			return true;
	return false;
}

size_t
folded_word(const struct run *const *vote, size_t n,
    char word[static RUN_CARRIER_MAX + 1])
{
	const char *only = "unknown";
	size_t carriers = 0, agreeing = 0;
	for (size_t i = 0; i < n; i++) {
		bool names = run_names(vote[i]);
		if (names && !named_before(vote, i))
			carriers++;
		if (names ||
		    (carriers == 0 && strcmp(vote[i]->carrier, "none") == 0))
			only = vote[i]->carrier;
	}
	for (size_t i = 0; i < n; i++)
		agreeing += carriers > 0 ? run_names(vote[i])
					 : strcmp(vote[i]->carrier, only) == 0;
	snprintf(word, RUN_CARRIER_MAX + 1, "%s",
	    carriers > 2    ? "several"
	    : carriers == 2 ? "both"
			    : only);
	return agreeing;
}

static const char *
reach_of(const struct table *t, int64_t at_us)
{
	const char *reach = "unknown";
	for (size_t i = 0; i < t->n; i++) {
		const struct reach_run *run = seat_reach(&t->seat[i], at_us);
		if (run == NULL)
			continue;
		if (strcmp(run->reach, "up") == 0)
			return "up";
		if (strcmp(run->reach, "down") == 0)
			reach = "down";
	}
	return reach;
}

static void
add_piece(
    struct folded *f, const struct table *t, int64_t since_us, int64_t until_us)
{
	struct folded_piece piece = {.prefix = t->prefix,
	    .since_us = since_us,
	    .until_us = until_us,
	    .reach = reach_of(t, since_us),
	    .vote = xcalloc(t->n, sizeof(struct run *))};
	for (size_t i = 0; i < t->n; i++) {
		const struct run *run = seat_run(&t->seat[i], since_us);
		if (run != NULL)
			piece.vote[piece.n++] = run;
	}
	piece.agreeing = folded_word(piece.vote, piece.n, piece.carrier);
	f->piece = xreallocarray(f->piece, f->n + 1, sizeof(*f->piece));
	f->piece[f->n++] = piece;
}

/* The votes did not change: b goes on with a. */
static bool
same_votes(const struct folded_piece *a, const struct folded_piece *b)
{
	return a->n == b->n && strcmp(a->reach, b->reach) == 0 &&
	       (a->n == 0 ||
		   memcmp(a->vote, b->vote, a->n * sizeof(struct run *)) == 0);
}

static void
join_last(struct folded *f, size_t first)
{
	if (f->n < first + 2)
		return;
	struct folded_piece *a = &f->piece[f->n - 2], *b = &f->piece[f->n - 1];
	if (!same_votes(a, b))
		return;
	a->until_us = b->until_us;
	free(b->vote);
	f->n--;
}

/* Moments at which a vote may change. */
struct moments {
	size_t n;
	int64_t *us;
};

static void
add_moments(
    struct moments *m, int64_t decided_us, int64_t last_us, int64_t newest_us)
{
	int64_t heard_us = decided_us > last_us ? decided_us : last_us;
	m->us[m->n++] = decided_us;
	if (heard_us + FOLDED_STALE_US < newest_us)
		m->us[m->n++] = heard_us + FOLDED_STALE_US;
}

static int
in_time(const void *va, const void *vb)
{
	const int64_t *a = va, *b = vb;
	return (*a > *b) - (*a < *b);
}

static struct moments
moments_of(const struct table *t, int64_t newest_us)
{
	struct moments m = {0};
	size_t most = 1;
	for (size_t i = 0; i < t->n; i++)
		most += 2 * (t->seat[i].nruns + t->seat[i].nreach);
	m.us = xcalloc(most, sizeof(*m.us));
	for (size_t i = 0; i < t->n; i++) {
		const struct seat *s = &t->seat[i];
		for (size_t k = 0; k < s->nruns; k++)
			add_moments(&m, s->run[k].decided_us, s->run[k].last_us,
			    newest_us);
		for (size_t k = 0; k < s->nreach; k++)
			add_moments(&m, s->reach[k].decided_us,
			    s->reach[k].last_us, newest_us);
	}
	m.us[m.n++] = newest_us;
	qsort(m.us, m.n, sizeof(*m.us), in_time);
	return m;
}

static void
fold_table(struct folded *f, struct table *t)
{
	struct moments m = moments_of(t, f->newest_us);
	size_t first = f->n;
	for (size_t i = 0; i < m.n; i++) {
		bool last = i + 1 == m.n;
		if (!last && m.us[i] == m.us[i + 1])
			continue;
		table_forward(t, m.us[i]);
		add_piece(f, t, m.us[i], last ? m.us[i] : m.us[i + 1]);
		join_last(f, first);
	}
	free(m.us);
}

void
folded_open(struct folded *f, const struct timeline *t)
{
	struct tables all;
	tables_lay(&all, t);
	*f = (struct folded){.newest_us = all.newest_us};
	for (size_t i = 0; i < all.n; i++)
		fold_table(f, &all.table[i]);
	tables_free(&all);
}

void
folded_close(struct folded *f)
{
	for (size_t i = 0; i < f->n; i++)
		free(f->piece[i].vote);
	free(f->piece);
	*f = (struct folded){0};
}
