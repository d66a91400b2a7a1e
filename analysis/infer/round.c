/* SPDX-License-Identifier: ISC */
#include "analysis/infer/round.h"

#include "analysis/infer/scenes.h"
#include "analysis/infer/votes.h"
#include "probe/base/mem.h"

#include <stdlib.h>

struct round {
	struct basis basis;
	round_each *each;
	void *arg;
	size_t n;
	struct record *record; /* ROUND_MAX */
	struct scenes *scenes; /* of the first records, all where they fit */
};

struct round *
round_new(const struct basis *basis, round_each *each, void *arg)
{
	struct round *round = xcalloc(1, sizeof(*round));
	*round = (struct round){.basis = *basis,
	    .each = each,
	    .arg = arg,
	    .record = xcalloc(ROUND_MAX, sizeof(*round->record)),
	    .scenes = scenes_new()};
	return round;
}

/*
 * Votes change who is sure, and so the votes: one more time takes most of what
 * a single router that misleads one vantage did to the others.
 */
enum { BALLOTS = 2 };

/* A trace before any votes: what was kept is what would be made anew. */
static void
look(const struct round *round, size_t i, struct scene *s)
{
	if (!scenes_get(round->scenes, i, s))
		scene_make(s, &round->record[i], &round->basis);
}

static void
keep_scenes(struct round *round)
{
	struct scene s;
	bool room = true;
	scenes_clear(round->scenes);
	for (size_t i = 0; room && i < round->n; i++) {
		scene_make(&s, &round->record[i], &round->basis);
		room = scenes_keep(round->scenes, &s);
	}
}

/* Asks all traces, those after the first time in sight of the last votes. */
static struct votes *
vote(const struct round *round, const struct votes *last)
{
	struct votes *votes = votes_new();
	for (size_t i = 0; i < round->n; i++) {
		struct scene s;
		struct owners o;
		look(round, i, &s);
		if (last != NULL)
			votes_show(last, i, &s);
		owners_infer_crossings(&s, &o);
		votes_add(votes, &round->record[i], &s, &o);
	}
	votes_close(votes);
	return votes;
}

static void
judge(const struct round *round, const struct votes *votes, size_t i,
    struct verdict *v)
{
	struct scene s;
	look(round, i, &s);
	votes_show(votes, i, &s);
	infer_scene(&round->record[i], &round->basis, &s, v);
	infer_count(votes, i, v);
}

bool
round_end(struct round *round, struct fault *f)
{
	struct votes *votes = NULL;
	bool ok = true;
	keep_scenes(round);
	for (int k = 0; k < BALLOTS; k++) {
		struct votes *next = vote(round, votes);
		votes_free(votes);
		votes = next;
	}
	for (size_t i = 0; i < round->n; i++) {
		struct verdict v;
		if (ok)
			judge(round, votes, i, &v);
		const struct round_result result = {
		    &round->record[i], &v, votes, i};
		ok = ok && round->each(round->arg, &result, f);
		record_clear(&round->record[i]);
	}
	round->n = 0;
	votes_free(votes);
	return ok;
}

static int64_t
window(const struct record *r)
{
	return r->start_us / VOTES_WINDOW_US;
}

bool
round_add(struct round *round, const struct record *r, struct fault *f)
{
	size_t n = round->n;
	bool whole = n > 0 && window(r) != window(&round->record[n - 1]);
	if ((n == ROUND_MAX || whole) && !round_end(round, f))
		return false;
	record_copy(&round->record[round->n++], r);
	return true;
}

void
round_free(struct round *round)
{
	if (round == NULL)
		return;
	for (size_t i = 0; i < round->n; i++)
		record_clear(&round->record[i]);
	scenes_free(round->scenes);
	free(round->record);
	free(round);
}
