/* SPDX-License-Identifier: ISC */
#include "probe/trace/sweep.h"

#include "probe/base/mem.h"
#include "probe/trace/pace.h"
#include "probe/trace/sweep_end.h"
#include "probe/trace/sweep_learn.h"
#include "probe/trace/sweep_plan.h"
#include "probe/trace/sweep_reply.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

/*
 * As one trace has them, trace_config_default(), but for the wait, which the
 * round trips seen shorten, and the half second for what is late then. Four
 * traces that agree miss a balancer with two branches once in eight times,
 * and one in eight of the others looks again. 32 at once are a whole path.
 */
void
sweep_config_default(struct sweep_config *c)
{
	*c = (struct sweep_config){.first_ttl = 1,
	    .max_ttl = 32,
	    .attempts = 3,
	    .gap = 5,
	    .verify = 8,
	    .wait_ns = 2 * NS_PER_S,
	    .linger_ns = NS_PER_S / 5,
	    .responder_rate = 100,
	    .responder_burst = 10,
	    .target_rate = 20,
	    .target_burst = 32,
	    .inflight = 16384};
}

static bool
within(int64_t value, int64_t least, int64_t most)
{
	return value >= least && value <= most;
}

bool
sweep_config_legal(const struct sweep_config *c)
{
	return within(c->first_ttl, 1, RECORD_TTL_MAX) &&
	       within(c->max_ttl, c->first_ttl, RECORD_TTL_MAX) &&
	       within(c->attempts, 1, RECORD_ATTEMPTS_MAX) &&
	       within(c->gap, 1, RECORD_TTL_MAX) && within(c->verify, 1, 64) &&
	       within(c->wait_ns, 10 * NS_PER_MS, 60 * NS_PER_S) &&
	       within(c->linger_ns, 0, 60 * NS_PER_S) &&
	       within(c->responder_rate, 1, 1000000) &&
	       within(c->responder_burst, 1, 65536) &&
	       within(c->target_rate, 1, 1000000) &&
	       within(c->target_burst, 1, 65536) &&
	       within(c->inflight, 1, 1000000);
}

static int
by_address(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
	return (x > y) - (x < y);
}

/* Sorted, each once. */
static void
copy_targets(struct sweep *s, const uint32_t *target, size_t n)
{
	s->target = xcalloc(n, sizeof(*s->target));
	if (n > 0)
		memcpy(s->target, target, n * sizeof(*target));
	if (n > 0)
		qsort(s->target, n, sizeof(*s->target), by_address);
	for (size_t i = 0; i < n; i++)
		if (i == 0 || s->target[i] != s->target[s->n - 1])
			s->target[s->n++] = s->target[i];
}

struct sweep *
sweep_open(const struct sweep_config *c, const struct survey_about *about,
    const uint32_t *target, size_t n)
{
	assert(sweep_config_legal(c) && n <= SWEEP_TARGETS_MAX);
	struct sweep *s = xcalloc(1, sizeof(*s));
	s->config = *c;
	s->about = *about;
	s->about.record.probes = NULL;
	s->about.record.nprobes = 0;
	s->method = method_of(about->record.method);
	assert(s->method != NULL);
	copy_targets(s, target, n);
	s->trace = xcalloc(s->n, sizeof(*s->trace));
	s->timer = sweep_timer_open(s->n);
	s->gates = sweep_gates_open(c->responder_rate, c->responder_burst);
	sweep_map_open(&s->map, s->target, s->n);
	struct sweep_area order = {.count = s->map.areas};
	for (uint32_t a; (a = sweep_map_draw(&order)) < order.count;)
		sweep_line(s, a);
	return s;
}

void
sweep_close(struct sweep *s)
{
	if (s == NULL)
		return;
	for (uint32_t i = 0; i < s->chunks; i++)
		free(s->chunk[i].probe);
	for (uint32_t i = 0; i < s->exts; i++)
		free(s->ext[i].bytes.p);
	free(s->chunk);
	free(s->ext);
	free(s->target);
	free(s->trace);
	sweep_timer_close(s->timer);
	sweep_gates_close(s->gates);
	sweep_map_close(&s->map);
	free(s);
}

static bool
runs(const struct sweep_trace *t)
{
	return t->phase == SWEEP_RUNNING || t->phase == SWEEP_LINGERING;
}

/* Takes the next area in line and begins one of its traces. */
static bool
admit(struct sweep *s)
{
	while (s->line_head != 0) {
		uint32_t area = s->line_head - 1;
		struct sweep_area *a = &s->map.area[area];
		s->line_head = a->next;
		a->lined = false;
		if (!sweep_may_begin(s, a))
			continue;
		sweep_begin(s, area);
		sweep_line(s, area);
		return true;
	}
	return false;
}

