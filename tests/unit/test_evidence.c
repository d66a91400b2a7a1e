/* SPDX-License-Identifier: ISC */
#include "probe/base/mem.h"
#include "probe/base/record_reply.h"
#include "probe/campaign/evidence.h"
#include "tests/unit/store_sample.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

enum {
	TARGET = 0xaf2db047,  /* 175.45.176.71 */
	SIBLING = 0xaf2db281, /* 175.45.178.129, a router of that network */
	OUTSIDE = 0xbc2b0000,
	EXCEEDED = ICMP_T_TIME_EXCEEDED << 8,
	PROHIBITED = ICMP_T_UNREACHABLE << 8 | ICMP_C_ADMIN_PROHIBITED,
	PORT = ICMP_T_UNREACHABLE << 8 | ICMP_C_PORT,
	ECHO = ICMP_T_ECHO_REPLY << 8,
	SEGMENT = -1,
	SILENCE = -2,
};

/* One probe or further reply of a trace. */
struct line {
	uint8_t ttl, attempt, reply_no;
	uint32_t addr;		 /* a small number: of a router outside */
	int message;		 /* type << 8 | code, SEGMENT or SILENCE */
	enum record_proof proof; /* 0: both */
	const char *kept;	 /* "sr": the probe, the reply */
};

static struct record_probe
probe_of(const struct line *line, uint64_t *random)
{
	struct record_probe p = record_unanswered(line->ttl, line->attempt);
	p.reply_no = line->reply_no;
	p.tx_ns = sample_random(random);
	if (line->reply_no == 0)
		p.sent = sample_bytes(random, 40);
	if (line->message == SILENCE) {
		p.silent = SILENT_UNKNOWN;
		return p;
	}
	p.answered = true;
	p.addr = line->addr < 256 ? OUTSIDE + line->addr : line->addr;
	p.rtt_ns = sample_random(random);
	p.proof = line->proof ? line->proof : PROOF_BOTH;
	p.icmp_type = line->message >= 0 ? (int16_t)(line->message >> 8) : -1;
	p.icmp_code = line->message >= 0 ? (int16_t)(line->message & 255) : -1;
	p.tcp_flags = line->message == SEGMENT ? TCP_SYN | TCP_ACK : -1;
	p.ext = sample_ext(random, 8);
	p.reply = sample_bytes(random, 56);
	return p;
}

static struct record
record_of(const struct line *lines, size_t n, uint64_t *random)
{
	struct record r = {.target = TARGET,
	    .prefix = {TARGET & 0xffffff00u, 24},
	    .method = METHOD_TCP,
	    .port = 80,
	    .start_us = 1795280000000000,
	    .nprobes = n,
	    .probes = xcalloc(n, sizeof(*r.probes))};
	for (size_t i = 0; i < n; i++)
		r.probes[i] = probe_of(&lines[i], random);
	return r;
}

static bool
same_bytes(const struct record_bytes *a, const struct record_bytes *b)
{
	return a->len == b->len &&
	       (a->len == 0 || memcmp(a->p, b->p, a->len) == 0);
}

/* But for the raw packets, which are as before or not there. */
static void
check_same_probe(const struct record_probe *was, const struct record_probe *is)
{
	struct record_probe a = *was, b = *is;
	assert_true(same_bytes(&a.ext, &b.ext));
	assert_true(b.sent.p == NULL || same_bytes(&a.sent, &b.sent));
	assert_true(b.reply.p == NULL || same_bytes(&a.reply, &b.reply));
	assert_true((b.sent.p == NULL) == (b.sent.len == 0));
	assert_true((b.reply.p == NULL) == (b.reply.len == 0));
	a.ext = a.sent = a.reply = (struct record_bytes){0};
	b.ext = b.sent = b.reply = (struct record_bytes){0};
	assert_memory_equal(&a, &b, sizeof(a));
}

static void
check_same(const struct record *was, const struct record *is)
{
	struct record a = *was, b = *is;
	assert_int_equal(a.nprobes, b.nprobes);
	for (size_t i = 0; i < a.nprobes; i++)
		check_same_probe(&a.probes[i], &b.probes[i]);
	a.probes = b.probes = NULL;
	assert_memory_equal(&a, &b, sizeof(a));
}

