/* SPDX-License-Identifier: ISC */
#include "probe/base/clock.h"
#include "probe/base/ext.h"
#include "tests/sim/random.h"
#include "tests/sim/stage.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/*
 * One network for most tests: five routers R1..R5, hosts behind the last. The
 * second and the fourth link are slower on the way back.
 */
#define R(n)   (0xc6336400u + (n))
#define TARGET 0xcb007109u
#define LINE                                                                   \
	"source 192.0.2.1\n"                                                   \
	"defaults link delay=2ms back=3ms\n"                                   \
	"chain source r 5 198.51.100.1 0.0.0.0/0 "

static uint8_t
quoted(const struct stage *s, size_t at)
{
	return s->out[0].bytes[28 + at];
}

/* --- the way ------------------------------------------------------------- */

static void
every_router_in_its_turn(void **state)
{
	(void)state;
	struct stage s;
	stage_open(&s, LINE "\nhosts 203.0.113.0/24 r5 delay=1ms\n", 1);
	s.now_ns = 77 * NS_PER_S;
	for (enum record_method m = METHOD_UDP; m <= METHOD_TCP; m++) {
		stage_method(&s, m);
		for (uint8_t ttl = 1; ttl <= 5; ttl++) {
			assert_int_equal(stage_hop(&s, ttl), R(ttl));
			assert_int_equal(s.n, 1);
			const struct play_reply *r = &s.out[0];
			assert_int_equal(
			    r->at_ns - s.now_ns, NS_PER_MS * 5 * ttl);
			assert_true(r->genuine);
			assert_int_equal(r->proof, PROOF_BOTH);
			assert_int_equal(stage_grade(&s, r), PROOF_BOTH);
			assert_int_equal(r->addr, R(ttl));
			assert_int_equal(r->icmp_type, 11);
			assert_int_equal(r->icmp_code, 0);
			assert_int_equal(r->len, 56);
			assert_int_equal(s.reply.ttl, 256 - ttl);
			assert_int_equal(s.reply.dst, s.flow.src);
			assert_int_equal(s.reply.quote.ttl, 1);
			assert_int_equal(s.reply.quote.total_len, s.len);
			assert_int_equal(stage_fate(&s), PLAY_ANSWERED);
		}
	}
	stage_close(&s);
}

struct answer {
	const char *options;
	enum record_method method;
	enum reply_kind kind;
	enum record_proof proof; /* 0: no answer */
	int type, flags;
};

static const struct answer answers[] = {
    {"", METHOD_UDP, REPLY_ICMP_ERROR, PROOF_BOTH, 3, 0},
    {"", METHOD_ICMP, REPLY_ECHO, PROOF_BOTH, 0, 0},
    {"", METHOD_TCP, REPLY_TCP, PROOF_BOTH, -1, 0x14},
    {"tcp=open", METHOD_TCP, REPLY_TCP, PROOF_BOTH, -1, 0x12},
    {"tcp=bare", METHOD_TCP, REPLY_TCP, PROOF_NONE, -1, 0x04},
    {"tcp=mute", METHOD_TCP, 0, 0, 0, 0},
    {"udp=open", METHOD_UDP, 0, 0, 0, 0},
    {"udp=mute", METHOD_UDP, 0, 0, 0, 0},
    {"udp=bare", METHOD_UDP, REPLY_UDP, PROOF_NONE, -1, 0},
    {"icmp=mute", METHOD_ICMP, 0, 0, 0, 0},
    {"silent", METHOD_ICMP, 0, 0, 0, 0},
};

static void
check_answer(struct stage *s, const struct answer *a, uint8_t ttl)
{
	uint32_t hop = stage_hop(s, ttl);
	const struct play_reply *r = &s->out[0];
	assert_int_equal(play_truth(s->play, s->probe, s->len, ttl), TARGET);
	if (a->proof == 0) {
		assert_int_equal(hop, 0);
		assert_int_equal(stage_fate(s), PLAY_SILENT);
		return;
	}
	assert_int_equal(hop, TARGET);
	assert_int_equal(s->reply.kind, a->kind);
	assert_int_equal(r->proof, a->proof);
	assert_int_equal(stage_grade(s, r), a->proof);
	assert_int_equal(r->icmp_type, a->type);
	assert_int_equal(s->reply.ttl, 64 - 5);
	if (a->kind == REPLY_TCP)
		assert_int_equal(s->reply.tcp_flags, a->flags);
	if (a->kind == REPLY_ICMP_ERROR) {
		assert_int_equal(r->icmp_code, 3);
		assert_int_equal(s->reply.quote.ttl, ttl - 5);
	}
}

