/* SPDX-License-Identifier: ISC */
#include "probe/net/surveying.h"

#include "probe/base/mem.h"
#include "probe/net/prober_state.h"
#include "probe/net/tasks.h"
#include "probe/trace/silence.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum {
	BATCH = 64, /* probes between two looks at the replies */
	ROOM = 1024,
	/* A probe may overtake so many others on its way to the driver. */
	REORDER = 64,
};

static size_t
at(const struct surveying *s, size_t i)
{
	return i & (s->room - 1);
}

/* Twice as many, when all are taken; the order stays. */
static void
grow(struct surveying *s)
{
	size_t room = s->room > 0 ? 2 * s->room : ROOM;
	struct flight *wider = xcalloc(room, sizeof(*wider));
	for (size_t i = s->head; i != s->tail; i++)
		wider[i & (room - 1)] = s->flight[at(s, i)];
	free(s->flight);
	s->flight = wider;
	s->room = room;
}

static void
remember(struct surveying *s, const struct survey_probe *probe, struct mono now)
{
	if (s->tail - s->head == s->room)
		grow(s);
	s->flight[at(s, s->tail++)] = (struct flight){
	    .handle = probe->handle,
	    .dst = probe->flow.dst,
	    .ipid = probe->id.ipid,
	    .ttl = probe->ttl,
	    .drops = s->drops,
	    .sent = now,
	};
}

/* False when the kernel has no room: the probe is held for the next turn. */
static bool
send_one(struct prober *p, const struct survey_probe *probe, struct mono now)
{
	struct surveying *s = &p->surveying;
	uint8_t packet[BUILD_MAX];
	size_t len =
	    build_probe(p->build, &probe->flow, &probe->id, probe->ttl, packet);
	int e = send_packet(p->send, packet, len);
	if (e != 0 && prober_full(-e)) {
		s->held = *probe;
		s->holding = true;
		p->retry.ns = now.ns + RETRY_NS;
		return false;
	}
	pace_take(&p->pace, now);
	prober_guard(p, now);
	if (e != 0) {
		p->counts.not_sent++;
		s->ops->not_sent(s->core, probe->handle, now, -e);
		return true;
	}
	s->source = probe->flow.src;
	p->counts.sent++;
	remember(s, probe, now);
	s->ops->sent(s->core, probe->handle, now, -1);
	return true;
}

static bool
next(struct surveying *s, struct mono now, struct survey_probe *probe)
{
	if (!s->holding)
		return s->ops->next(s->core, now, probe);
	*probe = s->held;
	s->holding = false;
	return true;
}

static void
send_some(struct prober *p, struct mono now)
{
	struct surveying *s = &p->surveying;
	struct survey_probe probe;
	s->more = false;
	if (s->holding && now.ns < p->retry.ns)
		return;
	for (int i = 0; i < BATCH; i++) {
		if (pace_wait_ns(&p->pace, now) > 0)
			return;
		if (!next(s, now, &probe) || !send_one(p, &probe, now))
			return;
	}
	s->more = true;
}

/*
 * No stamp for so long: it was dropped on the way to the driver, unless the
 * ring had no room for the stamp.
 */
static void
give_up(struct prober *p, struct mono now)
{
	struct surveying *s = &p->surveying;
	while (s->head != s->tail) {
		struct flight *f = &s->flight[at(s, s->head)];
		if (!f->settled && now.ns - f->sent.ns < STAMP_WAIT_NS)
			return;
		if (!f->settled && f->drops == capture_drops(p->capture)) {
			p->counts.not_sent++;
			p->counts.sent--;
			s->ops->not_sent(s->core, f->handle, now, 0);
		}
		s->head++;
		if ((intptr_t)(s->scan - s->head) < 0)
			s->scan = s->head;
	}
}

/*
 * Waking from idleness costs ten times what a packet costs, so a fast survey
 * looks at the ring a few hundred times a second, well within what the burst
 * allows to be sent at once; the kernel's stamps do not mind.
 */
static uint32_t
turn_ms(const struct prober_config *c)
{
	enum { FAST = 1000, LONGEST_MS = 4 };
	uint32_t burst_ms = c->burst * 1000 / c->rate / 2;
	if (c->rate <= FAST)
		return 0;
	if (burst_ms < 1)
		return 1;
	return burst_ms < LONGEST_MS ? burst_ms : LONGEST_MS;
}

void
prober_survey(struct prober *p, const struct survey_ops *ops, void *core)
{
	struct surveying *s = &p->surveying;
	*s = (struct surveying){
	    .ops = ops, .core = core, .turn_ms = turn_ms(&p->config)};
	s->drops = s->drops_before = capture_drops(p->capture);
	s->wall_minus_mono = tasks_clock();
	grow(s);
	if (s->turn_ms > 0)
		prober_listen(p, false);
	prober_arm(p);
}

bool
prober_surveying(const struct prober *p)
{
	return p->surveying.ops != NULL;
}

static void
look_at_drops(struct prober *p)
{
	struct surveying *s = &p->surveying;
	uint32_t drops = capture_drops(p->capture);
	if (drops != s->drops)
		s->dropped_us = wall_now().ns / 1000;
	s->drops = drops;
}

