/* SPDX-License-Identifier: ISC */
#include "sql/account.h"

#include "probe/base/mem.h"

#include <stdlib.h>
#include <string.h>

static bool
before(const struct account *a, int64_t vantage_id, int64_t epoch)
{
	return a->vantage_id < vantage_id ||
	       (a->vantage_id == vantage_id && a->epoch < epoch);
}

static bool
is(const struct account *a, int64_t vantage_id, int64_t epoch)
{
	return a->vantage_id == vantage_id && a->epoch == epoch;
}

static size_t
find(const struct accounts *all, int64_t vantage_id, int64_t epoch)
{
	size_t lo = 0, hi = all->n;
	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;
		if (before(&all->v[mid], vantage_id, epoch))
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

struct account *
accounts_of(struct accounts *all, int64_t vantage_id, int64_t epoch)
{
	if (all->last < all->n && is(&all->v[all->last], vantage_id, epoch))
		return &all->v[all->last];
	size_t i = find(all, vantage_id, epoch);
	all->last = i;
	if (i < all->n && is(&all->v[i], vantage_id, epoch))
		return &all->v[i];
	if (all->n == all->room) {
		all->room = all->room ? all->room * 2 : 16;
		all->v = xreallocarray(all->v, all->room, sizeof(*all->v));
	}
	memmove(&all->v[i + 1], &all->v[i], (all->n - i) * sizeof(*all->v));
	all->v[i] = (struct account){.vantage_id = vantage_id, .epoch = epoch};
	all->n++;
	return &all->v[i];
}

struct account *
accounts_epoch(struct accounts *all, int64_t epoch)
{
	for (size_t i = 0; i < all->n; i++)
		if (all->v[i].epoch == epoch)
			return &all->v[i];
	return NULL;
}

bool
account_has_segments(const struct account *a)
{
	return a->ledgered > 0 || a->files > 0;
}

struct closing {
	const struct accounts *all;
	account_say *say;
	void *arg;
	struct account *a;
};

static void
say(const struct closing *c, enum finding_kind kind, int64_t first,
    int64_t last)
{
	struct finding it = finding_of(kind);
	it.epoch = c->a->epoch;
	it.first = first;
	it.last = last;
	c->say(c->arg, c->a, &it);
}

static void
say_counts(const struct closing *c, enum finding_kind kind, int64_t expected,
    int64_t found)
{
	struct finding it = finding_of(kind);
	it.epoch = c->a->epoch;
	it.expected = expected;
	it.found = found;
	c->say(c->arg, c->a, &it);
}

/*
 * A spool that goes on under another epoch (on another machine) goes on with
 * its numbers, too: the first segment is the one behind those of another epoch.
 */
static int64_t
first_segment(const struct closing *c)
{
	int64_t first = ranges_span(&c->a->segments).first;
	if (c->all->window)
		return first;
	for (size_t i = 0; i < c->all->n; i++) {
		const struct account *other = &c->all->v[i];
		if (other != c->a && other->vantage_id == c->a->vantage_id &&
		    ranges_has(&other->segments, first - 1))
			return first;
	}
	return 1;
}

static void
close_segments(const struct closing *c)
{
	struct account *a = c->a;
	struct range gap, span = ranges_span(&a->segments);
	if (a->segments.n == 0 && a->next_segment == 0)
		return;
	int64_t to = span.last, from = a->segments.n > 0 ? first_segment(c) : 1;
	if (!c->all->window_ends && a->next_segment - 1 > to)
		to = a->next_segment - 1;
	for (; ranges_gap(&a->segments, from, to, &gap); from = gap.last + 1) {
		say(c, FINDING_SEGMENT_MISSING, gap.first, gap.last);
		a->doubtful = true;
	}
}

/* What the segments say that is missing; below 0 when there is more. */
static int64_t
missing_traces(const struct closing *c)
{
	const struct account *a = c->a;
	if (c->all->window)
		return a->short_traces;
	return a->ledger_traces - (a->traces - a->early.count);
}

static void
close_counts(const struct closing *c)
{
	struct account *a = c->a;
	int64_t missing = missing_traces(c);
	if (c->all->window || a->copied || !account_has_segments(a))
		return;
	if (missing > 0)
		say_counts(c, FINDING_TRACES_MISSING, a->ledger_traces,
		    a->traces - a->early.count);
	if (missing < 0) {
		say_counts(c, FINDING_TRACES_UNLEDGERED, a->ledger_traces,
		    a->traces - a->early.count);
		a->doubtful = true;
	}
	if (a->ledger_runs > a->runs)
		say_counts(c, FINDING_RUNS_MISSING, a->ledger_runs, a->runs);
}

/* What became of the numbers that are in no trace. */
static enum finding_kind
fate(const struct closing *c, int64_t gaps)
{
	const struct account *a = c->a;
	int64_t lost = missing_traces(c) - a->known_lost;
	if (!account_has_segments(a) || a->doubtful || a->copied)
		return FINDING_GAP_UNKNOWN;
	if (lost <= 0)
		return FINDING_GAP_UNUSED;
	return lost >= gaps ? FINDING_GAP_LOST : FINDING_GAP_UNKNOWN;
}

static void
close_seqs(const struct closing *c)
{
	const struct account *a = c->a;
	struct range gap, span = ranges_span(&a->seqs);
	int64_t from = c->all->window ? span.first : 1, to = span.last;
	if (from <= a->dropped_seq)
		from = a->dropped_seq + 1;
	int64_t gaps = 0;
	if (!c->all->window_ends && !a->open && a->next_seq - 1 > to)
		to = a->next_seq - 1;
	if (c->all->window && a->seqs.n == 0)
		return;
	for (int64_t i = from; ranges_gap(&a->seqs, i, to, &gap);
	     i = gap.last + 1)
		gaps += gap.last - gap.first + 1;
	enum finding_kind kind = fate(c, gaps);
	for (; ranges_gap(&a->seqs, from, to, &gap); from = gap.last + 1)
		say(c, kind, gap.first, gap.last);
}

void
accounts_close(struct accounts *all, account_say *each, void *arg)
{
	for (size_t i = 0; i < all->n; i++) {
		struct closing c = {all, each, arg, &all->v[i]};
		close_segments(&c);
		close_counts(&c);
		close_seqs(&c);
	}
}

void
accounts_free(struct accounts *all)
{
	for (size_t i = 0; i < all->n; i++) {
		ranges_free(&all->v[i].segments);
		ranges_free(&all->v[i].seqs);
		ranges_free(&all->v[i].stored);
		ranges_free(&all->v[i].early);
	}
	free(all->v);
	*all = (struct accounts){0};
}