static void
targets_of_all_kinds(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(answers) / sizeof(answers[0]); i++) {
		char text[256];
		struct stage s;
		snprintf(text, sizeof(text),
		    LINE "\nhosts 203.0.113.0/24 r5 %s\n", answers[i].options);
		stage_open(&s, text, i);
		stage_method(&s, answers[i].method);
		check_answer(&s, &answers[i], 6);
		check_answer(&s, &answers[i], 30);
		stage_close(&s);
	}
}

/* A router that is probed itself; a target that is a router. */
static void
routers_as_targets(void **state)
{
	(void)state;
	struct stage s;
	stage_open(&s, LINE "\nhosts 203.0.113.0/24 r5 router\n", 1);
	assert_int_equal(stage_hop(&s, 6), TARGET);
	assert_int_equal(s.out[0].icmp_type, 11);
	assert_int_equal(stage_hop(&s, 7), TARGET);
	assert_int_equal(s.out[0].icmp_type, 3);
	stage_method(&s, METHOD_ICMP);
	s.flow.dst = R(3);
	assert_int_equal(stage_hop(&s, 2), R(2));
	assert_int_equal(s.reply.kind, REPLY_ICMP_ERROR);
	for (uint8_t ttl = 3; ttl < 6; ttl++) {
		assert_int_equal(stage_hop(&s, ttl), R(3));
		assert_int_equal(s.reply.kind, REPLY_ECHO);
		assert_int_equal(stage_grade(&s, &s.out[0]), PROOF_BOTH);
	}
	stage_close(&s);
}

/* What is no probe of the source is answered by nobody. */
static void
no_answer_to_what_is_none(void **state)
{
	(void)state;
	struct stage s;
	stage_open(&s, LINE "\nhosts 203.0.113.0/24 r5\n", 1);
	stage_method(&s, METHOD_ICMP);
	static const struct {
		size_t at;
		uint8_t xor ;
	} change[] = {
	    {0, 0x20}, {12, 1}, {6, 0x20}, {7, 1}, {2, 1}, {3, 0xff}, {20, 3}};
	for (size_t i = 0; i < sizeof(change) / sizeof(change[0]); i++) {
		assert_int_equal(stage_ask(&s, 3), 1);
		s.probe[change[i].at] ^= change[i].xor ;
		assert_int_equal(
		    play_send(s.play, s.probe, s.len, 0, s.out), 0);
	}
	for (size_t len = 0; len < 28; len++)
		assert_int_equal(play_send(s.play, s.probe, len, 0, s.out), 0);
	stage_method(&s, METHOD_TCP); /* an RST is not answered, but expires */
	for (uint8_t ttl = 5; ttl < 7; ttl++) {
		stage_ask(&s, ttl);
		s.probe[33] = 0x04;
		assert_int_equal(
		    play_send(s.play, s.probe, s.len, 0, s.out), ttl == 5);
	}
	stage_close(&s);
}

static void
ttl_oddities(void **state)
{
	(void)state;
	struct stage s;
	stage_open(&s,
	    "source 192.0.2.1\n"
	    "router a 198.51.100.1\n"
	    "router b 198.51.100.2 zero-ttl\n"
	    "router c 198.51.100.3 tos=8\n"
	    "router d 198.51.100.4 hidden detour=4\n"
	    "router e 198.51.100.5 ttl=60\n"
	    "route source 0.0.0.0/0 a\nroute a 0.0.0.0/0 b\n"
	    "route b 0.0.0.0/0 c\nroute c 0.0.0.0/0 d\n"
	    "route d 0.0.0.0/0 e\n",
	    1);
	assert_int_equal(stage_hop(&s, 1), R(1));
	assert_int_equal(stage_hop(&s, 2), R(3)); /* with TTL 0 */
	assert_int_equal(s.reply.quote.ttl, 0);
	assert_int_equal(stage_hop(&s, 3), R(3));
	assert_int_equal(s.reply.quote.ttl, 1);
	assert_int_equal(s.reply.quote.tos, 0);
	assert_int_equal(stage_hop(&s, 4), R(5)); /* d does not count */
	assert_int_equal(s.reply.quote.tos, 8);
	assert_int_equal(s.reply.ttl, 60 - 4 - 4);
	assert_int_equal(stage_hop(&s, 5), 0); /* e has no route */
	assert_int_equal(stage_fate(&s), PLAY_NOBODY);
	assert_int_equal(play_truth(s.play, s.probe, s.len, 5), 0);
	stage_close(&s);
}