static void
check(const struct line *lines, size_t n)
{
	uint64_t random = n;
	struct record r = record_of(lines, n, &random), was;
	record_copy(&was, &r);
	evidence_trim(&r, EVIDENCE_EDGE);
	check_same(&was, &r);
	for (size_t i = 0; i < n; i++) {
		const char *kept = lines[i].kept ? lines[i].kept : "";
		bool sent = r.probes[i].sent.p != NULL;
		bool reply = r.probes[i].reply.p != NULL;
		if (sent != (strchr(kept, 's') != NULL) ||
		    reply != (strchr(kept, 'r') != NULL))
			fail_msg("entry %zu, ttl %d: %s%s is kept, not \"%s\"",
			    i, lines[i].ttl, sent ? "s" : "", reply ? "r" : "",
			    kept);
	}
	record_clear(&r);
	record_clear(&was);
}
#define CHECK(lines) check(lines, sizeof(lines) / sizeof((lines)[0]))

static void
from_the_third_router_before_the_network(void **state)
{
	(void)state;
	static const struct line reached[] = {
	    {1, 1, 0, 1, EXCEEDED, 0, ""},
	    {2, 1, 0, 2, EXCEEDED, 0, ""},
	    {3, 1, 0, 3, EXCEEDED, 0, "sr"},
	    {4, 1, 0, 0, SILENCE, 0, ""},
	    {5, 1, 0, 5, EXCEEDED, 0, "sr"},
	    {6, 1, 0, 6, EXCEEDED, 0, "sr"},
	    {7, 1, 0, 0, SILENCE, 0, ""},
	    {8, 1, 0, SIBLING, EXCEEDED, 0, "sr"},
	    {9, 1, 0, TARGET, SEGMENT, 0, "sr"},
	    {10, 1, 0, TARGET, SEGMENT, 0, "sr"},
	};
	static const struct line gap[] = {
	    {1, 1, 0, 1, EXCEEDED, 0, ""},
	    {2, 1, 0, 2, EXCEEDED, 0, ""},
	    {3, 1, 0, 3, EXCEEDED, 0, "sr"},
	    {3, 2, 0, 0, SILENCE, 0, ""},
	    {4, 1, 0, 4, EXCEEDED, 0, "sr"},
	    {5, 1, 0, 5, EXCEEDED, 0, "sr"},
	    {6, 1, 0, 0, SILENCE, 0, ""},
	    {7, 1, 0, 0, SILENCE, 0, ""},
	};
	static const struct line near[] = {
	    {1, 1, 0, 1, EXCEEDED, 0, "sr"},
	    {2, 1, 0, TARGET, ECHO, 0, "sr"},
	};
	static const struct line nobody[] = {{1, 1, 0, 0, SILENCE, 0, ""}};
	CHECK(reached);
	CHECK(gap);
	CHECK(near);
	CHECK(nobody);
	check(NULL, 0);
}

/* It answers at every TTL behind it; who stands before it is the evidence. */
static void
a_firewall_is_not_the_last_three(void **state)
{
	(void)state;
	static const struct line lines[] = {
	    {1, 1, 0, 1, EXCEEDED, 0, ""},
	    {2, 1, 0, 2, EXCEEDED, 0, ""},
	    {3, 1, 0, 3, EXCEEDED, 0, "sr"},
	    {4, 1, 0, 4, EXCEEDED, 0, "sr"},
	    {5, 1, 0, 5, EXCEEDED, 0, "sr"},
	    {6, 1, 0, 5, PROHIBITED, 0, "sr"},
	    {7, 1, 0, 5, PROHIBITED, 0, "sr"},
	    {8, 1, 0, 5, PROHIBITED, 0, "sr"},
	    {9, 1, 0, 5, PROHIBITED, 0, "sr"},
	};
	CHECK(lines);
}

static void
a_loop_is_one_visit(void **state)
{
	(void)state;
	static const struct line lines[] = {
	    {1, 1, 0, 1, EXCEEDED, 0, ""},
	    {2, 1, 0, 2, EXCEEDED, 0, "sr"},
	    {3, 1, 0, 3, EXCEEDED, 0, "sr"},
	    {4, 1, 0, 4, EXCEEDED, 0, "sr"},
	    {5, 1, 0, 3, EXCEEDED, 0, "sr"},
	    {6, 1, 0, 4, EXCEEDED, 0, "sr"},
	    {7, 1, 0, 3, EXCEEDED, 0, "sr"},
	};
	CHECK(lines);
}

