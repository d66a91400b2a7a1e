/* SPDX-License-Identifier: ISC */
#include "analysis/change/kept.h"
#include "analysis/change/reach.h"

#include "probe/base/clock.h"
#include "probe/base/mem.h"
#include "sql/batch.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

/* Verdicts that one transaction folds: more than a round has, and a fifth of a
 * second. */
enum { PIECE = 100000 };

/* A run began at most so long before its first trace that is stored. */
#define BEGUN_US (INT64_C(600) * US_PER_S)

/* Of one kind of runs (carrier or reach), what is kept of a series. */
struct half {
	const char *table;
	size_t first, n; /* its runs in the timeline */
	bool any;
	int64_t day_us; /* the last state's */
	int64_t day_no; /* run_no of the first state of that day */
	struct store_place next;
};

/* The states of a series become its runs: the last state of each. */
struct load {
	struct timeline *t;
	struct half carrier, reach;
};

#define DAMAGED                                                                \
	"; delete the rows of state_run and reach_run, tumen infer makes them"

/* The next state is one of run run_no of a day; *new: the first of that run. */
static bool
take(struct half *h, int64_t day_us, int64_t run_no, bool *new, struct fault *f)
{
	if (run_no < 0 || run_no > (int64_t)h->n)
		return fault_set(f, EX_DATAERR,
		    "%s: after run %zu of a series follows run %" PRId64
			DAMAGED,
		    h->table, h->n, run_no);
	*new = run_no == (int64_t)h->n;
	h->n += *new;
	if (!h->any || day_us != h->day_us)
		h->day_no = run_no;
	h->any = true;
	h->day_us = day_us;
	return true;
}

static bool
load_state(void *arg, const struct store_state *state, struct fault *f)
{
	struct load *l = arg;
	bool new = false;
	if (!take(&l->carrier, state->day_us, state->run_no, &new, f))
		return false;
	if (new)
		timeline_resume(l->t, &state->run);
	else
		l->t->run[l->carrier.first + (size_t)state->run_no] =
		    state->run;
	l->carrier.next = state->next;
	return true;
}

static bool
load_reach(void *arg, const struct store_reach *state, struct fault *f)
{
	struct load *l = arg;
	bool new = false;
	if (!take(&l->reach, state->day_us, state->run_no, &new, f))
		return false;
	if (new)
		timeline_resume_reach(l->t, &state->run);
	else
		l->t->reach[l->reach.first + (size_t)state->run_no] =
		    state->run;
	l->reach.next = state->next;
	return true;
}

static bool
same_place(const struct store_place *a, const struct store_place *b)
{
	return a->start_us == b->start_us &&
	       memcmp(a->trace, b->trace, UUID_LEN) == 0;
}

/* Both kinds stand at the same place, or the tables are damaged. */
static bool
load_series(struct load *l, struct store *s, const struct store_stretch *rest,
    struct fault *f)
{
	const struct half *a = &l->carrier, *b = &l->reach;
	l->carrier = (struct half){.table = "state_run", .first = l->t->n};
	l->reach = (struct half){.table = "reach_run", .first = l->t->nreach};
	if (!store_states(s, rest, load_state, l, f) ||
	    !store_reaches(s, rest, load_reach, l, f))
		return false;
	if (a->any == b->any && a->day_us == b->day_us &&
	    same_place(&a->next, &b->next))
		return true;
	return fault_set(f, EX_DATAERR,
	    "state_run ends before %" PRId64 " us in a series, reach_run "
	    "before %" PRId64 DAMAGED,
	    a->next.start_us, b->next.start_us);
}

/* The uplinks of one vantage. */
struct uplink_list {
	size_t n;
	struct store_uplink *uplink;
};

static bool
add_uplink(void *arg, const struct store_uplink *u, struct fault *f)
{
	struct uplink_list *list = arg;
	(void)f;
	list->uplink =
	    xreallocarray(list->uplink, list->n + 1, sizeof(*list->uplink));
	list->uplink[list->n++] = *u;
	return true;
}

/* Those of a stretch are the timeline's; free() them after its last verdict. */
static bool
give_uplinks(struct timeline *t, struct store *s,
    const struct store_stretch *rest, struct uplink_list *list, struct fault *f)
{
	const struct store_window window = {.vantage_id = rest->of->vantage_id,
	    .from_us = rest->from.start_us,
	    .until_us = rest->until_us};
	bool ok = store_uplinks(s, &window, add_uplink, list, f);
	timeline_uplinks(t, list->uplink, list->n);
	return ok;
}

