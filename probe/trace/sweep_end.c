/* SPDX-License-Identifier: ISC */
#include "probe/trace/sweep_end.h"

#include "probe/trace/sweep_learn.h"
#include "probe/trace/sweep_plan.h"

/* At the end of the line; then those that waited for it. */
static void
ready(struct sweep *s, uint32_t i)
{
	uint32_t last = i + 1;
	s->trace[i].next = 0;
	if (s->ready_head == 0)
		s->ready_head = i + 1;
	else
		s->trace[s->ready_tail - 1].next = i + 1;
	for (uint32_t j = i + 1; j != 0; j = s->trace[j - 1].next) {
		struct sweep_trace *t = &s->trace[j - 1];
		t->phase = SWEEP_READY;
		s->trace[last - 1].next = t->waiters;
		t->waiters = 0;
		while (s->trace[last - 1].next != 0)
			last = s->trace[last - 1].next;
	}
	s->ready_tail = last;
}

/* It is handed over after the one that completes it. */
static void
hand_over(struct sweep *s, uint32_t i)
{
	struct sweep_trace *t = &s->trace[i];
	t->phase = SWEEP_ENDED;
	if (t->join == 0) {
		ready(s, i);
		return;
	}
	uint32_t source = s->map.node[t->node].trace;
	t->source = source + 1;
	s->joined++;
	if (s->trace[source].phase >= SWEEP_READY) {
		ready(s, i);
		return;
	}
	t->next = s->trace[source].waiters;
	s->trace[source].waiters = i + 1;
}

void
sweep_end(struct sweep *s, uint32_t i)
{
	struct sweep_trace *t = &s->trace[i];
	uint8_t first = sweep_first(t);
	uint8_t last = t->end != 0 ? t->end : t->top;
	if (!t->known && !t->cut)
		sweep_learn(s, i);
	for (uint32_t h = t->probe; h != 0; h = sweep_probe_at(s, h)->next) {
		struct sweep_probe *p = sweep_probe_at(s, h);
		s->inflight -= p->waiting;
		p->waiting = false;
	}
	if (t->join != 0)
		s->plain += s->map.node[t->node].cost;
	for (uint8_t ttl = first; ttl <= last; ttl++)
		s->plain += sweep_plain(s, t, ttl);
	sweep_timer_clear(s->timer, i);
	t->ended_ns = s->now.ns;
	s->finished++;
	hand_over(s, i);
	sweep_spread(s);
	sweep_line(s, t->area);
}
