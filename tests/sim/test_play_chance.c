/* SPDX-License-Identifier: ISC */
#include "probe/base/clock.h"
#include "tests/sim/random.h"
#include "tests/sim/stage.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* What a played network does by chance, and what it says is true of it. */
#define R(n) (0xc6336400u + (n))
#define LINE                                                                   \
	"source 192.0.2.1\n"                                                   \
	"chain source r 3 198.51.100.1 0.0.0.0/0 "

/* Whether so many of n are five standard deviations from the share at most. */
static bool
about(size_t count, size_t n, double share)
{
	double expected = (double)n * share;
	double sigma = sqrt(expected * (1 - share));
	return fabs((double)count - expected) <= 5 * sigma;
}

/* --- silence ------------------------------------------------------------- */

static void
fates(void **state)
{
	(void)state;
	static const struct {
		const char *statement;
		enum play_fate fate;
		uint32_t responder, truth; /* of a probe with TTL 3 */
	} kind[] = {
	    {"", PLAY_ANSWERED, R(3), R(3)},
	    {"router x 9.0.0.1", PLAY_ANSWERED, R(3), R(3)},
	    {"deny r2 203.0.113.0/24", PLAY_ANSWERED, R(2), R(2)},
	    {"deny r2 203.0.112.0/24", PLAY_ANSWERED, R(3), R(3)},
	    {"deny r2 0.0.0.0/0 silent", PLAY_FILTERED, 0, 0},
	    {"deny r3 0.0.0.0/0 silent", PLAY_FILTERED, 0, 0},
	    {"deny r2 0.0.0.0/0 rate=0%", PLAY_FILTERED, 0, R(2)},
	    {"deny r2 0.0.0.0/0 protocol=tcp,icmp", PLAY_ANSWERED, R(3), R(3)},
	    {"deny r2 0.0.0.0/0 protocol=udp silent", PLAY_FILTERED, 0, 0},
	    {"deny r2 0.0.0.0/0 back", PLAY_FILTERED, R(3), R(3)},
	    {"deny r3 0.0.0.0/0 back", PLAY_FILTERED, R(3), R(3)},
	};
	for (size_t i = 0; i < sizeof(kind) / sizeof(kind[0]); i++) {
		char text[256];
		struct stage s;
		uint32_t responder;
		snprintf(text, sizeof(text), LINE "\n%s\n", kind[i].statement);
		stage_open(&s, text, 1);
		uint32_t hop = stage_hop(&s, 3);
		assert_int_equal(play_fate(s.play, &responder), kind[i].fate);
		assert_int_equal(responder, kind[i].responder);
		assert_int_equal(
		    play_truth(s.play, s.probe, s.len, 3), kind[i].truth);
		assert_int_equal(
		    hop, kind[i].fate == PLAY_ANSWERED ? kind[i].responder : 0);
		stage_close(&s);
	}
}

/* A refusal has its code, and the TTL that was left. */
static void
refusals(void **state)
{
	(void)state;
	struct stage s;
	stage_open(&s,
	    LINE "\nrouter d 10.0.0.1 no-route=0\n"
		 "route r3 10.0.0.0/8 d\n"
		 "deny r2 11.0.0.0/8 code=10\n"
		 "hosts 203.0.113.0/24 r3 share=0% unreachable=1\n",
	    1);
	static const struct {
		uint32_t dst, from;
		int code, quoted_ttl;
	} kind[] = {{0x0b000001, R(2), 10, 8}, {0x0a000002, 0x0a000001, 0, 5},
	    {0xcb007109, R(3), 1, 6}};
	for (size_t i = 0; i < sizeof(kind) / sizeof(kind[0]); i++) {
		s.flow.dst = kind[i].dst;
		assert_int_equal(stage_hop(&s, 9), kind[i].from);
		assert_int_equal(s.reply.icmp_type, 3);
		assert_int_equal(s.reply.icmp_code, kind[i].code);
		assert_int_equal(s.reply.quote.ttl, kind[i].quoted_ttl);
		assert_int_equal(s.out[0].icmp_code, kind[i].code);
		assert_int_equal(stage_grade(&s, &s.out[0]), PROOF_BOTH);
	}
	stage_close(&s);
}

/* The target's own word passes a firewall that keeps errors out. */
static void
errors_kept_out(void **state)
{
	(void)state;
	struct stage s;
	stage_open(
	    &s, LINE "\ndeny r2 0.0.0.0/0 back\nhosts 203.0.113.0/24 r3\n", 1);
	assert_int_equal(stage_hop(&s, 1), R(1));
	for (enum record_method m = METHOD_UDP; m <= METHOD_TCP; m++) {
		stage_method(&s, m);
		assert_int_equal(stage_hop(&s, 2), 0);
		assert_int_equal(stage_fate(&s), PLAY_FILTERED);
		uint32_t hop = stage_hop(&s, 4);
		assert_int_equal(hop, m == METHOD_UDP ? 0 : s.flow.dst);
	}
	stage_close(&s);
}

