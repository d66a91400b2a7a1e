/* SPDX-License-Identifier: ISC */
/*
 * Differences between traces of the real engine over played networks with
 * balancers, 0 to 20 % loss, rate limits, silence, late and repeated replies:
 * loss is no change, and a change is found where it is. TUMEN_SEED=N runs one
 * network alone, TUMEN_PAIRS=N so many pairs of each kind over others. What one
 * trace of a balancer by packet shows says little: flows are 64 traces a side.
 * A search over more networks than run here found one unchanged pair that was
 * called changed, after about 75,000: a router of a balancer by packet with
 * branches of different length that no trace of the other side had seen.
 */
#include "analysis/change/diff.h"
#include "probe/base/clock.h"
#include "tests/sim/diff_world.h"
#include "tests/sim/world.h"

#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { FAR = 40, JOBS = 64, PER_SECOND = 500, BURST = 40 };

#if defined(__SANITIZE_ADDRESS__)
enum { PAIRS = 1500 };
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
enum { PAIRS = 1500 };
#else
enum { PAIRS = 10240 };
#endif
#else
enum { PAIRS = 10240 };
#endif

/* What the traces of one side of the pairs saw, and what is true. */
struct seen {
	struct record head; /* without probes */
	struct trail trail;
	uint32_t truth[FAR + 1];
};

struct side {
	struct play *play;
	int64_t now_ns;
	struct seen seen[JOBS];
	struct flows flows;
};

struct sums {
	size_t pairs, of[DIFF_INSUFFICIENT + 1];
	size_t untouched; /* flows that the change left alone */
	size_t hidden;	  /* changes wholly in silence */
	size_t found[DIFF_CHANGES], exact; /* both answered where it begins */
	size_t probes;
};

static struct world world; /* too big for a stack */
static struct side before, after;
static uint64_t seed;

static struct play *
played(const struct diff_world *w, uint64_t play_seed)
{
	static struct scenario s;
	char why[160];
	diff_world_say(w, &s);
	struct play *p = play_parse(s.text, play_seed, why);
	if (p == NULL)
		fail_msg("TUMEN_SEED=%" PRIu64 ": %s\n%s", seed, why, s.text);
	return p;
}

static void
run_trace(
    struct side *s, uint32_t flow, enum record_method method, struct random *r)
{
	world_reset(&world, random_next(r));
	world.play = s->play;
	world.flow = flow;
	world.method = method;
	world.net.src = play_source(s->play);
	world.net.dst = DIFF_WORLD_TARGET;
	world.now_ns = s->now_ns;
	pace_init(&world.pace, PER_SECOND, BURST, (struct mono){world.now_ns});
	assert_true(world_run(&world));
	s->now_ns = world.now_ns + random_range(r, 1, 20) * NS_PER_S;
}

static void
learn_truth(const struct play *p, const struct record *r, uint32_t *truth)
{
	uint8_t bytes[BUILD_MAX];
	struct flow_id flow = {
	    r->src, r->target, r->sport, r->dport, r->method};
	struct probe_id id = {.ipid = 1, .check = 1};
	size_t len = build_probe(world.build, &flow, &id, 1, bytes);
	for (int ttl = 1; ttl <= FAR; ttl++)
		truth[ttl] = play_truth(p, bytes, len, (uint8_t)ttl);
}

static void
look(struct side *s, int flows, int jobs, enum record_method method,
    struct random *r)
{
	s->flows = (struct flows){0};
	for (int i = 0; i < jobs; i++) {
		struct seen *to = &s->seen[i];
		run_trace(s, (uint32_t)(i % flows), method, r);
		trail_make(&to->trail, &world.record);
		to->head = world.record;
		to->head.probes = NULL;
		learn_truth(s->play, &world.record, to->truth);
		flows_add(&s->flows, &to->trail);
	}
}

/* One router, or the branches of one balancer that nobody can tell apart. */
static uint32_t
place(uint32_t addr, bool by_packet)
{
	return by_packet && addr >> 24 == 10 ? addr & 0xffffff00 : addr;
}

/* What a trace shows at a TTL: hop[from..to]; nothing: to < from. Who ends it
 * answers all that goes farther. */
struct sight {
	uint8_t from, to;
	bool end, refused;
};