/* Several routers at one TTL are one step of the way. */
static void
balancers_count_once(void **state)
{
	(void)state;
	static const struct line lines[] = {
	    {1, 1, 0, 1, EXCEEDED, 0, ""},
	    {2, 1, 0, 2, EXCEEDED, 0, "sr"},
	    {3, 1, 0, 3, EXCEEDED, 0, "sr"},
	    {3, 2, 0, 13, EXCEEDED, 0, "sr"},
	    {3, 3, 0, 23, EXCEEDED, 0, "sr"},
	    {4, 1, 0, 4, EXCEEDED, 0, "sr"},
	    {4, 2, 0, 14, EXCEEDED, 0, "sr"},
	};
	CHECK(lines);
}

static void
doubtful_replies_stay_wherever_they_are(void **state)
{
	(void)state;
	static const struct line lines[] = {
	    {1, 1, 0, 1, EXCEEDED, PROOF_ONE, "sr"},
	    {2, 1, 0, 2, EXCEEDED, 0, "s"}, /* the probe of the next one */
	    {2, 1, 1, 2, EXCEEDED, PROOF_NONE, "r"},
	    {2, 2, 0, 2, EXCEEDED, 0, ""},
	    {2, 2, 1, 2, EXCEEDED, 0, ""},
	    {3, 1, 0, 3, EXCEEDED, 0, ""},
	    {4, 1, 0, 4, EXCEEDED, 0, "sr"},
	    {5, 1, 0, 5, EXCEEDED, 0, "sr"},
	    {6, 1, 0, 6, EXCEEDED, 0, "sr"},
	    {6, 1, 1, 6, EXCEEDED, 0, "r"},
	};
	CHECK(lines);
}

/* A router on the way that says so too early spoils nothing. */
static void
an_early_unreachable_keeps_more(void **state)
{
	(void)state;
	static const struct line lines[] = {
	    {1, 1, 0, 1, EXCEEDED, 0, ""},
	    {2, 1, 0, 2, EXCEEDED, 0, "sr"},
	    {3, 1, 0, 3, EXCEEDED, 0, "sr"},
	    {4, 1, 0, 4, EXCEEDED, 0, "sr"},
	    {4, 2, 0, 0, SILENCE, 0, ""},
	    {5, 1, 0, 5, PROHIBITED, 0, "sr"},
	    {5, 2, 0, 5, EXCEEDED, 0, "sr"},
	    {6, 1, 0, 6, EXCEEDED, 0, "sr"},
	    {7, 1, 0, TARGET, PORT, 0, "sr"},
	};
	CHECK(lines);
}

/* --- whatever the record ------------------------------------------------- */

static struct line
any_line(uint64_t *random, uint8_t ttl)
{
	static const int odd[] = {SEGMENT, PROHIBITED, PORT, ECHO};
	static const uint32_t inside[] = {TARGET, SIBLING, TARGET + 1};
	struct line line = {.ttl = ttl,
	    .attempt = 1,
	    .addr = sample_random(random) % 12,
	    .message = EXCEEDED};
	if (sample_random(random) % 5 == 0)
		line.message = SILENCE;
	else if (sample_random(random) % 40 == 0)
		line.message = odd[sample_random(random) % 4];
	if (sample_random(random) % 60 == 0)
		line.addr = inside[sample_random(random) % 3];
	if (sample_random(random) % 20 == 0)
		line.proof = sample_random(random) % 2 ? PROOF_ONE : PROOF_NONE;
	return line;
}

/* By TTL, attempt and reply, as records are. */
static size_t
any_lines(uint64_t *random, struct line *lines, size_t max)
{
	size_t n = 0;
	uint8_t ttls = (uint8_t)(1 + sample_random(random) % 20);
	for (uint8_t ttl = 1; ttl <= ttls && n + 4 <= max; ttl++) {
		uint32_t more = sample_random(random) % 4;
		for (uint32_t i = 0; i <= more; i++) {
			lines[n] = any_line(random, ttl);
			bool further = i > 0 &&
				       lines[n - 1].message != SILENCE &&
				       lines[n].message != SILENCE &&
				       sample_random(random) % 3 == 0;
			if (i > 0)
				lines[n].attempt =
				    (uint8_t)(lines[n - 1].attempt + !further);
			if (further)
				lines[n].reply_no =
				    (uint8_t)(lines[n - 1].reply_no + 1);
			n++;
		}
	}
	return n;
}

