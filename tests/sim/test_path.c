/* SPDX-License-Identifier: ISC */
#include "probe/base/record_name.h"
#include "probe/base/record_path.h"
#include "tests/sim/invariant.h"
#include "tests/sim/random_world.h"

#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/*
 * Traces over random networks, each from one seed; every run takes others. A
 * failure prints its seed: TUMEN_SEED=N runs that trace alone, TUMEN_TRACES=N
 * so many. Under sanitizers, ten times slower, there are fewer.
 */
#if defined(__SANITIZE_ADDRESS__)
enum { TRACES = 10000 };
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
enum { TRACES = 10000 };
#else
enum { TRACES = 100000 };
#endif
#else
enum { TRACES = 100000 };
#endif

/* Sums over all traces, to see that the networks were not all dull. */
struct sums {
	size_t traces, asked, answers, both, one, forged, late, extra;
	size_t dropped, unmatched, stop[STOP_ERROR + 1];
	size_t reached[METHOD_TCP + 1];
	size_t lucky;  /* one witness, of another probe than that meant */
	size_t beyond; /* answers beyond the gap limit */
};

static struct world world; /* too big for a stack */
static struct sums sums;

static void
add_up(const struct world *w)
{
	sums.traces++;
	sums.stop[w->record.stop]++;
	sums.reached[w->method] += w->record.stop == STOP_REACHED;
	sums.unmatched += w->unmatched;
	sums.asked += (size_t)w->asked;
	sums.dropped += w->bad[REPLY_CHECKSUM] + w->bad[REPLY_NOT_IPV4];
	sums.beyond +=
	    strncmp(w->record.stop_detail, "beyond the gap", 14) == 0;
	for (size_t i = 0; i < w->record.nprobes; i++) {
		const struct record_probe *p = &w->record.probes[i];
		if (!p->answered)
			continue;
		sums.answers++;
		sums.forged += invariant_source(w, p) == INVARIANT_FORGED;
		sums.lucky += invariant_source(w, p) == INVARIANT_LUCKY;
		sums.both += p->proof == PROOF_BOTH;
		sums.one += p->proof == PROOF_ONE;
		sums.late += p->late;
		sums.extra += p->reply_no > 0;
	}
}

static void
run_seed(uint64_t seed)
{
	random_world(&world, seed, false);
	bool ended = world_run(&world);
	const char *wrong =
	    ended ? invariant_broken(&world) : "the trace never ended";
	add_up(&world);
	if (wrong != NULL)
		fail_msg("TUMEN_SEED=%" PRIu64 ": %s", seed, wrong);
}

static void
random_networks(void **state)
{
	(void)state;
	const char *seed = getenv("TUMEN_SEED"), *n = getenv("TUMEN_TRACES");
	uint64_t traces = n == NULL ? TRACES : strtoull(n, NULL, 10);
	uint64_t first = (uint64_t)wall_now().ns;
	sums = (struct sums){0};
	if (seed != NULL) {
		run_seed(strtoull(seed, NULL, 10));
		return;
	}
	for (uint64_t i = 0; i < traces; i++)
		run_seed(first + i);
	print_message("# %zu traces, %zu probes, %zu answers: %zu both, %zu "
		      "one (%zu forged, %zu by luck), %zu late, %zu extra\n"
		      "# %zu bad checksums, %zu unmatched, %zu beyond the gap "
		      "limit\n",
	    sums.traces, sums.asked, sums.answers, sums.both, sums.one,
	    sums.forged, sums.lucky, sums.late, sums.extra, sums.dropped,
	    sums.unmatched, sums.beyond);
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
			assert_int_equal(
			    invariant_lowest(r, true), n->hops + 1);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(calm_networks),
	    cmocka_unit_test(random_networks),
	};
	world_open(&world);
	int failed = cmocka_run_group_tests(tests, NULL, NULL);
	world_close(&world);
	return failed;
}
