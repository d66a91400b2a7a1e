/* SPDX-License-Identifier: ISC */
#include "probe/trace/sweep_plan.h"

#include "probe/trace/pace.h"
#include "probe/trace/sweep_end.h"
#include "probe/trace/sweep_learn.h"

/*
 * LOOKBACK: TTLs asked at once where no neighbour is known to lead to a router
 * that others have met. REACH: a target farther behind the last router than
 * that is found by going forward, not guessed.
 */
enum { SCOUTS = 32, LOOKBACK = 4, REACH = 3 };
#define LOOK_AGAIN_NS (200 * NS_PER_MS)

uint8_t
sweep_limit(const struct sweep *s, const struct sweep_trace *t)
{
	int last = t->last_answer > t->floor ? t->last_answer : t->floor;
	int limit = last + s->config.gap;
	if (limit > s->config.max_ttl)
		limit = s->config.max_ttl;
	return (uint8_t)(t->end != 0 && t->end < limit ? t->end : limit);
}

uint8_t
sweep_first(const struct sweep_trace *t)
{
	return t->join != 0 ? t->join : t->low;
}

uint8_t
sweep_tries(const struct sweep *s, const struct sweep_trace *t, uint8_t ttl)
{
	uint8_t n = 0;
	if ((t->tried & sweep_span(ttl, ttl)) == 0)
		return 0;
	for (uint32_t h = t->probe; h != 0; h = sweep_probe_at(s, h)->next) {
		const struct sweep_probe *p = sweep_probe_at(s, h);
		if (p->ttl == ttl && p->reply_no == 0)
			n++;
	}
	return n;
}

void
sweep_end_at(struct sweep_trace *t, uint8_t rank, uint8_t ttl)
{
	if (rank < t->rank || (rank == t->rank && ttl >= t->end))
		return;
	t->rank = rank;
	t->end = ttl;
}

static bool
untried(const struct sweep *s, const struct sweep_area *a)
{
	return a->known < s->config.verify;
}

static bool
last_unsent(const struct sweep *s, const struct sweep_trace *t, uint8_t ttl)
{
	for (uint32_t h = t->probe; h != 0; h = sweep_probe_at(s, h)->next)
		if (sweep_probe_at(s, h)->ttl == ttl)
			return sweep_probe_at(s, h)->unsent;
	return false;
}

/* Nobody has answered there in this area, and somebody was asked in vain. */
static bool
is_silent(const struct sweep_area *a, uint8_t ttl)
{
	return a->gate[ttl] == 0 && (a->silent >> (ttl - 1) & 1) != 0;
}

/*
 * A second attempt finds what was lost. It is made where an answer is likely:
 * before a later answer (but for routers that have never answered a
 * neighbour), where one has answered a neighbour, and everywhere as long as the
 * neighbours are unknown. Behind the last router of the neighbours a silent
 * address stays silent: if it is a host and the first probe to it was lost, it
 * answers at the next TTLs, and then the one before is tried again. More than
 * two attempts are made only where a router is sure to be.
 */
static bool
worth_another(const struct sweep *s, const struct sweep_trace *t, uint8_t ttl)
{
	const struct sweep_area *a = &s->map.area[t->area];
	bool router = a->gate[ttl] != 0;
	if ((t->tried & sweep_span(ttl, ttl)) == 0)
		return true;
	if (ttl < t->join)
		return false;
	if (router || (t->some_unsent && last_unsent(s, t, ttl)))
		return sweep_tries(s, t, ttl) < s->config.attempts;
	bool known_silent = ttl < t->edge && is_silent(a, ttl);
	bool likely = untried(s, a) || (ttl < t->last_answer && !known_silent);
	return likely && s->config.attempts > 1 && sweep_tries(s, t, ttl) < 2;
}

static void
want(struct sweep *s, uint32_t i, uint8_t ttl)
{
	struct sweep_trace *t = &s->trace[i];
	struct sweep_want w = {.trace = i, .ttl = ttl};
	t->asked |= sweep_span(ttl, ttl);
	t->busy |= sweep_span(ttl, ttl);
	sweep_gate_put(s->gates,
	    sweep_map_expect(&s->map, t->area, s->target[i], ttl), &w);
}

