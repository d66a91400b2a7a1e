/* SPDX-License-Identifier: ISC */
#include "probe/trace/pace.h"

int64_t
pace_interval_ns(uint32_t rate)
{
	return (NS_PER_S + rate - 1) / rate;
}

void
pace_init(struct pace *p, uint32_t rate, uint32_t burst, struct mono now)
{
	p->interval_ns = pace_interval_ns(rate);
	p->burst_ns = burst * p->interval_ns;
	p->credit_ns = p->burst_ns;
	p->last = now;
}

static void
refill(struct pace *p, struct mono now)
{
	int64_t room = p->burst_ns - p->credit_ns;
	int64_t passed = now.ns - p->last.ns;
	if (passed <= 0)
		return;
	p->credit_ns += passed < room ? passed : room;
	p->last = now;
}

bool
pace_take(struct pace *p, struct mono now)
{
	refill(p, now);
	if (p->credit_ns < p->interval_ns)
		return false;
	p->credit_ns -= p->interval_ns;
	return true;
}

void
pace_empty(struct pace *p, struct mono now)
{
	refill(p, now);
	p->credit_ns = 0;
}

int64_t
pace_wait_ns(struct pace *p, struct mono now)
{
	refill(p, now);
	int64_t missing = p->interval_ns - p->credit_ns;
	return missing > 0 ? missing : 0;
}

void
guard_init(struct guard *g, uint32_t rate, uint32_t burst)
{
	g->interval_ns = NS_PER_S / rate;
	g->ceiling = ((int64_t)rate + burst) * g->interval_ns;
	g->count = 0;
	g->since = (struct mono){0};
}

bool
guard_count(struct guard *g, struct mono now)
{
	int64_t passed = now.ns - g->since.ns;
	if (passed > 0) {
		g->count -= passed < g->count ? passed : g->count;
		g->since = now;
	}
	g->count += g->interval_ns;
	return g->count <= g->ceiling;
}
