/* SPDX-License-Identifier: ISC */
#include "probe/trace/patience.h"

/*
 * Before anything is known, RFC 6298 (2.1) waits a second.
 *
 * Then twice the slowest round trip of the trace: hops of one path differ, so
 * one sample says more about the others than its variance would. At least
 * 750 ms before another attempt, for a satellite link may begin right behind
 * the last answer (570 to 700 ms), and a router that answers once in 500 ms
 * is asked in another window. At least 1150 ms for the last attempt, which
 * leaves 1.9 s in all for an answer to the first of two.
 */
#define FIRST_NS     NS_PER_S
#define RETRY_MIN_NS (750 * NS_PER_MS)
#define LAST_MIN_NS  (1150 * NS_PER_MS)

/* Where the round trip is known, an eighth of it is left for jitter. */
enum { SLACK_PARTS = 8 };
#define SLACK_MIN_NS (5 * NS_PER_MS)

static int64_t
larger(int64_t a, int64_t b)
{
	return a > b ? a : b;
}

static int64_t
smaller(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

/*
 * Whether something else is sent when this TTL stays silent: an attempt or,
 * where each TTL has but one, the probe beyond the gap limit.
 */
static bool
more_follows(const struct trace *t, const struct trace_hop *hop)
{
	const struct trace_config *c = &t->config;
	if (hop->tried < c->attempts)
		return true;
	return c->attempts == 1 && t->target_ttl == 0 &&
	       t->hop[c->max_ttl].tried == 0;
}

static int64_t
in_the_dark(const struct trace *t, const struct trace_hop *hop)
{
	bool more = more_follows(t, hop);
	int64_t least = more ? RETRY_MIN_NS : LAST_MIN_NS;
	if (t->slowest_ns > 0)
		return larger(2 * t->slowest_ns, least);
	return more ? FIRST_NS : t->config.wait_ns;
}

static int64_t
with_slack(int64_t rtt_ns)
{
	return rtt_ns + larger(rtt_ns / SLACK_PARTS, SLACK_MIN_NS);
}

/*
 * Above the end the answers come from where the end's came from, about as
 * fast; where that is not known, nothing there is worth waiting for.
 */
int64_t
patience_ns(const struct trace *t, size_t index)
{
	uint8_t ttl = t->record.probes[index].ttl;
	const struct trace_hop *hop = &t->hop[ttl];
	int64_t ns = in_the_dark(t, hop);
	int64_t end_ns = t->hop[t->target_ttl].rtt_ns;
	if (t->target_ttl != 0 && ttl > t->target_ttl)
		ns = end_ns > 0 ? smaller(ns, with_slack(end_ns)) : 0;
	else if (hop->rtt_ns > 0)
		ns = smaller(ns, with_slack(hop->rtt_ns));
	return smaller(ns, t->config.wait_ns);
}

bool
patience_over(const struct trace *t, size_t index, struct mono now)
{
	const struct trace_slot *s = &t->slot[index];
	return s->timed && now.ns - s->since.ns >= patience_ns(t, index);
}