void
surveying_run(struct prober *p)
{
	if (p->surveying.ops == NULL)
		return;
	struct mono now = mono_now();
	look_at_drops(p);
	send_some(p, now);
	give_up(p, now);
}

static bool
is(const struct flight *f, const uint8_t *bytes)
{
	const uint8_t *id = bytes + HEADER_ID, *dst = bytes + HEADER_DST;
	return !f->settled && f->ttl == bytes[HEADER_TTL] &&
	       f->ipid == (id[0] << 8 | id[1]) &&
	       f->dst == ((uint32_t)dst[0] << 24 | (uint32_t)dst[1] << 16 |
			     (uint32_t)dst[2] << 8 | dst[3]);
}

/* Where it should be, then among those that were overtaken or passed over. */
static struct flight *
find(struct surveying *s, const uint8_t *bytes)
{
	for (size_t i = s->scan, n = 0; i != s->tail && n < REORDER; i++, n++) {
		if (!is(&s->flight[at(s, i)], bytes))
			continue;
		s->scan = n == 0 ? i + 1 : s->scan;
		return &s->flight[at(s, i)];
	}
	for (size_t i = s->head; i != s->tail; i++)
		if (is(&s->flight[at(s, i)], bytes)) {
			s->scan = i + 1;
			return &s->flight[at(s, i)];
		}
	return NULL;
}

bool
surveying_stamp(struct prober *p, const struct capture_packet *packet)
{
	struct surveying *s = &p->surveying;
	if (s->ops == NULL || packet->len < HEADER_LEN)
		return false;
	struct flight *f = find(s, packet->bytes);
	if (f == NULL)
		return false;
	f->settled = true;
	s->ops->sent(s->core, f->handle, f->sent, packet->stamp_ns);
	return true;
}

/* Our own kernel could not send it on: no stamp will come. */
static bool
from_ourselves(const struct surveying *s, const struct reply *reply)
{
	return reply->src == s->source && reply->kind == REPLY_ICMP_ERROR &&
	       reply->quote.dst != s->source;
}

bool
surveying_reply(struct prober *p, const struct reply *reply, int64_t stamp_ns)
{
	struct surveying *s = &p->surveying;
	if (s->ops == NULL || from_ourselves(s, reply))
		return false;
	return s->ops->reply(s->core, reply, mono_now(), stamp_ns);
}

/*
 * Where everybody answers there is nothing to explain: what is learnt begins
 * with the first silence and from then on takes in every record alike.
 */
static void
explain(struct prober *p, struct record *r)
{
	struct surveying *s = &p->surveying;
	s->learning = s->learning || silence_any(r);
	if (s->learning)
		tasks_explain(p, r);
}

/*
 * Which trace lost something, or was running when the clock was set, is not
 * known: all of them, but for those that began after the last packet was lost.
 */
static void
complete(struct prober *p, struct record *r)
{
	const struct surveying *s = &p->surveying;
	r->clock_step = tasks_clock_set(s->wall_minus_mono);
	if (r->clock_step || r->start_us <= s->dropped_us)
		r->drops = s->drops - s->drops_before;
	explain(p, r);
}

void
surveying_reap(struct prober *p)
{
	struct surveying *s = &p->surveying;
	struct record r = {0};
	bool uplink = false; /* known to be there, in this turn */
	while (s->ops != NULL && s->ops->take(s->core, &r)) {
		complete(p, &r);
		uplink = uplink || tasks_check_uplink(p, &r);
		tasks_hand_over(p, &r);
	}
	if (s->ops != NULL && s->ops->over(s->core)) {
		surveying_close(p);
		prober_listen(p, true);
	}
}

void
surveying_abort(struct prober *p)
{
	struct surveying *s = &p->surveying;
	if (s->ops == NULL)
		return;
	s->holding = false;
	look_at_drops(p);
	s->ops->abort(s->core, mono_now(), p->dead);
}

void
surveying_close(struct prober *p)
{
	free(p->surveying.flight);
	p->surveying = (struct surveying){0};
}

static bool
earlier(struct mono *at, bool any, int64_t ns)
{
	if (!any || ns < at->ns)
		at->ns = ns;
	return true;
}

bool
surveying_wake(struct prober *p, struct mono now, struct mono *due)
{
	struct surveying *s = &p->surveying;
	struct mono core;
	bool any = false;
	if (s->ops == NULL)
		return false;
	if (s->holding)
		any = earlier(due, any, p->retry.ns);
	else if (s->more)
		any = earlier(due, any, now.ns + pace_wait_ns(&p->pace, now));
	else if (s->ops->wake(s->core, now, &core))
		any = earlier(due, any, core.ns);
	if (any && !s->holding &&
	    due->ns < now.ns + pace_wait_ns(&p->pace, now))
		due->ns = now.ns + pace_wait_ns(&p->pace, now);
	if (s->head != s->tail)
		any = earlier(due, any,
		    s->flight[at(s, s->head)].sent.ns + STAMP_WAIT_NS);
	/* No packet wakes a fast survey: it has to look. */
	if (s->turn_ms > 0 && !any)
		any = earlier(due, any, now.ns + s->turn_ms * NS_PER_MS);
	return any;
}