static void
try_again(struct sweep *s, uint32_t i)
{
	struct sweep_trace *t = &s->trace[i];
	uint64_t open = t->asked & ~t->busy & ~t->answered &
			sweep_span(t->low, sweep_limit(s, t));
	for (; open != 0; open &= open - 1) {
		uint8_t ttl = (uint8_t)(1 + __builtin_ctzll(open));
		if (worth_another(s, t, ttl))
			want(s, i, ttl);
	}
}

/* As long as it has met no router that others know, when all is settled. */
static void
grow_down(struct sweep *s, uint32_t i)
{
	struct sweep_trace *t = &s->trace[i];
	uint8_t limit = sweep_limit(s, t);
	uint8_t last = t->floor < limit ? t->floor : limit;
	if (t->join != 0 || t->low <= s->config.first_ttl ||
	    (t->asked & sweep_span(t->low, t->low)) == 0 ||
	    (t->busy & sweep_span(t->low, last)) != 0)
		return;
	const struct sweep_area *a = &s->map.area[t->area];
	int n = untried(s, a) ? LOOKBACK : 1;
	while (n > 0 && t->low > s->config.first_ttl) {
		want(s, i, --t->low);
		n -= !is_silent(a, t->low);
	}
}

static void
grow_up(struct sweep *s, uint32_t i)
{
	struct sweep_trace *t = &s->trace[i];
	uint8_t limit = sweep_limit(s, t);
	if (!t->wide && limit > t->goal)
		limit = t->goal;
	while (t->top < limit)
		want(s, i, ++t->top);
}

int64_t
sweep_hold_ns(const struct sweep *s, const struct sweep_trace *t)
{
	int64_t interval_ns = pace_interval_ns(s->config.target_rate);
	int64_t burst_ns = (s->config.target_burst - 1) * interval_ns;
	int64_t wait_ns = t->full_ns - burst_ns - s->now.ns;
	return wait_ns > 0 ? wait_ns : 0;
}

/* Where nothing is known of the round trips, it soon may be. */
static int64_t
overdue_ns(const struct sweep *s, const struct sweep_probe *p)
{
	return p->left_ns + sweep_rtt_wait(&s->rtt, p->ttl, s->config.wait_ns);
}

void
sweep_arm(struct sweep *s, uint32_t i, int64_t most_ns)
{
	const struct sweep_trace *t = &s->trace[i];
	int64_t at_ns = most_ns == INT64_MAX ? most_ns : s->now.ns + most_ns;
	for (uint32_t h = t->probe; h != 0; h = sweep_probe_at(s, h)->next) {
		const struct sweep_probe *p = sweep_probe_at(s, h);
		int64_t due_ns = overdue_ns(s, p);
		if (s->rtt.cover_ns[p->ttl] == 0 &&
		    due_ns > s->now.ns + LOOK_AGAIN_NS)
			due_ns = s->now.ns + LOOK_AGAIN_NS;
		if (p->waiting && due_ns < at_ns)
			at_ns = due_ns;
	}
	int64_t late_ns = t->expired_ns + s->config.linger_ns;
	if (t->phase == SWEEP_LINGERING && late_ns > s->now.ns &&
	    late_ns < at_ns)
		at_ns = late_ns;
	if (at_ns == INT64_MAX)
		sweep_timer_clear(s->timer, i);
	else
		sweep_timer_set(s->timer, i, (struct mono){at_ns});
}

/* Whether a reply may still come, or a late one that is waited for. */
static bool
lingers(const struct sweep *s, const struct sweep_trace *t)
{
	bool late = s->now.ns < t->expired_ns + s->config.linger_ns;
	for (uint32_t h = t->probe; h != 0; h = sweep_probe_at(s, h)->next) {
		const struct sweep_probe *p = sweep_probe_at(s, h);
		if (p->waiting || (p->sent && !p->answered && late))
			return true;
	}
	return false;
}

/* A timer that goes off too early does no harm. */
static void
arm_if_idle(struct sweep *s, uint32_t i)
{
	if (!sweep_timer_runs(s->timer, i))
		sweep_arm(s, i, INT64_MAX);
}

