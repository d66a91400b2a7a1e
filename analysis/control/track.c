/* SPDX-License-Identifier: ISC */
#include "analysis/control/track.h"

#include "analysis/control/control.h"
#include "probe/base/mem.h"

#include <stdlib.h>

struct holder {
	bool has, ripe;
	bool hidden; /* whether it still has is not known */
	int64_t arrived_us;
	int64_t left_us; /* the last time; -1 */
	int64_t gone_us; /* what it adds to the wave of a fall; -1 */
};

void
track_open(struct track *t, enum track_kind kind, uint32_t asn)
{
	*t = (struct track){.kind = kind,
	    .asn = asn,
	    .nbeliefs = kind == TRACK_ANY ? 2 : 1,
	    .belief = {{.percent = CONTROL_PEERS_PERCENT},
		{.percent = CONTROL_MOST_PERCENT}}};
}

void
track_free(struct track *t)
{
	for (size_t i = 0; i < BELIEFS; i++)
		free(t->belief[i].turn);
	free(t->tallies.tally);
	free(t->holder);
	keymap_clear(&t->index);
}

static struct holder *
holder_of(struct track *t, uint32_t peer)
{
	uint32_t *no = keymap_at(&t->index, peer);
	if (*no != UINT32_MAX)
		return &t->holder[*no];
	if (t->nholders == t->room) {
		t->room = t->room == 0 ? 8 : 2 * t->room;
		t->holder =
		    xreallocarray(t->holder, t->room, sizeof(*t->holder));
	}
	*no = (uint32_t)t->nholders++;
	t->holder[*no] = (struct holder){.left_us = -1, .gone_us = -1};
	return &t->holder[*no];
}

static int64_t
last_turn(const struct track *t)
{
	const struct belief *b = &t->belief[BELIEF_HELD];
	return b->n > 0 ? b->turn[b->n - 1].since_us : -1;
}

static bool
settled(int64_t from_us, int64_t at_us)
{
	return from_us < 0 || at_us - from_us >= CONTROL_SETTLE_US;
}

/* Adds it to the numbers, or takes it out before it changes. */
static void
count(struct track *t, const struct holder *h, bool in)
{
	size_t one = in ? 1 : (size_t)-1;
	if (!h->has)
		return;
	if (h->hidden) {
		t->hidden += one;
		return;
	}
	t->seen += one;
	if (h->ripe)
		t->ripe += one;
}

void
track_arrive(struct track *t, uint32_t peer, int64_t at_us, bool told)
{
	struct holder *h = holder_of(t, peer);
	h->has = true;
	h->hidden = false;
	h->arrived_us = at_us;
	h->ripe = settled(h->left_us, at_us);
	count(t, h, true);
	t->arrived = true;
	t->told = t->told || told;
}

void
track_leave(struct track *t, uint32_t peer, int64_t at_us)
{
	struct holder *h = holder_of(t, peer);
	if (h->gone_us <= last_turn(t) || settled(h->arrived_us, at_us))
		h->gone_us = at_us;
	count(t, h, false);
	h->has = h->ripe = false;
	h->left_us = at_us;
	t->left = true;
}

void
track_hide(struct track *t, uint32_t peer, bool hidden)
{
	struct holder *h = holder_of(t, peer);
	count(t, h, false);
	h->hidden = hidden;
	count(t, h, true);
}

void
track_forget(struct track *t, uint32_t peer)
{
	struct holder *h = holder_of(t, peer);
	count(t, h, false);
	h->has = h->ripe = h->hidden = false;
	t->forgotten = true;
}

bool
track_ripen(struct track *t, uint32_t peer, int64_t at_us)
{
	struct holder *h = holder_of(t, peer);
	if (!h->has || h->ripe || !settled(h->left_us, at_us))
		return false;
	count(t, h, false);
	h->ripe = true;
	count(t, h, true);
	t->arrived = t->told = true;
	return true;
}

static int
newest_first(const void *va, const void *vb)
{
	const int64_t *a = va, *b = vb;
	return (*a < *b) - (*a > *b);
}

/* Back from the newest to where there is a pause. */
static int64_t
wave_start(int64_t *at_us, size_t n, int64_t newest_us)
{
	if (n == 0)
		return newest_us;
	qsort(at_us, n, sizeof(*at_us), newest_first);
	int64_t first = newest_us;
	for (size_t i = 0; i < n && first - at_us[i] < CONTROL_SETTLE_US; i++)
		first = at_us[i];
	return first;
}

static int64_t
fall_start(const struct track *t, int64_t after_us, int64_t at_us)
{
	int64_t *gone = xcalloc(t->nholders + 1, sizeof(*gone));
	size_t n = 0;
	for (size_t i = 0; i < t->nholders; i++) {
		const struct holder *h = &t->holder[i];
		if (!(h->has && h->ripe) && h->gone_us > after_us)
			gone[n++] = h->gone_us;
	}
	int64_t start = wave_start(gone, n, at_us);
	free(gone);
	return start;
}

