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
enum { US = 0xc0000201, FIRST = 0x0a000000, DISTANCE = 12 };

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

struct sweep_speed
sweep_bench(unsigned share)
{
	static const struct key key = {{1}};
	struct survey_about about = {.seq = 1, .key = &key};
	about.record = (struct record){
	    .method = METHOD_UDP, .src = US, .sport = 33456, .dport = 33434};
	enum { N = 32768, RING = 1 << 20 };
	struct waiting *ring = xcalloc(RING, sizeof(*ring));
	uint32_t *target = xcalloc(N, sizeof(*target)), head = 0, tail = 0;
	for (uint32_t i = 0; i < N; i++)
		target[i] = FIRST + i;
	struct sweep_config c;
	sweep_config_default(&c);
	c.responder_rate = c.target_rate = 1000000;
	c.responder_burst = 65536;
	c.inflight = 65536;
	struct sweep *s = sweep_open(&c, &about, target, N);
	struct sweep_speed speed = {0};
	struct mono now = {NS_PER_S};
	struct record r;
	while (!sweep_ops.over(s)) {
		struct mono at = {0};
		int64_t began_ns = cpu_ns();
		uint32_t first = tail;
		while (tail - first < 4096 &&
		       sweep_ops.next(s, now, &ring[tail % RING].probe)) {
			struct waiting *w = &ring[tail++ % RING];
			w->at_ns = now.ns + 20 * NS_PER_MS;
			sweep_ops.sent(s, w->probe.handle, now, now.ns);
			now.ns += NS_PER_S / 1000000;
		}
		for (; head < tail && ring[head % RING].at_ns <= now.ns; head++) {
			const struct survey_probe *p = &ring[head % RING].probe;
			struct reply reply = reply_to(p);
			if (answers(p, share))
				sweep_ops.reply(s, &reply, now, now.ns);
		}
		speed.core_ns += cpu_ns() - began_ns;
		began_ns = cpu_ns();
		while (sweep_ops.take(s, &r)) {
			record_clear(&r);
			speed.records++;
		}
		speed.take_ns += cpu_ns() - began_ns;
		if (tail != first)
			continue;
		if (sweep_ops.wake(s, now, &at) && at.ns > now.ns)
			now = at;
		if (head < tail && ring[head % RING].at_ns < now.ns)
			now.ns = ring[head % RING].at_ns;
	}
	speed.saved = sweep_saved(s);
	sweep_close(s);
	free(ring);
	free(target);
	return speed;
}
