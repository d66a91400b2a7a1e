/* SPDX-License-Identifier: ISC */
#include "analysis/origin/origin.h"
#include "analysis/origin/snapshot.h"
#include "probe/base/mem.h"
#include "probe/base/rd.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sysexits.h>
#include <time.h>

/*
 * Look-ups of random announced addresses in a snapshot: by its index, by binary
 * search, with the whole answer; and the time that opening takes. The best of
 * some rounds each, since others may use the machine.
 */

enum { ASKED = 1 << 22, ROUNDS = 9 };

static double
now_s(clockid_t clock)
{
	struct timespec t;
	clock_gettime(clock, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* Every announced address is as likely as any other. */
static uint32_t *
announced(const struct snapshot *s)
{
	uint32_t *addrs = xcalloc(ASKED, sizeof(*addrs));
	uint64_t x = UINT64_C(0x9e3779b97f4a7c15);
	for (size_t n = 0; n < ASKED;) {
		x ^= x << 13;
		x ^= x >> 7;
		x ^= x << 17;
		addrs[n] = (uint32_t)(x >> 32);
		n += snapshot_row(s, addrs[n]) != 0;
	}
	return addrs;
}

static uint64_t
by_index(const struct snapshot *s, const uint32_t *addrs)
{
	uint64_t sum = 0;
	for (size_t i = 0; i < ASKED; i++)
		sum += snapshot_row(s, addrs[i]);
	return sum;
}

static uint64_t
by_search(const struct snapshot *s, const uint32_t *addrs)
{
	uint64_t sum = 0;
	for (size_t i = 0; i < ASKED; i++) {
		size_t at = snapshot_search(s, addrs[i]) * 4;
		struct rd r = rd_make(s->segments.p + at, 4);
		sum += rd_u32(&r);
	}
	return sum;
}

static uint64_t
whole(const struct snapshot *s, const uint32_t *addrs)
{
	uint64_t sum = 0;
	struct origin_answer a;
	for (size_t i = 0; i < ASKED; i++) {
		snapshot_find(s, addrs[i], &a);
		sum += a.asns[0];
	}
	return sum;
}

/* Millions of look-ups a second, by the clock of the processor. */
static double
rate(uint64_t (*ask)(const struct snapshot *, const uint32_t *),
    const struct snapshot *s, const uint32_t *addrs, uint64_t *sum)
{
	double best = 1e9;
	for (int i = 0; i < ROUNDS; i++) {
		double start = now_s(CLOCK_THREAD_CPUTIME_ID);
		*sum = ask(s, addrs);
		double took = now_s(CLOCK_THREAD_CPUTIME_ID) - start;
		best = took < best ? took : best;
	}
	return ASKED / best / 1e6;
}

static double
open_ms(const char *path)
{
	double best = 1e9;
	struct fault f = {0};
	for (int i = 0; i < ROUNDS * 4; i++) {
		double start = now_s(CLOCK_MONOTONIC);
		struct snapshot *s = snapshot_open(path, &f);
		double took = now_s(CLOCK_MONOTONIC) - start;
		best = took < best ? took : best;
		snapshot_close(s);
	}
	return best * 1e3;
}

int
main(int argc, char **argv)
{
	struct fault f = {0};
	struct snapshot *s = argc == 2 ? snapshot_open(argv[1], &f) : NULL;
	if (s == NULL) {
		fprintf(stderr, "%s\n", argc == 2 ? f.text : "origin FILE");
		return argc == 2 ? f.status : EX_USAGE;
	}
	uint32_t *addrs = announced(s);
	uint64_t x = 0, y = 0, z = 0;
	double index = rate(by_index, s, addrs, &x);
	double search = rate(by_search, s, addrs, &y);
	double answers = rate(whole, s, addrs, &z);
	printf("origin: %zu segments in %zu bytes, announced addresses, one "
	       "core\n",
	    s->nsegments, s->len);
	printf("origin: index %.1f M look-ups/s, binary search %.1f, ratio "
	       "%.1f\n",
	    index, search, index / search);
	printf("origin: whole answers %.1f M/s\n", answers);
	printf("origin: opened and checked in %.2f ms\n", open_ms(argv[1]));
	free(addrs);
	snapshot_close(s);
	return x == y && z > 0 ? 0 : EX_SOFTWARE;
}