static void
loops(void **state)
{
	(void)state;
	struct stage s;
	stage_open(&s,
	    LINE "\nroute r5 203.0.113.0/24 r3\nhosts 203.0.112.0/24 r5\n", 1);
	for (uint8_t ttl = 3; ttl < 250; ttl++)
		assert_int_equal(stage_hop(&s, ttl), R(3 + (ttl - 3) % 3));
	s.flow.dst -= 256;
	assert_int_equal(stage_hop(&s, 30), TARGET - 256);
	stage_close(&s);
	stage_open(&s, /* nobody counts: not even that lasts for ever */
	    "source 192.0.2.1\ndefaults router hidden\n"
	    "router a 1.0.0.1\nrouter b 1.0.0.2\nlink source a\n"
	    "route a 0.0.0.0/0 b\nroute b 0.0.0.0/0 a\n",
	    1);
	assert_int_equal(stage_hop(&s, 9), 0);
	stage_close(&s);
}

enum { PREFIXES = 60 };

/* One that is not among the n first. */
static struct prefix
another_prefix(struct random *r, const struct prefix *all, int n)
{
	struct prefix p = {.len = (uint8_t)random_below(r, 33)};
	p.addr = (uint32_t)random_next(r) & 0x800f00ff & prefix_mask(p.len);
	for (int i = 0; i < n; i++)
		if (all[i].len == p.len && all[i].addr == p.addr)
			return another_prefix(r, all, n);
	return p;
}

static int
longest(const struct prefix *all, uint32_t addr)
{
	int best = -1;
	for (int i = 0; i < PREFIXES; i++)
		if (prefix_contains(&all[i], addr) &&
		    (best < 0 || all[i].len > all[best].len))
			best = i;
	return best;
}

/* Against a search through all prefixes, one by one. */
static void
longest_prefix(void **state)
{
	(void)state;
	struct random random = {5};
	for (int round = 0; round < 40; round++) {
		struct prefix all[PREFIXES];
		struct stage s;
		char text[8192], where[PREFIX_STRLEN];
		int n = snprintf(text, sizeof(text), LINE "\n");
		for (int i = 0; i < PREFIXES; i++) {
			all[i] = another_prefix(&random, all, i);
			n += snprintf(text + n, sizeof(text) - (size_t)n,
			    "hosts %s r5 ttl=%d\n",
			    prefix_format(&all[i], where), 100 + i);
		}
		stage_open(&s, text, 1);
		for (int i = 0; i < 200; i++) {
			s.flow.dst =
			    (uint32_t)random_next(&random) & 0x800f00ff;
			int best = longest(all, s.flow.dst);
			stage_hop(&s, 20);
			assert_int_equal(s.n, best >= 0);
			if (s.n > 0)
				assert_int_equal(s.reply.ttl, 95 + best);
		}
		stage_close(&s);
	}
}

/* --- what is quoted ------------------------------------------------------ */

static void
quotes(void **state)
{
	(void)state;
	static const struct {
		const char *options;
		size_t len; /* 0: all of the probe */
	} kind[] = {{"quote=28", 28}, {"quote=40", 40}, {"quote=20", 20},
	    {"quote=long", 0}, {"quote=1000", 0}};
	for (size_t i = 0; i < sizeof(kind) / sizeof(kind[0]); i++) {
		char text[256];
		struct stage s;
		snprintf(text, sizeof(text), LINE "%s\n", kind[i].options);
		stage_open(&s, text, 1);
		stage_ask(&s, 4);
		size_t len = kind[i].len == 0 ? s.len : kind[i].len;
		assert_int_equal(s.out[0].len, 28 + len);
		for (size_t at = 0; at < len; at++)
			if (at != 8 && at != 10 && at != 11)
				assert_int_equal(quoted(&s, at), s.probe[at]);
		enum record_proof proof = len < 28 ? 0 : PROOF_BOTH;
		assert_int_equal(s.out[0].proof, proof);
		assert_int_equal(stage_grade(&s, &s.out[0]), proof);
		stage_close(&s);
	}
}

/* What our own parser finds behind the quote. */
static void
check_extension(const struct stage *s, int objects, int labels, bool interface)
{
	struct ext_object o;
	struct ext_label l;
	struct ext_interface in;
	struct rd list = rd_make(s->reply.ext, s->reply.ext_len);
	while (ext_next(&list, &o)) {
		objects--;
		while (ext_label(&o, &l))
			labels--;
		if (!interface)
			continue;
		assert_true(ext_interface(&o, &in));
		assert_string_equal(in.addr, "198.51.100.3");
		assert_string_equal(in.name, "ge-0/0/0");
		assert_int_equal(in.mtu, 1500);
	}
	assert_int_equal(objects, 0);
	assert_int_equal(labels, 0);
}

