/* SPDX-License-Identifier: ISC */
#include "analysis/infer/round.h"

#include "analysis/infer/votes.h"
#include "probe/base/mem.h"

#include <stdlib.h>

struct round {
	struct basis basis;
	round_each *each;
	void *arg;
	size_t n;
	struct record *record; /* ROUND_MAX */
};

struct round *
round_new(const struct basis *basis, round_each *each, void *arg)
{
	struct round *round = xcalloc(1, sizeof(*round));
	*round = (struct round){.basis = *basis,
	    .each = each,
	    .arg = arg,
	    .record = xcalloc(ROUND_MAX, sizeof(*round->record))};
	return round;
}

/*
 * Votes change who is sure, and so the votes: one more time takes most of what
 * a single router that misleads one vantage did to the others.
 */
enum { BALLOTS = 2 };

/* Asks all traces, those after the first time in sight of the last votes. */
static struct votes *
vote(const struct round *round, const struct votes *last)
{
	struct votes *votes = votes_new();
	for (size_t i = 0; i < round->n; i++) {
		struct scene s;
		struct owners o;
		scene_make(&s, &round->record[i], &round->basis);
		if (last != NULL)
			votes_show(last, i, &s);
		owners_infer_crossings(&s, &o);
		votes_add(votes, &round->record[i], &s, &o);
	}
	votes_close(votes);
	return votes;
}

bool
round_end(struct round *round, struct fault *f)
{
	struct votes *votes = NULL;
	bool ok = true;
	for (int k = 0; k < BALLOTS; k++) {
		struct votes *next = vote(round, votes);
		votes_free(votes);
		votes = next;
	}
	for (size_t i = 0; i < round->n; i++) {
		struct verdict v;
		if (ok)
			infer_voted(
			    &round->record[i], &round->basis, votes, i, &v);
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
	free(round->record);
	free(round);
}
