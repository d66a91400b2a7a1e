/* SPDX-License-Identifier: ISC */
#include "probe/trace/trace.h"

#include "probe/base/mem.h"
#include "probe/base/record_reply.h"
#include "probe/trace/answer.h"
#include "probe/trace/patience.h"
#include "probe/trace/stop.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>

/*
 * Two attempts tell loss from silence; a window of 20, because most paths are
 * no longer, so that a volley sees all of them in one round trip; five silent
 * TTLs in a row, because about three are usual before a destination behind a
 * filter; two seconds are three times the slowest round trip seen to these
 * prefixes (570 ms, by satellite). Whoever waits for the trace does not want
 * it to linger.
 */
void
trace_config_default(struct trace_config *c)
{
	*c = (struct trace_config){
	    .first_ttl = 1,
	    .max_ttl = 32,
	    .attempts = 2,
	    .window = 20,
	    .gap = 5,
	    .wait_ns = 2 * NS_PER_S,
	};
}

static bool
legal(const struct trace_config *c)
{
	return c->first_ttl >= 1 && c->max_ttl >= c->first_ttl &&
	       c->max_ttl <= RECORD_TTL_MAX && c->attempts >= 1 &&
	       c->attempts <= RECORD_ATTEMPTS_MAX && c->window >= 1 &&
	       c->window <= RECORD_TTL_MAX && c->gap >= 1 &&
	       c->gap <= RECORD_TTL_MAX && c->hint_ttl <= RECORD_TTL_MAX &&
	       c->wait_ns > 0 && c->linger_ns >= 0;
}

/* One beyond the hint shows that the path has not become longer. */
static uint8_t
volley_ttl(const struct trace_config *c)
{
	int last = c->first_ttl + c->window - 1;
	if (c->hint_ttl >= c->first_ttl && c->hint_ttl < last)
		last = c->hint_ttl + 1;
	return (uint8_t)(last < c->max_ttl ? last : c->max_ttl);
}

void
trace_open(struct trace *t, const struct trace_config *c,
    const struct record *about, const struct key *key)
{
	assert(legal(c));
	size_t ttls = (size_t)c->max_ttl - c->first_ttl + 1;
	size_t room = ttls * c->attempts + ANSWER_EXTRAS_MAX;
	*t = (struct trace){
	    .config = *c,
	    .flow = {about->src, about->target, about->sport, about->dport,
		about->method},
	    .input = {.seq = about->seq,
		.target = about->target,
		.flow = about->flow,
		.method = (uint8_t)about->method},
	    .key = key,
	    .record = *about,
	    .slot = xcalloc(room, sizeof(*t->slot)),
	    .volley_ttl = volley_ttl(c),
	    .next_ttl = c->first_ttl,
	    .last_answer = (uint8_t)(c->first_ttl - 1),
	};
	t->record.duration_us = 0;
	t->record.stop = 0;
	t->record.stop_detail[0] = '\0';
	t->record.nprobes = 0;
	t->record.probes = xcalloc(room, sizeof(*t->record.probes));
}

void
trace_close(struct trace *t)
{
	record_clear(&t->record);
	free(t->slot);
	*t = (struct trace){0};
}

static void
ask(struct outbox *out, enum trace_action_kind kind, size_t index)
{
	out->action[out->n++] = (struct trace_action){kind, index};
}

static bool
unanswered(const struct trace *t, size_t i)
{
	return t->slot[i].sent && !t->record.probes[i].answered;
}

static bool
any_unanswered(const struct trace *t)
{
	for (size_t i = 0; i < t->record.nprobes; i++)
		if (unanswered(t, i))
			return true;
	return false;
}

/* Why, silence_name() says, which knows more than this trace. */
static void
mark_silences(struct trace *t)
{
	for (size_t i = 0; i < t->record.nprobes; i++)
		if (unanswered(t, i))
			t->record.probes[i].silent = SILENT_UNKNOWN;
}

static void
change_state(
    struct trace *t, enum trace_state to, struct mono now, struct outbox *out)
{
	if (t->state == TRACE_RUNNING)
		t->record.duration_us = (now.ns - t->started.ns) / 1000;
	switch (to) {
	case TRACE_IDLE:
		break;
	case TRACE_RUNNING:
		t->started = now;
		break;
	case TRACE_LINGERING:
		t->linger_end.ns = now.ns + t->config.linger_ns;
		break;
	case TRACE_DONE:
		mark_silences(t);
		stop_finish(t);
		ask(out, TRACE_ENDED, 0);
		break;
	}
	t->state = to;
}

static void
queue(struct trace *t, uint8_t ttl, struct outbox *out)
{
	struct trace_hop *hop = &t->hop[ttl];
	size_t i = hop->cancelled ? hop->last : t->record.nprobes++;
	t->input.ttl = ttl;
	t->input.attempt = ++hop->tried;
	t->record.probes[i] = record_unanswered(ttl, hop->tried);
	t->slot[i] = (struct trace_slot){
	    .rx_ns = -1, .waiting = true, .id = key_id(t->key, &t->input)};
	hop->waiting = true;
	hop->cancelled = false;
	hop->last = i;
	ask(out, TRACE_SEND, i);
}

