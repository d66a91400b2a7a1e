/* SPDX-License-Identifier: ISC */
#include "probe/base/record_reply.h"
#include "probe/trace/answer.h"
#include "probe/trace/mda_state.h"

static bool
same_attempt(const struct record_probe *a, const struct record_probe *b)
{
	return a->ttl == b->ttl && a->attempt == b->attempt;
}

void
mda_stamp(struct mda *m, size_t index, int64_t tx_ns)
{
	const struct mda_probe *probe = &m->probe[index];
	size_t i = m->flow[probe->flow].last;
	for (; i > index; i = m->probe[i - 1].before) {
		struct mda_probe *p = &m->probe[i - 1];
		if (!same_attempt(&p->record, &probe->record))
			continue;
		p->record.tx_ns = tx_ns;
		p->record.rtt_ns = answer_rtt_ns(&p->record, p->rx_ns);
	}
}

/* An entry for one more reply to the probe; false when there are enough. */
static bool
add_extra(struct mda *m, size_t *index)
{
	const struct mda_probe *probe = &m->probe[*index];
	struct mda_flow *flow = &m->flow[probe->flow];
	uint8_t replies = 1;
	for (size_t i = flow->last; i > *index + 1; i = m->probe[i - 1].before)
		replies +=
		    same_attempt(&m->probe[i - 1].record, &probe->record);
	if (replies >= ANSWER_REPLIES_MAX || m->extras == MDA_EXTRAS_MAX)
		return false;
	m->extras++;
	*index = m->probes++;
	m->probe[*index] = (struct mda_probe){.flow = probe->flow,
	    .before = flow->last,
	    .record = {.ttl = probe->record.ttl,
		.attempt = probe->record.attempt,
		.reply_no = replies,
		.tx_ns = probe->record.tx_ns}};
	flow->last = (uint32_t)(*index + 1);
	return true;
}

/* The vertex of an address; MDA_NOBODY when the hop is full. */
static uint8_t
vertex(struct mda_hop *hop, uint32_t addr)
{
	unsigned i = 0;
	while (i < hop->vertices && hop->addr[i] != addr)
		i++;
	if (i == MDA_WIDTH_MAX) {
		hop->crowded = true;
		return MDA_NOBODY;
	}
	if (i == hop->vertices)
		hop->addr[hop->vertices++] = addr;
	return (uint8_t)i;
}

/*
 * A second attempt of one flow that finds another router was not sent there by
 * its flow. A second answer to the same attempt proves nothing.
 */
static void
place(struct mda *m, const struct mda_probe *p)
{
	struct mda_hop *hop = &m->hop[p->record.ttl];
	struct mda_cell *c = mda_cell(m, p->record.ttl, p->flow);
	uint8_t who = vertex(hop, p->record.addr);
	if (c->who == MDA_NOBODY || who == MDA_NOBODY) {
		c->who = who == MDA_NOBODY ? c->who : who;
		return;
	}
	hop->repeated++;
	if (c->who == who) {
		c->agreed++;
		return;
	}
	hop->differed++;
	hop->per_packet = true;
}

/* What the answer says of the way: only full proof makes a vertex. */
static void
conclude(struct mda *m, size_t index)
{
	const struct mda_probe *p = &m->probe[index];
	struct mda_flow *flow = &m->flow[p->flow];
	bool target = p->record.addr == m->about.target;
	bool end = target || p->record.icmp_type != ICMP_T_TIME_EXCEEDED;
	m->hop[p->record.ttl].heard = true;
	if (p->record.proof == PROOF_BOTH)
		place(m, p);
	else
		mda_cell(m, p->record.ttl, p->flow)->weak = true;
	if (!end || (p->record.proof == PROOF_ONE && !target) ||
	    p->record.ttl >= flow->end)
		return;
	flow->end = p->record.ttl;
	flow->ender = index;
}

static void
measure(struct mda *m, const struct mda_probe *p, enum record_proof proof)
{
	int64_t took = m->now.ns - p->left.ns;
	if (p->timed && proof != PROOF_NONE && took > m->slowest_ns)
		m->slowest_ns = took;
}

static bool
is_late(const struct mda *m, const struct mda_probe *probe,
    const struct mda_probe *p)
{
	bool over = probe->timed && !probe->waiting;
	return over &&
	       (p->record.rtt_ns < 0 || p->record.rtt_ns >= mda_patience_ns(m));
}

void
mda_answer(struct mda *m, size_t index, const struct mda_heard *heard)
{
	struct mda_probe *probe = &m->probe[index];
	bool first = !probe->record.answered;
	if (!first && !add_extra(m, &index))
		return;
	struct mda_probe *p = &m->probe[index];
	answer_fill(&p->record, heard->reply);
	p->record.ext = record_keep(heard->reply->ext, heard->reply->ext_len);
	p->record.reply = record_keep(heard->reply->bytes, heard->reply->len);
	p->record.proof = heard->proof;
	p->rx_ns = heard->stamp_ns;
	p->record.rtt_ns = answer_rtt_ns(&p->record, p->rx_ns);
	p->record.late = is_late(m, probe, p);
	bool better = p->record.proof == PROOF_BOTH &&
		      mda_cell(m, p->record.ttl, p->flow)->who == MDA_NOBODY;
	if (first || better)
		conclude(m, index);
	if (!first)
		return;
	measure(m, p, heard->proof);
	mda_settle(m, index);
	if (m->responders != NULL && heard->stamp_ns >= 0)
		responders_saw(m->responders, m->about.target, p->record.ttl,
		    p->record.addr, (struct wall){heard->stamp_ns});
}