static struct sight
sight_of(const struct trail *t, uint8_t ttl)
{
	uint8_t from = (uint8_t)(t->last - 1);
	bool refused =
	    !t->reached && t->last > 0 && t->hop[from].icmp_code >= 0;
	for (uint8_t i = from; refused && i < RECORD_TTL_MAX; i--) {
		if (t->hop[i].n > 0 && t->hop[i].icmp_code < 0)
			break;
		from = t->hop[i].n > 0 ? i : from;
	}
	if ((refused || t->reached) && ttl > from)
		return (struct sight){
		    from, (uint8_t)(t->last - 1), true, refused};
	uint8_t here = (uint8_t)(ttl - 1);
	bool silent = t->hop[here].n == 0;
	return (struct sight){(uint8_t)(here + silent), here, false, false};
}

static bool
meet(const struct trail_hop *a, const struct trail_hop *b, bool packet)
{
	for (uint8_t i = 0; i < a->n; i++)
		for (uint8_t k = 0; k < b->n; k++)
			if (place(a->addr[i], packet) ==
			    place(b->addr[k], packet))
				return true;
	return false;
}

static bool
differ(const struct trail *a, const struct trail *b, uint8_t ttl, bool packet)
{
	struct sight x = sight_of(a, ttl), y = sight_of(b, ttl);
	bool refused = x.refused && y.refused;
	if (x.to < x.from || y.to < y.from)
		return false;
	for (uint8_t i = x.from; i <= x.to; i++)
		for (uint8_t k = y.from; k <= y.to; k++)
			if (meet(&a->hop[i], &b->hop[k], packet) &&
			    (!refused ||
				a->hop[i].icmp_code == b->hop[k].icmp_code))
				return false;
	return true;
}

/* The first TTL whose router is another; 0 none. */
static uint8_t
true_change(const struct seen *a, const struct seen *b, bool packet)
{
	for (int ttl = 1; ttl <= FAR; ttl++)
		if (place(a->truth[ttl], packet) !=
		    place(b->truth[ttl], packet))
			return (uint8_t)ttl;
	return 0;
}

static uint8_t
shown_change(const struct seen *a, const struct seen *b, bool packet)
{
	for (int ttl = 1; ttl <= FAR; ttl++)
		if (differ(&a->trail, &b->trail, (uint8_t)ttl, packet))
			return (uint8_t)ttl;
	return 0;
}

/* Whether at least one of them shows a part of what changed. */
static bool
glimpsed(const struct seen *a, const struct seen *b, bool packet)
{
	for (int ttl = 1; ttl <= FAR; ttl++)
		if (place(a->truth[ttl], packet) !=
			place(b->truth[ttl], packet) &&
		    (a->trail.hop[ttl - 1].n > 0 ||
			b->trail.hop[ttl - 1].n > 0))
			return true;
	return false;
}

static void
print_side(const char *name, const struct seen *s)
{
	printf("%s", name);
	for (uint8_t ttl = 1; ttl <= s->trail.n; ttl++) {
		const struct trail_hop *h = &s->trail.hop[ttl - 1];
		uint32_t t = s->truth[ttl];
		printf(" %d:", ttl);
		for (uint8_t i = 0; i < h->n; i++)
			printf("%s%d.%d.%d", i > 0 ? "," : "",
			    h->addr[i] >> 16 & 255, h->addr[i] >> 8 & 255,
			    h->addr[i] & 255);
		if (h->n == 0)
			printf("*(%d.%d.%d)", t >> 16 & 255, t >> 8 & 255,
			    t & 255);
		if (h->icmp_code >= 0)
			printf("!%d", h->icmp_code);
	}
	printf("\n");
}

static void
give_up(const char *why, const struct diff *d, const struct seen *a,
    const struct seen *b)
{
	print_side("a", a);
	print_side("b", b);
	for (size_t i = 0; i < d->nedits; i++) {
		const struct diff_edit *e = &d->edit[i];
		printf("%s%s %d/%d; ", edit_op_name(e->op),
		    e->balanced ? "~" : "", e->ttl_a, e->ttl_b);
	}
	fail_msg("TUMEN_SEED=%" PRIu64 ": %s: %s at %d", seed, why,
	    diff_class_name(d->class), d->first_ttl);
}

