/* SPDX-License-Identifier: ISC */
#include "probe/net/transmit.h"
#include "probe/base/mem.h"
#include "probe/base/record_reply.h"
#include "probe/net/tasks.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

void
transmit_queue(struct prober *p, struct task *task, size_t index)
{
	struct item *item = xcalloc(1, sizeof(*item));
	item->task = task;
	item->index = index;
	TAILQ_INSERT_TAIL(&p->queue, item, link);
}

static void
forget(struct item_list *list, const struct task *task)
{
	struct item *next = NULL;
	for (struct item *i = TAILQ_FIRST(list); i != NULL; i = next) {
		next = TAILQ_NEXT(i, link);
		if (i->task != task)
			continue;
		TAILQ_REMOVE(list, i, link);
		free(i);
	}
}

void
transmit_forget(struct prober *p, const struct task *task)
{
	forget(&p->queue, task);
	forget(&p->unstamped, task);
}

static void
tell(struct prober *p, const struct item *item, enum trace_event_kind kind,
    int64_t stamp_ns, int error)
{
	struct trace_event event = {.kind = kind,
	    .now = mono_now(),
	    .stamp_ns = stamp_ns,
	    .index = item->index,
	    .error = error};
	tasks_step(p, item->task, &event);
}

static void
sent(struct prober *p, struct item *item, int64_t stamp_ns)
{
	p->counts.sent += !item->counted;
	item->counted = true;
	tell(p, item, TRACE_SENT, stamp_ns, 0);
}

static void
not_sent(struct prober *p, const struct item *item, int error)
{
	p->counts.not_sent++;
	tell(p, item, TRACE_NOT_SENT, -1, error);
}

static void
build(struct prober *p, struct item *item)
{
	struct trace *t = &item->task->trace;
	struct record_probe *probe = &t->record.probes[item->index];
	struct probe_id id = trace_probe_id(t, item->index);
	item->len =
	    build_probe(p->build, &t->flow, &id, probe->ttl, item->packet);
	if (probe->sent.p == NULL)
		probe->sent = record_keep(item->packet, item->len);
}

/* Whom the probe asks, as far as that is known. */
static uint32_t
expected(struct prober *p, const struct item *item)
{
	const struct trace *t = &item->task->trace;
	uint8_t ttl = t->record.probes[item->index].ttl;
	return responders_expect(p->responders, t->flow.dst, ttl);
}

static void
count_asked(struct prober *p, const struct item *item, struct mono now)
{
	responders_ask(p->responders, expected(p, item), now);
	responders_ask(p->per_target, item->task->trace.flow.dst, now);
}

/* Takes the item off the queue; false when the kernel has no room for it. */
static bool
send_one(struct prober *p, struct item *item, struct mono now)
{
	build(p, item);
	item->sent = now;
	int e = send_packet(p->send, item->packet, item->len);
	if (e != 0 && prober_full(-e)) {
		p->retry.ns = now.ns + RETRY_NS;
		/* What waits in there leaves at once: that is the burst. */
		pace_empty(&p->pace, now);
		return false;
	}
	pace_take(&p->pace, now);
	prober_guard(p, now);
	TAILQ_REMOVE(&p->queue, item, link);
	if (e != 0) {
		not_sent(p, item, -e);
		free(item);
		return true;
	}
	count_asked(p, item, now);
	item->drops = capture_drops(p->capture);
	TAILQ_INSERT_TAIL(&p->unstamped, item, link);
	return true;
}

/* Probes that became pointless while they were queued. */
static void
cancel(struct prober *p, struct item *item)
{
	TAILQ_REMOVE(&p->queue, item, link);
	tell(p, item, TRACE_NOT_SENT, -1, ECANCELED);
	free(item);
}

/*
 * By content (destination, protocol, IP-ID and TTL), since a counter of sends
 * goes wrong with the first send that failed.
 */
