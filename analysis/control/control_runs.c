/* SPDX-License-Identifier: ISC */
#include "analysis/control/control_runs.h"

#include "analysis/control/flips.h"
#include "probe/base/mem.h"

#include <stdlib.h>
#include <string.h>

/* A prefix while its runs are made. */
struct outline {
	struct control *c;
	const struct chorus *chorus;
	const struct control_ask *ask;
	size_t first;		   /* its first run */
	bool (*believed)[BELIEFS]; /* by track */
	size_t *peers;		   /* of a track, at the end of the wave */
	bool told;		   /* some of what turns now was */
};

/* The upstream that most peers have, when none is believed. */
static size_t
likeliest(const struct outline *o)
{
	size_t best = 0;
	for (size_t i = 1; i < o->chorus->ntracks; i++) {
		const struct track *t = &o->chorus->track[i];
		if (t->kind != TRACK_UPSTREAM || o->peers[i] == 0)
			continue;
		const struct track *old = &o->chorus->track[best];
		if (best == 0 || o->peers[i] > o->peers[best] ||
		    (o->peers[i] == o->peers[best] && t->asn < old->asn))
			best = i;
	}
	return best;
}

static int
by_asn(const void *va, const void *vb)
{
	const struct control_upstream *a = va, *b = vb;
	return (a->asn > b->asn) - (a->asn < b->asn);
}

/* Of more than there is room for those with most peers. */
static void
put_upstream(struct control_run *run, struct control_upstream u)
{
	if (run->nupstreams < EVENT_UPSTREAMS_MAX) {
		run->upstream[run->nupstreams++] = u;
		return;
	}
	struct control_upstream *least = &run->upstream[0];
	for (size_t i = 1; i < run->nupstreams; i++)
		if (run->upstream[i].peers < least->peers)
			least = &run->upstream[i];
	if (u.peers > least->peers)
		*least = u;
}

static void
put_upstreams(const struct outline *o, struct control_run *run)
{
	for (size_t i = 1; i < o->chorus->ntracks; i++)
		if (o->chorus->track[i].kind == TRACK_UPSTREAM &&
		    o->believed[i][BELIEF_HELD])
			put_upstream(
			    run, (struct control_upstream){
				     o->chorus->track[i].asn, o->peers[i]});
	size_t best = run->nupstreams == 0 ? likeliest(o) : 0;
	if (best != 0)
		put_upstream(
		    run, (struct control_upstream){
			     o->chorus->track[best].asn, o->peers[best]});
	qsort(run->upstream, run->nupstreams, sizeof(*run->upstream), by_asn);
}

static int
ascending(const void *va, const void *vb)
{
	const uint32_t *a = va, *b = vb;
	return (*a > *b) - (*a < *b);
}

static enum origin_rpki
worse(enum origin_rpki a, enum origin_rpki b)
{
	static const int badness[] = {
	    [ORIGIN_RPKI_UNKNOWN] = 0,
	    [ORIGIN_RPKI_VALID] = 1,
	    [ORIGIN_RPKI_NOT_FOUND] = 2,
	    [ORIGIN_RPKI_INVALID] = 3,
	};
	return badness[a] > badness[b] ? a : b;
}

static void
put_origins(const struct outline *o, struct control_run *run)
{
	for (size_t i = 1; i < o->chorus->ntracks; i++) {
		const struct track *t = &o->chorus->track[i];
		if (t->kind != TRACK_ORIGIN || !o->believed[i][BELIEF_HELD] ||
		    run->norigins == EVENT_UPSTREAMS_MAX)
			continue;
		run->origin[run->norigins++] = t->asn;
		if (o->ask->tables != NULL)
			run->rpki = worse(
			    run->rpki, origin_rpki(o->ask->tables, &run->prefix,
					   t->asn, run->settled_us));
	}
	qsort(run->origin, run->norigins, sizeof(*run->origin), ascending);
}

static void
describe(struct outline *o, struct control_run *run)
{
	run->routed = o->believed[0][BELIEF_HELD];
	run->few = run->routed && !o->believed[0][BELIEF_MOST];
	for (size_t i = 0; i < o->chorus->ntracks; i++)
		o->peers[i] =
		    tallies_at(&o->chorus->track[i].tallies, run->settled_us);
	run->peers = o->peers[0];
	run->peers_known = tallies_at(&o->chorus->tallies, run->settled_us);
	if (run->routed) {
		put_upstreams(o, run);
		put_origins(o, run);
	}
}