static void
compare(struct diff *d, int i, bool with_flows)
{
	const struct seen *a = &before.seen[i], *b = &after.seen[i];
	struct diff_sides s = {.a = &a->trail,
	    .b = &b->trail,
	    .before = with_flows ? &before.flows : NULL,
	    .after = with_flows ? &after.flows : NULL};
	s.same_flow = diff_same_flow(&a->head, &b->head, &s.why);
	assert_true(s.same_flow);
	diff(d, &s);
}

/* The edit that the class speaks of. */
static const struct diff_edit *
first_edit(const struct diff *d)
{
	for (size_t i = 0; i < d->nedits; i++) {
		const struct diff_edit *e = &d->edit[i];
		if (e->op != EDIT_EQUAL && e->op != EDIT_SILENT && !e->balanced)
			return e;
	}
	return NULL;
}

static uint8_t
as_of(uint32_t addr)
{
	return addr >> 24 == 10 ? (uint8_t)(addr >> 16) : 0;
}

/* Both answered where it begins: no doubt about place, addresses and ASes. */
static const char *
wrong_place(const struct diff_edit *e, const struct seen *a,
    const struct seen *b, uint8_t at, bool packet)
{
	bool in_a = e->op != EDIT_INSERT, in_b = e->op != EDIT_DELETE;
	if ((in_a && e->ttl_a != at) || (in_b && e->ttl_b != at))
		return "not at the right TTL";
	if ((in_a && place(e->a, packet) != place(a->truth[at], packet)) ||
	    (in_b && place(e->b, packet) != place(b->truth[at], packet)))
		return "not the right addresses";
	if ((in_a && as_of(e->a) != as_of(a->truth[at])) ||
	    (in_b && as_of(e->b) != as_of(b->truth[at])))
		return "not the right ASes";
	return NULL;
}

/* Back over silence, which may be a part of it. */
static uint8_t
earliest(const struct seen *a, const struct seen *b, uint8_t ttl)
{
	while (ttl > 1 &&
	       (a->trail.hop[ttl - 2].n == 0 || b->trail.hop[ttl - 2].n == 0))
		ttl--;
	return ttl;
}

static const char *
judge_found(const struct diff *d, const struct seen *a, const struct seen *b,
    bool packet, bool *exact)
{
	uint8_t begins = true_change(a, b, packet);
	uint8_t shows = shown_change(a, b, packet);
	const struct diff_edit *e = first_edit(d);
	*exact = begins == shows && earliest(a, b, begins) == begins;
	if (d->class != DIFF_CHANGED)
		return "a change that was not found";
	if (d->first_ttl < earliest(a, b, begins) || d->first_ttl > shows)
		return "found elsewhere";
	return *exact ? wrong_place(e, a, b, begins, packet) : NULL;
}

static const char *
judge_hidden(const struct diff *d, const struct seen *a, const struct seen *b,
    bool packet)
{
	if (d->class == DIFF_CHANGED)
		return "a change that nothing shows";
	bool same = d->class == DIFF_SAME || d->class == DIFF_RTT_ONLY;
	return same && glimpsed(a, b, packet) ? "the same?" : NULL;
}

static void
judge(struct sums *sums, int i, bool packet, enum diff_change change)
{
	const struct seen *a = &before.seen[i], *b = &after.seen[i];
	const char *wrong = NULL;
	struct diff d;
	bool exact = false;
	compare(&d, i, packet);
	sums->pairs++;
	sums->of[d.class]++;
	if (shown_change(a, b, packet) > 0) {
		wrong = judge_found(&d, a, b, packet, &exact);
		sums->found[change]++;
		sums->exact += exact;
	} else {
		wrong = judge_hidden(&d, a, b, packet);
		if (true_change(a, b, packet) > 0)
			sums->hidden++;
		else
			sums->untouched++;
	}
	if (wrong != NULL)
		give_up(wrong, &d, a, b);
}

static void
print_sums(const struct sums *s)
{
	print_message("# %zu pairs:", s->pairs);
	for (int c = DIFF_SAME; c <= DIFF_INSUFFICIENT; c++)
		print_message(
		    " %s %zu", diff_class_name((enum diff_class)c), s->of[c]);
	print_message("\n");
}

/* ---- no change ---------------------------------------------------------- */

