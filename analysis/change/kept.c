/* SPDX-License-Identifier: ISC */
#include "analysis/change/kept.h"

#include "probe/base/clock.h"
#include "probe/base/mem.h"
#include "sql/batch.h"

#include <inttypes.h>
#include <stdlib.h>
#include <sysexits.h>

/* Verdicts that one transaction folds: more than a round has, and a fifth of a
 * second. */
enum { PIECE = 100000 };

/* The states of a series become its runs: the last state of each. */
struct load {
	struct timeline *t;
	size_t first, n; /* its runs */
	bool any;
	int64_t day_us; /* the last state's */
	int64_t day_no; /* run_no of the first state of that day */
	struct store_place next;
};

static bool
load_state(void *arg, const struct store_state *state, struct fault *f)
{
	struct load *l = arg;
	if (state->run_no < 0 || state->run_no > (int64_t)l->n)
		return fault_set(f, EX_DATAERR,
		    "state_run: after run %zu of %s follows run %" PRId64
		    "; delete the rows of state_run, tumen infer makes them",
		    l->n, state->run.vantage, state->run_no);
	if (state->run_no == (int64_t)l->n) {
		timeline_resume(l->t, &state->run);
		l->n++;
	} else {
		l->t->run[l->first + (size_t)state->run_no] = state->run;
	}
	if (!l->any || state->day_us != l->day_us)
		l->day_no = state->run_no;
	l->any = true;
	l->day_us = state->day_us;
	l->next = state->next;
	return true;
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
	timeline_end(r->t);
	l.first = r->t->n;
	if (!part && !store_states(r->store, &rest, load_state, &l, f))
		return false;
	rest.from = l.next;
	return store_series_verdicts(r->store, &rest, add, r->t, f);
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
	bool ok = store_series(s, filter, read_series, &r, f);
	timeline_end(t);
	return ok;
}

/* The fold of one piece of a series. */
struct piece {
	struct timeline t;
	struct load kept;
	size_t read; /* verdicts */
	/* The newest round: its number, and its first verdict. */
	uint32_t round;
	struct store_place began;
	/* The day of the rounds before it, the first run that they changed,
	 * and whether they are not among the states yet. */
	int64_t day_us;
	size_t first;
	bool dirty;
	size_t n;
	struct store_state *state; /* days that are over, or all there is */
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
	size_t n = p->t.n - p->first;
	p->state = xreallocarray(p->state, p->n + n, sizeof(*p->state));
	for (size_t i = 0; i < n; i++)
		p->state[p->n++] = (struct store_state){.day_us = p->day_us,
		    .run_no = (int64_t)(p->first + i),
		    .next = p->began,
		    .run = p->t.run[p->first + i]};
	p->dirty = false;
}

/* A round ended, before which there were so many runs. */
static void
round_ended(struct piece *p, size_t runs)
{
	int64_t day_us = day_of(p->began.start_us);
	if (p->day_us != day_us) {
		p->day_us = day_us;
		p->first = runs > 0 ? runs - 1 : 0;
	}
	p->dirty = true;
}

static bool
fold(void *arg, const struct store_verdict *v, struct fault *f)
{
	struct piece *p = arg;
	size_t runs = p->t.n;
	struct store_place began;
	(void)f;
	p->read++;
	timeline_add(&p->t, v);
	uint32_t round = timeline_round(&p->t, &began);
	if (round == p->round)
		return true;
	if (p->round != 0)
		round_ended(p, runs);
	p->round = round;
	p->began = began;
	if (p->dirty && day_of(began.start_us) != p->day_us)
		end_day(p);
	return true;
}

static bool
fold_piece(struct piece *p, struct store *s, const struct store_series *series,
    struct fault *f)
{
	struct load *kept = &p->kept;
	struct store_stretch rest = {
	    .of = series, .until_us = INT64_MAX, .max = PIECE};
	if (!store_states(s, &rest, load_state, kept, f))
		return false;
	p->day_us = kept->any ? kept->day_us : -1;
	p->first = (size_t)kept->day_no;
	rest.from = kept->next;
	if (!store_series_verdicts(s, &rest, fold, p, f))
		return false;
	if (p->dirty)
		end_day(p);
	return store_put_states(s, series, p->state, p->n, f);
}

struct renewal {
	struct store *store;
	kept_progress *progress;
	size_t done, of;
};

/* Folds one piece as one transaction. */
static bool
renew_piece(struct renewal *r, const struct store_series *series, bool *more,
    struct fault *f)
{
	struct piece p = {0};
	timeline_open(&p.t);
	p.kept.t = &p.t;
	bool ok = store_begin(r->store, f) &&
		  fold_piece(&p, r->store, series, f) &&
		  store_commit(r->store, f);
	if (!ok)
		store_rollback(r->store);
	if (ok && r->progress != NULL)
		r->progress(r->done, r->of, p.began.start_us);
	*more = p.read == PIECE;
	free(p.state);
	timeline_close(&p.t);
	return ok;
}

static bool
renew_series(void *arg, const struct store_series *series, struct fault *f)
{
	struct renewal *r = arg;
	bool more = true;
	while (more) {
		if (!renew_piece(r, series, &more, f))
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
kept_renew(struct store *s, kept_progress *progress, struct fault *f)
{
	const struct store_filter all = {0};
	struct renewal r = {.store = s, .progress = progress};
	return store_series(s, &all, count, &r.of, f) &&
	       store_series(s, &all, renew_series, &r, f);
}