static void
losses(void **state)
{
	(void)state;
	enum { N = 40000 };
	struct stage s;
	uint64_t answered, asked;
	size_t lost = 0, silent = 0;
	stage_open(&s,
	    "source 192.0.2.1\nrouter a 198.51.100.1\n"
	    "router b 198.51.100.2 loss=10%\n"
	    "link source a loss=2%\nlink a b loss=5%\n"
	    "route a 0.0.0.0/0 b\n",
	    7);
	for (int i = 0; i < N; i++) {
		silent += stage_ask(&s, 2) == 0;
		lost += stage_fate(&s) == PLAY_LOST;
		assert_int_equal(play_truth(s.play, s.probe, s.len, 2), R(2));
	}
	double there = 0.98 * 0.95;
	assert_int_equal(silent, lost);
	assert_true(about(lost, N, 1 - there * 0.9 * there));
	assert_true(play_count(s.play, "b", &answered, &asked));
	assert_true(about(asked, N, there));
	assert_true(about(answered, asked, 0.9));
	assert_true(play_count(s.play, "a", &answered, &asked));
	assert_int_equal(asked, 0);
	stage_close(&s);
}

/* Burst first, then one token each interval, never one more. */
static void
limits(void **state)
{
	(void)state;
	struct stage s;
	struct random random = {3};
	uint64_t answered, asked;
	stage_open(&s, LINE "limit=100/s burst=7\n", 1);
	for (int i = 0; i < 20; i++) {
		size_t n = stage_ask(&s, 2);
		assert_int_equal(n, i < 7);
		assert_int_equal(
		    stage_fate(&s), i < 7 ? PLAY_ANSWERED : PLAY_RATE_LIMITED);
	}
	s.now_ns = 10 * NS_PER_MS - 1;
	assert_int_equal(stage_ask(&s, 2), 0);
	s.now_ns++;
	assert_int_equal(stage_ask(&s, 2), 1);
	assert_int_equal(stage_ask(&s, 2), 0);
	assert_int_equal(stage_ask(&s, 3), 1); /* each for itself */
	s.now_ns = 10 * NS_PER_S;
	int64_t from_ns = s.now_ns;
	size_t n = 0;
	while (s.now_ns < from_ns + 20 * NS_PER_S) {
		n += stage_ask(&s, 2);
		s.now_ns += random_range(&random, 0, 4 * NS_PER_MS);
	}
	assert_in_range(n, 2000, 2007);
	assert_true(play_count(s.play, "r2", &answered, &asked));
	assert_int_equal(answered, 7 + 1 + n);
	assert_true(asked > answered);
	stage_close(&s);
}

/* Always the same addresses, in about that share. */
static void
shares(void **state)
{
	(void)state;
	struct stage s;
	size_t there = 0;
	stage_open(&s,
	    LINE "\nhosts 10.0.0.0/8 r3 share=10%\nhosts 11.0.0.0/8 r3\n", 1);
	for (uint32_t i = 0; i < 20000; i++) {
		s.flow.dst = 0x0a000000 + i;
		bool first = stage_hop(&s, 9) == s.flow.dst;
		assert_int_equal(
		    stage_fate(&s), first ? PLAY_ANSWERED : PLAY_NOBODY);
		assert_int_equal(play_truth(s.play, s.probe, s.len, 9),
		    first ? s.flow.dst : 0);
		assert_int_equal(stage_hop(&s, 4) == s.flow.dst, first);
		there += first;
	}
	assert_true(about(there, 20000, 0.1));
	s.flow.dst = 0x0b000009;
	assert_int_equal(stage_hop(&s, 9), s.flow.dst);
	stage_close(&s);
}

/* --- times --------------------------------------------------------------- */

