/* SPDX-License-Identifier: ISC */
#include "probe/base/clock.h"
#include "probe/base/record_reply.h"
#include "probe/campaign/learn_state.h"

/* A campaign that is heard of no more says nothing of who is silent today. */
#define GONE_US (31 * US_PER_DAY)

/* --- what a trace says --------------------------------------------------- */

/* Of unreachables, a host itself sends these (RFC 1122, section 3.2.2.1). */
enum { ICMP_C_PROTOCOL = 2 };

static bool
says_unreachable(const struct record_probe *p)
{
	return p->icmp_type == ICMP_T_UNREACHABLE &&
	       p->icmp_code != ICMP_C_PROTOCOL && p->icmp_code != ICMP_C_PORT;
}

/*
 * A box on the way may answer in the name of the target, nearer than it and on
 * every port (seen in 2014: one address with 32,537 open ones). Nothing in a
 * single reply tells, so what is learnt here is where the program looks, never
 * what is true of the host: the distances are in the record.
 */
static bool
from_target(const struct record *r, const struct record_probe *p)
{
	return p->answered && p->addr == r->target && !says_unreachable(p);
}

static bool
is_answered(const struct record *r)
{
	for (size_t i = 0; i < r->nprobes; i++)
		if (from_target(r, &r->probes[i]))
			return true;
	return false;
}

/*
 * Whether the target sent a segment with all these flags. It must name our
 * SYN: without a proof it may belong to another connection.
 */
static bool
has_segment(const struct record *r, int flags)
{
	for (size_t i = 0; i < r->nprobes; i++) {
		const struct record_probe *p = &r->probes[i];
		if (from_target(r, p) && p->proof != PROOF_NONE &&
		    p->tcp_flags >= 0 && (p->tcp_flags & flags) == flags)
			return true;
	}
	return false;
}

static bool
is_builtin(uint32_t addr)
{
	size_t n;
	const struct target *list = targets_builtin(&n);
	for (size_t i = 0; i < n; i++)
		if (list[i].addr == addr)
			return true;
	return false;
}

/* What does not fit there says nothing. */
static bool
is_lesson(const struct record *r, bool answered)
{
	return !r->control && r->method >= METHOD_UDP &&
	       r->method <= METHOD_TCP && r->start_us >= 0 &&
	       r->start_us <= LEARN_TIME_MAX &&
	       (answered || r->stop != STOP_ERROR);
}

/* --- learning ------------------------------------------------------------ */

/* Traces of a run end in any order; a pause is longer, ahead or back. */
static size_t
note_campaign(struct learn *l, const struct config_campaign *c, int64_t at_us)
{
	size_t at = learn_add_campaign(l, c->name);
	struct learn_campaign *e = &l->campaigns[at];
	int64_t pause_us = learn_pause_us(c->interval_s);
	bool new = e->last_us < 0;
	if (new || at_us - e->last_us > pause_us ||
	    e->last_us - at_us > pause_us)
		e->last_us = e->awake_us = at_us;
	if (at_us > e->last_us)
		e->last_us = at_us;
	e->interval_s = c->interval_s;
	e->running = true;
	return at;
}

static void
note_service(struct learn_target *t, const struct record *r)
{
	if (r->method != METHOD_TCP || r->port < 1 || r->port > UINT16_MAX)
		return;
	struct learn_service *p = learn_add_service(t, (uint16_t)r->port);
	p->tried_us = r->start_us;
	if (has_segment(r, TCP_RST))
		p->closed_us = r->start_us;
	if (has_segment(r, TCP_SYN | TCP_ACK)) {
		p->open_us = r->start_us;
		p->failed_us = -1;
	} else if (p->failed_us < 0 || p->failed_us > r->start_us) {
		p->failed_us = r->start_us;
	}
}

static void
note_target(struct learn_target *t, const struct record *r, bool answered)
{
	int method = (int)r->method - METHOD_UDP;
	if (t->known_us < 0 || t->known_us > r->start_us)
		t->known_us = r->start_us;
	t->tried_us[method] = r->start_us;
	if (answered)
		t->answered_us[method] = r->start_us;
	note_service(t, r);
}

static void
note_past(struct learn_target *t, size_t campaign, bool answered)
{
	struct learn_past *p = learn_add_past(t, campaign);
	p->traced = true;
	p->reached |= answered;
	if (answered)
		p->silent = p->missed = 0;
}

void
learn_trace(
    struct learn *l, const struct config_campaign *c, const struct record *r)
{
	bool answered = is_answered(r);
	if (!is_lesson(r, answered))
		return;
	l->changed = true;
	size_t campaign = note_campaign(l, c, r->start_us);
	struct learn_campaign *e = &l->campaigns[campaign];
	e->now_answer += c->sweep && answered;
	e->now_silent += c->sweep && !answered;
	bool keep = !c->sweep || answered || is_builtin(r->target);
	struct learn_target *t =
	    keep ? learn_add(l, r->target, c->sweep) : learn_find(l, r->target);
	if (t == NULL)
		return;
	note_target(t, r, answered);
	if (!c->sweep)
		note_past(t, campaign, answered);
}

