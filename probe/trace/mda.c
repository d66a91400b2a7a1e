/* SPDX-License-Identifier: ISC */
#include "probe/trace/mda.h"

#include "probe/base/mem.h"
#include "probe/base/record_reply.h"
#include "probe/trace/mda_state.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* Replies that take three times as long as the slowest one so far are rare. */
enum { PATIENCE_TIMES = 3 };
#define PATIENCE_MIN_NS (200 * NS_PER_MS)

/*
 * Three TTLs ahead cost at most two probes beyond the target; 512 flows settle
 * a balancer with 64 successors.
 */
void
mda_config_default(struct mda_config *c)
{
	*c = (struct mda_config){
	    .confidence = 95,
	    .first_ttl = 1,
	    .max_ttl = 32,
	    .gap = 5,
	    .attempts = 2,
	    .window = 3,
	    .flows = 512,
	    .inflight = 256,
	    .probes = 8192,
	    .wait_ns = 2 * NS_PER_S,
	};
}

static bool
legal(const struct mda_config *c)
{
	return (c->confidence == 95 || c->confidence == 99) &&
	       c->first_ttl >= 1 && c->max_ttl >= c->first_ttl &&
	       c->max_ttl <= RECORD_TTL_MAX && c->gap >= 1 &&
	       c->gap <= RECORD_TTL_MAX && c->attempts >= 1 &&
	       c->attempts <= 5 && c->window >= 1 &&
	       c->window <= RECORD_TTL_MAX && c->flows >= 1 &&
	       c->flows <= MDA_FLOWS_MAX && c->inflight >= 1 &&
	       c->inflight <= MDA_FLOWS_MAX && c->probes >= 1 &&
	       c->probes <= MDA_PROBES_MAX && c->wait_ns > 0;
}

struct mda *
mda_open(const struct mda_config *c, const struct survey_about *about,
    struct responders *responders)
{
	assert(legal(c));
	assert(about->record.method != METHOD_ICMP);
	assert(about->record.sport + c->flows <= 0xffff);
	size_t ttls = (size_t)c->max_ttl - c->first_ttl + 1;
	size_t cells = ttls * c->flows;
	struct mda *m = xcalloc(1, sizeof(*m));
	m->config = *c;
	m->about = about->record;
	m->about.seq = about->seq;
	m->about.nprobes = 0;
	m->about.probes = NULL;
	m->key = about->key;
	m->responders = responders;
	m->epsilon = (100 - c->confidence) / 100.0;
	m->heard = (uint8_t)(c->first_ttl - 1);
	m->hop = xcalloc((size_t)c->max_ttl + 2, sizeof(*m->hop));
	m->view = xcalloc((size_t)c->max_ttl + 2, sizeof(*m->view));
	m->cell = xcalloc(cells, sizeof(*m->cell));
	m->flow = xcalloc(c->flows, sizeof(*m->flow));
	m->probe = xcalloc(c->probes + MDA_EXTRAS_MAX, sizeof(*m->probe));
	m->queue = xcalloc(MDA_QUEUE_MAX, sizeof(*m->queue));
	m->flight = xcalloc(c->inflight, sizeof(*m->flight));
	for (size_t i = 0; i < cells; i++)
		m->cell[i].who = MDA_NOBODY;
	for (size_t i = 0; i < c->flows; i++)
		m->flow[i].end = MDA_ENDLESS;
	m->dirty = true;
	m->error = -1;
	return m;
}

void
mda_close(struct mda *m)
{
	if (m == NULL)
		return;
	for (size_t i = 0; i < m->probes; i++) {
		free(m->probe[i].record.ext.p);
		free(m->probe[i].record.reply.p);
	}
	free(m->hop);
	free(m->view);
	free(m->cell);
	free(m->flow);
	free(m->probe);
	free(m->queue);
	free(m->flight);
	free(m);
}

static void
tick(struct mda *m, struct mono now)
{
	if (!m->begun)
		m->opened = now;
	m->begun = true;
	m->now = now;
}

int64_t
mda_patience_ns(const struct mda *m)
{
	int64_t ns = PATIENCE_TIMES * m->slowest_ns;
	if (m->slowest_ns == 0 || ns > m->config.wait_ns)
		return m->config.wait_ns;
	if (ns < PATIENCE_MIN_NS && PATIENCE_MIN_NS < m->config.wait_ns)
		return PATIENCE_MIN_NS;
	return ns;
}

