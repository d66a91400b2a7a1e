/* SPDX-License-Identifier: ISC */
#include "probe/base/record_name.h"
#include "probe/base/record_path.h"
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
 * Thousands of traces over random networks, each from one seed. A failure
 * prints it; TUMEN_SEED=N runs that one alone, TUMEN_TRACES=N so many.
 */
enum { TRACES = 5000, SEND_DELAY_NS = 200000 };

/* Sums over all traces, to see that the networks were not all dull. */
struct sums {
	size_t traces, asked, answers, both, one, forged, late, extra;
	size_t dropped, unmatched, stop[STOP_ERROR + 1];
	size_t reached[METHOD_TCP + 1];
	size_t lucky; /* one witness, of another probe than that meant */
};

static struct world world; /* too big for a stack */
static struct sums sums;

#define require(condition)                                                     \
	do {                                                                   \
		if (!(condition))                                              \
			return #condition;                                     \
	} while (0)

/* --- a random network ---------------------------------------------------- */

static void
random_hop(struct random *r, struct net_hop *h, uint8_t ttl, bool calm)
{
	*h = (struct net_hop){.branches = 1, .branch = -1};
	for (int b = 0; b < NET_BRANCHES; b++)
		h->addr[b] = 0xc6330000 + ttl * 256u + (uint32_t)b;
	h->rtt_ns = ttl * random_range(r, 1, 15) * NS_PER_MS;
	h->long_quote = random_chance(r, 300000);
	h->mpls = random_chance(r, 150000);
	if (random_chance(r, 300000))
		h->branches = NET_BRANCHES;
	h->hashed = (uint8_t)random_below(r, 64);
	if (calm)
		return;
	h->jitter_ns = random_range(r, 0, 60) * NS_PER_MS;
	h->loss = random_chance(r, 300000) ? random_below(r, 500000) : 0;
	h->duplicate = random_chance(r, 100000) ? 300000 : 0;
	h->late = random_chance(r, 200000) ? 300000 : 0;
	h->silent = random_chance(r, 120000);
	h->zero_ttl = random_chance(r, 50000);
	if (random_chance(r, 150000))
		h->interval_ns = random_range(r, 100, 3000) * NS_PER_MS;
}

static void
random_obstacle(struct random *r, struct net *n)
{
	uint8_t at = (uint8_t)(1 + random_below(r, n->hops));
	switch (random_below(r, 8)) {
	case 0: /* an ACL that says so now and then, or never */
		n->border = at;
		n->border_code = (uint8_t)random_below(r, 16);
		n->border_rate = random_below(r, 3) * 400000;
		break;
	case 1:
		n->loop_at = at;
		n->loop_len = (uint8_t)(1 + random_below(r, 4));
		break;
	case 2: /* the NAT may be anything */
	case 3:
		n->nat = (enum net_nat)random_below(r, NET_NAT_BLIND + 1);
		break;
	default:
		break;
	}
	for (uint8_t ttl = at; ttl <= n->hops; ttl++)
		if (n->border != 0 || n->loop_at != 0)
			n->hop[ttl].zero_ttl = false;
}

static void
random_net(struct random *r, struct net *n, bool calm)
{
	n->src = 0xc0000201;
	n->dst = 0xaf2db000 + random_below(r, 1024);
	n->hops = (uint8_t)(1 + random_below(r, 30));
	n->target = (enum net_target)random_below(r, NET_OPEN + 1);
	for (uint8_t ttl = 1; ttl <= n->hops + 1; ttl++)
		random_hop(r, &n->hop[ttl], ttl, calm);
	struct net_hop *target = &n->hop[n->hops + 1];
	target->branches = 1;
	target->addr[0] = n->dst;
	if (calm)
		return;
	if (n->target == NET_BARE) /* no identity: no two alike */
		target->duplicate = target->late = 0;
	n->forged = random_chance(r, 300000) ? 100000 : 0;
	n->flipped = random_chance(r, 300000) ? 300000 : 0;
	random_obstacle(r, n);
}

/* The slots of the loop may not hold what is beyond its last hop. */
static void
keep_loop_inside(struct net *n)
{
	while (n->loop_at != 0 && n->loop_at + n->loop_len - 1 > n->hops)
		n->loop_len--;
}