/* Where the targets of the prefix of the one at i end. */
static size_t
prefix_end(const struct learn *l, size_t i)
{
	const struct prefix prefix = targets_prefix(l->targets[i]->addr);
	while (i < l->n && prefix_contains(&prefix, l->targets[i]->addr))
		i++;
	return i;
}

static void
settle(struct learn_past *p, bool alive)
{
	p->current = p->traced;
	if (!p->traced)
		return;
	p->last = p->reached ? LAST_ANSWERED : LAST_SILENT;
	if (!p->reached && p->missed < LEARN_SILENT)
		p->missed++;
	if (!p->reached && alive && p->silent < LEARN_SILENT)
		p->silent++;
	p->traced = p->reached = false;
}

static void
prefix_over(struct learn *l, size_t campaign, size_t from, size_t to)
{
	bool alive = false;
	for (size_t i = from; i < to; i++) {
		struct learn_past *p = learn_find_past(l->targets[i], campaign);
		alive |= p != NULL && p->reached;
	}
	for (size_t i = from; i < to; i++) {
		struct learn_past *p = learn_find_past(l->targets[i], campaign);
		if (p != NULL)
			settle(p, alive);
	}
}

void
learn_run_over(struct learn *l, const struct config_campaign *c)
{
	size_t campaign = learn_find_campaign(l, c->name);
	if (campaign == LEARN_CAMPAIGNS_MAX || !l->campaigns[campaign].running)
		return;
	struct learn_campaign *e = &l->campaigns[campaign];
	for (size_t i = 0, end; i < l->n; i = end) {
		end = prefix_end(l, i);
		prefix_over(l, campaign, i, end);
	}
	e->answer = e->now_answer;
	e->silent = e->now_silent;
	e->now_answer = e->now_silent = 0;
	e->running = false;
	l->changed = true;
}

/* --- who is silent ------------------------------------------------------- */

static int64_t
newest_us(const struct learn *l)
{
	int64_t newest_us = -1;
	for (size_t i = 0; i < l->ncampaigns; i++)
		if (l->campaigns[i].last_us > newest_us)
			newest_us = l->campaigns[i].last_us;
	return newest_us;
}

static bool
is_gone(const struct learn *l, size_t campaign)
{
	const struct learn_campaign *e = &l->campaigns[campaign];
	int64_t long_us =
	    GONE_US + LEARN_SILENT * learn_pause_us(e->interval_s);
	return newest_us(l) - e->last_us > long_us;
}

/* In the eyes of this campaign, with no word from another one. */
static bool
is_silent(const struct learn *l, const struct learn_target *t, size_t campaign)
{
	const struct learn_past *own = learn_find_past(t, campaign);
	if (own == NULL || own->silent < LEARN_SILENT)
		return false;
	for (size_t i = 0; i < t->npasts; i++)
		if (t->pasts[i].missed < LEARN_SILENT &&
		    !is_gone(l, t->pasts[i].campaign))
			return false;
	return true;
}

/* Whether a target of the prefix answered in the campaign's last run. */
static bool
is_alive(const struct learn *l, const struct prefix *prefix, size_t campaign)
{
	for (size_t i = learn_lower(l, prefix->addr);
	     i < l->n && prefix_contains(prefix, l->targets[i]->addr); i++) {
		const struct learn_past *p =
		    learn_find_past(l->targets[i], campaign);
		if (p != NULL && p->current && p->last == LAST_ANSWERED)
			return true;
	}
	return false;
}

/* Neighbours have their slots one after the other. */
static bool
has_turn(uint32_t target, int64_t slot, int64_t quiet)
{
	uint64_t n = (uint64_t)slot + target % (uint64_t)quiet;
	return n % (uint64_t)quiet == 0;
}

bool
learn_quiet(const struct learn *l, const struct config_campaign *c,
    uint32_t target, int64_t slot)
{
	size_t campaign = learn_find_campaign(l, c->name);
	const struct learn_target *t = learn_find(l, target);
	if (t == NULL || campaign == LEARN_CAMPAIGNS_MAX || c->sweep ||
	    c->quiet <= 1)
		return false;
	const struct prefix prefix = targets_prefix(target);
	return is_silent(l, t, campaign) && is_alive(l, &prefix, campaign) &&
	       !has_turn(target, slot, c->quiet);
}

void
learn_count(const struct learn *l, const struct config_campaign *c,
    size_t *answer, size_t *silent)
{
	size_t campaign = learn_find_campaign(l, c->name);
	*answer = *silent = 0;
	if (campaign == LEARN_CAMPAIGNS_MAX)
		return;
	if (c->sweep) {
		*answer = (size_t)l->campaigns[campaign].answer;
		*silent = (size_t)l->campaigns[campaign].silent;
		return;
	}
	for (size_t i = 0; i < c->targets.n; i++) {
		const struct learn_target *t =
		    learn_find(l, c->targets.addr[i]);
		const struct learn_past *p =
		    t == NULL ? NULL : learn_find_past(t, campaign);
		*answer += p != NULL && p->last == LAST_ANSWERED;
		*silent += p != NULL && p->last == LAST_SILENT;
	}
}
