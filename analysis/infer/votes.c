/* SPDX-License-Identifier: ISC */
#include "analysis/infer/votes.h"

#include "analysis/infer/model.h"
#include "analysis/infer/points.h"
#include "probe/base/mem.h"

#include <stdlib.h>
#include <string.h>

/*
 * Who is not sure does not vote: what makes one trace doubt is mostly a router
 * that others see, too, and would count again with every one of them.
 */
static const double least = 0.9;

/* A vantage names the AS that hands over in more than half of its traces. */
static const double named = 0.5;

enum { HOME = 0 }; /* as a number: the target's network */

struct vantage {
	char name[RECORD_NAME_MAX + 1];
	size_t ntraces;
	struct rtt_pair rtt;
	/* That one AS hands over to the other; that an address is an AS's. */
	struct points crossings, owners; /* over its traces */
};

struct group {
	struct prefix prefix;
	uint32_t network; /* the target's */
	int64_t window;
	struct vantage *vantage;
	size_t n;
};

struct ballot {
	size_t group, vantage;
	struct points crossings;
};

/* What all vantages say of an address, in a table with open addressing. */
enum { REPUTED_MAX = 4 };
struct repute {
	uint32_t addr;	 /* 0: a free slot */
	uint32_t before; /* seen at the TTL before; 0: none */
	bool shared;	 /* there were others, too */
	size_t n;
	struct {
		uint32_t asn;
		float votes;
	} owner[REPUTED_MAX];
};

struct asns {
	uint32_t *p;
	size_t n, room;
};

struct votes {
	struct group *group;
	struct ballot *ballot;
	size_t ngroups, nballots, room;
	struct repute *repute;
	size_t nreputes, slots;
	struct asns answer; /* all that are seen to, ascending once closed */
};

struct votes *
votes_new(void)
{
	return xcalloc(1, sizeof(struct votes));
}

void
votes_free(struct votes *v)
{
	if (v == NULL)
		return;
	for (size_t i = 0; i < v->nballots; i++)
		points_clear(&v->ballot[i].crossings);
	for (size_t i = 0; i < v->ngroups; i++) {
		for (size_t k = 0; k < v->group[i].n; k++) {
			points_clear(&v->group[i].vantage[k].crossings);
			points_clear(&v->group[i].vantage[k].owners);
		}
		free(v->group[i].vantage);
	}
	free(v->repute);
	free(v->answer.p);
	free(v->group);
	free(v->ballot);
	free(v);
}

static size_t
group_of(struct votes *v, const struct record *r)
{
	int64_t window = r->start_us / VOTES_WINDOW_US;
	for (size_t i = v->ngroups; i-- > 0;) {
		const struct group *g = &v->group[i];
		if (g->window == window && g->prefix.addr == r->prefix.addr &&
		    g->prefix.len == r->prefix.len)
			return i;
	}
	v->group = xreallocarray(v->group, v->ngroups + 1, sizeof(*v->group));
	v->group[v->ngroups] =
	    (struct group){.prefix = r->prefix, .window = window};
	return v->ngroups++;
}

static size_t
vantage_of(struct group *g, const char *name)
{
	for (size_t i = 0; i < g->n; i++)
		if (strcmp(g->vantage[i].name, name) == 0)
			return i;
	g->vantage = xreallocarray(g->vantage, g->n + 1, sizeof(*g->vantage));
	g->vantage[g->n] = (struct vantage){.rtt = {-1, -1, {0}}};
	memcpy(g->vantage[g->n].name, name, sizeof(g->vantage[g->n].name));
	return g->n++;
}

static void
keep_rtt(struct rtt_pair *pair, const struct record *r)
{
	int64_t ns = rtt_least_ns(r);
	if (ns >= 0 && (pair->here_ns < 0 || ns < pair->here_ns))
		pair->here_ns = ns;
}

static void
keep_crossings(struct points *c, const struct scene *s, const struct owners *o)
{
	for (size_t from = SCENE_NAMED; from < s->nas; from++)
		for (size_t to = 0; to < s->nas; to++)
			if (to != SCENE_UNKNOWN && o->cross[from][to] >= least)
				points_add(c, s->asn[from],
				    to == SCENE_HOME ? HOME : s->asn[to],
				    o->cross[from][to]);
}

