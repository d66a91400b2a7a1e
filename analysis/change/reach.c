/* SPDX-License-Identifier: ISC */
#include "analysis/change/reach.h"

#include "probe/base/mem.h"

#include <stdio.h>
#include <string.h>

void
reach_begin(struct reach_round *r, const struct reach_run *last)
{
	*r = (struct reach_round){0};
	if (last == NULL)
		return;
	r->witness = last->witness;
	r->witness_method = last->witness_method;
}

void
reach_add(struct reach_round *r, const struct store_verdict *v)
{
	bool up = strcmp(v->reach, "up") == 0;
	bool witness =
	    v->target == r->witness && v->method == r->witness_method;
	r->probed = r->probed || witness;
	r->answered = r->answered || (witness && up);
	r->refused = r->refused || strcmp(v->reach, "down") == 0;
	if (up && r->first_method == 0) {
		r->first = v->target;
		r->first_method = v->method;
	}
}

bool
reach_refused(const struct reach_round *r)
{
	return r->refused && r->first_method == 0;
}

/* NULL: it says nothing. */
static const char *
said(const struct reach_round *r, const char *uplink)
{
	if (r->first_method != 0)
		return "up";
	if (!r->refused && !r->probed)
		return NULL;
	return strcmp(uplink, "up") == 0 ? "down" : "unknown";
}

static bool
same_series(
    const struct reach_run *a, const char *vantage, const struct prefix *prefix)
{
	return strcmp(a->vantage, vantage) == 0 &&
	       a->prefix.addr == prefix->addr && a->prefix.len == prefix->len;
}

struct reach_run *
reach_newest(struct timeline *t, const struct run *round)
{
	struct reach_run *last =
	    t->nreach > 0 ? &t->reach[t->nreach - 1] : NULL;
	if (last == NULL || !same_series(last, round->vantage, &round->prefix))
		return NULL;
	return last;
}

const struct reach_run *
timeline_reach_before(const struct timeline *t, size_t i)
{
	const struct reach_run *new = &t->reach[i];
	while (i-- > 0) {
		const struct reach_run *old = &t->reach[i];
		if (!same_series(old, new->vantage, &new->prefix))
			return NULL;
		if (strcmp(old->reach, "unknown") != 0)
			return old;
	}
	return NULL;
}

void
reach_append(struct timeline *t, const struct reach_run *run)
{
	t->reach = xreallocarray(t->reach, t->nreach + 1, sizeof(*t->reach));
	t->reach[t->nreach++] = *run;
}

/* A run of this round alone. */
static struct reach_run
run_of(const struct reach_round *r, const struct reach_seen *seen)
{
	const struct run *round = seen->round;
	const char *reach = said(r, seen->uplink);
	struct reach_run run = {.prefix = round->prefix,
	    .since_us = round->since_us,
	    .decided_us = round->decided_us,
	    .last_us = round->since_us,
	    .seen_us = round->since_us};
	memcpy(run.vantage, round->vantage, sizeof(run.vantage));
	memcpy(run.first_trace, round->first_trace, UUID_LEN);
	memcpy(run.last_trace, round->last_trace, UUID_LEN);
	snprintf(run.reach, sizeof(run.reach), "%s",
	    reach == NULL ? "unknown" : reach);
	snprintf(run.uplink, sizeof(run.uplink), "%s", seen->uplink);
	bool silent = r->first_method == 0 && !r->refused;
	if (silent && seen->ended_us > run.decided_us)
		run.decided_us = seen->ended_us;
	return run;
}

/* What answered: the witness while it does, else the first that did. */
static void
take_witness(struct reach_run *run, const struct reach_round *r, int64_t at_us)
{
	bool old = run->witness_us < at_us - REACH_WITNESS_US;
	if (r->first_method == 0)
		return;
	if (r->answered) {
		run->witness_us = at_us;
	} else if (run->witness_method == 0 || r->probed || old) {
		run->witness = r->first;
		run->witness_method = r->first_method;
		run->witness_us = at_us;
	}
}

static void
forget_pending(struct reach_run *run)
{
	memset(&run->pending, 0, sizeof(run->pending));
}

static void
extend(struct reach_run *run, const struct reach_run *now)
{
	forget_pending(run);
	run->last_us = now->last_us;
	memcpy(run->last_trace, now->last_trace, UUID_LEN);
}

/* It is a run, for the first time or again; the witness outlives it. */
static void
confirm(struct timeline *t, struct reach_run *last, struct reach_run now)
{
	now.since_us = last->pending.since_us;
	now.decided_us = last->pending.decided_us;
	memcpy(now.first_trace, last->pending.first_trace, UUID_LEN);
	now.witness = last->witness;
	now.witness_method = last->witness_method;
	now.witness_us = last->witness_us;
	forget_pending(last);
	reach_append(t, &now);
}

static void
pend(struct reach_run *last, const struct reach_run *now)
{
	memcpy(last->pending.reach, now->reach, sizeof(now->reach));
	last->pending.since_us = now->since_us;
	last->pending.decided_us = now->decided_us;
	memcpy(last->pending.first_trace, now->first_trace, UUID_LEN);
}

/* Nothing is known yet: the first run of its series, and "unknown". */
static bool
nothing_known(const struct timeline *t, const struct reach_run *last)
{
	size_t i = (size_t)(last - t->reach);
	return strcmp(last->reach, "unknown") == 0 &&
	       (i == 0 || !same_series(
			      &t->reach[i - 1], last->vantage, &last->prefix));
}

static void
begin_with(struct reach_run *last, const struct reach_run *now)
{
	uint32_t witness = last->witness;
	enum record_method method = last->witness_method;
	int64_t witness_us = last->witness_us;
	*last = *now;
	last->witness = witness;
	last->witness_method = method;
	last->witness_us = witness_us;
}

void
reach_fold(struct timeline *t, const struct reach_round *r,
    const struct reach_seen *seen)
{
	struct reach_run now = run_of(r, seen);
	struct reach_run *last = reach_newest(t, seen->round);
	if (last == NULL) {
		take_witness(&now, r, now.since_us);
		reach_append(t, &now);
		return;
	}
	last->seen_us = now.seen_us;
	memcpy(last->uplink, now.uplink, sizeof(last->uplink));
	take_witness(last, r, now.since_us);
	bool first = nothing_known(t, last);
	if (said(r, seen->uplink) == NULL && !first)
		return;
	if (strcmp(last->reach, now.reach) == 0)
		extend(last, &now);
	else if (first)
		begin_with(last, &now);
	else if (strcmp(last->pending.reach, now.reach) == 0)
		confirm(t, last, now);
	else
		pend(last, &now);
}

void
reach_blind(struct timeline *t, const struct store_uplink *uplink, size_t n)
{
	struct reach_run *last =
	    t->nreach > 0 ? &t->reach[t->nreach - 1] : NULL;
	size_t first = n;
	while (last != NULL && first > 0 && uplink[first - 1].known &&
	       !uplink[first - 1].up &&
	       uplink[first - 1].began_us > last->seen_us)
		first--;
	if (n - first < 2)
		return;
	struct reach_run now = *last;
	now.since_us = uplink[first].began_us;
	now.decided_us = uplink[first].ended_us;
	now.last_us = uplink[n - 1].began_us;
	memcpy(now.first_trace, last->last_trace, UUID_LEN);
	snprintf(now.reach, sizeof(now.reach), "unknown");
	snprintf(now.uplink, sizeof(now.uplink), "down");
	forget_pending(&now);
	reach_append(t, &now);
}
