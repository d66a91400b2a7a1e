/* SPDX-License-Identifier: ISC */
#include "probe/base/log.h"
#include "probe/base/mem.h"
#include "probe/net/prober_state.h"

#include <errno.h>
#include <stdlib.h>
#include <sysexits.h>

/*
 * How long the kernel may keep a packet before it counts as not sent. Should
 * it leave later (an ARP request was lost), its stamp still says so.
 */
#define STAMP_WAIT_NS (200 * NS_PER_MS)

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
	prober_step(p, item->task, &event);
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

/* The last line of defence, whatever went wrong above it. */
static void
guard_or_die(struct prober *p)
{
	if (guard_count(&p->guard, mono_now()))
		return;
	log_line(LOG_ERROR,
	    "ceiling broken: more than %u packets/s with a burst of %u were "
	    "about to leave; this is a bug, so the process ends",
	    p->config.rate, p->config.burst);
	exit(EX_SOFTWARE);
}

static void
build(struct prober *p, struct item *item)
{
	struct trace *t = &item->task->trace;
	struct record_probe *probe = &t->record.probes[item->index];
	struct probe_id id = trace_probe_id(t, item->index);
	item->len =
	    build_probe(p->build, &t->flow, &id, probe->ttl, item->packet);
	if (probe->sent.p == NULL && item->len > 0) {
		probe->sent.p = xmemdup(item->packet, item->len);
		probe->sent.len = (uint16_t)item->len;
	}
}

/* Takes the item off the queue; it is freed or waits for its stamp. */
static void
send_one(struct prober *p, struct item *item)
{
	build(p, item);
	guard_or_die(p);
	item->sent = mono_now();
	int64_t before_ns = wall_now().ns;
	int e = send_packet(p->send, item->packet, item->len);
	TAILQ_REMOVE(&p->queue, item, link);
	if (e == 0 && item->task->stamps) {
		TAILQ_INSERT_TAIL(&p->unstamped, item, link);
		return;
	}
	if (e != 0)
		not_sent(p, item, -e);
	else
		sent(p, item, before_ns);
	free(item);
}

/* Probes that became pointless while they were queued. */
static void
cancel(struct prober *p, struct item *item)
{
	TAILQ_REMOVE(&p->queue, item, link);
	tell(p, item, TRACE_NOT_SENT, -1, ECANCELED);
	free(item);
}

static struct item *
stamped(struct prober *p, const struct send_stamp *stamp)
{
	struct item *i = NULL;
	TAILQ_FOREACH(i, &p->unstamped, link)
	{
		if (send_stamp_is(stamp, i->packet, i->len))
			break;
	}
	return i;
}

void
transmit_stamps(struct prober *p)
{
	struct send_stamp stamp;
	while (send_stamp(p->send, &stamp)) {
		struct item *item = stamped(p, &stamp);
		if (item == NULL)
			continue;
		TAILQ_REMOVE(&p->unstamped, item, link);
		sent(p, item, stamp.ns);
		free(item);
	}
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

static void
give_up(struct prober *p, struct mono now)
{
	struct item *i = NULL;
	while (
	    (i = oldest(p)) != NULL && now.ns - i->sent.ns >= STAMP_WAIT_NS) {
		i->given_up = true;
		not_sent(p, i, 0);
	}
}

void
transmit_run(struct prober *p)
{
	struct item *item = NULL;
	while ((item = TAILQ_FIRST(&p->queue)) != NULL) {
		if (!trace_wanted(&item->task->trace, item->index))
			cancel(p, item);
		else if (pace_take(&p->pace, mono_now()))
			send_one(p, item);
		else
			break;
	}
	transmit_stamps(p);
	give_up(p, mono_now());
}

bool
transmit_wake(struct prober *p, struct mono now, struct mono *at)
{
	const struct item *open = oldest(p);
	bool queued = !TAILQ_EMPTY(&p->queue);
	*at = (struct mono){INT64_MAX};
	if (open != NULL)
		at->ns = open->sent.ns + STAMP_WAIT_NS;
	if (queued) {
		int64_t due_ns = now.ns + pace_wait_ns(&p->pace, now);
		if (due_ns < at->ns)
			at->ns = due_ns;
	}
	return queued || open != NULL;
}
