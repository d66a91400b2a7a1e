/* SPDX-License-Identifier: ISC */
#include "probe/base/record_name.h"
#include "probe/base/record_path.h"
#include "tests/sim/scenario.h"
#include "tests/sim/world.h"

#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/*
 * Traces over random networks in which everything misbehaves. A failure prints
 * the seed: TUMEN_SEED=N runs that one alone and shows its scenario;
 * TUMEN_TRACES=N runs so many.
 */
enum { TRACES = 4000, LAYERS = 14, WIDTH = 4 };
#define TARGET 0xaf2db047u

struct sums {
	size_t traces, probes, both, one, none, late, extra, refused, unmatched;
	size_t forged_one; /* one witness, that nobody had given */
	size_t stop[STOP_ERROR + 1];
};

static struct world world; /* too big for a stack */
static struct scenario scenario;
static struct sums sums;

#define require(condition)                                                     \
	do {                                                                   \
		if (!(condition))                                              \
			return #condition;                                     \
	} while (0)

/* --- a random scenario --------------------------------------------------- */

/* Each with its own chance, so that most things meet most others. */
static void
some(struct scenario *s, struct random *r, const char *const *what, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (random_chance(r, 70000))
			scenario_say(s, " %s", what[i]);
}

static void
router(struct scenario *s, struct random *r, uint32_t layer, uint32_t at)
{
	static const char *const odd[] = {"silent", "limit=2/s", "loss=30%",
	    "duplicate=40%", "late=30%:1500ms-4s", "answer-from=10.66.6.6",
	    "quote=long", "mpls", "ext=two", "ext=broken", "ext=oversize",
	    "ext=long", "ext=5837", "quote=20", "ttl=30", "zero-ttl", "hidden",
	    "tos=12", "detour=7", "no-route=0"};
	scenario_say(s, "router r%u.%u 198.51.%u.%u,198.51.%u.%u", layer, at,
	    layer, at + 1, layer, at + 100);
	some(s, r, odd, sizeof(odd) / sizeof(odd[0]));
	scenario_say(s, "\n");
}

static void
balance(struct scenario *s, struct random *r, uint32_t from, uint32_t width)
{
	static const char *const by[] = {"by=src,dst,protocol,ports", "by=dst",
	    "by=sport,tos", "by=packet", "by=icmp-id,dport,length"};
	scenario_say(s, " 0.0.0.0/0 ");
	for (uint32_t i = 0; i < width; i++)
		scenario_say(
		    s, "r%u.%u%s", from + 1, i, i + 1 < width ? "," : " ");
	scenario_say(s, "%s\n", by[random_below(r, 5)]);
}

static void
obstacle(struct scenario *s, struct random *r, uint32_t layer)
{
	static const char *const nat[] = {
	    "undone", "stale-check", "stale-all", "new-ipid", "blind"};
	switch (random_below(r, 12)) {
	case 0:
		scenario_say(
		    s, "nat r%u.0 %s\n", layer, nat[random_below(r, 5)]);
		break;
	case 1:
		scenario_say(s,
		    "deny r%u.0 175.45.176.0/22 code=%u rate=40%%\n", layer,
		    random_below(r, 16));
		break;
	case 2:
		scenario_say(s, "deny r%u.0 0.0.0.0/0 silent\n", layer);
		break;
	case 3:
		scenario_say(s, "deny r%u.0 0.0.0.0/0 back\n", layer);
		break;
	default:
		break;
	}
}

static void
hosts(struct scenario *s, struct random *r, uint32_t layer, uint32_t width)
{
	static const char *const odd[] = {"udp=bare", "udp=mute", "tcp=bare",
	    "tcp=open", "icmp=mute", "silent", "router", "loss=40%",
	    "duplicate=30%", "late=30%:1s-3s", "answer-from=10.77.7.7",
	    "share=30%", "unreachable=1", "ext=two", "quote=long",
	    "jitter=40ms"};
	for (uint32_t i = 0; i < width; i++) {
		if (random_chance(r, 60000)) {
			scenario_say(s, "route r%u.%u 175.45.176.0/22 r%u.0\n",
			    layer, i, layer - 1); /* in circles */
			continue;
		}
		scenario_say(s, "hosts 175.45.176.0/22 r%u.%u", layer, i);
		some(s, r, odd, sizeof(odd) / sizeof(odd[0]));
		scenario_say(s, "\n");
	}
}