void
mda_settle(struct mda *m, size_t index)
{
	struct mda_probe *p = &m->probe[index];
	size_t i = 0;
	if (!p->waiting)
		return;
	p->waiting = false;
	m->dirty = true;
	m->pending--;
	mda_cell(m, p->record.ttl, p->flow)->pending = false;
	while (m->flight[i] != index)
		i++;
	memmove(&m->flight[i], &m->flight[i + 1],
	    (--m->flying - i) * sizeof(m->flight[0]));
}

static bool
overdue(const struct mda *m, const struct mda_probe *p)
{
	return p->timed && m->now.ns - p->left.ns >= mda_patience_ns(m);
}

static void
expire(struct mda *m)
{
	if (m->expired.ns == m->now.ns)
		return;
	m->expired = m->now;
	for (size_t i = m->flying; i > 0; i--)
		if (overdue(m, &m->probe[m->flight[i - 1]]))
			mda_settle(m, m->flight[i - 1]);
}

/* Who will answer: the likeliest router of the hop, or who did before. */
static uint32_t
expected(const struct mda *m, uint8_t ttl)
{
	const struct mda_hop *hop = &m->hop[ttl];
	const struct mda_view *v = &m->view[ttl];
	unsigned best = 0;
	if (hop->vertices == 0)
		return responders_expect(m->responders, m->about.target, ttl);
	for (unsigned i = 1; i < hop->vertices; i++)
		if (v->flows[i] > v->flows[best])
			best = i;
	return hop->addr[best];
}

static int64_t
wait_ns(const struct mda *m, uint8_t ttl, struct mono now)
{
	if (m->responders == NULL)
		return 0;
	return responders_wait_ns(m->responders, expected(m, ttl), now);
}

static struct mda_want
unqueue(struct mda *m, size_t i)
{
	struct mda_want w = m->queue[i];
	memmove(&m->queue[i], &m->queue[i + 1],
	    (--m->queued - i) * sizeof(m->queue[0]));
	return w;
}

/* The first of the queue whose responder may be asked; false: none. */
static bool
pop(struct mda *m, struct mda_want *w)
{
	for (size_t i = 0; i < m->queued;) {
		uint8_t ttl = m->queue[i].ttl;
		if (m->flow[m->queue[i].flow].end < ttl) {
			struct mda_want vain = unqueue(m, i);
			mda_cell(m, vain.ttl, vain.flow)->pending = false;
			m->pending--;
			m->dirty = true;
			continue;
		}
		if (wait_ns(m, ttl, m->now) > 0) {
			i++;
			continue;
		}
		*w = unqueue(m, i);
		if (m->responders != NULL)
			responders_ask(m->responders, expected(m, ttl), m->now);
		return true;
	}
	return false;
}

/* Ends it; what is still on its way is waited for no more. */
static void
finish(struct mda *m)
{
	m->done = true;
	m->closed = m->now;
	m->queued = 0;
	while (m->flying > 0)
		mda_settle(m, m->flight[m->flying - 1]);
	mda_look(m);
}

static void
begin_probe(struct mda *m, const struct mda_want *w, struct survey_probe *out)
{
	struct mda_flow *flow = &m->flow[w->flow];
	struct mda_cell *c = mda_cell(m, w->ttl, w->flow);
	struct mda_probe *p = &m->probe[m->probes];
	struct key_input in = {.seq = m->about.seq,
	    .target = m->about.target,
	    .flow = m->about.flow + w->flow,
	    .method = (uint8_t)m->about.method,
	    .ttl = w->ttl,
	    .attempt = ++c->tried};
	*p = (struct mda_probe){.flow = w->flow,
	    .id = key_id(m->key, &in),
	    .before = flow->last,
	    .rx_ns = -1,
	    .waiting = true,
	    .record = record_unanswered(w->ttl, c->tried)};
	if (flow->last == 0)
		flow->started = m->now;
	m->flight[m->flying++] = (uint32_t)m->probes;
	*out = (struct survey_probe){.flow = mda_flow_id(m, w->flow),
	    .id = p->id,
	    .ttl = w->ttl,
	    .handle = (uint32_t)m->probes};
	flow->last = (uint32_t)++m->probes;
	m->asked++;
}

static bool
next(void *core, struct mono now, struct survey_probe *out)
{
	struct mda *m = core;
	struct mda_want w;
	if (m->done)
		return false;
	tick(m, now);
	expire(m);
	do {
		if (m->dirty) {
			m->dirty = false;
			mda_plan(m);
		}
		if (m->done) {
			finish(m);
			return false;
		}
		if (m->flying < m->config.inflight && pop(m, &w)) {
			begin_probe(m, &w, out);
			return true;
		}
	} while (m->dirty); /* what was queued had become pointless */
	return false;
}

