/* SPDX-License-Identifier: ISC */
#include "analysis/control/control_runs.h"
#include "tests/sim/random.h"
#include "tests/unit/control_rows.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

/*
 * Random routes of a few peers, folded by the program and by a reference that
 * looks at every peer again in every moment. TUMEN_SEED=n is the stream alone
 * that failed; TUMEN_STREAMS how many.
 */
enum { PEERS = 9, TRACKS = 6, TURNS = 512, SETTLE = 60, LAPSE = 3600 };

struct ref_holder {
	bool has;
	int64_t arrived, left, gone; /* seconds; -1 */
};

struct ref_belief {
	size_t percent, top, n;
	bool held;
	struct turn turn[TURNS];
};

struct ref_track {
	enum track_kind kind;
	uint32_t asn;
	size_t nbeliefs;
	struct ref_belief belief[BELIEFS];
	struct ref_holder holder[PEERS];
	bool left, arrived, forgotten;
};

struct reference {
	struct ref_track track[TRACKS];
	bool known[PEERS], remembered[PEERS], had[PEERS];
	int64_t silent[PEERS], began, settle;
};

/* upstream 0: the peer goes silent; withdrawn otherwise when origin is 0. */
struct told {
	int64_t at;
	uint32_t peer, upstream, origin;
	bool silent;
};

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
ref_turn(struct ref_belief *b, bool up, int64_t since, int64_t at)
{
	assert_true(b->n < TURNS);
	b->turn[b->n++] = (struct turn){since, at, up};
	b->held = up;
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
		ref_turn(b, false,
		    t->left ? ref_start(t, false, last_since(b), now) : now,
		    now);
	} else if (!b->held && t->arrived &&
		   (enough(b, ripe, of) ||
		       (seen * 2 >= b->top && enough(b, seen, of)))) {
		ref_turn(b, true, ref_start(t, true, last_since(b), now), now);
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
		ref_turn(b, true, r->began, r->began);
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
			ref_turn(b, false, now, now);
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
static void
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

static const struct track *
find(const struct chorus *c, const struct ref_track *t)
{
	for (size_t i = 0; i < c->ntracks; i++)
		if (c->track[i].kind == t->kind && c->track[i].asn == t->asn)
			return &c->track[i];
	return NULL;
}

/* Whether all turns are the same; prints the first that are not. */
static bool
same_turns(const struct ref_track *want, const struct track *got)
{
	for (size_t k = 0; k < want->nbeliefs; k++) {
		const struct ref_belief *b = &want->belief[k];
		size_t n = got != NULL ? got->belief[k].n : 0;
		for (size_t i = 0; i < b->n || i < n; i++) {
			struct turn w = {0}, g = {0};
			if (i < b->n)
				w = b->turn[i];
			if (i < n)
				g = got->belief[k].turn[i];
			if (w.since_us * 1000000 == g.since_us &&
			    w.decided_us * 1000000 == g.decided_us &&
			    w.up == g.up)
				continue;
			printf("# kind %d AS%u belief %zu turn %zu: want %d "
			       "%lld..%lld, got %d %lld..%lld\n",
			    want->kind, want->asn, k, i, w.up,
			    (long long)w.since_us, (long long)w.decided_us,
			    g.up, (long long)(g.since_us / 1000000),
			    (long long)(g.decided_us / 1000000));
			return false;
		}
	}
	return true;
}

/* Waves of all peers, single peers that wander, sessions that end. */
static size_t
stream(struct random *rng, struct told *row, size_t max)
{
	int64_t now = 1000;
	size_t n = 0;
	uint32_t mood = 1;
	uint32_t pauses = random_below(rng, 150000);
	uint32_t silences = random_below(rng, 500000);
	while (n + PEERS < max) {
		bool wave = random_chance(rng, 60000);
		now += random_chance(rng, pauses) ? random_range(rng, 100, 5000)
						  : random_range(rng, 0, 25);
		if (wave)
			mood = random_below(rng, 4);
		for (uint32_t p = 0; p < PEERS; p++) {
			if (!wave && p != n % PEERS)
				continue;
			if (wave)
				now += random_range(rng, 0, 9);
			uint32_t up = random_chance(rng, 700000)
					  ? mood
					  : random_below(rng, 4);
			row[n++] = (struct told){.at = now,
			    .peer = wave ? p : random_below(rng, PEERS),
			    .upstream = up,
			    .origin = up == 0			  ? 0
				      : random_chance(rng, 50000) ? 9
								  : 8,
			    .silent = !wave && random_chance(rng, silences)};
		}
	}
	return n;
}

static struct store_route
route_of(const struct told *t, int64_t no)
{
	return (struct store_route){.collector = "rrc00",
	    .peer_addr = {192, 0, 2, (uint8_t)t->peer},
	    .peer_addr_len = 4,
	    .peer_asn = 64500 + t->peer,
	    .prefix = t->silent ? (struct prefix){0, 0} : rows_176,
	    .at_us = t->at * 1000000,
	    .no = no,
	    .kind = t->silent	     ? ROUTE_DOWN
		    : t->origin == 0 ? ROUTE_WITHDRAWN
				     : ROUTE_ANNOUNCED,
	    .upstream_as = t->origin == 0 ? -1 : (int64_t)t->upstream,
	    .origin_as = t->origin == 0 ? -1 : (int64_t)t->origin};
}

static bool
as_the_reference(const struct told *row, size_t n)
{
	struct reference *ref = xcalloc(1, sizeof(*ref));
	struct chorus chorus;
	bool same = true;
	ref_fold(ref, row, n);
	chorus_open(&chorus, &rows_176);
	for (size_t i = 0; i < n; i++) {
		struct store_route r = route_of(&row[i], (int64_t)i);
		if (row[i].silent)
			chorus_silence(&chorus, row[i].peer, r.at_us);
		else
			chorus_route(&chorus, row[i].peer, &r);
	}
	chorus_close(&chorus);
	for (size_t i = 0; i < TRACKS && same; i++)
		same =
		    same_turns(&ref->track[i], find(&chorus, &ref->track[i]));
	chorus_free(&chorus);
	free(ref);
	return same;
}

/* Runs follow each other, differ, and count no more peers than there are. */
static bool
sound_runs(const struct control *c)
{
	for (size_t i = 0; i < c->n; i++) {
		const struct control_run *run = &c->run[i];
		bool last = i + 1 == c->n;
		if (last ? run->until_us != -1
			 : run->until_us != c->run[i + 1].since_us ||
			       run->until_us <= run->since_us ||
			       control_same_state(run, run + 1))
			return false;
		if (run->settled_us < run->since_us ||
		    (!last && run->settled_us >= run->until_us) ||
		    run->peers > run->peers_known || run->peers_known > PEERS ||
		    run->known != (run->peers_known > 0) ||
		    (!run->routed && run->nupstreams + run->norigins > 0))
			return false;
		for (size_t k = 0; k < run->nupstreams; k++)
			if (run->upstream[k].peers > run->peers)
				return false;
	}
	return true;
}

/* An event for each two known runs that differ, and no other. */
static bool
sound_events(const struct control *c)
{
	size_t n = 0, plain = 0;
	const struct control_run *old = NULL;
	for (size_t i = 0; i < c->n; i++) {
		if (!c->run[i].known)
			continue;
		n += old != NULL && !control_same_state(old, &c->run[i]);
		old = &c->run[i];
	}
	for (size_t i = 0; i < c->events.n; i++) {
		const struct event *e = &c->events.event[i];
		if (e->after_us > e->before_us)
			return false;
		plain += e->kind != EVENT_FLAPPING;
	}
	return n == plain;
}

static bool
same_text(struct rows *r, const char *want, char *text, size_t room)
{
	struct control c = rows_fold(r, NULL, NULL);
	rows_runs(&c, text, room);
	control_close(&c);
	return want == NULL || strcmp(text, want) == 0;
}

/* Other numbers of the peers, and another prefix beside it: the same runs. */
static bool
folds_soundly(const struct told *row, size_t n, struct random *rng)
{
	enum { ROOM = 1 << 16 };
	struct rows r = {0}, mixed = {0};
	char *text = xcalloc(1, ROOM), *again = xcalloc(1, ROOM);
	uint8_t twist = (uint8_t)random_below(rng, 256);
	for (size_t i = 0; i < n; i++) {
		struct store_route one = route_of(&row[i], (int64_t)i);
		rows_add(&r, 0, 0, one.kind);
		r.row[r.n - 1] = one;
		one.peer_addr[3] ^= twist;
		rows_add(&mixed, 0, 0, one.kind);
		mixed.row[mixed.n - 1] = one;
	}
	struct control c = rows_fold(&r, NULL, NULL);
	bool sound = sound_runs(&c) && sound_events(&c);
	control_close(&c);
	sound = sound && same_text(&r, NULL, text, ROOM) &&
		same_text(&mixed, text, again, ROOM);
	rows_free(&r);
	rows_free(&mixed);
	free(text);
	free(again);
	return sound;
}

static void
as_a_slow_fold(void **state)
{
	(void)state;
	enum { ROWS = 300 };
	static struct told row[ROWS];
	const char *seed = getenv("TUMEN_SEED"),
		   *many = getenv("TUMEN_STREAMS");
	uint64_t first = seed != NULL ? strtoull(seed, NULL, 10) : 1;
	uint64_t n = many != NULL ? strtoull(many, NULL, 10) : 300;
	for (uint64_t i = first; i < first + (seed != NULL ? 1 : n); i++) {
		struct random rng = {i};
		size_t rows = stream(&rng, row, ROWS);
		if (!as_the_reference(row, rows))
			fail_msg("TUMEN_SEED=%llu: other turns",
			    (unsigned long long)i);
		if (!folds_soundly(row, rows, &rng))
			fail_msg("TUMEN_SEED=%llu: runs or events that make no "
				 "sense",
			    (unsigned long long)i);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(as_a_slow_fold),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