/* TTLs up to the limit with a probe that left, or still is to leave. */
static size_t
in_flight(const struct trace *t, uint8_t limit)
{
	size_t n = 0;
	for (uint8_t ttl = t->config.first_ttl; ttl <= limit; ttl++) {
		const struct trace_hop *hop = &t->hop[ttl];
		n += hop->waiting && !hop->ignored &&
		     (t->slot[hop->last].timed || trace_wanted(t, hop->last));
	}
	return n;
}

static bool
wants_probe(const struct trace *t, uint8_t ttl)
{
	const struct trace_hop *hop = &t->hop[ttl];
	if (hop->answered || hop->waiting || hop->tried >= t->config.attempts)
		return false;
	return hop->tried == 0 || ttl <= stop_gap_limit(t);
}

static void
fill_window(struct trace *t, struct outbox *out)
{
	uint8_t limit = stop_limit(t);
	size_t flying = in_flight(t, limit);
	for (uint8_t ttl = t->config.first_ttl; ttl <= limit; ttl++) {
		if (flying >= t->config.window)
			return;
		if (!wants_probe(t, ttl))
			continue;
		queue(t, ttl, out);
		flying++;
	}
}

/* The probe beyond the gap limit may have been answered before. */
static void
move_on(struct trace *t)
{
	uint8_t ttl = t->next_ttl;
	for (; ttl <= t->config.max_ttl && t->hop[ttl].tried > 0; ttl++)
		if (t->hop[ttl].answered)
			t->last_answer = ttl;
	t->next_ttl = ttl;
}

/* Ascending, so that a second attempt goes before a new TTL. */
static void
send_more(struct trace *t, struct outbox *out)
{
	fill_window(t, out);
	move_on(t);
	if (stop_wants_last_word(t))
		queue(t, t->config.max_ttl, out);
}

static void
settle(struct trace *t, size_t i)
{
	if (!t->slot[i].waiting)
		return;
	t->slot[i].waiting = false;
	t->hop[t->record.probes[i].ttl].waiting = false;
}

/*
 * Above the end nothing is tried again, so a probe there is not settled: the
 * end may yet turn out to be farther away.
 */
static void
expire(struct trace *t, struct mono now)
{
	for (uint8_t ttl = t->config.first_ttl; ttl <= t->config.max_ttl;
	     ttl++) {
		struct trace_hop *hop = &t->hop[ttl];
		bool above = t->target_ttl != 0 && ttl > t->target_ttl;
		bool over = hop->waiting && patience_over(t, hop->last, now);
		hop->ignored = over && above;
		if (over && !above)
			settle(t, hop->last);
	}
}

static void
advance(struct trace *t, struct mono now, struct outbox *out)
{
	expire(t, now);
	if (t->state == TRACE_RUNNING) {
		send_more(t, out);
		if (in_flight(t, t->config.max_ttl) > 0)
			return;
		stop_settled(t);
		change_state(t, TRACE_LINGERING, now, out);
	}
	if (now.ns >= t->linger_end.ns || !any_unanswered(t))
		change_state(t, TRACE_DONE, now, out);
}

/* An index that the driver may speak of: a probe, not an extra reply. */
static bool
is_probe(const struct trace *t, size_t i)
{
	return i < t->record.nprobes && t->record.probes[i].reply_no == 0;
}

static void
start_timer(struct trace *t, size_t i, struct mono now)
{
	t->slot[i].since = now;
	t->slot[i].timed = true;
}

static void
sent(struct trace *t, const struct trace_event *e)
{
	struct record_probe *p = &t->record.probes[e->index];
	struct trace_slot *s = &t->slot[e->index];
	if (p->silent == SILENT_NOT_SENT) /* the stamp came late */
		t->hop[p->ttl].unsent--;
	p->silent = 0;
	if (!s->sent)
		start_timer(t, e->index, e->now);
	s->sent = true;
	if (e->stamp_ns >= 0 && p->tx_ns < 0)
		answer_stamp(t, e->index, e->stamp_ns);
}

/* The attempt is as if never asked for; its entry is used again if it is. */
static void
cancel(struct trace *t, size_t i)
{
	struct trace_hop *hop = &t->hop[t->record.probes[i].ttl];
	if (!t->slot[i].waiting)
		return;
	settle(t, i);
	hop->cancelled = true;
	hop->tried--;
}

/*
 * The next attempt waits as long as for a reply: what kept this one from
 * leaving may pass. A TTL none of whose attempts left ends the trace, for its
 * silence would say nothing; that of the one beyond the gap limit says little.
 */