static bool
is(const struct item *item, const struct capture_packet *packet)
{
	const uint8_t *a = item->packet, *b = packet->bytes;
	return packet->len >= HEADER_LEN && a[HEADER_TTL] == b[HEADER_TTL] &&
	       a[HEADER_PROTOCOL] == b[HEADER_PROTOCOL] &&
	       memcmp(a + HEADER_ID, b + HEADER_ID, 2) == 0 &&
	       memcmp(a + HEADER_DST, b + HEADER_DST, 4) == 0;
}

bool
transmit_stamp(struct prober *p, const struct capture_packet *packet)
{
	struct item *item = NULL;
	TAILQ_FOREACH(item, &p->unstamped, link)
	{
		if (is(item, packet))
			break;
	}
	if (item == NULL)
		return false;
	TAILQ_REMOVE(&p->unstamped, item, link);
	sent(p, item, packet->stamp_ns);
	free(item);
	return true;
}

void
transmit_proved(struct prober *p, struct task *task, size_t index)
{
	struct item *i = NULL;
	TAILQ_FOREACH(i, &p->unstamped, link)
	{
		if (i->task == task && i->index == index)
			break;
	}
	if (i != NULL && !i->counted)
		sent(p, i, -1);
}

/* The oldest whose fate is open; those given up wait on for a late stamp. */
static struct item *
oldest(struct prober *p)
{
	struct item *i = NULL;
	TAILQ_FOREACH(i, &p->unstamped, link)
	{
		if (!i->given_up && !i->counted)
			break;
	}
	return i;
}

/*
 * A stamp that is missing says that the probe was dropped on its way to the
 * driver, unless the ring had no room for the stamp.
 */
static void
give_up(struct prober *p, struct mono now)
{
	struct item *i = NULL;
	while (
	    (i = oldest(p)) != NULL && now.ns - i->sent.ns >= STAMP_WAIT_NS) {
		if (capture_drops(p->capture) != i->drops) {
			sent(p, i, -1);
			continue;
		}
		i->given_up = true;
		not_sent(p, i, 0);
	}
}

/* Until the ceilings of the target and of the router let the probe go. */
static int64_t
wait_ns(struct prober *p, const struct item *item, struct mono now)
{
	uint32_t dst = item->task->trace.flow.dst;
	int64_t target = responders_wait_ns(p->per_target, dst, now);
	int64_t router =
	    responders_wait_ns(p->responders, expected(p, item), now);
	return target > router ? target : router;
}

void
transmit_run(struct prober *p)
{
	struct item *next = NULL;
	struct mono now = mono_now();
	for (struct item *i = TAILQ_FIRST(&p->queue); i != NULL; i = next) {
		next = TAILQ_NEXT(i, link);
		if (!trace_wanted(&i->task->trace, i->index)) {
			cancel(p, i);
			next = TAILQ_FIRST(&p->queue);
			continue;
		}
		if (now.ns < p->retry.ns || pace_wait_ns(&p->pace, now) > 0)
			break;
		if (wait_ns(p, i, now) == 0 && !send_one(p, i, now))
			break;
	}
	give_up(p, now);
}

/* When the first of the queued may leave. */
static int64_t
queue_due_ns(struct prober *p, struct mono now)
{
	int64_t soonest = INT64_MAX;
	const struct item *i = NULL;
	TAILQ_FOREACH(i, &p->queue, link)
	{
		int64_t ns = wait_ns(p, i, now);
		soonest = ns < soonest ? ns : soonest;
		if (ns == 0)
			break;
	}
	if (soonest == INT64_MAX)
		return INT64_MAX;
	int64_t pace = pace_wait_ns(&p->pace, now);
	int64_t due = now.ns + (pace > soonest ? pace : soonest);
	return due > p->retry.ns ? due : p->retry.ns;
}

bool
transmit_wake(struct prober *p, struct mono now, struct mono *at)
{
	const struct item *open = oldest(p);
	at->ns = queue_due_ns(p, now);
	if (open != NULL && open->sent.ns + STAMP_WAIT_NS < at->ns)
		at->ns = open->sent.ns + STAMP_WAIT_NS;
	return at->ns != INT64_MAX;
}