static void
random_config(struct random *r, struct trace_config *c)
{
	trace_config_default(c);
	if (random_chance(r, 500000))
		return;
	c->first_ttl = (uint8_t)(1 + random_below(r, 4));
	c->max_ttl = (uint8_t)(c->first_ttl + random_below(r, 60));
	c->attempts = (uint8_t)(1 + random_below(r, 4));
	c->window = (uint8_t)(1 + random_below(r, 16));
	c->gap = (uint8_t)(1 + random_below(r, 10));
	c->wait_ns = random_range(r, 200, 3000) * NS_PER_MS;
	c->linger_ns = random_range(r, 0, 2000) * NS_PER_MS;
}

static void
random_world(struct world *w, uint64_t seed, bool calm)
{
	world_open(w, seed);
	w->method = (enum record_method)(METHOD_UDP + seed % 3);
	random_net(&w->random, &w->net, calm);
	keep_loop_inside(&w->net);
	trace_config_default(&w->config);
	uint32_t rate = (uint32_t)random_range(&w->random, 5, 500);
	pace_init(&w->pace, rate, 3, (struct mono){w->now_ns});
	if (calm)
		return;
	random_config(&w->random, &w->config);
	w->stamp_delay_ns = SEND_DELAY_NS;
	w->second_stamps = random_chance(&w->random, 300000) ? 500000 : 0;
	w->unsent = random_chance(&w->random, 100000) ? 100000 : 0;
}

/* --- what must hold, whatever the network does --------------------------- */

static const struct world_truth *
told(const struct world *w, const struct record_probe *p, bool genuine)
{
	for (size_t i = 0; i < w->truths; i++) {
		const struct world_truth *t = &w->truth[i];
		const struct play_reply *r = &t->reply;
		if (t->ttl == p->ttl && t->attempt == p->attempt &&
		    r->genuine == genuine && r->addr == p->addr &&
		    r->icmp_type == p->icmp_type &&
		    r->icmp_code == p->icmp_code && t->rtt_ns == p->rtt_ns)
			return t;
	}
	return NULL;
}

/* No false hop: what is proved was said by that router about that probe. */
static const char *
check_answer(const struct world *w, const struct record_probe *p)
{
	const struct world_truth *t = told(w, p, true);
	require(p->silent == 0);
	require(p->proof >= PROOF_NONE && p->proof <= PROOF_BOTH);
	if (p->proof == PROOF_NONE) {
		require(p->addr == w->net.dst && p->rtt_ns == -1);
		require(p->ttl > w->net.hops); /* never nearer than it is */
		return NULL;
	}
	if (p->proof == PROOF_BOTH) {
		require(t != NULL);
		require(t->reply.proof == PROOF_BOTH);
		int64_t over = p->rtt_ns - w->config.wait_ns;
		require(!p->late || over >= 0);
		require(p->late || over <= SEND_DELAY_NS);
	}
	if (t != NULL)
		require(p->proof <= t->reply.proof);
	else if (told(w, p, false) != NULL)
		sums.forged++;
	else
		sums.lucky++;
	return NULL;
}

static const char *
check_silence(const struct record *r, const struct record_probe *p)
{
	const struct record_probe *other = record_answer(r, p->ttl);
	require(p->silent != 0 && p->proof == 0);
	require(p->reply_no == 0);
	if (p->silent == SILENT_NOT_SENT)
		require(p->tx_ns == -1);
	else
		require(p->tx_ns >= WORLD_EPOCH);
	if (p->silent == SILENT_LOST)
		require(other != NULL);
	if (p->silent == SILENT_UNKNOWN)
		require(other == NULL);
	require(p->silent == SILENT_NOT_SENT || p->silent == SILENT_LOST ||
		p->silent == SILENT_UNKNOWN);
	return NULL;
}

/* Sorted, without holes, and one attempt after the other. */
static const char *
check_order(const struct world *w, size_t i)
{
	const struct record_probe *p = &w->record.probes[i];
	const struct record_probe *before =
	    &w->record.probes[i > 0 ? i - 1 : 0];
	bool first = i == 0 || before->ttl != p->ttl;
	require(p->ttl >= w->config.first_ttl && p->ttl <= w->config.max_ttl);
	require(p->attempt >= 1 && p->attempt <= w->config.attempts);
	if (first) {
		require(p->attempt == 1 && p->reply_no == 0);
		require(i == 0 || p->ttl == before->ttl + 1);
		require(i > 0 || p->ttl == w->config.first_ttl);
		return NULL;
	}
	if (p->attempt == before->attempt) {
		require(p->reply_no == before->reply_no + 1);
		require(p->tx_ns == before->tx_ns && p->answered);
		return NULL;
	}
	require(p->attempt == before->attempt + 1 && p->reply_no == 0);
	if (p->tx_ns >= 0 && before->tx_ns >= 0)
		require(p->tx_ns - before->tx_ns >= w->config.wait_ns);
	return NULL;
}