static void
make_scenario(struct scenario *s, struct random *r)
{
	static const char *const evil[] = {"forge", "flip", "fuzz", "truncate",
	    "oversize", "duplicate", "amplify"};
	uint32_t layers = 2 + random_below(r, LAYERS - 1), width = 1;
	s->n = 0;
	scenario_say(s, "source 192.0.2.1\nnetwork");
	for (size_t i = 0; i < sizeof(evil) / sizeof(evil[0]); i++)
		if (random_chance(r, 400000))
			scenario_say(
			    s, " %s=%u%%", evil[i], 1 + random_below(r, 30));
	scenario_say(s,
	    "\ndefaults link delay=%ums jitter=%ums loss=%u%% "
	    "reorder=%u%%:50ms\n",
	    random_below(r, 10), random_below(r, 20), random_below(r, 4),
	    random_below(r, 10));
	router(s, r, 0, 0);
	scenario_say(s, "link source r0.0\n");
	for (uint32_t layer = 0; layer + 1 < layers; layer++) {
		uint32_t next =
		    random_chance(r, 350000) ? 2 + random_below(r, 3) : 1;
		for (uint32_t i = 0; i < next; i++)
			router(s, r, layer + 1, i);
		for (uint32_t i = 0; i < width; i++) {
			scenario_say(s, "route r%u.%u", layer, i);
			balance(s, r, layer, next);
		}
		obstacle(s, r, layer);
		width = next;
	}
	hosts(s, r, layers - 1, width);
}

/* --- what must hold ------------------------------------------------------ */

/* The network said just that, about just that probe. */
static const struct world_truth *
said(const struct world *w, const struct record_probe *p)
{
	for (size_t i = 0; i < w->truths; i++) {
		const struct world_truth *t = &w->truth[i];
		const struct play_reply *r = &t->reply;
		if (r->genuine && t->ttl == p->ttl &&
		    t->attempt == p->attempt && r->addr == p->addr &&
		    r->icmp_type == p->icmp_type &&
		    r->icmp_code == p->icmp_code && t->rtt_ns == p->rtt_ns)
			return t;
	}
	return NULL;
}

static const char *
check_answer(const struct world *w, const struct record_probe *p)
{
	const struct world_truth *t = said(w, p);
	switch (p->proof) {
	case PROOF_BOTH:
		require(t != NULL && t->reply.proof == PROOF_BOTH);
		sums.both++;
		break;
	case PROOF_ONE:
		require(t == NULL || t->reply.proof >= PROOF_ONE);
		sums.forged_one += t == NULL;
		sums.one++;
		break;
	case PROOF_NONE:
		require(p->addr == TARGET && p->rtt_ns == -1);
		sums.none++;
		break;
	default:
		return "an answer without a grade";
	}
	return NULL;
}

static bool
counts(const struct world *w, size_t i)
{
	const struct play_reply *r = &w->truth[i].reply;
	return r->genuine && r->proof == PROOF_BOTH && r->at_ns < w->now_ns;
}

/* Replies to the same probe that came before. */
static size_t
earlier(const struct world *w, size_t i)
{
	size_t n = 0;
	for (size_t j = 0; j < i; j++)
		n += counts(w, j) && w->truth[j].ttl == w->truth[i].ttl &&
		     w->truth[j].attempt == w->truth[i].attempt;
	return n;
}

/*
 * Every good reply that came in time for the record is in it, but for what an
 * amplifier sends beyond the first few.
 */
