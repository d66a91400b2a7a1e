/* SPDX-License-Identifier: ISC */
#include "tests/sim/control_reference.h"
#include "tests/sim/random.h"
#include "tests/unit/control_told.h"

/*
 * Random routes of a few peers, folded by the program and by a reference that
 * looks at every peer again in every moment. TUMEN_SEED=n is the stream alone
 * that failed; TUMEN_STREAMS how many.
 */

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
			    w.up == g.up && w.told == g.told)
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

/* An event for each two known runs that differ because somebody said so, or
 * that are and are not routed; and no other. */
static bool
sound_events(const struct control *c)
{
	size_t n = 0, plain = 0;
	const struct control_run *old = NULL;
	for (size_t i = 0; i < c->n; i++) {
		if (!c->run[i].known)
			continue;
		n += old != NULL && !control_same_state(old, &c->run[i]) &&
		     (c->run[i].told || old->routed != c->run[i].routed);
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
