/* SPDX-License-Identifier: ISC */
#include "analysis/change/reach.h"
#include "analysis/change/uplinks.h"

#include "probe/base/log.h"
#include "probe/base/mem.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	ROUND_MAX = 4096, /* a sweep of 1,024 addresses by 4 flows */
	SLOTS = 2 * ROUND_MAX,
	VOTES_MAX = 64, /* different answers of one round; more do not count */
};

/* A (target, method, flow) that was probed in a round, by its hash. */
struct probed {
	uint32_t round; /* 0: none, as one of an earlier round */
	uint32_t target, flow;
	enum record_method method;
};

/* A (target, method), and when it was probed last. */
struct asked {
	uint32_t round; /* as above */
	uint32_t target;
	enum record_method method;
	int64_t last_us;
};

/* The votes of a round for one answer. */
struct vote {
	char carrier[RUN_CARRIER_MAX + 1];
	int64_t entry_as;
	double weight, p;
};

struct fold {
	struct run round; /* of the round that is being read */
	struct reach_round reach;
	struct uplinks uplinks;
	bool open;
	int64_t ended_us;  /* its last trace began */
	uint32_t round_no; /* 1, 2, ... */
	size_t nprobed, nvotes;
	struct probed probed[SLOTS];
	struct asked asked[SLOTS];
	struct vote vote[VOTES_MAX];
};

void
timeline_open(struct timeline *t)
{
	*t = (struct timeline){.fold = xcalloc(1, sizeof(*t->fold))};
}

void
timeline_close(struct timeline *t)
{
	free(t->run);
	free(t->reach);
	if (t->fold != NULL)
		uplinks_close(&t->fold->uplinks);
	free(t->fold);
	*t = (struct timeline){0};
}

static bool
same_series(const struct run *r, const char *vantage, const struct prefix *p)
{
	return strcmp(r->vantage, vantage) == 0 && r->prefix.addr == p->addr &&
	       r->prefix.len == p->len;
}

const struct run *
timeline_before(const struct timeline *t, size_t i)
{
	if (i == 0)
		return NULL;
	const struct run *old = &t->run[i - 1], *new = &t->run[i];
	return same_series(old, new->vantage, &new->prefix) ? old : NULL;
}

/*
 * The answer with most weight becomes the round's; silence votes for none, and
 * neither does a router without a route when the vantage has none either.
 */
static void
count_votes(struct fold *f, bool uplink)
{
	const struct vote *best = NULL;
	for (size_t i = 0; i < f->nvotes; i++)
		if (best == NULL || f->vote[i].weight > best->weight)
			best = &f->vote[i];
	bool refused = reach_refused(&f->reach);
	if (best != NULL && !refused) {
		memcpy(
		    f->round.carrier, best->carrier, sizeof(f->round.carrier));
		f->round.entry_as = best->entry_as;
		f->round.p = best->p;
		return;
	}
	snprintf(f->round.carrier, sizeof(f->round.carrier), "%s",
	    refused && uplink ? "none" : "unknown");
	f->round.entry_as = -1;
	f->round.p = NAN;
}

static bool
same_state(const struct run *a, const struct run *b)
{
	return strcmp(a->carrier, b->carrier) == 0 &&
	       a->entry_as == b->entry_as;
}

static void
extend(struct run *run, const struct run *round)
{
	run->last_us = round->last_us;
	run->seen_us = round->seen_us;
	run->p = round->p;
	memcpy(run->last_trace, round->last_trace, UUID_LEN);
}

static void
append(struct timeline *t, const struct run *run)
{
	t->run = xreallocarray(t->run, t->n + 1, sizeof(*t->run));
	t->run[t->n++] = *run;
}

static void
forget_pending(struct run *run)
{
	memset(&run->pending, 0, sizeof(run->pending));
}

/* What one round saw becomes a run, because the next saw it too. */
static void
confirm(struct timeline *t, struct run *last)
{
	struct run run = t->fold->round;
	run.since_us = last->pending.since_us;
	run.decided_us = last->pending.decided_us;
	memcpy(run.first_trace, last->pending.first_trace, UUID_LEN);
	forget_pending(last);
	append(t, &run);
}

/* A round whose state is not the last run's: pending, or the second of two. */
static void
other_state(struct timeline *t, struct run *last)
{
	const struct run *round = &t->fold->round;
	if (strcmp(last->pending.carrier, round->carrier) == 0 &&
	    last->pending.entry_as == round->entry_as) {
		confirm(t, last);
		return;
	}
	memcpy(last->pending.carrier, round->carrier, sizeof(round->carrier));
	last->pending.entry_as = round->entry_as;
	last->pending.since_us = round->since_us;
	last->pending.decided_us = round->decided_us;
	memcpy(last->pending.first_trace, round->first_trace, UUID_LEN);
}

/* The round against the runs of its series. */
static void
fold_carrier(struct timeline *t)
{
	const struct run *round = &t->fold->round;
	struct run *last = t->n > 0 ? &t->run[t->n - 1] : NULL;
	if (last == NULL ||
	    !same_series(last, round->vantage, &round->prefix)) {
		append(t, round);
		return;
	}
	last->seen_us = round->seen_us;
	if (same_state(last, round)) {
		forget_pending(last);
		extend(last, round);
	} else if (strcmp(round->carrier, "unknown") == 0) {
		return;
	} else if (strcmp(last->carrier, "unknown") == 0) {
		*last = *round;
	} else {
		other_state(t, last);
	}
}

