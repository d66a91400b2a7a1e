/* SPDX-License-Identifier: ISC */
#include "probe/base/mem.h"
#include "probe/wire/build.h"
#include "tests/sim/play.h"
#include "tests/sim/random.h"
#include "tests/sim/scenario.h"

#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/*
 * Whatever subset of the fields a balancer hashes, the probes of one flow take
 * one branch; and a builder that varies one of the fields is told from that.
 * TUMEN_FLOWS=N: so many cases.
 */
enum {
	CASES = 100000,
	FIELDS = 9,
	SUBSETS = 1 << FIELDS,
	LAYERS = 2, /* balancers, one behind the other */
	PROBES = 4, /* of one flow */
	CONTACTS = 8,
	IP = 20,
	ROOM = BUILD_MAX + 64,
};

static const char *const field_name[FIELDS] = {"src", "dst", "protocol", "tos",
    "length", "ports", "sport", "dport", "icmp-id"};

enum {
	TOS = 1 << 3,
	LENGTH = 1 << 4,
	PORTS = 1 << 5,
	SPORT = 1 << 6,
	DPORT = 1 << 7,
	ICMP_ID = 1 << 8,
};

/* What is done to a probe before it leaves; the new length. */
struct builder {
	const char *name;
	size_t (*spoil)(uint8_t *p, size_t len);
	int reveals; /* the fields that tell its probes apart */
	int methods; /* bits: whose probes it spoils */
};

struct lab {
	struct random random;
	struct scenario scenario;
	struct build *build[CONTACTS];
	size_t cases[SUBSETS], violations[SUBSETS];
};

/* --- builders that are not ours ------------------------------------------ */

static size_t
ours(uint8_t *p, size_t len)
{
	(void)p;
	return len;
}

/* caracal: the length tells the TTL. */
static size_t
longer_with_ttl(uint8_t *p, size_t len)
{
	len += p[8];
	p[2] = (uint8_t)(len >> 8);
	p[3] = (uint8_t)len;
	return len;
}

/* yarrp: time in id and sequence number, of an unchanged checksum. */
static size_t
id_and_sequence(uint8_t *p, size_t len)
{
	p[IP + 4] = p[4];
	p[IP + 5] = p[5];
	return len;
}

/* ping: the checksum is that of the rest. */
static size_t
other_checksum(uint8_t *p, size_t len)
{
	p[IP + 2] = p[4];
	p[IP + 3] = p[5];
	return len;
}

/* Classic traceroute: the destination port tells the TTL. */
static size_t
next_port(uint8_t *p, size_t len)
{
	p[IP + 3] = (uint8_t)(p[IP + 3] + p[8]);
	return len;
}

static size_t
other_source_port(uint8_t *p, size_t len)
{
	p[IP + 1] = (uint8_t)(p[IP + 1] + p[8]);
	return len;
}

static size_t
other_tos(uint8_t *p, size_t len)
{
	p[1] = p[8];
	return len;
}

enum { UDP = 1 << METHOD_UDP, ICMP = 1 << METHOD_ICMP, TCP = 1 << METHOD_TCP };

static const struct builder builders[] = {
    {"ours", ours, 0, UDP | ICMP | TCP},
    {"length grows with the TTL", longer_with_ttl, LENGTH, UDP | ICMP | TCP},
    {"ICMP id and sequence vary", id_and_sequence, ICMP_ID, ICMP},
    {"ICMP checksum varies", other_checksum, PORTS | DPORT, ICMP},
    {"destination port grows", next_port, PORTS | DPORT, UDP | TCP},
    {"source port varies", other_source_port, PORTS | SPORT, UDP | TCP},
    {"TOS varies", other_tos, TOS, UDP | ICMP | TCP},
};

/* --- random networks and flows ------------------------------------------- */

/* One balancer and its branches, which meet again in the next layer. */
static void
make_layer(struct scenario *s, struct random *r, int subset, int layer)
{
	const char *before = "by=";
	uint32_t width = 2 + random_below(r, 5);
	scenario_say(s, "router j%d 10.0.%d.100\n", layer, layer);
	for (uint32_t b = 1; b <= width; b++)
		scenario_say(s,
		    "router b%d.%u 10.0.%d.%u\n"
		    "route b%d.%u 0.0.0.0/0 j%d\n",
		    layer, b, layer, b, layer, b, layer);
	scenario_say(s, "route j%d 0.0.0.0/0 ", layer - 1);
	for (uint32_t b = 1; b <= width; b++)
		scenario_say(s, "b%d.%u%s", layer, b, b < width ? "," : " ");
	for (int f = 0; f < FIELDS; f++)
		if (subset & 1 << f) {
			scenario_say(s, "%s%s", before, field_name[f]);
			before = ",";
		}
	scenario_say(s, " weights=");
	for (uint32_t b = 1; b <= width; b++)
		scenario_say(
		    s, "%u%s", 1 + random_below(r, 4), b < width ? "," : "\n");
}

/* Balancers of 2 to 6 branches and any weights, that all hash the subset. */
static void
make_scenario(struct scenario *s, struct random *r, int subset)
{
	s->n = 0;
	scenario_say(
	    s, "source 192.0.2.1\nrouter j0 10.0.0.1\nlink source j0\n");
	for (int layer = 1; layer <= LAYERS; layer++)
		make_layer(s, r, subset, layer);
}