struct reading {
	struct timeline *t;
	struct store *store;
	const struct store_filter *filter;
	int64_t until_us;
};

static bool
add(void *arg, const struct store_verdict *v, struct fault *f)
{
	(void)f;
	timeline_add(arg, v);
	return true;
}

static bool
read_series(void *arg, const struct store_series *series, struct fault *f)
{
	struct reading *r = arg;
	const struct prefix *p = r->filter->prefix;
	bool part = p != NULL && p->len > series->prefix.len;
	struct store_stretch rest = {.of = series,
	    .until_us = r->until_us,
	    .max = INT64_MAX,
	    .within = part ? p : NULL};
	struct load l = {.t = r->t};
	struct uplink_list uplinks = {0};
	size_t runs = r->t->nreach;
	if (!part && !load_series(&l, r->store, &rest, f))
		return false;
	rest.from = l.carrier.next;
	bool ok = give_uplinks(r->t, r->store, &rest, &uplinks, f) &&
		  store_series_verdicts(r->store, &rest, add, r->t, f);
	timeline_uplinks(r->t, NULL, 0);
	if (ok && r->t->nreach > runs)
		reach_blind(r->t, uplinks.uplink, uplinks.n);
	free(uplinks.uplink);
	return ok;
}

bool
kept_read(struct timeline *t, struct store *s,
    const struct store_filter *filter, struct fault *f)
{
	struct reading r = {.t = t,
	    .store = s,
	    .filter = filter,
	    .until_us = filter->until_us > 0 ? filter->until_us : INT64_MAX};
	timeline_open(t);
	return store_series(s, filter, read_series, &r, f);
}

/* The fold of one piece of a series. */
struct piece {
	struct timeline t;
	struct load kept;
	size_t read; /* verdicts */
	/* The newest round: its number, and its first verdict. */
	uint32_t round;
	struct store_place began;
	/* The day of the rounds before it, the first runs that they changed,
	 * and whether they are not among the states yet. */
	int64_t day_us;
	size_t first, first_reach;
	bool dirty;
	size_t n, nreach; /* days that are over, or all there is */
	struct store_state *state;
	struct store_reach *reach;
};

static int64_t
day_of(int64_t us)
{
	return us - us % US_PER_DAY;
}

/* The runs as they are after the rounds of a day. */
static void
end_day(struct piece *p)
{
	const struct timeline *t = &p->t;
	size_t n = p->n + t->n - p->first;
	p->state = xreallocarray(p->state, n, sizeof(*p->state));
	for (size_t i = p->first; i < t->n; i++)
		p->state[p->n++] = (struct store_state){.day_us = p->day_us,
		    .run_no = (int64_t)i,
		    .next = p->began,
		    .run = t->run[i]};
	n = p->nreach + t->nreach - p->first_reach;
	p->reach = xreallocarray(p->reach, n, sizeof(*p->reach));
	for (size_t i = p->first_reach; i < t->nreach; i++)
		p->reach[p->nreach++] =
		    (struct store_reach){.day_us = p->day_us,
			.run_no = (int64_t)i,
			.next = p->began,
			.run = t->reach[i]};
	p->dirty = false;
}

/* A round ended, before which there were so many runs. */
static void
round_ended(struct piece *p, size_t runs, size_t reaches)
{
	int64_t day_us = day_of(p->began.start_us);
	if (p->day_us != day_us) {
		p->day_us = day_us;
		p->first = runs > 0 ? runs - 1 : 0;
		p->first_reach = reaches > 0 ? reaches - 1 : 0;
	}
	p->dirty = true;
}

static bool
fold(void *arg, const struct store_verdict *v, struct fault *f)
{
	struct piece *p = arg;
	size_t runs = p->t.n, reaches = p->t.nreach;
	struct store_place began;
	(void)f;
	p->read++;
	timeline_add(&p->t, v);
	uint32_t round = timeline_round(&p->t, &began);
	if (round == p->round)
		return true;
	if (p->round != 0)
		round_ended(p, runs, reaches);
	p->round = round;
	p->began = began;
	if (p->dirty && day_of(began.start_us) != p->day_us)
		end_day(p);
	return true;
}

