/* SPDX-License-Identifier: ISC */
#include "tests/sim/control_reference.h"

#include <assert.h>
#include <string.h>

static void
ref_open(struct reference *r)
{
	static const struct {
		enum track_kind kind;
		uint32_t asn;
	} tracks[TRACKS] = {{TRACK_ANY, 0}, {TRACK_UPSTREAM, 1},
	    {TRACK_UPSTREAM, 2}, {TRACK_UPSTREAM, 3}, {TRACK_ORIGIN, 8},
	    {TRACK_ORIGIN, 9}};
	memset(r, 0, sizeof(*r));
	r->began = r->settle = -1;
	for (size_t i = 0; i < TRACKS; i++) {
		struct ref_track *t = &r->track[i];
		t->kind = tracks[i].kind;
		t->asn = tracks[i].asn;
		t->nbeliefs = t->kind == TRACK_ANY ? 2 : 1;
		t->belief[0].percent = CONTROL_PEERS_PERCENT;
		t->belief[1].percent = CONTROL_MOST_PERCENT;
		for (size_t p = 0; p < PEERS; p++)
			t->holder[p] = (struct ref_holder){false, -1, -1, -1};
	}
}

static bool
is_ripe(const struct ref_holder *h, int64_t now)
{
	return h->has && (h->left < 0 || now - h->left >= SETTLE);
}

static size_t
count(const struct reference *r, const struct ref_track *t, int64_t now,
    bool ripe, bool hidden)
{
	size_t n = 0;
	for (size_t p = 0; p < PEERS; p++)
		if ((r->known[p] || hidden) && t->holder[p].has &&
		    (!ripe || is_ripe(&t->holder[p], now)))
			n++;
	return n;
}

/* Those who ever had a route; all while nobody had. */
static size_t
count_peers(const struct reference *r, const bool *which)
{
	size_t n = 0;
	bool any = false;
	for (size_t p = 0; p < PEERS; p++)
		any |= r->had[p];
	for (size_t p = 0; p < PEERS; p++)
		n += which[p] && (r->had[p] || !any);
	return n;
}

static int64_t
last_since(const struct ref_belief *b)
{
	return b->n > 0 ? b->turn[b->n - 1].since_us : -1;
}

static void
ref_turn(struct ref_belief *b, const struct turn *turn)
{
	assert(b->n < TURNS);
	b->turn[b->n++] = *turn;
	b->held = turn->up;
}

/* The newest of a peer's times in after < t < before; -1. */
static int64_t
earlier(const struct ref_track *t, bool up, int64_t after, int64_t before,
    int64_t now)
{
	int64_t best = -1;
	for (size_t p = 0; p < PEERS; p++) {
		const struct ref_holder *h = &t->holder[p];
		int64_t at = up ? h->arrived : h->gone;
		if ((up ? h->has : !is_ripe(h, now)) && at > after &&
		    at < before && at > best)
			best = at;
	}
	return best;
}

static int64_t
ref_start(const struct ref_track *t, bool up, int64_t after, int64_t now)
{
	int64_t first = now;
	if (up) {
		int64_t newest = earlier(t, true, after, now + 1, now);
		first = newest >= 0 ? newest : now;
	}
	for (int64_t at; (at = earlier(t, up, after, first, now)) >= 0 &&
			 first - at < SETTLE;)
		first = at;
	return first;
}

static bool
enough(const struct ref_belief *b, size_t n, size_t of)
{
	return n > 0 && n * 100 >= b->percent * of;
}

static void
ref_judge(const struct reference *r, struct ref_track *t, struct ref_belief *b,
    int64_t now)
{
	size_t seen = count(r, t, now, false, false);
	size_t ripe = count(r, t, now, true, false);
	size_t of = count_peers(r, r->known);
	bool nobody = t->forgotten && count(r, t, now, false, true) == 0;
	if (b->held && (nobody || (t->left && !enough(b, ripe, of) &&
				      ripe * 2 <= b->top))) {
		int64_t since =
		    t->left ? ref_start(t, false, last_since(b), now) : now;
		ref_turn(b, &(struct turn){since, now, false, t->left});
	} else if (!b->held && t->arrived &&
		   (enough(b, ripe, of) ||
		       (seen * 2 >= b->top && enough(b, seen, of)))) {
		int64_t since = ref_start(t, true, last_since(b), now);
		ref_turn(b, &(struct turn){since, now, true, true});
		b->top = seen;
	} else if (b->held && seen > b->top) {
		b->top = seen;
	}
}

