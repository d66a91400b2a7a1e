/* SPDX-License-Identifier: ISC */
#include "sql/tally.h"

#include "probe/base/mem.h"

#include <stdlib.h>
#include <string.h>

static bool
same(const struct tally_key *a, const struct tally_key *b)
{
	return a->slot == b->slot && a->epoch == b->epoch &&
	       a->vantage_id == b->vantage_id &&
	       a->campaign_id == b->campaign_id;
}

static bool
settled(const struct tally_run *r)
{
	if (r->at_least && r->expected >= 0)
		return r->stored >= r->expected;
	return r->stored == r->expected;
}

static void
append(struct tally_run **v, size_t *n, size_t *room, const struct tally_run *r)
{
	if (*n == *room) {
		*room = *room ? *room * 2 : 16;
		*v = xreallocarray(*v, *room, sizeof(**v));
	}
	(*v)[(*n)++] = *r;
}

/* The newest first: traces of one run come together. */
static struct tally_run *
find(struct tally_run *v, size_t n, const struct tally_key *key)
{
	while (n > 0)
		if (same(&v[--n].key, key))
			return &v[n];
	return NULL;
}

/* Two halves of one run, with and without its row, become one. */
static void
put_aside(struct tally *t, const struct tally_run *r)
{
	struct tally_run *odd = find(t->odd, t->nodd, &r->key);
	if (odd == NULL && t->nodd >= TALLY_ODD_MAX) {
		t->forgotten += r->stored > 0 ? r->stored : 1;
		return;
	}
	if (odd == NULL) {
		append(&t->odd, &t->nodd, &t->odd_room, r);
		return;
	}
	odd->stored += r->stored;
	if (r->expected >= 0) {
		odd->expected = r->expected;
		odd->at_least = r->at_least;
	}
}

/* The runs that ended before this time. */
static void
close_runs(struct tally *t, int64_t now_us)
{
	size_t kept = 0;
	for (size_t i = 0; i < t->nactive; i++) {
		if (t->active[i].until_us >= now_us)
			t->active[kept++] = t->active[i];
		else if (!settled(&t->active[i]))
			put_aside(t, &t->active[i]);
	}
	t->nactive = kept;
}

void
tally_run(struct tally *t, const struct tally_run *run, int64_t started_us)
{
	close_runs(t, started_us);
	append(&t->active, &t->nactive, &t->active_room, run);
}

void
tally_trace(struct tally *t, const struct tally_key *key, int64_t started_us)
{
	if (t->last < t->nactive && same(&t->active[t->last].key, key) &&
	    t->active[t->last].until_us >= started_us) {
		t->active[t->last].stored++;
		return;
	}
	close_runs(t, started_us);
	struct tally_run *r = find(t->active, t->nactive, key);
	if (r == NULL) {
		struct tally_run orphan = {
		    .key = *key, .expected = -1, .stored = 1};
		put_aside(t, &orphan);
		return;
	}
	r->stored++;
	t->last = (size_t)(r - t->active);
}

void
tally_end(struct tally *t)
{
	close_runs(t, INT64_MAX);
	for (size_t i = 0; i < t->nactive; i++) /* without an end */
		if (!settled(&t->active[i]))
			put_aside(t, &t->active[i]);
	t->nactive = 0;
	size_t kept = 0;
	for (size_t i = 0; i < t->nodd; i++)
		if (!settled(&t->odd[i]))
			t->odd[kept++] = t->odd[i];
	t->nodd = kept;
}

void
tally_free(struct tally *t)
{
	free(t->active);
	free(t->odd);
	*t = (struct tally){0};
}