static void
unchanged_network(
    struct sums *sums, enum diff_balance kind, int flows, int jobs)
{
	struct random r = {seed};
	struct diff_world w;
	bool packet = kind != DIFF_BY_FLOW;
	diff_world_make(&w, kind, &r);
	enum record_method method = (enum record_method)random_range(&r, 1, 3);
	before.play = after.play = played(&w, random_next(&r));
	before.now_ns = NS_PER_S;
	look(&before, flows, jobs, method, &r);
	after.now_ns = before.now_ns + 3600 * NS_PER_S;
	look(&after, flows, jobs, method, &r);
	play_close(before.play);
	for (int i = 0; i < jobs; i++) {
		struct diff d;
		compare(&d, i, packet);
		sums->pairs++;
		sums->of[d.class]++;
		if (d.class == DIFF_CHANGED)
			give_up("loss is no change", &d, &before.seen[i],
			    &after.seen[i]);
	}
}

/* Always the same networks, but when one, or so many, are asked for. */
static uint64_t
first_seed(void)
{
	const char *s = getenv("TUMEN_SEED");
	if (s != NULL)
		return strtoull(s, NULL, 10);
	return getenv("TUMEN_PAIRS") != NULL ? (uint64_t)wall_now().ns
					     : 20171001;
}

static size_t
pairs_wanted(void)
{
	const char *n = getenv("TUMEN_PAIRS");
	if (getenv("TUMEN_SEED") != NULL)
		return 1;
	return n != NULL ? (size_t)strtoull(n, NULL, 10) : PAIRS;
}

static void
loss_is_no_change(void **state)
{
	(void)state;
	struct sums s = {0};
	size_t wanted = pairs_wanted();
	seed = first_seed();
	print_message("# TUMEN_SEED=%" PRIu64 "\n", seed);
	for (; s.pairs < wanted; seed++) {
		switch (seed % 8) {
		case 0:
			unchanged_network(&s, DIFF_BY_PACKET, 16, JOBS);
			break;
		case 1:
			unchanged_network(&s, DIFF_BY_PACKET_2, 16, JOBS);
			break;
		default:
			unchanged_network(&s, DIFF_BY_FLOW, 8, 8);
		}
	}
	print_sums(&s);
}

/* ---- one change --------------------------------------------------------- */

static void
changed_network(struct sums *sums, enum diff_balance kind, int flows, int jobs)
{
	struct random r = {seed};
	struct diff_world w;
	enum diff_change change = (enum diff_change)(seed / 8 % DIFF_CHANGES);
	diff_world_make(&w, kind, &r);
	enum record_method method = (enum record_method)random_range(&r, 1, 3);
	uint64_t play_seed = random_next(&r);
	before.play = played(&w, play_seed);
	diff_world_change(&w, change, &r);
	after.play = played(&w, play_seed);
	before.now_ns = after.now_ns = NS_PER_S;
	look(&before, flows, jobs, method, &r);
	run_trace(&after, 0, method, &r); /* another luck than before */
	look(&after, flows, jobs, method, &r);
	play_close(before.play);
	play_close(after.play);
	for (int i = 0; i < jobs; i++)
		judge(sums, i, kind == DIFF_BY_PACKET, change);
}

static void
a_change_is_found(void **state)
{
	(void)state;
	struct sums s = {0};
	size_t wanted = pairs_wanted();
	seed = first_seed();
	print_message("# TUMEN_SEED=%" PRIu64 "\n", seed);
	for (; s.pairs - s.untouched < wanted; seed++) {
		if (seed % 8 == 0)
			changed_network(&s, DIFF_BY_PACKET, 16, JOBS);
		else
			changed_network(&s, DIFF_BY_FLOW, 4, 4);
	}
	print_sums(&s);
	print_message("# %zu flows untouched, %zu changes wholly in silence\n#",
	    s.untouched, s.hidden);
	for (int c = 0; c < DIFF_CHANGES; c++)
		print_message(" %s %zu", diff_change_name((enum diff_change)c),
		    s.found[c]);
	print_message(", %zu of them where both answered\n", s.exact);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(loss_is_no_change),
	    cmocka_unit_test(a_change_is_found),
	};
	world_open(&world);
	int failed = cmocka_run_group_tests(tests, NULL, NULL);
	world_close(&world);
	return failed;
}
