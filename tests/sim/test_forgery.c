/* SPDX-License-Identifier: ISC */
#include "tests/sim/builder.h"
#include "tests/sim/forge.h"
#include "tests/sim/random.h"

#include <inttypes.h>
#include <math.h>

/*
 * Packets that claim to answer a probe, from someone who never saw one: real
 * bytes, through reply_parse() and trace_match(). The forger knows addresses,
 * protocol and ports of the flow, has every checksum right and guesses the
 * keyed identity; after 10,000 guesses another trace with another key waits.
 * `make check` takes 300,000 for each way to answer. Ten million (4 s for one
 * way on one core of 2026; 0 accepted with proof both):
 *
 *     make tests && TUMEN_FORGERIES=10000000 build/tests/sim/test_forgery
 *
 * TUMEN_SEED=N guesses others. With 30 probes in flight and 32 bits to guess,
 * chance gives 0.07 in ten million.
 */
enum { TURN = 10000 }; /* forgeries against one trace */

/* A way to answer, and where in it a forger has to guess. */
struct forger {
	const char *name;
	enum record_method method;
	void (*forge)(struct forge *p, const uint8_t *probe, uint64_t guess);
	double witnesses; /* of 16 bits, each of which is enough for `one` */
};

static void
forge_quote(struct forge *p, const uint8_t *probe, uint64_t guess)
{
	forge_error(p, probe, FORGE_QUOTE);
	forge_put32(p->b + 12, guess >> 32); /* any router */
	forge_put16(p->b + FORGE_IP + FORGE_ICMP + 4, guess);
	forge_put16(p->b + FORGE_IP + FORGE_ICMP + FORGE_IP + 6, guess >> 16);
}

static void
forge_tcp_quote(struct forge *p, const uint8_t *probe, uint64_t guess)
{
	forge_error(p, probe, FORGE_QUOTE);
	forge_put16(p->b + FORGE_IP + FORGE_ICMP + 4, guess);
	forge_put32(p->b + FORGE_IP + FORGE_ICMP + FORGE_IP + 4, guess >> 16);
}

static void
forge_pong(struct forge *p, const uint8_t *probe, uint64_t guess)
{
	forge_echo(p, forge_get16(probe + FORGE_IP + 4), guess);
}

static void
forge_syn_ack(struct forge *p, const uint8_t *probe, uint64_t guess)
{
	forge_outer(p, 6, TARGET, 20);
	memcpy(p->b + FORGE_IP, probe + FORGE_IP + 2, 2);
	memcpy(p->b + FORGE_IP + 2, probe + FORGE_IP, 2);
	forge_put32(p->b + FORGE_IP + 8, guess);
	p->b[FORGE_IP + 12] = 0x50;
	/* RST ACK, SYN ACK */
	p->b[FORGE_IP + 13] = guess >> 32 & 1 ? 0x14 : 0x12;
}

static const struct forger forgers[] = {
    {"quoted UDP", METHOD_UDP, forge_quote, 2},
    {"quoted ICMP", METHOD_ICMP, forge_quote, 2},
    {"echo reply", METHOD_ICMP, forge_pong, 2},
    {"quoted TCP", METHOD_TCP, forge_tcp_quote, 1},
    {"SYN ACK or RST", METHOD_TCP, forge_syn_ack, 0},
};

struct score {
	uint64_t tried, both, one;
};

/* So many against one trace. */
static void
one_turn(
    const struct forger *f, struct random *random, uint64_t n, struct score *s)
{
	struct key k;
	struct rig g;
	struct forge p;
	struct reply r;
	uint8_t probe[BUILD_MAX];
	size_t at;
	for (size_t i = 0; i < sizeof(k.secret); i++)
		k.secret[i] = (uint8_t)random_next(random);
	forge_trace(&g, f->method, &k);
	assert_int_not_equal(forge_probe(builder, &g, 0, probe), 0);
	for (uint64_t i = 0; i < n; i++) {
		f->forge(&p, probe, random_next(random));
		forge_seal(&p);
		int verdict = forge_judge(&g, &p, &r, &at);
		assert_int_not_equal(verdict, FORGE_REFUSED);
		assert_int_not_equal(verdict, PROOF_NONE);
		s->both += verdict == PROOF_BOTH;
		s->one += verdict == PROOF_ONE;
	}
	s->tried += n;
	trace_close(&g.t);
}

/* Chance is not exceeded by more than six standard deviations. */
static void
check_score(const struct forger *f, const struct score *s)
{
	double guesses = (double)s->tried * FORGE_FLIGHT;
	double both = guesses / (65535. * 65534.);
	double one = guesses * f->witnesses / 65535.;
	print_message("# %s: %" PRIu64 " forgeries, %" PRIu64 " both (chance "
		      "gives %.3f), %" PRIu64 " one (%.0f)\n",
	    f->name, s->tried, s->both, both, s->one, one);
	if (both < 0.5)
		assert_int_equal(s->both, 0);
	assert_true((double)s->both <= both + 6 * sqrt(both));
	assert_true(fabs((double)s->one - one) <= 6 * sqrt(one));
}

static void
blind_forgeries(void **state)
{
	(void)state;
	const char *n = getenv("TUMEN_FORGERIES"), *seed = getenv("TUMEN_SEED");
	uint64_t left, all = n == NULL ? 300000 : strtoull(n, NULL, 10);
	for (size_t i = 0; i < sizeof(forgers) / sizeof(forgers[0]); i++) {
		struct random random = {
		    seed == NULL ? 1 : strtoull(seed, NULL, 10)};
		struct score s = {0};
		for (left = all; left > TURN; left -= TURN)
			one_turn(&forgers[i], &random, TURN, &s);
		one_turn(&forgers[i], &random, left, &s);
		check_score(&forgers[i], &s);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(blind_forgeries),
	};
	return cmocka_run_group_tests(tests, builder_setup, builder_teardown);
}