static void
keep_owners(struct points *c, const struct scene *s, const struct owners *o)
{
	for (size_t t = 0; t < s->nspots; t++)
		for (size_t k = 0; s->spot[t].n > 0 && k < s->nas; k++)
			if (k != SCENE_UNKNOWN && o->owner[t][k] >= least)
				points_add(c, s->spot[t].sight[0].addr,
				    s->asn[k], o->owner[t][k]);
}

/* The slot of an address, free or its own. */
static struct repute *
slot(const struct votes *v, uint32_t addr)
{
	uint32_t hash = addr * UINT32_C(2654435769);
	size_t i = hash & (v->slots - 1);
	while (v->repute[i].addr != 0 && v->repute[i].addr != addr)
		i = (i + 1) & (v->slots - 1);
	return &v->repute[i];
}

static void
grow(struct votes *v)
{
	struct votes bigger = *v;
	bigger.slots = v->slots ? v->slots * 2 : 1024;
	bigger.repute = xcalloc(bigger.slots, sizeof(*bigger.repute));
	for (size_t i = 0; i < v->slots; i++)
		if (v->repute[i].addr != 0)
			*slot(&bigger, v->repute[i].addr) = v->repute[i];
	free(v->repute);
	*v = bigger;
}

/* The entry of an address, which is made when there is none. */
static struct repute *
entry(struct votes *v, uint32_t addr)
{
	if (v->nreputes * 2 >= v->slots)
		grow(v);
	struct repute *r = slot(v, addr);
	v->nreputes += r->addr == 0;
	r->addr = addr;
	return r;
}

static void
reputed(struct votes *v, uint32_t addr, uint32_t asn, double votes)
{
	struct repute *r = entry(v, addr);
	for (size_t i = 0; i < r->n; i++)
		if (r->owner[i].asn == asn) {
			r->owner[i].votes += (float)votes;
			return;
		}
	if (r->n == REPUTED_MAX)
		return;
	r->owner[r->n].asn = asn;
	r->owner[r->n++].votes = (float)votes;
}

/* Which address each one is seen behind. */
static void
keep_order(struct votes *v, const struct scene *s)
{
	for (size_t t = 1; t < s->nspots; t++) {
		const struct spot *last = &s->spot[t - 1], *spot = &s->spot[t];
		if (last->n == 0 || spot->n == 0 || spot->again)
			continue;
		struct repute *r = entry(v, spot->sight[0].addr);
		uint32_t before = last->sight[0].addr;
		r->shared |= r->before != 0 && r->before != before;
		r->before = before;
	}
}

size_t
votes_add(struct votes *v, const struct record *r, const struct scene *s,
    const struct owners *o)
{
	struct ballot b = {.group = group_of(v, r)};
	struct group *g = &v->group[b.group];
	b.vantage = vantage_of(g, r->vantage);
	struct vantage *u = &g->vantage[b.vantage];
	keep_crossings(&b.crossings, s, o);
	g->network = s->asn[SCENE_HOME];
	keep_rtt(&u->rtt, r);
	keep_owners(&u->owners, s, o);
	keep_order(v, s);
	for (size_t i = 0; i < b.crossings.n; i++)
		points_add(&u->crossings, b.crossings.p[i].a,
		    b.crossings.p[i].b, b.crossings.p[i].sum);
	u->ntraces++;
	if (v->nballots == v->room) {
		v->room = v->room ? v->room * 2 : 64;
		v->ballot =
		    xreallocarray(v->ballot, v->room, sizeof(*v->ballot));
	}
	v->ballot[v->nballots] = b;
	return v->nballots++;
}

static void
answers(struct votes *v, uint32_t asn)
{
	if (v->answer.n == v->answer.room) {
		v->answer.room = v->answer.room ? v->answer.room * 2 : 64;
		v->answer.p = xreallocarray(
		    v->answer.p, v->answer.room, sizeof(*v->answer.p));
	}
	v->answer.p[v->answer.n++] = asn;
}

static int
by_asn(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
	return (x > y) - (x < y);
}

/* What each vantage measured to the prefixes of one network. */
static void
pair_rtts(const struct votes *v)
{
	size_t n = 0;
	struct rtt_least *each = xcalloc(v->nballots + 1, sizeof(*each));
	for (size_t i = 0; i < v->ngroups; i++)
		for (size_t k = 0; k < v->group[i].n; k++) {
			struct vantage *u = &v->group[i].vantage[k];
			if (u->rtt.here_ns >= 0)
				each[n++] = (struct rtt_least){
				    v->group[i].window, v->group[i].network,
				    u->name, v->group[i].prefix, &u->rtt};
		}
	rtt_pair_all(each, n);
	free(each);
}

