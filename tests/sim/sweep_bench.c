/* SPDX-License-Identifier: ISC */
#include "tests/sim/sweep_bench.h"

#include "probe/base/mem.h"
#include "probe/trace/sweep.h"

#include <stdlib.h>
#include <time.h>

/*
 * No network: the answers are made up from the probes, 12 hops to every
 * address of a /17, and only the core's own work is timed.
 */
enum {
	US = 0xc0000201,
	FIRST = 0x0a000000,
	DISTANCE = 12,
	N = 32768,
	RING = 1 << 16
};

struct waiting {
	struct survey_probe probe;
	int64_t at_ns;
};

static int64_t
cpu_ns(void)
{
	struct timespec t;
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return t.tv_sec * NS_PER_S + t.tv_nsec;
}

static struct reply
reply_to(const struct survey_probe *p)
{
	uint32_t branch = p->ttl < 8 ? 0 : p->flow.dst >> 8;
	bool reached = p->ttl >= DISTANCE;
	return (struct reply){.kind = REPLY_ICMP_ERROR,
	    .src = reached ? p->flow.dst
			   : 0xc6000000 + ((uint32_t)p->ttl << 18) +
				 (branch << 4 & 0x3fff0),
	    .dst = US,
	    .ttl = 60,
	    .icmp_type = reached ? 3 : 11,
	    .icmp_code = reached ? 3 : 0,
	    .quote = {.src = US,
		.dst = p->flow.dst,
		.protocol = 17,
		.ttl = 1,
		.ipid = p->id.ipid,
		.sport = p->flow.sport,
		.dport = p->flow.dport,
		.check = p->id.check}};
}

/* Routers do, and one address in `share`. */
static bool
answers(const struct survey_probe *p, unsigned share)
{
	return p->ttl < DISTANCE || p->flow.dst % share == 0;
}

struct bench {
	struct sweep *sweep;
	struct mono now;
	struct waiting ring[RING];
	uint32_t head, tail;
};

/* A microsecond for each probe; then whatever has arrived meanwhile. */
static void
turn(struct bench *b, unsigned share)
{
	struct mono at;
	uint32_t first = b->tail;
	while (b->tail - first < 64 && sweep_ops.next(b->sweep, b->now,
					   &b->ring[b->tail % RING].probe)) {
		struct waiting *w = &b->ring[b->tail++ % RING];
		w->at_ns = b->now.ns + 20 * NS_PER_MS;
		sweep_ops.sent(b->sweep, w->probe.handle, b->now, b->now.ns);
		b->now.ns += 1000;
	}
	for (; b->head < b->tail; b->head++) {
		const struct waiting *w = &b->ring[b->head % RING];
		struct reply reply = reply_to(&w->probe);
		if (w->at_ns > b->now.ns)
			break;
		if (answers(&w->probe, share))
			sweep_ops.reply(b->sweep, &reply, b->now, b->now.ns);
	}
	if (b->tail != first)
		return;
	if (sweep_ops.wake(b->sweep, b->now, &at) && at.ns > b->now.ns)
		b->now = at;
	if (b->head < b->tail && b->ring[b->head % RING].at_ns < b->now.ns)
		b->now.ns = b->ring[b->head % RING].at_ns;
}

struct sweep_speed
sweep_bench(unsigned share)
{
	static const struct key key = {{1}};
	struct survey_about about = {.seq = 1, .key = &key};
	struct bench *b = xcalloc(1, sizeof(*b));
	uint32_t *target = xcalloc(N, sizeof(*target));
	struct sweep_config c;
	struct sweep_speed speed = {0};
	struct record r;
	size_t done = 0, all = N;
	about.record = (struct record){
	    .method = METHOD_UDP, .src = US, .sport = 33456, .dport = 33434};
	for (uint32_t i = 0; i < N; i++)
		target[i] = FIRST + i;
	sweep_config_default(&c);
	c.responder_rate = c.target_rate = 1000000;
	c.responder_burst = 65536;
	c.inflight = RING;
	b->sweep = sweep_open(&c, &about, target, N);
	b->now.ns = NS_PER_S;
	int64_t began_ns = cpu_ns();
	while (done < all) {
		turn(b, share);
		sweep_ops.progress(b->sweep, &done, &all);
	}
	speed.core_ns = cpu_ns() - began_ns;
	for (; sweep_ops.take(b->sweep, &r); speed.records++)
		record_clear(&r);
	speed.take_ns = cpu_ns() - began_ns - speed.core_ns;
	speed.saved = sweep_saved(b->sweep);
	sweep_close(b->sweep);
	free(target);
	free(b);
	return speed;
}