static bool
is_probe(const struct mda *m, uint32_t handle)
{
	return handle < m->probes && m->probe[handle].record.reply_no == 0;
}

static void
sent(void *core, uint32_t handle, struct mono now, int64_t stamp_ns)
{
	struct mda *m = core;
	if (!is_probe(m, handle))
		return;
	struct mda_probe *p = &m->probe[handle];
	if (!m->done)
		tick(m, now);
	if (p->record.silent == SILENT_NOT_SENT) /* the stamp came late */
		p->record.silent = 0;
	if (!p->sent)
		p->left = now;
	p->sent = p->timed = true;
	if (stamp_ns >= 0 && p->record.tx_ns < 0)
		mda_stamp(m, handle, stamp_ns);
}

/* Whether no attempt at this TTL ever left, and there were enough of them. */
static bool
never_left(const struct mda *m, uint8_t ttl)
{
	unsigned tries = 0;
	for (size_t i = 0; i < m->probes; i++) {
		const struct mda_probe *p = &m->probe[i];
		if (p->record.ttl != ttl || p->record.reply_no > 0)
			continue;
		if (p->record.silent != SILENT_NOT_SENT)
			return false;
		tries++;
	}
	return tries >= m->config.attempts;
}

/*
 * The next attempt waits as long as for a reply: what kept this one from
 * leaving may pass. A TTL none of whose attempts left ends the survey.
 */
static void
not_sent(void *core, uint32_t handle, struct mono now, int error)
{
	struct mda *m = core;
	if (m->done || !is_probe(m, handle))
		return;
	struct mda_probe *p = &m->probe[handle];
	tick(m, now);
	if (p->record.answered || p->record.silent != 0)
		return;
	p->sent = false;
	p->record.silent = SILENT_NOT_SENT;
	p->left = now;
	p->timed = true;
	if (!never_left(m, p->record.ttl))
		return;
	m->error = error;
	m->unsent = p->record.ttl;
	finish(m);
}

static bool
reply(void *core, const struct reply *r, struct mono now, int64_t stamp_ns)
{
	struct mda *m = core;
	size_t index;
	struct mda_heard heard = {.reply = r, .stamp_ns = stamp_ns};
	if (m->done)
		return false;
	tick(m, now);
	heard.proof = mda_match(m, r, &index);
	if (heard.proof == 0)
		return false;
	mda_answer(m, index, &heard);
	m->dirty = true;
	return true;
}

static bool
wake(const void *core, struct mono now, struct mono *at)
{
	const struct mda *m = core;
	bool any = m->dirty && m->flying < m->config.inflight;
	*at = now;
	if (m->done || any)
		return !m->done;
	for (size_t i = 0; i < m->flying; i++) {
		const struct mda_probe *p = &m->probe[m->flight[i]];
		int64_t due = p->left.ns + mda_patience_ns(m);
		if (p->timed && (!any || due < at->ns)) {
			at->ns = due;
			any = true;
		}
	}
	for (size_t i = 0; i < m->queued && m->flying < m->config.inflight;
	     i++) {
		int64_t due = now.ns + wait_ns(m, m->queue[i].ttl, now);
		if (!any || due < at->ns)
			at->ns = due;
		any = true;
	}
	return any;
}

static void
abort_now(void *core, struct mono now, int error)
{
	struct mda *m = core;
	if (m->done)
		return;
	tick(m, now);
	m->error = error;
	finish(m);
}

static bool
take(void *core, struct record *into)
{
	struct mda *m = core;
	while (m->done && m->taken < m->used)
		if (mda_record(m, (unsigned)m->taken++, into))
			return true;
	return false;
}

static bool
over(const void *core)
{
	const struct mda *m = core;
	unsigned left = 0;
	for (size_t f = m->taken; f < m->used; f++)
		left += mda_recorded(m, (unsigned)f);
	return m->done && left == 0;
}

/* How many flows it will take is not known before the end. */
static void
progress(const void *core, size_t *done, size_t *all)
{
	const struct mda *m = core;
	*done = m->done ? m->used : 0;
	*all = *done;
}

const struct survey_ops mda_ops = {
    .next = next,
    .sent = sent,
    .not_sent = not_sent,
    .reply = reply,
    .wake = wake,
    .abort = abort_now,
    .take = take,
    .over = over,
    .progress = progress,
};