static void
delays(void **state)
{
	(void)state;
	enum { N = 20000 };
	struct stage s;
	size_t late = 0, held = 0, twice = 0;
	int64_t least = INT64_MAX, most = 0;
	stage_open(&s,
	    "source 192.0.2.1\n"
	    "router a 198.51.100.1 late=10%:1s-2s duplicate=5%\n"
	    "link source a delay=10ms jitter=2ms reorder=1%:100ms\n",
	    1);
	for (int i = 0; i < N; i++) {
		s.now_ns += NS_PER_MS;
		twice += stage_ask(&s, 1) == 2;
		int64_t rtt_ns = s.out[0].at_ns - s.now_ns;
		if (s.n == 2) {
			assert_true(s.out[1].at_ns > s.out[0].at_ns);
			assert_memory_equal(s.out[1].bytes, s.out[0].bytes, 56);
			assert_true(s.out[1].genuine);
		}
		late += rtt_ns > NS_PER_S;
		held += rtt_ns > 100 * NS_PER_MS && rtt_ns < NS_PER_S;
		if (rtt_ns > 100 * NS_PER_MS)
			continue;
		least = rtt_ns < least ? rtt_ns : least;
		most = rtt_ns > most ? rtt_ns : most;
	}
	assert_true(about(late, N, 0.1));
	assert_true(about(held, N, 0.01 * 0.9));
	assert_true(about(twice, N, 0.05));
	assert_in_range(least, 20 * NS_PER_MS, 20100 * NS_PER_MS / 1000);
	assert_in_range(most, 23900 * NS_PER_MS / 1000, 24 * NS_PER_MS);
	stage_close(&s);
}

/* --- balancers ----------------------------------------------------------- */

#define FAN                                                                    \
	"source 192.0.2.1\nrouter a 198.51.100.1\nlink source a\n"             \
	"router b 198.51.100.2\nrouter c 198.51.100.3\n"                       \
	"router d 198.51.100.4\nroute a 0.0.0.0/0 b,c,d "

static void
weights(void **state)
{
	(void)state;
	enum { N = 20000 };
	static const char *const by[] = {"by=ports", "by=packet"};
	for (size_t k = 0; k < 2; k++) {
		char text[512];
		struct stage s;
		size_t count[3] = {0};
		snprintf(text, sizeof(text), FAN "weights=5,1,4 %s\n", by[k]);
		stage_open(&s, text, k);
		for (int i = 0; i < N; i++) {
			s.flow.sport = (uint16_t)(20000 + i);
			count[stage_hop(&s, 2) - R(2)]++;
		}
		assert_true(about(count[0], N, 0.5));
		assert_true(about(count[1], N, 0.1));
		assert_true(about(count[2], N, 0.4));
		stage_close(&s);
	}
}

/* Whether another value of the octet means another branch, of a dozen. */
static bool
told_apart(struct stage *s, size_t at)
{
	bool apart = false;
	stage_ask(s, 2);
	uint32_t first = play_truth(s->play, s->probe, s->len, 2);
	for (int n = 0; n < 12; n++) {
		s->probe[at]--; /* the length may claim less than there is */
		apart |= play_truth(s->play, s->probe, s->len, 2) != first;
	}
	return apart;
}

/* Each field tells flows apart exactly where it is hashed. */
static void
fields(void **state)
{
	(void)state;
	static const struct {
		const char *by;
		size_t at; /* what is changed, in the packet */
	} field[] = {{"dst", 19}, {"tos", 1}, {"length", 3}, {"sport", 21},
	    {"dport", 23}, {"ports", 21}, {"ports", 23}, {"icmp-id", 25}};
	enum { N = sizeof(field) / sizeof(field[0]) };
	for (size_t i = 0; i < N; i++) {
		char text[512];
		struct stage s;
		snprintf(text, sizeof(text), FAN "by=%s\n", field[i].by);
		stage_open(&s, text, i);
		stage_method(&s, METHOD_ICMP);
		bool ports = strcmp(field[i].by, "ports") == 0;
		for (size_t j = 0; j < N; j++) {
			size_t at = field[j].at;
			assert_int_equal(told_apart(&s, at),
			    at == field[i].at ||
				(ports && (at == 21 || at == 23)));
		}
		stage_close(&s);
	}
}

/* Told apart in what is one flow: only by the id of an echo request here. */
static void
inconstant(void **state)
{
	(void)state;
	struct stage s;
	stage_open(&s, FAN "by=icmp-id,ports\n", 1);
	stage_method(&s, METHOD_ICMP);
	for (int i = 0; i < 100; i++) {
		stage_ask(&s, 2);
		assert_false(play_inconstant(s.play));
	}
	for (uint8_t i = 0; i < 20; i++) {
		s.probe[25] = i;
		play_truth(s.play, s.probe, s.len, 2);
		assert_false(play_inconstant(s.play));
	}
	for (uint8_t i = 0; i < 20; i++) {
		s.probe[25] = i;
		play_send(s.play, s.probe, s.len, 0, s.out);
	}
	assert_true(play_inconstant(s.play));
	stage_close(&s);
	stage_open(&s, FAN "by=packet\n", 1);
	for (int i = 0; i < 100; i++)
		stage_ask(&s, 2);
	assert_false(play_inconstant(s.play));
	stage_close(&s);
}