static const char *
check_probes(const struct world *w)
{
	const struct record *r = &w->record;
	for (size_t i = 0; i < r->nprobes; i++) {
		const struct record_probe *p = &r->probes[i];
		const char *wrong = check_order(w, i);
		if (wrong == NULL)
			wrong = p->answered ? check_answer(w, p)
					    : check_silence(r, p);
		if (wrong != NULL)
			return wrong;
	}
	return NULL;
}

/* A TTL is settled: answered, or all of its attempts were made. */
static bool
settled(const struct world *w, uint8_t ttl)
{
	int attempts = 0;
	for (size_t i = 0; i < w->record.nprobes; i++)
		attempts += w->record.probes[i].ttl == ttl &&
			    w->record.probes[i].reply_no == 0;
	return attempts == w->config.attempts ||
	       record_answer(&w->record, ttl) != NULL;
}

static uint8_t
last_answer(const struct record *r, bool with_late)
{
	uint8_t ttl = 0;
	for (size_t i = 0; i < r->nprobes; i++)
		if (r->probes[i].answered && (with_late || !r->probes[i].late))
			ttl = r->probes[i].ttl;
	return ttl;
}

static const char *
check_gap(const struct world *w)
{
	const struct record *r = &w->record;
	const struct trace_config *c = &w->config;
	uint8_t last = record_last_ttl(r);
	int in_time = last_answer(r, false), any = last_answer(r, true);
	in_time = in_time == 0 ? c->first_ttl - 1 : in_time;
	any = any == 0 ? c->first_ttl - 1 : any;
	for (uint8_t ttl = c->first_ttl; ttl <= last; ttl++)
		require(settled(w, ttl));
	if (r->stop == STOP_MAX_TTL) {
		require(last == c->max_ttl);
		require(any + c->gap > c->max_ttl);
		return NULL;
	}
	require(last >= in_time + c->gap); /* so many silent ones in a row */
	require(last <= any + c->gap);
	return NULL;
}

/* The lowest TTL of an answer from the target, or of a refusal by others. */
static uint8_t
lowest(const struct record *r, bool target)
{
	for (size_t i = 0; i < r->nprobes; i++) {
		const struct record_probe *p = &r->probes[i];
		if (p->answered && (p->addr == r->target) == target &&
		    (target || p->icmp_type == 3))
			return p->ttl;
	}
	return 0;
}

static const char *
check_stop(const struct world *w)
{
	const struct record *r = &w->record;
	uint8_t reached = lowest(r, true), refused = lowest(r, false);
	require((r->stop == STOP_REACHED) == (reached != 0));
	require(record_reached(r) == (reached != 0));
	if (reached == 0)
		require((r->stop == STOP_UNREACHABLE) == (refused != 0));
	switch (r->stop) {
	case STOP_REACHED:
	case STOP_UNREACHABLE:
		break;
	case STOP_GAP:
	case STOP_MAX_TTL:
		return check_gap(w);
	case STOP_LOOP:
		require(w->net.loop_at != 0);
		require(w->net.loop_len > 1 || w->net.forged > 0);
		require(r->stop_detail[0] != '\0');
		break;
	case STOP_ERROR:
		require(w->failed_sends >= w->config.attempts);
		break;
	}
	return NULL;
}

/*
 * Below the first sign of an end every TTL is completed. Higher ones need not
 * be, when the target answers after a refusal had ended the trace.
 */
static const char *
check_complete(const struct world *w)
{
	uint8_t reached = lowest(&w->record, true);
	uint8_t refused = lowest(&w->record, false);
	uint8_t end = reached == 0 || (refused != 0 && refused < reached)
			  ? refused
			  : reached;
	if (w->net.loop_at != 0 || w->failed_sends > 0)
		return NULL;
	for (uint8_t ttl = w->config.first_ttl; ttl < end; ttl++)
		require(settled(w, ttl));
	return NULL;
}

/* Every good reply that came in time for the record is in it. */
static const char *
check_nothing_lost(const struct world *w)
{
	size_t both = 0, recorded = 0;
	for (size_t i = 0; i < w->truths; i++) {
		const struct play_reply *r = &w->truth[i].reply;
		both += r->genuine && r->proof == PROOF_BOTH &&
			r->at_ns < w->now_ns;
	}
	for (size_t i = 0; i < w->record.nprobes; i++)
		recorded += w->record.probes[i].proof == PROOF_BOTH;
	require(recorded >= both);
	return NULL;
}

