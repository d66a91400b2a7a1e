/* SPDX-License-Identifier: ISC */
#include "probe/net/receive.h"
#include "probe/base/record_reply.h"
#include "probe/net/tasks.h"
#include "probe/net/transmit.h"

#include <errno.h>
#include <string.h>

/* The same packet reaches the second interface within microseconds. */
#define SEEN_NS (10 * NS_PER_MS)

static bool
same(const struct seen *s, const struct capture_packet *packet)
{
	size_t n = packet->len < SEEN_BYTES ? packet->len : SEEN_BYTES;
	return s->interface != packet->interface && s->len == packet->len &&
	       packet->stamp_ns - s->stamp_ns < SEEN_NS &&
	       memcmp(s->bytes, packet->bytes, n) == 0;
}

static bool
seen_elsewhere(struct prober *p, const struct capture_packet *packet)
{
	size_t n = packet->len < SEEN_BYTES ? packet->len : SEEN_BYTES;
	for (size_t i = 0; i < SEEN; i++)
		if (same(&p->seen[i], packet))
			return true;
	struct seen *now = &p->seen[p->seen_next];
	now->stamp_ns = packet->stamp_ns;
	now->interface = packet->interface;
	now->len = packet->len;
	memcpy(now->bytes, packet->bytes, n);
	p->seen_next = (p->seen_next + 1) % SEEN;
	return false;
}

struct match {
	struct task *task;
	size_t index;
	enum record_proof proof;
};

/*
 * Of two traces that the reply proves alike, which it does without identity,
 * that one is meant which still sends.
 */
static bool
better(const struct match *m, const struct match *best)
{
	if (best->task == NULL || m->proof != best->proof)
		return best->task == NULL || m->proof > best->proof;
	return trace_settled(&best->task->trace) &&
	       !trace_settled(&m->task->trace);
}

/* The trace whose probe the reply proves best. */
static struct match
find(struct prober *p, const struct reply *reply)
{
	struct match best = {0};
	struct task *t = NULL;
	TAILQ_FOREACH(t, &p->tasks, link)
	{
		struct match m = {.task = t};
		if (!t->ended &&
		    trace_match(&t->trace, reply, &m.index, &m.proof) &&
		    better(&m, &best))
			best = m;
	}
	return best;
}

/* Our own kernel refuses to forward our probe: it has not left this host. */
static bool
from_ourselves(const struct match *m, const struct reply *reply)
{
	const struct flow_id *flow = &m->task->trace.flow;
	return reply->src == flow->src && flow->dst != flow->src;
}

/* The first answer to a probe tells who is there. */
static void
note_responder(struct prober *p, const struct match *m,
    const struct reply *reply, int64_t stamp_ns)
{
	const struct record *r = &m->task->trace.record;
	const struct record_probe *probe = &r->probes[m->index];
	if (!probe->answered && m->proof == PROOF_BOTH)
		responders_saw(p->responders, r->target, probe->ttl, reply->src,
		    (struct wall){stamp_ns});
}

static void
deliver(struct prober *p, const struct match *m, const struct reply *reply,
    int64_t stamp_ns)
{
	struct trace_event event = {.kind = TRACE_REPLY,
	    .now = mono_now(),
	    .stamp_ns = stamp_ns,
	    .index = m->index,
	    .reply = reply,
	    .proof = m->proof};
	if (from_ourselves(m, reply)) {
		event.kind = TRACE_NOT_SENT;
		event.stamp_ns = -1;
		event.error = EHOSTUNREACH;
		event.reply = NULL;
		p->counts.not_sent++;
	} else {
		transmit_proved(p, m->task, m->index);
		note_responder(p, m, reply, stamp_ns);
		p->counts.received++;
	}
	tasks_step(p, m->task, &event);
}

void
receive_packet(void *arg, const struct capture_packet *packet)
{
	struct prober *p = arg;
	struct reply reply;
	if (packet->probe &&
	    (transmit_stamp(p, packet) || surveying_stamp(p, packet)))
		return;
	if (packet->interface != 0 && seen_elsewhere(p, packet))
		return;
	enum reply_bad bad = reply_parse(packet->bytes, packet->len, &reply);
	p->counts.bad[bad]++;
	if (bad != REPLY_GOOD)
		return;
	if (surveying_reply(p, &reply, packet->stamp_ns)) {
		p->counts.received++;
		return;
	}
	struct match m = find(p, &reply);
	if (m.task == NULL) {
		p->counts.unmatched++;
		return;
	}
	p->reply = &reply;
	deliver(p, &m, &reply, packet->stamp_ns);
	p->reply = NULL;
}

void
receive_keep(struct prober *p, struct record_probe *probe)
{
	const struct reply *reply = p->reply;
	if (reply == NULL || probe->reply.p != NULL)
		return;
	probe->reply = record_keep(reply->bytes, reply->len);
	if (probe->ext.p == NULL)
		probe->ext = record_keep(reply->ext, reply->ext_len);
}
