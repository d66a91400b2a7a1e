/* SPDX-License-Identifier: ISC */
#include "probe/trace/sweep_end.h"

#include "probe/base/mem.h"
#include "probe/base/record_reply.h"
#include "probe/trace/answer.h"
#include "probe/trace/stop.h"

#include <assert.h>

static bool
is_observation(const struct sweep_probe *p)
{
	return p->answered || p->sent || p->unsent;
}

static enum record_silent
silence(const struct sweep_trace *t, const struct sweep_probe *p)
{
	if (p->answered)
		return 0;
	if (p->unsent)
		return SILENT_NOT_SENT;
	bool lost = (t->answered & sweep_span(p->ttl, p->ttl)) != 0;
	return lost ? SILENT_LOST : SILENT_UNKNOWN;
}

/* What was kept of its reply. */
static struct reply
reply_of(const struct sweep_probe *p)
{
	return (struct reply){.kind = p->kind,
	    .src = p->addr,
	    .ttl = p->reply_ttl,
	    .ipid = p->reply_ipid,
	    .icmp_type = p->type,
	    .icmp_code = p->code,
	    .tcp_flags = p->type,
	    .quote = {.ttl = p->quoted_ttl, .tos = p->quoted_tos}};
}

static void
copy_probe(const struct sweep_trace *t, const struct sweep_probe *p,
    struct record_probe *to)
{
	*to = record_unanswered(p->ttl, p->attempt);
	to->reply_no = p->reply_no;
	to->late = p->late;
	to->tx_ns = p->tx_ns;
	to->silent = silence(t, p);
	if (!p->answered)
		return;
	const struct reply r = reply_of(p);
	answer_fill(to, &r);
	to->proof = p->proof;
	to->rtt_ns = answer_rtt_ns(to, p->rx_ns);
}

static void
copy_ext(const struct sweep *s, const struct sweep_trace *t, uint32_t h,
    struct record_probe *to)
{
	for (uint32_t e = t->ext; e != 0; e = s->ext[e - 1].next) {
		const struct record_bytes *b = &s->ext[e - 1].bytes;
		if (s->ext[e - 1].probe == h)
			to->ext = (struct record_bytes){
			    xmemdup(b->p, b->len), b->len};
	}
}

static void
copy_probes(
    const struct sweep *s, const struct sweep_trace *t, struct record *r)
{
	r->probes = xcalloc(t->probes, sizeof(*r->probes));
	r->nprobes = 0;
	for (uint32_t h = t->probe; h != 0; h = sweep_probe_at(s, h)->next) {
		const struct sweep_probe *p = sweep_probe_at(s, h);
		if (!is_observation(p))
			continue;
		struct record_probe *to = &r->probes[r->nprobes++];
		copy_probe(t, p, to);
		copy_ext(s, t, h, to);
	}
	record_sort(r);
}

/* The wall time of the first probe, if any was stamped. */
static int64_t
start_us(
    const struct sweep *s, const struct sweep_trace *t, const struct record *r)
{
	int64_t first_ns = -1;
	for (size_t i = 0; i < r->nprobes; i++) {
		int64_t tx_ns = r->probes[i].tx_ns;
		if (tx_ns >= 0 && (first_ns < 0 || tx_ns < first_ns))
			first_ns = tx_ns;
	}
	int64_t since_us = (t->started_ns - s->begun.ns) / 1000;
	return first_ns >= 0 ? first_ns / 1000
			     : s->about.record.start_us + since_us;
}

/* The rules of stop.c, applied to what was observed in the end. */
static void
name_stop(const struct sweep *s, const struct sweep_trace *t, struct record *r)
{
	struct trace whole = {.flow.method = r->method,
	    .record = *r,
	    .next_ttl = (uint8_t)(RECORD_TTL_MAX + 1),
	    .last_answer = t->last_answer};
	whole.config.gap = s->config.gap;
	whole.config.max_ttl = s->config.max_ttl;
	if (whole.last_answer < s->config.first_ttl)
		whole.last_answer = (uint8_t)(s->config.first_ttl - 1);
	for (size_t i = 0; i < r->nprobes; i++)
		if (r->probes[i].answered)
			stop_answer(&whole, &r->probes[i]);
	if (t->unsent != 0)
		stop_unsent(&whole, t->unsent, t->error);
	if (t->cut)
		stop_abort(&whole, t->error);
	stop_settled(&whole);
	*r = whole.record;
}

void
sweep_record(const struct sweep *s, uint32_t i, struct record *into)
{
	const struct sweep_trace *t = &s->trace[i];
	*into = s->about.record;
	into->seq = s->about.seq + t->number;
	into->target = s->target[i];
	into->stop = 0;
	into->stop_detail[0] = '\0';
	copy_probes(s, t, into);
	into->start_us = start_us(s, t, into);
	into->duration_us = (t->ended_ns - t->started_ns) / 1000;
	name_stop(s, t, into);
	assert(into->stop != 0);
}