static void
close_round(struct timeline *t)
{
	struct fold *f = t->fold;
	if (!f->open)
		return;
	f->open = false;
	struct reach_seen seen = {.round = &f->round};
	seen.uplink = uplinks_between(
	    &f->uplinks, f->round.since_us, f->ended_us, &seen.ended_us);
	reach_fold(t, &f->reach, &seen);
	count_votes(f, strcmp(seen.uplink, "up") == 0);
	fold_carrier(t);
	memcpy(t->run[t->n - 1].reach, t->reach[t->nreach - 1].reach,
	    sizeof(t->run->reach));
}

/* The slot of what v probed; its round says whether this one had it. */
static struct probed *
slot_of(struct fold *f, const struct store_verdict *v)
{
	uint32_t h = v->target * 2654435761u ^ v->flow * 2246822519u ^
		     (uint32_t)v->method * 3266489917u;
	struct probed *p = NULL;
	for (h ^= h >> 15;; h++) {
		p = &f->probed[h % SLOTS];
		if (p->round != f->round_no ||
		    (p->target == v->target && p->flow == v->flow &&
			p->method == v->method))
			return p;
	}
}

static struct asked *
asked_of(struct fold *f, const struct store_verdict *v)
{
	uint32_t h =
	    v->target * 2654435761u ^ (uint32_t)v->method * 3266489917u;
	struct asked *a = NULL;
	for (h ^= h >> 15;; h++) {
		a = &f->asked[h % SLOTS];
		if (a->round != f->round_no ||
		    (a->target == v->target && a->method == v->method))
			return a;
	}
}

/* The same once more, by the flow or, of another tool, by the time. */
static bool
repeats(struct fold *f, const struct store_verdict *v)
{
	const struct asked *a = asked_of(f, v);
	return f->nprobed == ROUND_MAX || slot_of(f, v)->round == f->round_no ||
	       (v->imported && a->round == f->round_no &&
		   v->start_us - a->last_us >= TIMELINE_AGAIN_US);
}

static void
note_probed(struct fold *f, const struct store_verdict *v)
{
	f->nprobed++;
	*slot_of(f, v) = (struct probed){.round = f->round_no,
	    .target = v->target,
	    .flow = v->flow,
	    .method = v->method};
	*asked_of(f, v) = (struct asked){.round = f->round_no,
	    .target = v->target,
	    .method = v->method,
	    .last_us = v->start_us};
}

static void
open_round(struct timeline *t, const struct store_verdict *v)
{
	struct fold *f = t->fold;
	f->open = true;
	f->round_no++;
	f->nprobed = f->nvotes = 0;
	f->round = (struct run){.prefix = v->prefix,
	    .since_us = v->start_us,
	    .last_us = v->start_us,
	    .seen_us = v->start_us};
	snprintf(f->round.vantage, sizeof(f->round.vantage), "%s", v->vantage);
	memcpy(f->round.first_trace, v->trace, UUID_LEN);
	reach_begin(&f->reach, reach_newest(t, &f->round));
}

static void
add_vote(struct fold *f, const struct store_verdict *v)
{
	double weight = isnan(v->p) ? 0 : v->p + (v->reached ? 1 : 0);
	if (strcmp(v->carrier, "unknown") == 0)
		return;
	for (size_t i = 0; i < f->nvotes; i++) {
		struct vote *old = &f->vote[i];
		if (strcmp(old->carrier, v->carrier) != 0 ||
		    old->entry_as != v->entry_as)
			continue;
		old->weight += weight;
		old->p = fmax(old->p, v->p);
		return;
	}
	if (f->nvotes == VOTES_MAX)
		return;
	struct vote *vote = &f->vote[f->nvotes++];
	snprintf(vote->carrier, sizeof(vote->carrier), "%s", v->carrier);
	log_sanitize(vote->carrier);
	vote->entry_as = v->entry_as;
	vote->weight = weight;
	vote->p = v->p;
}

void
timeline_add(struct timeline *t, const struct store_verdict *v)
{
	struct fold *f = t->fold;
	if (f->open &&
	    (!same_series(&f->round, v->vantage, &v->prefix) || repeats(f, v)))
		close_round(t);
	if (!f->open)
		open_round(t, v);
	note_probed(f, v);
	reach_add(&f->reach, v);
	add_vote(f, v);
	if (v->decided_us > f->round.decided_us)
		f->round.decided_us = v->decided_us;
	f->ended_us = v->start_us;
	memcpy(f->round.last_trace, v->trace, UUID_LEN);
}

void
timeline_uplinks(
    struct timeline *t, const struct store_uplink *uplink, size_t n)
{
	close_round(t);
	uplinks_close(&t->fold->uplinks);
	uplinks_open(&t->fold->uplinks, uplink, n);
}

void
timeline_end(struct timeline *t)
{
	close_round(t);
}

void
timeline_resume(struct timeline *t, const struct run *run)
{
	close_round(t);
	append(t, run);
}

void
timeline_resume_reach(struct timeline *t, const struct reach_run *run)
{
	close_round(t);
	reach_append(t, run);
}

uint32_t
timeline_round(const struct timeline *t, struct store_place *began)
{
	const struct fold *f = t->fold;
	began->start_us = f->round.since_us;
	memcpy(began->trace, f->round.first_trace, UUID_LEN);
	return f->open ? f->round_no : 0;
}
