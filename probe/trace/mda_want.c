/* SPDX-License-Identifier: ISC */
#include "probe/trace/mda_state.h"

bool
mda_want(struct mda *m, uint8_t ttl, unsigned flow)
{
	struct mda_cell *c = mda_cell(m, ttl, flow);
	if (m->queued == MDA_QUEUE_MAX)
		return false; /* the plan is made anew when it is shorter */
	if (m->asked + m->queued >= m->config.probes) {
		m->cut = true;
		return false;
	}
	c->pending = true;
	m->pending++;
	m->queue[m->queued++] = (struct mda_want){(uint16_t)flow, ttl};
	if (flow >= m->used)
		m->used = flow + 1;
	if (m->hop[ttl].first == 0)
		m->hop[ttl].first = (uint16_t)(flow + 1);
	return true;
}

bool
mda_untouched(const struct mda *m, uint8_t ttl, unsigned flow)
{
	const struct mda_cell *c = mda_cell(m, ttl, flow);
	return c->tried == 0 && !c->pending && m->flow[flow].end >= ttl;
}

bool
mda_may_retry(const struct mda *m, uint8_t ttl, unsigned flow)
{
	const struct mda_cell *c = mda_cell(m, ttl, flow);
	bool all = m->hop[ttl].heard || m->hop[ttl].first == flow + 1;
	return c->tried > 0 && !c->pending && !c->weak &&
	       c->who == MDA_NOBODY && m->flow[flow].end >= ttl &&
	       c->tried < (all ? m->config.attempts : 1);
}

/* Behind a TTL where some flows end only those go on that are known to. */
static bool
goes_on(const struct mda *m, uint8_t ttl, unsigned flow)
{
	return ttl == m->config.first_ttl || m->view[ttl - 1].ends == 0 ||
	       mda_cell(m, (uint8_t)(ttl - 1), flow)->who != MDA_NOBODY;
}

unsigned
mda_fresh(struct mda *m, uint8_t ttl, unsigned n)
{
	unsigned got = 0;
	for (unsigned f = 0; f < m->config.flows && got < n; f++)
		if (mda_untouched(m, ttl, f) && goes_on(m, ttl, f))
			got += mda_want(m, ttl, f);
	return got;
}