/* --- misbehaviour -------------------------------------------------------- */

struct seen {
	size_t sent, replies, wrong, genuine, long_ones, full;
};

/* What is said to be true of a reply is what a careful reader finds. */
static void
check_reply(const struct stage *s, size_t i, struct seen *seen)
{
	const struct play_reply *r = &s->out[i];
	enum record_proof grade = stage_grade(s, r);
	assert_true(grade <= r->proof);
	if (r->genuine)
		assert_int_equal(grade, r->proof);
	if (grade == PROOF_BOTH)
		assert_true(r->genuine);
	assert_true(r->at_ns >= s->now_ns && r->len <= PLAY_PACKET);
	seen->genuine += r->genuine;
	seen->wrong += !r->genuine;
	seen->long_ones += r->len == PLAY_PACKET;
}

static void
misbehaviour(void **state)
{
	(void)state;
	static const char *const kind[] = {"forge", "flip", "fuzz", "truncate",
	    "oversize", "duplicate", "amplify"};
	enum { N = 3000 };
	for (size_t i = 0; i < sizeof(kind) / sizeof(kind[0]); i++) {
		char text[512];
		struct stage s;
		struct seen seen = {0};
		snprintf(text, sizeof(text),
		    LINE "ext=two\nnetwork %s=50%%\n"
			 "hosts 203.0.113.0/24 r3\n",
		    kind[i]);
		stage_open(&s, text, i);
		for (uint32_t n = 0; n < N; n++) {
			stage_method(&s, (enum record_method)(1 + n % 3));
			stage_ask(&s, (uint8_t)(1 + n % 5));
			for (size_t k = 0; k < s.n; k++)
				check_reply(&s, k, &seen);
			seen.sent++;
			seen.replies += s.n;
			seen.full += s.n == PLAY_REPLIES;
		}
		bool amplify = strcmp(kind[i], "amplify") == 0;
		size_t extra = amplify ? 7 : 1;
		assert_true(about((seen.replies - N) / extra, N, 0.5));
		assert_int_equal(seen.full > 0, amplify);
		if (i < 2) /* none of those is true */
			assert_int_equal(seen.wrong, seen.replies - N);
		if (i == 2 || i == 3) /* some of those are */
			assert_true(
			    seen.wrong > N / 10 && seen.genuine > N + N / 50);
		if (i > 3)
			assert_int_equal(seen.wrong, 0);
		assert_int_equal(
		    seen.long_ones > N / 4, strcmp(kind[i], "oversize") == 0);
		stage_close(&s);
	}
}

/* The same text, seed, probes and times give the same replies. */
static void
determinism(void **state)
{
	(void)state;
	static const char text[] =
	    LINE "loss=10% late=10%:1s-2s duplicate=5% limit=500/s burst=5\n"
		 "router x 10.0.0.1\nrouter y 10.0.0.2\n"
		 "route r3 0.0.0.0/0 x,y by=packet\n"
		 "network forge=20% flip=20% fuzz=20% truncate=20% "
		 "oversize=5% duplicate=20% amplify=5%\n";
	struct stage a, b, c;
	size_t differ = 0;
	stage_open(&a, text, 11);
	stage_open(&b, text, 11);
	stage_open(&c, text, 12);
	for (int i = 0; i < 3000; i++) {
		a.now_ns = b.now_ns = c.now_ns = i * NS_PER_MS;
		uint8_t ttl = (uint8_t)(1 + i % 4);
		assert_int_equal(stage_ask(&a, ttl), stage_ask(&b, ttl));
		differ += stage_ask(&c, ttl) != a.n;
		/* the truth may be asked without a trace */
		play_truth(b.play, b.probe, b.len, 4);
		for (size_t k = 0; k < a.n; k++) {
			const struct play_reply *x = &a.out[k], *y = &b.out[k];
			assert_int_equal(x->at_ns, y->at_ns);
			assert_int_equal(x->len, y->len);
			assert_memory_equal(x->bytes, y->bytes, x->len);
		}
		assert_int_equal(stage_fate(&a), stage_fate(&b));
	}
	assert_true(differ > 100);
	stage_close(&a);
	stage_close(&b);
	stage_close(&c);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(fates),
	    cmocka_unit_test(refusals),
	    cmocka_unit_test(errors_kept_out),
	    cmocka_unit_test(losses),
	    cmocka_unit_test(limits),
	    cmocka_unit_test(shares),
	    cmocka_unit_test(delays),
	    cmocka_unit_test(weights),
	    cmocka_unit_test(fields),
	    cmocka_unit_test(inconstant),
	    cmocka_unit_test(misbehaviour),
	    cmocka_unit_test(determinism),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