static void
give(struct sweep *s, const struct sweep_want *want, uint16_t gate,
    struct survey_probe *out)
{
	const struct record *about = &s->about.record;
	struct sweep_trace *t = &s->trace[want->trace];
	uint8_t attempt = (uint8_t)(1 + sweep_tries(s, t, want->ttl));
	struct key_input input = {.seq = s->about.seq + t->number,
	    .target = s->target[want->trace],
	    .flow = about->flow,
	    .method = (uint8_t)about->method,
	    .ttl = want->ttl,
	    .attempt = attempt};
	uint32_t h = sweep_probe_new(s, want->trace);
	struct sweep_probe *p = sweep_probe_at(s, h);
	p->ttl = want->ttl;
	p->attempt = attempt;
	p->id = key_id(s->about.key, &input);
	p->gate = gate;
	p->left_ns = s->now.ns;
	p->waiting = true;
	t->tried |= sweep_span(p->ttl, p->ttl);
	s->inflight++;
	if (!sweep_timer_runs(s->timer, want->trace))
		sweep_arm(s, want->trace, INT64_MAX);
	*out = (struct survey_probe){
	    .flow = {about->src, input.target, about->sport, about->dport,
		about->method},
	    .id = p->id,
	    .ttl = p->ttl,
	    .handle = h};
}

static void
charge(struct sweep *s, struct sweep_trace *t, uint16_t gate)
{
	if (t->full_ns < s->now.ns)
		t->full_ns = s->now.ns;
	t->full_ns += pace_interval_ns(s->config.target_rate);
	sweep_gate_charge(s->gates, gate, s->now);
}

/*
 * Whether the first one in line still wants to go, through this gate, and its
 * target's ceiling lets it; otherwise it goes to another line, or comes again.
 */
static bool
passes(struct sweep *s, struct sweep_want *want, uint16_t gate)
{
	struct sweep_trace *t = &s->trace[want->trace];
	uint64_t bit = sweep_span(want->ttl, want->ttl);
	if (!runs(t) || (t->busy & bit) == 0)
		return false;
	if (want->ttl > sweep_limit(s, t)) {
		t->busy &= ~bit;
		sweep_step(s, want->trace);
		return false;
	}
	uint16_t now = sweep_map_expect(
	    &s->map, t->area, s->target[want->trace], want->ttl);
	if (!want->moved && !sweep_gate_same(s->gates, now, gate)) {
		want->moved = true;
		sweep_gate_put(s->gates, now, want);
		return false;
	}
	int64_t hold_ns = sweep_hold_ns(s, t);
	if (hold_ns > 0) {
		t->busy &= ~bit;
		sweep_arm(s, want->trace, hold_ns);
	}
	return hold_ns == 0;
}

static bool
next(void *core, struct mono now, struct survey_probe *out)
{
	struct sweep *s = core;
	struct sweep_want want;
	uint16_t gate;
	uint32_t i;
	if (!s->begins)
		s->begun = now;
	s->begins = true;
	s->now = now;
	while (!s->stopped && sweep_timer_due(s->timer, now, &i))
		sweep_tick(s, i);
	while (!s->stopped && s->inflight < s->config.inflight) {
		if (!sweep_gate_get(s->gates, now, &want, &gate)) {
			if (!admit(s))
				return false;
		} else if (passes(s, &want, gate)) {
			charge(s, &s->trace[want.trace], gate);
			give(s, &want, gate, out);
			return true;
		}
	}
	return false;
}

/* A probe that the driver may speak of, of a trace that is not taken yet. */
static struct sweep_probe *
spoken_of(struct sweep *s, uint32_t handle)
{
	if (handle == 0 || handle > s->probes)
		return NULL;
	struct sweep_probe *p = sweep_probe_at(s, handle);
	bool open = s->trace[p->trace].phase < SWEEP_TAKEN;
	return open && p->reply_no == 0 ? p : NULL;
}

/* The transmit stamp is that of all replies to the probe. */
static void
stamp(struct sweep *s, const struct sweep_probe *probe, int64_t tx_ns)
{
	uint32_t h = s->trace[probe->trace].probe;
	for (; h != 0; h = sweep_probe_at(s, h)->next) {
		struct sweep_probe *p = sweep_probe_at(s, h);
		if (p->ttl == probe->ttl && p->attempt == probe->attempt)
			p->tx_ns = tx_ns;
	}
}

static void
sent(void *core, uint32_t handle, struct mono now, int64_t stamp_ns)
{
	struct sweep *s = core;
	struct sweep_probe *p = spoken_of(s, handle);
	s->now = now;
	if (p == NULL)
		return;
	if (!p->sent) {
		s->sent++;
		p->left_ns = now.ns;
	}
	p->sent = true;
	p->unsent = false;
	if (stamp_ns >= 0 && p->tx_ns < 0)
		stamp(s, p, stamp_ns);
}

static uint8_t
count_unsent(const struct sweep *s, const struct sweep_trace *t, uint8_t ttl)
{
	uint8_t n = 0;
	for (uint32_t h = t->probe; h != 0; h = sweep_probe_at(s, h)->next)
		if (sweep_probe_at(s, h)->ttl == ttl &&
		    sweep_probe_at(s, h)->unsent)
			n++;
	return n;
}