static int64_t
rise_start(const struct track *t, int64_t after_us, int64_t at_us)
{
	int64_t *come = xcalloc(t->nholders + 1, sizeof(*come));
	int64_t newest = -1;
	size_t n = 0;
	for (size_t i = 0; i < t->nholders; i++) {
		const struct holder *h = &t->holder[i];
		if (!h->has || h->arrived_us <= after_us)
			continue;
		come[n++] = h->arrived_us;
		if (h->arrived_us > newest)
			newest = h->arrived_us;
	}
	int64_t start = wave_start(come, n, n > 0 ? newest : at_us);
	free(come);
	return start;
}

static void
turn(struct belief *b, const struct turn *turn)
{
	if (b->n == b->room) {
		b->room = b->room == 0 ? 4 : 2 * b->room;
		b->turn = xreallocarray(b->turn, b->room, sizeof(*b->turn));
	}
	b->turn[b->n++] = *turn;
	b->held = turn->up;
}

static bool
enough(const struct belief *b, size_t n, size_t peers)
{
	return n > 0 && n * 100 >= b->percent * peers;
}

static bool
falls(const struct track *t, const struct belief *b, size_t peers)
{
	if (t->forgotten && t->seen + t->hidden == 0)
		return true;
	return t->left && !enough(b, t->ripe, peers) && t->ripe * 2 <= b->top;
}

static bool
rises(const struct track *t, const struct belief *b, size_t peers)
{
	return t->arrived &&
	       (enough(b, t->ripe, peers) ||
		   (t->seen * 2 >= b->top && enough(b, t->seen, peers)));
}

static void
judge(struct track *t, struct belief *b, size_t peers, int64_t at_us)
{
	int64_t after = b->n > 0 ? b->turn[b->n - 1].since_us : -1;
	if (b->held && falls(t, b, peers)) {
		turn(b, &(struct turn){
			    t->left ? fall_start(t, after, at_us) : at_us,
			    at_us, false, t->left});
	} else if (!b->held && rises(t, b, peers)) {
		turn(b, &(struct turn){
			    rise_start(t, after, at_us), at_us, true, t->told});
		b->top = t->seen;
	} else if (b->held && t->seen > b->top) {
		b->top = t->seen;
	}
}

void
track_judge(struct track *t, size_t peers, int64_t at_us)
{
	for (size_t i = 0; i < t->nbeliefs; i++)
		judge(t, &t->belief[i], peers, at_us);
}

void
track_note(struct track *t, int64_t at_us)
{
	tallies_put(
	    &t->tallies, (struct tally){at_us, t->seen, t->left || t->arrived});
	t->touched = t->left = t->arrived = t->forgotten = t->told = false;
}

void
track_begin(struct track *t, size_t peers, int64_t since_us)
{
	for (size_t i = 0; i < t->nbeliefs; i++) {
		struct belief *b = &t->belief[i];
		b->top = t->seen + t->hidden;
		if (enough(b, b->top, peers))
			turn(b, &(struct turn){since_us, since_us, true, true});
	}
}

void
track_stop(struct track *t, int64_t at_us)
{
	for (size_t i = 0; i < t->nbeliefs; i++)
		if (t->belief[i].held)
			turn(&t->belief[i],
			    &(struct turn){at_us, at_us, false, true});
}

void
tallies_put(struct tallies *t, struct tally tally)
{
	if (tally.peers == (t->n > 0 ? t->tally[t->n - 1].peers : 0))
		return;
	if (t->n == t->room) {
		t->room = t->room == 0 ? 8 : 2 * t->room;
		t->tally = xreallocarray(t->tally, t->room, sizeof(*t->tally));
	}
	t->tally[t->n++] = tally;
}

/* The first that is later; n when none is. */
static size_t
later(const struct tallies *t, int64_t at_us)
{
	size_t lo = 0, hi = t->n;
	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;
		if (t->tally[mid].at_us <= at_us)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

size_t
tallies_at(const struct tallies *t, int64_t at_us)
{
	size_t i = later(t, at_us);
	return i > 0 ? t->tally[i - 1].peers : 0;
}

int64_t
tallies_settled(const struct tallies *t, int64_t from_us, int64_t to_us)
{
	int64_t last = from_us;
	for (size_t i = later(t, from_us); i < t->n; i++) {
		int64_t at = t->tally[i].at_us;
		if (at - last >= CONTROL_SETTLE_US || at >= to_us)
			break;
		last = t->tally[i].told ? at : last;
	}
	return last;
}
