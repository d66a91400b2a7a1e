/* SPDX-License-Identifier: ISC */
#include "probe/trace/answer.h"

static bool
same_probe(const struct record_probe *a, const struct record_probe *b)
{
	return a->ttl == b->ttl && a->attempt == b->attempt;
}

int64_t
answer_rtt_ns(const struct record_probe *p, int64_t rx_ns)
{
	bool known = p->answered && p->proof != PROOF_NONE && p->tx_ns >= 0;
	return known && rx_ns >= p->tx_ns ? rx_ns - p->tx_ns : -1;
}

/* What was answered before its stamp came gets its round trip now. */
void
answer_stamp(struct trace *t, size_t i, int64_t tx_ns)
{
	const struct record_probe *probe = &t->record.probes[i];
	for (size_t j = i; j < t->record.nprobes; j++) {
		struct record_probe *p = &t->record.probes[j];
		if (!same_probe(p, probe))
			continue;
		p->tx_ns = tx_ns;
		p->rtt_ns = answer_rtt_ns(p, t->slot[j].rx_ns);
	}
}

/* The entry for one more reply to the probe at i. */
static bool
add_extra(struct trace *t, size_t i, size_t *index)
{
	const struct record_probe *probe = &t->record.probes[i];
	uint8_t replies = 1;
	for (size_t j = i + 1; j < t->record.nprobes; j++)
		if (same_probe(&t->record.probes[j], probe))
			replies++;
	if (replies >= ANSWER_REPLIES_MAX || t->extras >= ANSWER_EXTRAS_MAX)
		return false;
	*index = t->record.nprobes++;
	t->extras++;
	t->record.probes[*index] = (struct record_probe){.ttl = probe->ttl,
	    .attempt = probe->attempt,
	    .reply_no = replies,
	    .tx_ns = probe->tx_ns};
	t->slot[*index] = (struct trace_slot){0};
	return true;
}

void
answer_fill(struct record_probe *p, const struct reply *r)
{
	bool icmp = r->kind == REPLY_ICMP_ERROR || r->kind == REPLY_ECHO;
	bool quote = r->kind == REPLY_ICMP_ERROR;
	p->answered = true;
	p->silent = 0;
	p->addr = r->src;
	p->reply_ttl = r->ttl;
	p->reply_ipid = r->ipid;
	p->quoted_ttl = quote ? r->quote.ttl : -1;
	p->quoted_tos = quote ? r->quote.tos : -1;
	p->icmp_type = icmp ? r->icmp_type : -1;
	p->icmp_code = icmp ? r->icmp_code : -1;
	p->tcp_flags = r->kind == REPLY_TCP ? r->tcp_flags : -1;
}

/*
 * After the longest wait, or when the trace had been settled without it. The
 * stamps decide about the wait where they can: this host may have been busy.
 */
static bool
is_late(const struct trace *t, const struct trace_slot *s,
    const struct record_probe *p, struct mono now)
{
	int64_t wait_ns = t->config.wait_ns;
	if (trace_settled(t))
		return true;
	return s->timed && now.ns - s->since.ns >= wait_ns &&
	       (p->rtt_ns < 0 || p->rtt_ns >= wait_ns);
}

bool
answer_record(struct trace *t, const struct trace_event *e, size_t *index)
{
	*index = e->index;
	if (t->record.probes[*index].answered && !add_extra(t, e->index, index))
		return false;
	struct record_probe *p = &t->record.probes[*index];
	answer_fill(p, e->reply);
	p->proof = e->proof;
	p->rtt_ns = answer_rtt_ns(p, e->stamp_ns);
	p->late = is_late(t, &t->slot[e->index], p, e->now);
	t->slot[*index].rx_ns = e->stamp_ns;
	return true;
}