void
votes_close(struct votes *v)
{
	pair_rtts(v);
	for (size_t i = 0; i < v->ngroups; i++)
		for (size_t k = 0; k < v->group[i].n; k++) {
			const struct vantage *u = &v->group[i].vantage[k];
			for (size_t n = 0; n < u->owners.n; n++) {
				answers(v, u->owners.p[n].b);
				reputed(v, u->owners.p[n].a, u->owners.p[n].b,
				    u->owners.p[n].sum / (double)u->ntraces);
			}
		}
	if (v->answer.n > 0)
		qsort(v->answer.p, v->answer.n, sizeof(*v->answer.p), by_asn);
}

static void
show_crossings(struct scene *s, const struct points *c, double scale)
{
	for (size_t i = 0; i < c->n; i++) {
		int from = scene_find(s, c->p[i].a);
		if (from < 0)
			continue;
		int to =
		    c->p[i].b == HOME ? SCENE_HOME : scene_find(s, c->p[i].b);
		float x = (float)(c->p[i].sum * scale);
		s->habits[from] += x;
		if (to >= 0)
			s->habit[from][to] += x;
		s->voted = true;
	}
}

/* What a vantage itself said of an address. */
static double
own_vote(const struct vantage *u, uint32_t addr, uint32_t asn)
{
	double sum = points_sum(&u->owners, addr, asn);
	return sum > 0 ? sum / (double)u->ntraces : 0;
}

static void
show_owners(const struct votes *v, const struct vantage *own, struct scene *s,
    struct spot *spot)
{
	const struct repute *r = slot(v, spot->sight[0].addr);
	memset(spot->repute, 0, sizeof(spot->repute[0]) * s->nas);
	spot->shared = r->shared;
	for (size_t i = 0; i < r->n; i++) {
		int k = scene_find(s, r->owner[i].asn);
		float votes = r->owner[i].votes -
			      (float)own_vote(own, r->addr, r->owner[i].asn);
		if (votes < 0.01f)
			continue;
		spot->reputes += votes;
		if (k >= 0)
			spot->repute[k] += votes;
	}
}

void
votes_show(const struct votes *v, size_t ballot, struct scene *s)
{
	const struct ballot *b = &v->ballot[ballot];
	const struct group *g = &v->group[b->group];
	double own = s->model->value[MODEL_OWN_VOTE];
	s->rtt = g->vantage[b->vantage].rtt;
	for (size_t k = 0; k < s->nas; k++) {
		s->habits[k] = 0;
		memset(s->habit[k], 0, sizeof(s->habit[k][0]) * s->nas);
	}
	for (size_t i = 0; i < g->n; i++) {
		const struct vantage *u = &g->vantage[i];
		size_t others = u->ntraces - (i == b->vantage);
		if (others == 0)
			continue;
		double scale = (i == b->vantage ? own : 1) / (double)others;
		show_crossings(s, &u->crossings, scale);
		if (i == b->vantage)
			show_crossings(s, &b->crossings, -scale);
	}
	for (size_t k = SCENE_NAMED; k < s->nas; k++)
		if (v->answer.n > 0 &&
		    bsearch(&s->asn[k], v->answer.p, v->answer.n,
			sizeof(*v->answer.p), by_asn) != NULL)
			s->answers |= 1u << k;
	for (size_t t = 0; v->slots > 0 && t < s->nspots; t++)
		if (s->spot[t].n > 0)
			show_owners(v, &g->vantage[b->vantage], s, &s->spot[t]);
}

/* The AS that a vantage names, or -1. */
static int64_t
entry_of(const struct vantage *u)
{
	for (size_t i = 0; i < u->crossings.n; i++)
		if (u->crossings.p[i].b == HOME &&
		    u->crossings.p[i].sum > named * (double)u->ntraces)
			return u->crossings.p[i].a;
	return -1;
}

void
votes_count(const struct votes *v, size_t ballot, int64_t entry_as,
    int *vantages, int *agree)
{
	const struct ballot *b = &v->ballot[ballot];
	const struct group *g = &v->group[b->group];
	*vantages = *agree = 0;
	for (size_t i = 0; i < g->n; i++) {
		int64_t entry = entry_of(&g->vantage[i]);
		*vantages += i != b->vantage && entry >= 0;
		*agree += i != b->vantage && entry >= 0 && entry == entry_as;
	}
}