static struct flow_id
random_flow(struct random *r, int methods)
{
	static const uint16_t dport[] = {0, 33434, 0, 80};
	struct flow_id flow = {.src = 0xc0000201,
	    .dst = 0x0b000000 + random_below(r, 0xd0000000),
	    .sport = (uint16_t)random_range(r, 1, 0xfffe)};
	do
		flow.method =
		    (enum record_method)(METHOD_UDP + random_below(r, 3));
	while ((methods & 1 << flow.method) == 0);
	flow.dport = dport[flow.method];
	return flow;
}

/* The routers at all layers' branches, as one number. */
static uint64_t
branches(const struct play *p, const uint8_t *probe, size_t len)
{
	uint64_t all = 0;
	for (int layer = 1; layer <= LAYERS; layer++) {
		uint8_t ttl = (uint8_t)(2 * layer);
		all = all << 16 | (play_truth(p, probe, len, ttl) & 0xffff);
	}
	return all;
}

/* Whether all probes of one random flow take the same way. */
static bool
one_way(struct lab *lab, struct play *p, const struct builder *b)
{
	struct random *r = &lab->random;
	struct flow_id flow = random_flow(r, b->methods);
	struct build *build = lab->build[random_below(r, CONTACTS)];
	uint64_t first = 0;
	bool same = true;
	for (int i = 0; i < PROBES; i++) {
		uint8_t packet[ROOM] = {0};
		struct play_reply out[PLAY_REPLIES];
		struct probe_id id = {(uint16_t)random_range(r, 1, 0xffff),
		    (uint16_t)random_range(r, 1, 0xfffe)};
		uint8_t ttl = (uint8_t)random_range(r, 1, 40);
		size_t len = build_probe(build, &flow, &id, ttl, packet);
		assert_int_not_equal(len, 0);
		len = b->spoil(packet, len);
		uint64_t way = branches(p, packet, len);
		assert_true((way & 0xffff) != 0 && way >> 16 != 0);
		first = i == 0 ? way : first;
		same &= way == first;
		play_send(p, packet, len, 0, out);
	}
	return same;
}

static void
run(struct lab *lab, const struct builder *b, size_t cases)
{
	memset(lab->cases, 0, sizeof(lab->cases));
	memset(lab->violations, 0, sizeof(lab->violations));
	lab->random.state = cases;
	for (int subset = 1; subset < SUBSETS; subset++) {
		char why[160];
		size_t part = cases / (SUBSETS - 1) + 1;
		make_scenario(&lab->scenario, &lab->random, subset);
		struct play *p = play_parse(
		    lab->scenario.text, random_next(&lab->random), why);
		if (p == NULL)
			fail_msg("%s", why);
		for (size_t i = 0; i < part; i++)
			lab->violations[subset] += !one_way(lab, p, b);
		lab->cases[subset] = part;
		if (b->spoil == ours)
			assert_false(play_inconstant(p));
		play_close(p);
	}
}

/* --- the tests ----------------------------------------------------------- */

static void
flows_are_constant(void **state)
{
	struct lab *lab = *state;
	const char *n = getenv("TUMEN_FLOWS");
	size_t all = 0, wrong = 0;
	run(lab, &builders[0], n == NULL ? CASES : strtoull(n, NULL, 10));
	for (int subset = 1; subset < SUBSETS; subset++) {
		all += lab->cases[subset];
		wrong += lab->violations[subset];
	}
	print_message(
	    "# %zu flows of %d probes, %zu violations\n", all, PROBES, wrong);
	assert_int_equal(wrong, 0);
}

/* Caught by the balancers that hash what varies, and by no other. */
static void
spoiled_builders_are_caught(void **state)
{
	struct lab *lab = *state;
	for (size_t i = 1; i < sizeof(builders) / sizeof(builders[0]); i++) {
		const struct builder *b = &builders[i];
		size_t revealing = 0, caught = 0, blind = 0;
		run(lab, b, CASES / 20);
		for (int subset = 1; subset < SUBSETS; subset++) {
			bool reveals = (subset & b->reveals) != 0;
			revealing += reveals ? lab->cases[subset] : 0;
			caught += reveals ? lab->violations[subset] : 0;
			blind += reveals ? 0 : lab->violations[subset];
		}
		print_message("# %s: %zu violations in %zu flows\n", b->name,
		    caught, revealing);
		assert_true(caught > revealing * 9 / 10);
		assert_int_equal(blind, 0);
	}
}

static int
open_lab(void **state)
{
	struct lab *lab = xcalloc(1, sizeof(*lab));
	struct fault f;
	*state = lab;
	for (size_t i = 0; i < CONTACTS; i++) {
		char contact[BUILD_CONTACT_MAX + 1] = "";
		memset(contact, 'a' + (int)i, i * (BUILD_CONTACT_MAX / 7));
		lab->build[i] = build_open(contact, &f);
		if (lab->build[i] == NULL)
			return -1;
	}
	return 0;
}

static int
close_lab(void **state)
{
	struct lab *lab = *state;
	for (size_t i = 0; i < CONTACTS; i++)
		build_close(lab->build[i]);
	free(lab);
	return 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(flows_are_constant),
	    cmocka_unit_test(spoiled_builders_are_caught),
	};
	return cmocka_run_group_tests(tests, open_lab, close_lab);
}
