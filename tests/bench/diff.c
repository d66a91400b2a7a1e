/* SPDX-License-Identifier: ISC */
#include "analysis/change/diff.h"
#include "probe/base/mem.h"
#include "probe/base/record_pack.h"
#include "probe/base/record_reply.h"
#include "tests/sim/random.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

/*
 * diff [PAIRS]: how many pairs of traces a core tells apart in a minute, with
 * their trails, from records in memory and from packed ones. A tenth have
 * changed, a tenth are balanced; 5 % of the answers are lost, and what is not
 * answered was asked for twice. The best of some rounds.
 */

enum { HOPS = 18, BEYOND = 3, ROUNDS = 5, FLOWS = 16 };

struct pair {
	struct record r[2];
	struct wr packed[2];
};

struct pairs {
	struct pair *at;
	size_t n;
	struct flows flows;
	size_t of[DIFF_INSUFFICIENT + 1];
};

static uint32_t
router(uint8_t ttl, unsigned branch)
{
	return 0x0a000000u + ttl * 256u + branch;
}

static void
probe(struct record *r, uint8_t ttl, uint32_t addr, struct random *random)
{
	for (uint8_t attempt = 1; attempt <= 2; attempt++) {
		struct record_probe *p = &r->probes[r->nprobes++];
		*p = record_unanswered(ttl, attempt);
		p->silent = SILENT_LOST;
		p->tx_ns =
		    r->start_us * 1000 + ttl * INT64_C(10000000) + attempt;
		if (addr == 0 || random_chance(random, 50000))
			continue;
		p->answered = true;
		p->silent = 0;
		p->addr = addr;
		p->rtt_ns =
		    ttl * INT64_C(4000000) + random_range(random, 0, 1000000);
		p->reply_ttl = (int16_t)(255 - ttl);
		p->quoted_ttl = 1;
		p->icmp_type = ICMP_T_TIME_EXCEEDED;
		p->icmp_code = 0;
		p->proof = PROOF_BOTH;
		return;
	}
}

/* kind 0: changed, from TTL 9 on one hop longer; 1: another branch. */
static void
trace(struct record *r, size_t kind, bool after, struct random *random)
{
	*r = (struct record){.vantage = "sel",
	    .target = 0xaf2db047,
	    .method = METHOD_UDP,
	    .port = -1,
	    .src = 0xc0000201,
	    .sport = 33456,
	    .dport = 33434,
	    .start_us = INT64_C(1795000000000000),
	    .stop = STOP_GAP,
	    .probes = xcalloc(2 * ((size_t)HOPS + BEYOND), sizeof(*r->probes))};
	bool changed = kind == 0 && after;
	for (unsigned at = 1; at <= HOPS + BEYOND; at++) {
		uint8_t ttl = (uint8_t)at, hop = ttl;
		if (changed && ttl > 9)
			hop--;
		uint32_t addr = hop <= HOPS ? router(hop, 0) : 0;
		if (ttl == 5 && kind == 1)
			addr = router(hop, after);
		if (changed && ttl == 9)
			addr = router(99, 0);
		probe(r, ttl, addr, random);
	}
}

static void
make(struct pairs *s)
{
	struct random random = {20171001};
	s->at = xcalloc(s->n, sizeof(*s->at));
	for (size_t i = 0; i < s->n; i++)
		for (int k = 0; k < 2; k++) {
			struct pair *p = &s->at[i];
			struct trail t;
			trace(&p->r[k], i % 10, k == 1, &random);
			record_pack(&p->r[k], &p->packed[k]);
			trail_make(&t, &p->r[k]);
			if (i < FLOWS && i % 10 != 0)
				flows_add(&s->flows, &t);
		}
}

static void
one(struct pairs *s, const struct record *a, const struct record *b)
{
	struct trail ta, tb;
	struct diff d;
	struct diff_sides sides = {
	    .a = &ta, .b = &tb, .before = &s->flows, .after = &s->flows};
	trail_make(&ta, a);
	trail_make(&tb, b);
	sides.same_flow = diff_same_flow(a, b, &sides.why);
	diff(&d, &sides);
	s->of[d.class]++;
}

static void
in_memory(struct pairs *s, const struct pair *p)
{
	one(s, &p->r[0], &p->r[1]);
}

static void
packed(struct pairs *s, const struct pair *p)
{
	struct record r[2];
	for (int k = 0; k < 2; k++) {
		r[k] = p->r[k];
		r[k].probes = NULL;
		r[k].nprobes = 0;
		if (!record_unpack(p->packed[k].p, p->packed[k].len, &r[k]))
			abort();
	}
	one(s, &r[0], &r[1]);
	record_clear(&r[0]);
	record_clear(&r[1]);
}

static double
now_s(void)
{
	struct timespec t;
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void
measure(struct pairs *s, const char *what,
    void (*how)(struct pairs *, const struct pair *))
{
	double best = 0;
	for (int i = 0; i < ROUNDS; i++) {
		double start = now_s();
		for (size_t k = 0; k < s->n; k++)
			how(s, &s->at[k]);
		double took = now_s() - start;
		best = i == 0 || took < best ? took : best;
	}
	double per_minute = (double)s->n / best * 60;
	printf("%s: %.0f pairs a minute and core, %.0f ns each: %.1f times "
	       "1,000,000\n",
	    what, per_minute, best / (double)s->n * 1e9, per_minute / 1e6);
}

int
main(int argc, char **argv)
{
	struct pairs s = {.n = argc > 1 ? strtoul(argv[1], NULL, 10) : 20000};
	make(&s);
	measure(&s, "in memory", in_memory);
	measure(&s, "packed", packed);
	for (int c = DIFF_SAME; c <= DIFF_INSUFFICIENT; c++)
		printf("%s%s %zu", c > 0 ? ", " : "",
		    diff_class_name((enum diff_class)c), s.of[c] / 2 / ROUNDS);
	printf("\n");
	for (size_t i = 0; i < s.n; i++)
		for (int k = 0; k < 2; k++) {
			record_clear(&s.at[i].r[k]);
			wr_free(&s.at[i].packed[k]);
		}
	free(s.at);
	return 0;
}