static void
not_sent(struct trace *t, const struct trace_event *e)
{
	struct record_probe *p = &t->record.probes[e->index];
	struct trace_slot *s = &t->slot[e->index];
	struct trace_hop *hop = &t->hop[p->ttl];
	if (p->answered || p->silent != 0)
		return;
	s->sent = false;
	if (e->error == ECANCELED) {
		cancel(t, e->index);
		return;
	}
	p->silent = SILENT_NOT_SENT;
	start_timer(t, e->index, e->now);
	if (++hop->unsent == t->config.attempts && p->ttl < t->next_ttl)
		stop_unsent(t, p->ttl, e->error);
}

/* On the clock of the events, which the patience is measured by. */
static void
learn_round_trip(struct trace *t, const struct trace_event *e)
{
	const struct trace_slot *s = &t->slot[e->index];
	struct trace_hop *hop = &t->hop[t->record.probes[e->index].ttl];
	int64_t rtt_ns = e->now.ns - s->since.ns;
	if (!s->sent || e->proof == PROOF_NONE)
		return;
	if (rtt_ns > hop->rtt_ns)
		hop->rtt_ns = rtt_ns;
	if (rtt_ns > t->slowest_ns)
		t->slowest_ns = rtt_ns;
}

static void
replied(struct trace *t, const struct trace_event *e, struct outbox *out)
{
	size_t i;
	if (!answer_record(t, e, &i))
		return;
	const struct record_probe *p = &t->record.probes[i];
	if (p->reply_no == 0)
		learn_round_trip(t, e);
	settle(t, e->index);
	t->hop[p->ttl].answered = true;
	if (p->ttl > t->last_answer && p->ttl < t->next_ttl)
		t->last_answer = p->ttl;
	stop_answer(t, p);
	ask(out, TRACE_KEEP, i);
}

static void
abort_now(struct trace *t, const struct trace_event *e, struct outbox *out)
{
	/* While lingering, the end is known already. */
	if (t->state != TRACE_LINGERING)
		stop_abort(t, e->error);
	change_state(t, TRACE_DONE, e->now, out);
}

static void
apply(struct trace *t, const struct trace_event *e, struct outbox *out)
{
	switch (e->kind) {
	case TRACE_START:
		if (t->state != TRACE_IDLE)
			break;
		if (e->stamp_ns >= 0)
			t->record.start_us = e->stamp_ns / 1000;
		change_state(t, TRACE_RUNNING, e->now, out);
		break;
	case TRACE_SENT:
		if (is_probe(t, e->index))
			sent(t, e);
		break;
	case TRACE_NOT_SENT:
		if (is_probe(t, e->index))
			not_sent(t, e);
		break;
	case TRACE_REPLY:
		if (is_probe(t, e->index))
			replied(t, e, out);
		break;
	case TRACE_TICK:
		break;
	case TRACE_ABORT:
		abort_now(t, e, out);
		break;
	}
}

void
trace_step(struct trace *t, const struct trace_event *event, struct outbox *out)
{
	out->n = 0;
	if (t->state == TRACE_DONE)
		return;
	apply(t, event, out);
	if (t->state == TRACE_RUNNING || t->state == TRACE_LINGERING)
		advance(t, event->now, out);
}

bool
trace_wanted(const struct trace *t, size_t index)
{
	if (t->state != TRACE_RUNNING || !is_probe(t, index) ||
	    !t->slot[index].waiting)
		return false;
	uint8_t ttl = t->record.probes[index].ttl;
	if (t->hop[ttl].answered)
		return false;
	return ttl <= stop_limit(t) ||
	       (ttl == t->config.max_ttl && t->target_ttl == 0);
}

bool
trace_settled(const struct trace *t)
{
	return t->state == TRACE_LINGERING || t->state == TRACE_DONE;
}

struct probe_id
trace_probe_id(const struct trace *t, size_t index)
{
	return t->slot[index].id;
}

bool
trace_wake(const struct trace *t, struct mono *at)
{
	bool any = false;
	*at = t->linger_end;
	if (t->state != TRACE_RUNNING)
		return t->state == TRACE_LINGERING;
	for (uint8_t ttl = t->config.first_ttl; ttl <= t->config.max_ttl;
	     ttl++) {
		size_t i = t->hop[ttl].last;
		if (!t->hop[ttl].waiting || t->hop[ttl].ignored ||
		    !t->slot[i].timed)
			continue;
		int64_t due_ns = t->slot[i].since.ns + patience_ns(t, i);
		if (!any || due_ns < at->ns)
			at->ns = due_ns;
		any = true;
	}
	return any;
}

/* Probes that were queued when the end came never existed. */
static void
drop_unsent(struct record *r)
{
	size_t n = 0;
	for (size_t i = 0; i < r->nprobes; i++) {
		struct record_probe *p = &r->probes[i];
		if (p->answered || p->silent != 0)
			r->probes[n++] = *p;
		else
			free(p->sent.p);
	}
	r->nprobes = n;
}

void
trace_take(struct trace *t, struct record *into)
{
	drop_unsent(&t->record);
	*into = t->record;
	t->record.probes = NULL;
	t->record.nprobes = 0;
	record_sort(into);
}