/* From where the states end, up to until_us, at most PIECE verdicts. */
static bool
fold_piece(struct piece *p, struct store *s, const struct store_stretch *whole,
    struct fault *f)
{
	const struct store_stretch all = {
	    .of = whole->of, .until_us = INT64_MAX};
	struct store_stretch rest = *whole;
	struct uplink_list uplinks = {0};
	if (!load_series(&p->kept, s, &all, f))
		return false;
	p->day_us = p->kept.carrier.any ? p->kept.carrier.day_us : -1;
	p->first = (size_t)p->kept.carrier.day_no;
	p->first_reach = (size_t)p->kept.reach.day_no;
	rest.from = p->kept.carrier.next;
	bool ok = give_uplinks(&p->t, s, &rest, &uplinks, f) &&
		  store_series_verdicts(s, &rest, fold, p, f);
	if (p->dirty)
		end_day(p);
	free(uplinks.uplink);
	const struct store_days days = {.n = p->n,
	    .nreach = p->nreach,
	    .state = p->state,
	    .reach = p->reach};
	return ok && store_put_days(s, whole->of, &days, f);
}

/* What may be kept of a vantage: rounds that end before until_us, none that
 * ends after awaited_us, when the oldest run began that is not over. */
struct limit {
	int64_t vantage_id, awaited_us, until_us;
};

struct renewal {
	struct store *store;
	kept_progress *progress;
	size_t done, of;
	int64_t settled_us;
	size_t nlimit;
	struct limit *limit; /* of each vantage */
};

/* Up to when the verdicts of a vantage may be folded: asked once for each. */
static const struct limit *
find_limit(struct renewal *r, int64_t vantage_id, struct fault *f)
{
	for (size_t i = 0; i < r->nlimit; i++)
		if (r->limit[i].vantage_id == vantage_id)
			return &r->limit[i];
	struct limit new = {.vantage_id = vantage_id};
	if (!store_awaited(r->store, vantage_id, &new.awaited_us, f))
		return NULL;
	if (new.awaited_us < r->settled_us)
		new.awaited_us = r->settled_us;
	new.until_us = new.awaited_us;
	if (new.awaited_us != INT64_MAX)
		new.until_us = new.awaited_us - BEGUN_US;
	if (new.until_us < r->settled_us)
		new.until_us = r->settled_us;
	r->limit = xreallocarray(r->limit, r->nlimit + 1, sizeof(*r->limit));
	r->limit[r->nlimit] = new;
	return &r->limit[r->nlimit++];
}

/* Folds one piece as one transaction. */
static bool
renew_piece(struct renewal *r, const struct store_stretch *whole, bool *more,
    struct fault *f)
{
	struct piece p = {0};
	timeline_open(&p.t);
	p.kept.t = &p.t;
	bool ok = store_begin(r->store, f) &&
		  fold_piece(&p, r->store, whole, f) &&
		  store_commit(r->store, f);
	if (!ok)
		store_rollback(r->store);
	if (ok && r->progress != NULL)
		r->progress(r->done, r->of, p.began.start_us);
	*more = p.read == PIECE;
	free(p.state);
	free(p.reach);
	timeline_close(&p.t);
	return ok;
}

static bool
renew_series(void *arg, const struct store_series *series, struct fault *f)
{
	struct renewal *r = arg;
	bool more = true;
	const struct limit *limit = find_limit(r, series->vantage_id, f);
	if (limit == NULL ||
	    !store_forget_from(r->store, series, limit->awaited_us, f))
		return false;
	const struct store_stretch whole = {
	    .of = series, .until_us = limit->until_us, .max = PIECE};
	while (more) {
		if (!renew_piece(r, &whole, &more, f))
			return false;
		if (more)
			batch_turn();
	}
	r->done++;
	return true;
}

static bool
count(void *arg, const struct store_series *series, struct fault *f)
{
	(void)series;
	(void)f;
	++*(size_t *)arg;
	return true;
}

bool
kept_renew(struct store *s, int64_t settled_us, kept_progress *progress,
    struct fault *f)
{
	const struct store_filter all = {0};
	struct renewal r = {
	    .store = s, .progress = progress, .settled_us = settled_us};
	bool ok = store_series(s, &all, count, &r.of, f) &&
		  store_series(s, &all, renew_series, &r, f);
	free(r.limit);
	return ok;
}