/*
 * The next attempt waits as long as for a reply: what kept this one from
 * leaving may pass. A TTL none of whose attempts left ends the trace.
 */
static void
not_sent(void *core, uint32_t handle, struct mono now, int error)
{
	struct sweep *s = core;
	struct sweep_probe *p = spoken_of(s, handle);
	s->now = now;
	if (p == NULL || p->answered || p->unsent)
		return;
	struct sweep_trace *t = &s->trace[p->trace];
	s->sent -= p->sent;
	p->sent = false;
	p->unsent = t->some_unsent = true;
	p->left_ns = now.ns;
	if (!runs(t) || count_unsent(s, t, p->ttl) < s->config.attempts)
		return;
	if (t->unsent != 0 && t->unsent < p->ttl)
		return; /* it ends there already */
	t->unsent = p->ttl;
	t->error = (uint8_t)(error > 0 && error <= UINT8_MAX ? error : 0);
	sweep_end_at(t, 1, p->ttl);
	sweep_step(s, p->trace);
}

static bool
reply(void *core, const struct reply *r, struct mono now, int64_t stamp_ns)
{
	struct sweep *s = core;
	uint32_t i, probe;
	enum record_proof proof;
	s->now = now;
	if (!sweep_match(s, r, &i, &probe, &proof))
		return false;
	if (!runs(&s->trace[i])) {
		s->too_late++;
		return true;
	}
	if (sweep_hear(s, probe, proof, r, stamp_ns))
		sweep_step(s, i);
	return true;
}

static bool
wake(const void *core, struct mono now, struct mono *at)
{
	const struct sweep *s = core;
	struct mono gate;
	bool timed = !s->stopped && sweep_timer_next(s->timer, at);
	if (s->stopped || s->inflight >= s->config.inflight)
		return timed;
	bool gated = sweep_gate_next(s->gates, &gate);
	if (s->line_head != 0) {
		gate = now;
		gated = true;
	}
	if (gated && (!timed || gate.ns < at->ns))
		*at = gate;
	return timed || gated;
}

static void
cut(void *core, struct mono now, int error)
{
	struct sweep *s = core;
	s->now = now;
	s->stopped = true;
	for (uint32_t i = 0; i < s->n; i++) {
		struct sweep_trace *t = &s->trace[i];
		if (!runs(t))
			continue;
		if (t->phase == SWEEP_RUNNING) {
			t->cut = true;
			t->unsent = 0;
			t->error =
			    (uint8_t)(error > 0 && error <= UINT8_MAX ? error
								      : 0);
		}
		sweep_end(s, i);
	}
}

static bool
take(void *core, struct record *into)
{
	struct sweep *s = core;
	if (s->ready_head == 0)
		return false;
	uint32_t i = s->ready_head - 1;
	s->ready_head = s->trace[i].next;
	sweep_record(s, i, into);
	s->trace[i].phase = SWEEP_TAKEN;
	s->taken++;
	return true;
}

static bool
over(const void *core)
{
	const struct sweep *s = core;
	return s->taken == (s->stopped ? s->started : s->n);
}

static void
progress(const void *core, size_t *done, size_t *all)
{
	const struct sweep *s = core;
	*done = s->finished;
	*all = s->stopped ? s->started : s->n;
}

const struct survey_ops sweep_ops = {.next = next,
    .sent = sent,
    .not_sent = not_sent,
    .reply = reply,
    .wake = wake,
    .abort = cut,
    .take = take,
    .over = over,
    .progress = progress};

struct sweep_join
sweep_join(const struct sweep *s, const struct record *record)
{
	uint32_t i;
	if (!sweep_find(s, record->target, &i) || s->trace[i].source == 0)
		return (struct sweep_join){0};
	uint32_t source = s->trace[i].source - 1;
	return (struct sweep_join){.ttl = s->trace[i].join,
	    .seq = s->about.seq + s->trace[source].number,
	    .target = s->target[source]};
}

struct sweep_saved
sweep_saved(const struct sweep *s)
{
	size_t per_target = sizeof(*s->target) + sizeof(*s->trace) + 12;
	return (struct sweep_saved){.targets = s->n,
	    .started = s->started,
	    .finished = s->finished,
	    .joined = s->joined,
	    .routers = s->map.nodes - SWEEP_START - 1,
	    .sent = s->sent,
	    .plain = s->plain,
	    .too_late = s->too_late,
	    .bytes = sizeof(*s) + s->n * per_target +
		     sizeof(struct sweep_probe) * SWEEP_CHUNK * s->chunks +
		     s->map.areas * sizeof(*s->map.area) +
		     s->map.node_room * sizeof(*s->map.node) +
		     s->map.table_room * sizeof(*s->map.table) +
		     s->ext_room * sizeof(*s->ext) +
		     sweep_gates_bytes(s->gates)};
}