static void
add_up(const struct world *w)
{
	sums.traces++;
	sums.stop[w->record.stop]++;
	sums.reached[w->method] += w->record.stop == STOP_REACHED;
	sums.unmatched += w->unmatched;
	sums.asked += (size_t)w->asked;
	sums.dropped += w->bad[REPLY_CHECKSUM] + w->bad[REPLY_NOT_IPV4];
	for (size_t i = 0; i < w->record.nprobes; i++) {
		const struct record_probe *p = &w->record.probes[i];
		sums.answers += p->answered;
		sums.both += p->proof == PROOF_BOTH;
		sums.one += p->proof == PROOF_ONE;
		sums.late += p->late;
		sums.extra += p->reply_no > 0;
	}
}

static const char *
check(const struct world *w)
{
	const struct trace_config *c = &w->config;
	const char *wrong = check_probes(w);
	require(w->asked <= c->attempts * (c->max_ttl - c->first_ttl + 1));
	require(!w->net.inconstant);
	require(w->truths < WORLD_REPLIES && w->events < WORLD_EVENTS);
	if (wrong == NULL)
		wrong = check_stop(w);
	if (wrong == NULL)
		wrong = check_complete(w);
	if (wrong == NULL)
		wrong = check_nothing_lost(w);
	return wrong;
}

/* --- the tests ----------------------------------------------------------- */

static void
run_seed(uint64_t seed)
{
	random_world(&world, seed, false);
	bool ended = world_run(&world);
	const char *wrong = ended ? check(&world) : "the trace never ended";
	add_up(&world);
	world_close(&world);
	if (wrong != NULL)
		fail_msg("TUMEN_SEED=%" PRIu64 ": %s", seed, wrong);
}

static void
random_networks(void **state)
{
	(void)state;
	const char *seed = getenv("TUMEN_SEED"), *n = getenv("TUMEN_TRACES");
	uint64_t traces = n == NULL ? TRACES : strtoull(n, NULL, 10);
	sums = (struct sums){0};
	if (seed != NULL) {
		run_seed(strtoull(seed, NULL, 10));
		return;
	}
	for (uint64_t i = 1; i <= traces; i++)
		run_seed(i);
	print_message("# %zu traces, %zu probes, %zu answers: %zu both, %zu "
		      "one (%zu forged, %zu by luck), %zu late, %zu extra\n"
		      "# %zu bad checksums, %zu unmatched\n",
	    sums.traces, sums.asked, sums.answers, sums.both, sums.one,
	    sums.forged, sums.lucky, sums.late, sums.extra, sums.dropped,
	    sums.unmatched);
	for (int s = STOP_REACHED; s <= STOP_ERROR; s++)
		print_message("# %s %zu\n", record_stop_name(s), sums.stop[s]);
	for (int m = METHOD_UDP; m <= METHOD_TCP; m++) {
		print_message("# reached by %s %zu\n", record_method_name(m),
		    sums.reached[m]);
		assert_true(traces < TRACES || sums.reached[m] > traces / 20);
	}
	assert_true(sums.lucky * 500 <= sums.answers);
}

/* Without loss every hop is found, in one attempt each, and nothing else. */
static void
calm_networks(void **state)
{
	(void)state;
	for (uint64_t seed = 1; seed <= 500; seed++) {
		random_world(&world, seed, true);
		assert_true(world_run(&world));
		const struct net *n = &world.net;
		const struct record *r = &world.record;
		for (uint8_t ttl = 1; ttl <= n->hops; ttl++) {
			const struct record_probe *p = record_answer(r, ttl);
			const struct net_hop *h = &n->hop[ttl];
			assert_non_null(p);
			assert_int_equal(p->addr, h->addr[h->branch]);
			assert_int_equal(p->rtt_ns, h->rtt_ns);
			assert_int_equal(p->attempt, 1);
			assert_int_equal(p->proof, PROOF_BOTH);
		}
		bool mute = n->target == NET_MUTE;
		assert_int_equal(r->stop == STOP_REACHED, !mute);
		if (!mute)
			assert_int_equal(lowest(r, true), n->hops + 1);
		world_close(&world);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(calm_networks),
	    cmocka_unit_test(random_networks),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