/* The plain rule: the last three answered TTLs before the target's prefix. */
static int
plain_edge(const struct record *r)
{
	int first = 255, from = 255, found = 0;
	bool answered[256] = {false};
	for (size_t i = 0; i < r->nprobes; i++) {
		const struct record_probe *p = &r->probes[i];
		answered[p->ttl] |= p->answered;
		if (p->answered && prefix_contains(&r->prefix, p->addr) &&
		    p->ttl < first)
			first = p->ttl;
	}
	for (int ttl = first - 1; ttl > 0 && found < 3; ttl--)
		if (answered[ttl]) {
			from = ttl;
			found++;
		}
	return found > 0 ? from : first;
}

/* A reply that is kept brings its probe; what must be kept is. */
static void
check_demands(const struct record *was, const struct record *is)
{
	int from = plain_edge(was);
	for (size_t i = 0; i < is->nprobes; i++) {
		const struct record_probe *p = &is->probes[i];
		bool must = p->answered &&
			    (p->icmp_type == ICMP_T_UNREACHABLE ||
				p->proof != PROOF_BOTH || p->ttl >= from);
		assert_true(!must || p->reply.p != NULL);
		size_t k = i;
		while (is->probes[k].reply_no > 0)
			k--;
		assert_true(p->reply.p == NULL || is->probes[k].sent.p != NULL);
	}
}

static size_t
octets(const struct record *r)
{
	size_t n = 0;
	for (size_t i = 0; i < r->nprobes; i++)
		n += r->probes[i].sent.len + r->probes[i].reply.len;
	return n;
}

static void
whatever_the_record(void **state)
{
	(void)state;
	uint64_t random = 20261122;
	struct line lines[100];
	size_t all = 0, edge = 0;
	for (int i = 0; i < 20000; i++) {
		size_t n = any_lines(&random, lines, 100);
		struct record r = record_of(lines, n, &random), was;
		record_copy(&was, &r);
		evidence_trim(&r, EVIDENCE_ALL);
		check_same(&was, &r);
		assert_int_equal(octets(&r), octets(&was));
		evidence_trim(&r, EVIDENCE_EDGE);
		check_same(&was, &r);
		check_demands(&was, &r);
		all += octets(&was);
		edge += octets(&r);
		evidence_trim(&r, EVIDENCE_EDGE); /* again is the same */
		check_demands(&was, &r);
		evidence_trim(&r, EVIDENCE_NONE);
		check_same(&was, &r);
		assert_int_equal(octets(&r), 0);
		record_clear(&r);
		record_clear(&was);
	}
	assert_true(edge < all / 4 * 3); /* and the rest goes */
}

/* A target elsewhere has its prefix alone. */
static void
other_networks(void **state)
{
	(void)state;
	static const struct line lines[] = {
	    {1, 1, 0, 1, EXCEEDED, 0, ""},
	    {2, 1, 0, SIBLING, EXCEEDED, 0, "sr"},
	    {3, 1, 0, 3, EXCEEDED, 0, "sr"},
	    {4, 1, 0, 4, EXCEEDED, 0, "sr"},
	    {5, 1, 0, 0xc0000207, EXCEEDED, 0, "sr"},
	    {6, 1, 0, 0xc0000201, ECHO, 0, "sr"},
	};
	uint64_t random = 1;
	struct record r = record_of(lines, 6, &random);
	r.target = 0xc0000201;
	r.prefix = (struct prefix){0xc0000200, 24};
	evidence_trim(&r, EVIDENCE_EDGE);
	for (size_t i = 0; i < 6; i++)
		assert_int_equal(r.probes[i].reply.p != NULL,
		    strchr(lines[i].kept, 'r') != NULL);
	record_clear(&r);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(from_the_third_router_before_the_network),
	    cmocka_unit_test(a_firewall_is_not_the_last_three),
	    cmocka_unit_test(a_loop_is_one_visit),
	    cmocka_unit_test(balancers_count_once),
	    cmocka_unit_test(doubtful_replies_stay_wherever_they_are),
	    cmocka_unit_test(an_early_unreachable_keeps_more),
	    cmocka_unit_test(whatever_the_record),
	    cmocka_unit_test(other_networks),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