bool
control_same_way(const struct control_run *a, const struct control_run *b)
{
	if (a->known != b->known || a->routed != b->routed ||
	    a->nupstreams != b->nupstreams)
		return false;
	for (size_t i = 0; i < a->nupstreams; i++)
		if (a->upstream[i].asn != b->upstream[i].asn)
			return false;
	return true;
}

bool
control_same_state(const struct control_run *a, const struct control_run *b)
{
	return control_same_way(a, b) && a->few == b->few &&
	       a->norigins == b->norigins &&
	       memcmp(a->origin, b->origin,
		   a->norigins * sizeof(a->origin[0])) == 0;
}

static void
append(struct outline *o, const struct control_run *run)
{
	struct control *c = o->c;
	if (c->n > o->first)
		c->run[c->n - 1].until_us = c->run[c->n - 1].last_us =
		    run->since_us;
	if (c->n == c->room) {
		c->room = c->room == 0 ? 16 : 2 * c->room;
		c->run = xreallocarray(c->run, c->room, sizeof(*c->run));
	}
	c->run[c->n++] = *run;
}

/* Time at_us: the wave of what turned settles at settled_us. */
static void
go_on(struct outline *o, int64_t at_us, int64_t settled_us)
{
	const struct control *c = o->c;
	struct control_run run = {.prefix = o->chorus->prefix,
	    .since_us = at_us,
	    .settled_us = settled_us,
	    .until_us = -1,
	    .last_us = at_us,
	    .told = o->told,
	    .known = tallies_at(&o->chorus->tallies, at_us) > 0};
	bool first = c->n == o->first;
	if (run.known)
		describe(o, &run);
	else if (first)
		return;
	if (first || !control_same_state(&c->run[c->n - 1], &run))
		append(o, &run);
}

/* The next time at which it is known or not, from the i-th number on. */
static int64_t
known_turns(const struct chorus *s, size_t *i)
{
	for (; *i < s->tallies.n; ++*i) {
		const struct tally *t = &s->tallies.tally[*i];
		if (t->peers == 0 || *i == 0 || t[-1].peers == 0)
			return t->at_us;
	}
	return INT64_MAX;
}

/* What turns together, and the end of its wave, before to_us. */
static int64_t
turn_group(struct outline *o, const struct flips *f, size_t *i, int64_t to_us)
{
	int64_t group = f->flip[*i].group_us, settled = group;
	o->told = false;
	for (; *i < f->n && f->flip[*i].group_us == group; ++*i) {
		const struct flip *p = &f->flip[*i];
		o->believed[p->track][p->belief] = p->turn.up;
		o->told = o->told || p->turn.told;
		int64_t end =
		    tallies_settled(&o->chorus->track[p->track].tallies,
			p->turn.decided_us, p->next_us);
		settled = end > settled ? end : settled;
	}
	if (*i < f->n && f->flip[*i].group_us < to_us)
		to_us = f->flip[*i].group_us;
	return settled < to_us ? settled : to_us - 1;
}

static void
walk(struct outline *o, const struct flips *f)
{
	size_t flip = 0, tally = 0;
	for (;;) {
		int64_t known = known_turns(o->chorus, &tally);
		int64_t turns =
		    flip < f->n ? f->flip[flip].group_us : INT64_MAX;
		int64_t at = known < turns ? known : turns, settled = at;
		if (at == INT64_MAX)
			return;
		tally += known == at;
		o->told = true;
		if (turns == at)
			settled = turn_group(
			    o, f, &flip, known_turns(o->chorus, &tally));
		go_on(o, at, settled);
	}
}

void
control_runs_add(
    struct control *c, const struct chorus *s, const struct control_ask *ask)
{
	struct outline o = {.c = c,
	    .chorus = s,
	    .ask = ask,
	    .first = c->n,
	    .believed = xcalloc(s->ntracks, sizeof(*o.believed)),
	    .peers = xcalloc(s->ntracks, sizeof(*o.peers))};
	struct flips f;
	flips_find(&f, s);
	walk(&o, &f);
	flips_free(&f);
	free(o.believed);
	free(o.peers);
}