/* Each kind, with both lengths of quotes, in all methods. */
static void
extensions(void **state)
{
	(void)state;
	static const struct {
		const char *name;
		int objects, labels;
	} kind[] = {{"none", 0, 0}, {"mpls", 1, 1}, {"two", 2, 2},
	    {"unknown", 1, 0}, {"broken", 0, 0}, {"oversize", 0, 0},
	    {"long", 1, 60}, {"5837", 1, 0}};
	for (size_t i = 0; i < sizeof(kind) / sizeof(kind[0]) * 6; i++) {
		char text[256];
		struct stage s;
		snprintf(text, sizeof(text), LINE "ext=%s %s\n",
		    kind[i / 6].name, i % 2 ? "quote=long" : "");
		stage_open(&s, text, 1);
		stage_method(&s, (enum record_method)(METHOD_UDP + i % 3));
		assert_int_equal(stage_hop(&s, 3), R(3));
		check_extension(&s, kind[i / 6].objects, kind[i / 6].labels,
		    strcmp(kind[i / 6].name, "5837") == 0);
		assert_int_equal(stage_grade(&s, &s.out[0]), PROOF_BOTH);
		stage_close(&s);
	}
}

/* Beyond the NAT its traces stand in the quotes; on this side nothing. */
static void
nats(void **state)
{
	(void)state;
	static const struct {
		const char *kind;
		enum record_proof proof;
		bool ipid, check, src;
	} nat[] = {{"undone", PROOF_BOTH, true, true, true},
	    {"stale-check", PROOF_ONE, true, false, true},
	    {"stale-all", PROOF_ONE, true, false, false},
	    {"new-ipid", PROOF_ONE, false, true, true},
	    {"blind", 0, false, false, true}};
	for (size_t i = 0; i < sizeof(nat) / sizeof(nat[0]) * 3; i++) {
		char text[256];
		struct stage s;
		snprintf(text, sizeof(text),
		    LINE "\nnat r2 %s outside=203.0.113.77\n", nat[i / 3].kind);
		stage_open(&s, text, i);
		stage_method(&s, (enum record_method)(METHOD_UDP + i % 3));
		assert_int_equal(stage_hop(&s, 2), R(2));
		assert_int_equal(stage_grade(&s, &s.out[0]), PROOF_BOTH);
		assert_int_equal(stage_hop(&s, 3), R(3));
		assert_int_equal(s.out[0].proof, nat[i / 3].proof);
		assert_int_equal(stage_grade(&s, &s.out[0]), nat[i / 3].proof);
		assert_int_equal(
		    memcmp(s.out[0].bytes + 32, s.probe + 4, 2) == 0,
		    nat[i / 3].ipid);
		assert_int_equal(
		    memcmp(s.out[0].bytes + 54, s.probe + 26, 2) == 0,
		    nat[i / 3].check);
		assert_int_equal(s.reply.quote.src,
		    nat[i / 3].src ? s.flow.src : 0xcb00714d);
		stage_close(&s);
	}
}

static void
other_addresses(void **state)
{
	(void)state;
	struct stage s;
	stage_open(&s,
	    "source 192.0.2.1\n"
	    "router a 198.51.100.1 answer-from=10.9.9.9\n"
	    "router b 198.51.100.2,198.51.100.3\n"
	    "link source a\nlink a b\n"
	    "route a 0.0.0.0/0 b\n"
	    "router c 198.51.100.4\nroute a 203.0.114.0/24 c\n"
	    "route c 0.0.0.0/0 b\n"
	    "hosts 203.0.113.0/24 b answer-from=10.8.8.8\n",
	    1);
	assert_int_equal(stage_hop(&s, 1), 0x0a090909);
	assert_int_equal(stage_hop(&s, 2), R(2)); /* by its first link */
	assert_int_equal(stage_hop(&s, 3), 0x0a080808);
	assert_int_equal(s.out[0].proof, PROOF_BOTH); /* it has a quote */
	assert_int_equal(stage_grade(&s, &s.out[0]), PROOF_BOTH);
	stage_method(&s, METHOD_ICMP);
	assert_int_equal(stage_hop(&s, 3), 0x0a080808);
	assert_int_equal(s.out[0].proof, 0); /* believed of nobody else */
	assert_int_equal(stage_grade(&s, &s.out[0]), 0);
	s.flow.dst = TARGET + 256;
	assert_int_equal(stage_hop(&s, 3), R(3)); /* by its second link */
	stage_close(&s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(every_router_in_its_turn),
	    cmocka_unit_test(targets_of_all_kinds),
	    cmocka_unit_test(routers_as_targets),
	    cmocka_unit_test(no_answer_to_what_is_none),
	    cmocka_unit_test(ttl_oddities),
	    cmocka_unit_test(loops),
	    cmocka_unit_test(longest_prefix),
	    cmocka_unit_test(quotes),
	    cmocka_unit_test(extensions),
	    cmocka_unit_test(nats),
	    cmocka_unit_test(other_addresses),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