static void
ref_begin(const struct reference *r, struct ref_track *t, struct ref_belief *b)
{
	b->top = count(r, t, 0, false, true);
	if (enough(b, b->top, count_peers(r, r->remembered)))
		ref_turn(b, &(struct turn){r->began, r->began, true, true});
}

static void
ref_moment(struct reference *r, int64_t now)
{
	bool stop = r->began >= 0 && count_peers(r, r->remembered) == 0;
	bool begin = !stop && r->settle >= 0 && r->settle <= now;
	bool settled = r->began >= 0 && !stop && (begin || r->settle < 0);
	for (size_t i = 0; i < (size_t)TRACKS * BELIEFS; i++) {
		struct ref_track *t = &r->track[i / BELIEFS];
		struct ref_belief *b = &t->belief[i % BELIEFS];
		if (i % BELIEFS >= t->nbeliefs)
			continue;
		if (stop && b->held)
			ref_turn(b, &(struct turn){now, now, false, true});
		if (begin)
			ref_begin(r, t, b);
		if (settled)
			ref_judge(r, t, b, now);
	}
	for (size_t i = 0; i < TRACKS; i++)
		r->track[i].left = r->track[i].arrived = r->track[i].forgotten =
		    false;
	r->began = stop ? -1 : r->began;
	r->settle = stop || begin ? -1 : r->settle;
}

/* What time alone brings about. */
static void
ref_age(struct reference *r, int64_t now)
{
	for (size_t i = 0; i < TRACKS; i++)
		for (size_t p = 0; p < PEERS; p++) {
			const struct ref_holder *h = &r->track[i].holder[p];
			if (h->has && h->left >= 0 && now - h->left == SETTLE)
				r->track[i].arrived = true;
		}
	for (size_t p = 0; p < PEERS; p++) {
		if (r->known[p] || !r->remembered[p] ||
		    now - r->silent[p] < LAPSE)
			continue;
		r->remembered[p] = false;
		for (size_t i = 0; i < TRACKS; i++) {
			struct ref_holder *h = &r->track[i].holder[p];
			r->track[i].forgotten |= h->has;
			h->has = false;
		}
	}
}

static bool
says(const struct ref_track *t, const struct told *row)
{
	switch (t->kind) {
	case TRACK_ANY:
		return row->origin != 0;
	case TRACK_UPSTREAM:
		return row->origin != 0 && row->upstream == t->asn;
	case TRACK_ORIGIN:
		return row->origin == t->asn;
	}
	return false;
}

static void
ref_tell(struct reference *r, const struct told *row)
{
	if (row->silent) {
		if (r->known[row->peer])
			r->silent[row->peer] = row->at;
		r->known[row->peer] = false;
		return;
	}
	if (r->began < 0) {
		r->began = row->at;
		r->settle = row->at + SETTLE;
	}
	r->known[row->peer] = r->remembered[row->peer] = true;
	r->had[row->peer] |= row->origin != 0;
	for (size_t i = 0; i < TRACKS; i++) {
		struct ref_track *t = &r->track[i];
		struct ref_holder *h = &t->holder[row->peer];
		bool has = says(t, row);
		if (h->has && !has) {
			if (h->gone <= last_since(&t->belief[0]) ||
			    row->at - h->arrived >= SETTLE)
				h->gone = row->at;
			h->left = row->at;
			t->left = true;
		} else if (!h->has && has) {
			h->arrived = row->at;
			t->arrived = true;
		}
		h->has = has;
	}
}

/* Every second from the first to the last: slow, and nothing is missed. */
void
ref_fold(struct reference *r, const struct told *row, size_t n)
{
	ref_open(r);
	size_t i = 0;
	for (int64_t now = row[0].at; now <= row[n - 1].at; now++) {
		ref_age(r, now);
		for (; i < n && row[i].at == now; i++)
			ref_tell(r, &row[i]);
		ref_moment(r, now);
	}
	if (r->settle >= 0)
		ref_moment(r, r->settle);
}