static const char *
check_nothing_lost(const struct world *w)
{
	size_t both = 0, recorded = 0, extra = 0;
	for (size_t i = 0; i < w->truths; i++)
		both += counts(w, i) && earlier(w, i) == 0;
	for (size_t i = 0; i < w->record.nprobes; i++) {
		recorded += w->record.probes[i].proof == PROOF_BOTH &&
			    w->record.probes[i].reply_no == 0;
		extra += w->record.probes[i].reply_no > 0;
	}
	require(recorded >= both || extra > 0);
	return NULL;
}

static const char *
check(const struct world *w)
{
	const struct record *r = &w->record;
	const struct trace_config *c = &w->config;
	require(w->asked <= c->attempts * (c->max_ttl - c->first_ttl + 1));
	require(w->truths < WORLD_REPLIES && w->events < WORLD_EVENTS);
	require(!play_inconstant(w->play));
	for (size_t i = 0; i < r->nprobes; i++) {
		const struct record_probe *p = &r->probes[i];
		const char *wrong = p->answered ? check_answer(w, p) : NULL;
		if (wrong != NULL)
			return wrong;
		sums.late += p->late;
		sums.extra += p->reply_no > 0;
	}
	require(!record_reached(r) || r->stop == STOP_REACHED);
	return check_nothing_lost(w);
}

static void
add_up(const struct world *w)
{
	sums.traces++;
	sums.probes += (size_t)w->asked;
	sums.unmatched += w->unmatched;
	sums.stop[w->record.stop]++;
	for (int bad = REPLY_SHORT; bad < REPLY_BAD_KINDS; bad++)
		sums.refused += w->bad[bad];
}

static void
run_seed(uint64_t seed, bool show)
{
	char why[160];
	world_reset(&world, seed);
	make_scenario(&scenario, &world.random);
	if (show)
		print_message("%s", scenario.text);
	struct play *play =
	    play_parse(scenario.text, random_next(&world.random), why);
	if (play == NULL)
		fail_msg("TUMEN_SEED=%" PRIu64 ": %s", seed, why);
	world.play = play;
	world.net.src = play_source(play);
	world.net.dst = TARGET;
	world.method = (enum record_method)(METHOD_UDP + seed % 3);
	world.config.linger_ns = 5 * NS_PER_S;
	pace_init(&world.pace, 100, 3, (struct mono){world.now_ns});
	bool ended = world_run(&world);
	const char *wrong = ended ? check(&world) : "the trace never ended";
	add_up(&world);
	play_close(play);
	if (wrong != NULL)
		fail_msg("TUMEN_SEED=%" PRIu64 ": %s", seed, wrong);
}

static void
no_false_hop(void **state)
{
	(void)state;
	const char *seed = getenv("TUMEN_SEED"), *n = getenv("TUMEN_TRACES");
	uint64_t traces = n == NULL ? TRACES : strtoull(n, NULL, 10);
	world_open(&world);
	if (seed != NULL)
		run_seed(strtoull(seed, NULL, 10), true);
	for (uint64_t i = 1; seed == NULL && i <= traces; i++)
		run_seed(i, false);
	world_close(&world);
	print_message("# %zu traces, %zu probes; answers: %zu both, %zu one "
		      "(%zu of those forged), %zu none; %zu late, %zu extra\n"
		      "# %zu refused bytes, %zu unmatched\n",
	    sums.traces, sums.probes, sums.both, sums.one, sums.forged_one,
	    sums.none, sums.late, sums.extra, sums.refused, sums.unmatched);
	for (int s = STOP_REACHED; s <= STOP_ERROR; s++)
		print_message("# %s %zu\n", record_stop_name(s), sums.stop[s]);
	if (seed != NULL || traces < TRACES)
		return;
	/* the networks were neither dull nor dead */
	assert_true(sums.both > traces * 3);
	assert_true(sums.one > traces / 4);
	assert_true(sums.late > traces / 20);
	assert_true(sums.refused > traces / 2);
	assert_true(sums.unmatched > traces / 2);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(no_false_hop),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