void
sweep_step(struct sweep *s, uint32_t i)
{
	struct sweep_trace *t = &s->trace[i];
	try_again(s, i);
	grow_down(s, i);
	grow_up(s, i);
	if (!t->known && sweep_shows_end(s, t))
		sweep_learn(s, i);
	uint8_t first = sweep_first(t);
	if ((t->busy & sweep_span(first, sweep_limit(s, t))) != 0) {
		t->phase = SWEEP_RUNNING;
		arm_if_idle(s, i);
		return;
	}
	t->phase = SWEEP_LINGERING;
	if (lingers(s, t))
		sweep_arm(s, i, INT64_MAX);
	else
		sweep_end(s, i);
}

static void
give_up(struct sweep *s, struct sweep_trace *t, struct sweep_probe *p)
{
	uint64_t bit = sweep_span(p->ttl, p->ttl);
	p->waiting = false;
	s->inflight--;
	t->expired_ns = s->now.ns;
	if ((t->answered & bit) != 0)
		return;
	t->busy &= ~bit;
	if (p->unsent)
		return;
	t->expired |= bit;
	if (p->ttl > t->floor)
		t->wide = true;
	if (!worth_another(s, t, p->ttl))
		s->map.area[t->area].silent |= bit;
}

void
sweep_tick(struct sweep *s, uint32_t i)
{
	struct sweep_trace *t = &s->trace[i];
	for (uint32_t h = t->probe; h != 0; h = sweep_probe_at(s, h)->next) {
		struct sweep_probe *p = sweep_probe_at(s, h);
		if (p->waiting && s->now.ns >= overdue_ns(s, p))
			give_up(s, t, p);
	}
	sweep_step(s, i);
}

bool
sweep_may_begin(const struct sweep *s, const struct sweep_area *a)
{
	if (s->stopped || a->begun == a->count)
		return false;
	if (a->begun < s->config.verify)
		return s->spread || s->started < SCOUTS;
	return s->spread && !untried(s, a);
}

void
sweep_line(struct sweep *s, uint32_t area)
{
	struct sweep_area *a = &s->map.area[area];
	if (a->lined || !sweep_may_begin(s, a))
		return;
	a->lined = true;
	a->next = 0;
	if (s->line_head == 0)
		s->line_head = area + 1;
	else
		s->map.area[s->line_tail - 1].next = area + 1;
	s->line_tail = area + 1;
}

/* Complete, as a trace by itself would be. */
static void
begin_scout(struct sweep *s, struct sweep_trace *t)
{
	t->low = s->config.first_ttl;
	t->floor = t->top = (uint8_t)(t->low - 1);
	t->wide = true;
}

static void
begin_near(struct sweep *s, struct sweep_trace *t, uint8_t edge)
{
	const struct sweep_area *a = &s->map.area[t->area];
	uint8_t reach = a->reach.ttl;
	uint8_t low = sweep_map_low(&s->map, a->router);
	t->floor = edge;
	t->goal = (uint8_t)(edge + 1);
	if (a->reach.weight > 0 && reach > edge && reach <= edge + REACH)
		t->goal = reach;
	t->low = low >= s->config.first_ttl && low < edge ? low : edge;
	for (int n = 1; n < LOOKBACK && untried(s, a); n++)
		if (t->low > s->config.first_ttl)
			t->low--;
	t->top = (uint8_t)(t->low - 1);
}

void
sweep_begin(struct sweep *s, uint32_t area)
{
	struct sweep_area *a = &s->map.area[area];
	uint32_t i = a->first + sweep_map_draw(a);
	struct sweep_trace *t = &s->trace[i];
	uint8_t edge = sweep_map_edge(&s->map, area, s->target[i]);
	a->begun++;
	t->area = area;
	t->number = (uint32_t)s->started++;
	t->phase = SWEEP_RUNNING;
	t->started_ns = s->now.ns;
	if (s->spread && edge >= s->config.first_ttl)
		begin_near(s, t, edge);
	else
		begin_scout(s, t);
	sweep_step(s, i);
}
