/* SPDX-License-Identifier: ISC */
#include "probe/trace/sweep_rtt.h"

#include "probe/base/clock.h"

enum { BEYOND = 2, FORGET = 64, RENEW = 256 };

static void
cover(struct sweep_rtt *r, int ttl)
{
	int from = ttl > BEYOND ? ttl - BEYOND : 1;
	for (int i = from; i <= RECORD_TTL_MAX; i++) {
		if (r->cover_ns[i] >= r->slow_ns[ttl])
			return; /* and all beyond: they never fall */
		r->cover_ns[i] = r->slow_ns[ttl];
	}
}

static void
renew(struct sweep_rtt *r)
{
	for (int ttl = 1; ttl <= RECORD_TTL_MAX; ttl++)
		r->cover_ns[ttl] = 0;
	for (int ttl = 1; ttl <= RECORD_TTL_MAX; ttl++)
		cover(r, ttl);
}

void
sweep_rtt_saw(struct sweep_rtt *r, uint8_t ttl, int64_t rtt_ns)
{
	int64_t *slow = &r->slow_ns[ttl];
	if (rtt_ns > *slow)
		*slow = rtt_ns;
	else
		*slow -= (*slow - rtt_ns) / FORGET;
	if (++r->replies % RENEW == 0)
		renew(r);
	else
		cover(r, ttl);
}

int64_t
sweep_rtt_wait(const struct sweep_rtt *r, uint8_t ttl, int64_t most_ns)
{
	int64_t cover_ns = r->cover_ns[ttl];
	int64_t wait_ns = cover_ns + cover_ns / 2 + 50 * NS_PER_MS;
	return cover_ns == 0 || wait_ns > most_ns ? most_ns : wait_ns;
}
