/* SPDX-License-Identifier: ISC */
#include "analysis/control/flips.h"

#include "analysis/control/control.h"
#include "probe/base/mem.h"

#include <stdlib.h>

/* Whether there was a route just before a time. */
static bool
routed_before(const struct chorus *s, int64_t at_us)
{
	const struct belief *any = &s->track[0].belief[BELIEF_HELD];
	size_t lo = 0, hi = any->n;
	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;
		if (any->turn[mid].since_us < at_us)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo > 0 && any->turn[lo - 1].up;
}

/* Whether turn i of an upstream and the next one are exploration only. */
static bool
explored(const struct chorus *s, const struct track *t, size_t i)
{
	const struct belief *b = &t->belief[BELIEF_HELD];
	return t->kind == TRACK_UPSTREAM && b->turn[i].up && i + 1 < b->n &&
	       b->turn[i + 1].since_us - b->turn[i].since_us <
		   CONTROL_SETTLE_US &&
	       routed_before(s, b->turn[i].since_us);
}

static void
add(struct flips *f, const struct chorus *s, uint32_t track, uint32_t belief)
{
	const struct track *t = &s->track[track];
	const struct belief *b = &t->belief[belief];
	f->flip = xreallocarray(f->flip, f->n + b->n + 1, sizeof(*f->flip));
	for (size_t i = 0; i < b->n; i++) {
		if (explored(s, t, i)) {
			i++;
			continue;
		}
		f->flip[f->n++] = (struct flip){.turn = b->turn[i],
		    .kind = t->kind,
		    .asn = t->asn,
		    .track = track,
		    .belief = belief,
		    .next_us =
			i + 1 < b->n ? b->turn[i + 1].since_us : INT64_MAX};
	}
}

static int
compare(int64_t a, int64_t b)
{
	return (a > b) - (a < b);
}

/* Not by the numbers of tracks, which depend on who spoke first. */
static int
by_time(const void *va, const void *vb)
{
	const struct flip *a = va, *b = vb;
	int order = compare(a->turn.since_us, b->turn.since_us);
	order = order ? order : compare(a->kind, b->kind);
	order = order ? order : compare(a->asn, b->asn);
	return order ? order : compare(a->belief, b->belief);
}

static bool
turned_in(const struct flip *first, const struct flip *flip)
{
	for (const struct flip *p = first; p < flip; p++)
		if (p->track == flip->track && p->belief == flip->belief)
			return true;
	return false;
}

/* How many from here on are one change. */
static size_t
group(const struct flip *first, size_t n)
{
	int64_t together = first->turn.since_us + CONTROL_TOGETHER_US;
	int64_t ends = together;
	size_t i = 0;
	for (; i < n; i++) {
		const struct flip *p = &first[i];
		if (p->turn.since_us > (p->turn.up ? together : ends) ||
		    turned_in(first, p))
			break;
		bool all = p->track == 0 && p->belief == BELIEF_HELD;
		if (all && !p->turn.up && p->turn.decided_us > ends)
			ends = p->turn.decided_us;
	}
	return i;
}

void
flips_find(struct flips *f, const struct chorus *s)
{
	*f = (struct flips){0};
	for (size_t i = 0; i < s->ntracks; i++)
		for (size_t b = 0; b < s->track[i].nbeliefs; b++)
			add(f, s, (uint32_t)i, (uint32_t)b);
	if (f->n > 0)
		qsort(f->flip, f->n, sizeof(*f->flip), by_time);
	for (size_t i = 0; i < f->n;) {
		size_t n = group(&f->flip[i], f->n - i);
		for (size_t k = i; k < i + n; k++)
			f->flip[k].group_us = f->flip[i].turn.since_us;
		i += n;
	}
}

void
flips_free(struct flips *f)
{
	free(f->flip);
	*f = (struct flips){0};
}
