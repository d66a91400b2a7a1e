/* SPDX-License-Identifier: ISC */
#include "sql/ranges.h"

#include "probe/base/mem.h"

#include <stdlib.h>
#include <string.h>

/* The index of the first range that ends at the number or later. */
static size_t
find(const struct ranges *r, int64_t number)
{
	size_t lo = 0, hi = r->n;
	if (hi > 0 && r->v[hi - 1].last < number)
		return hi; /* numbers mostly ascend */
	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;
		if (r->v[mid].last < number)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

static void
take_out(struct ranges *r, size_t i)
{
	memmove(&r->v[i], &r->v[i + 1], (r->n - i - 1) * sizeof(*r->v));
	r->n--;
}

static void
put_in(struct ranges *r, size_t i, int64_t number)
{
	if (r->n == r->room) {
		r->room = r->room ? r->room * 2 : 4;
		r->v = xreallocarray(r->v, r->room, sizeof(*r->v));
	}
	memmove(&r->v[i + 1], &r->v[i], (r->n - i) * sizeof(*r->v));
	r->v[i] = (struct range){number, number};
	r->n++;
}

/* A quarter of them at once, since all ranges behind have to move. */
static void
forget_lowest_gaps(struct ranges *r)
{
	size_t gone = RANGES_MAX / 4;
	r->v[gone].first = r->v[0].first;
	r->n -= gone;
	memmove(&r->v[0], &r->v[gone], r->n * sizeof(*r->v));
}

bool
ranges_add(struct ranges *r, int64_t number)
{
	size_t i = find(r, number);
	if (i < r->n && r->v[i].first <= number)
		return false;
	r->count++;
	bool before = i > 0 && r->v[i - 1].last + 1 == number;
	bool behind = i < r->n && r->v[i].first - 1 == number;
	if (before && behind) {
		r->v[i - 1].last = r->v[i].last;
		take_out(r, i);
	} else if (before) {
		r->v[i - 1].last = number;
	} else if (behind) {
		r->v[i].first = number;
	} else {
		put_in(r, i, number);
	}
	if (r->n > RANGES_MAX)
		forget_lowest_gaps(r);
	return true;
}

bool
ranges_has(const struct ranges *r, int64_t number)
{
	size_t i = find(r, number);
	return i < r->n && r->v[i].first <= number;
}

struct range
ranges_span(const struct ranges *r)
{
	if (r->n == 0)
		return (struct range){0, -1};
	return (struct range){r->v[0].first, r->v[r->n - 1].last};
}

bool
ranges_gap(const struct ranges *r, int64_t from, int64_t to, struct range *gap)
{
	size_t i = find(r, from);
	if (i < r->n && r->v[i].first <= from)
		from = r->v[i++].last + 1;
	if (from > to)
		return false;
	*gap = (struct range){from, to};
	if (i < r->n && r->v[i].first <= to)
		gap->last = r->v[i].first - 1;
	return true;
}

void
ranges_free(struct ranges *r)
{
	free(r->v);
	*r = (struct ranges){0};
}
