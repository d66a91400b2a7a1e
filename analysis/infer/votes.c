/* SPDX-License-Identifier: ISC */
#include "analysis/infer/votes.h"

#include "analysis/infer/model.h"
#include "probe/base/mem.h"

#include <stdlib.h>
#include <string.h>

/* Crossings that are less probable are not kept. */
static const double least = 0.02;

/* A vantage names the AS that hands over in more than half of its traces. */
static const double named = 0.5;

enum { HOME = 0 }; /* as a number: the target's network */

struct crossing {
	uint32_t from, to; /* ASNs */
	double sum;	   /* over traces */
};

struct crossings {
	struct crossing *p;
	size_t n, room;
};

struct vantage {
	char name[RECORD_NAME_MAX + 1];
	size_t ntraces;
	struct crossings all;
};

struct group {
	struct prefix prefix;
	int64_t window;
	struct vantage *vantage;
	size_t n;
};

struct ballot {
	size_t group, vantage;
	struct crossings own;
};

struct votes {
	struct group *group;
	struct ballot *ballot;
	size_t ngroups, nballots, room;
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
		free(v->ballot[i].own.p);
	for (size_t i = 0; i < v->ngroups; i++) {
		for (size_t k = 0; k < v->group[i].n; k++)
			free(v->group[i].vantage[k].all.p);
		free(v->group[i].vantage);
	}
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
	g->vantage[g->n] = (struct vantage){0};
	memcpy(g->vantage[g->n].name, name, sizeof(g->vantage[g->n].name));
	return g->n++;
}

static void
add(struct crossings *c, uint32_t from, uint32_t to, double p)
{
	for (size_t i = 0; i < c->n; i++)
		if (c->p[i].from == from && c->p[i].to == to) {
			c->p[i].sum += p;
			return;
		}
	if (c->n == c->room) {
		c->room = c->room ? c->room * 2 : 8;
		c->p = xreallocarray(c->p, c->room, sizeof(*c->p));
	}
	c->p[c->n++] = (struct crossing){from, to, p};
}

static void
keep(struct crossings *c, const struct scene *s, const struct owners *o)
{
	for (size_t from = SCENE_NAMED; from < s->nas; from++)
		for (size_t to = 0; to < s->nas; to++)
			if (to != SCENE_UNKNOWN && o->cross[from][to] >= least)
				add(c, s->asn[from],
				    to == SCENE_HOME ? HOME : s->asn[to],
				    o->cross[from][to]);
}

size_t
votes_add(struct votes *v, const struct record *r, const struct scene *s,
    const struct owners *o)
{
	struct ballot b = {.group = group_of(v, r)};
	struct group *g = &v->group[b.group];
	b.vantage = vantage_of(g, r->vantage);
	struct vantage *u = &g->vantage[b.vantage];
	keep(&b.own, s, o);
	for (size_t i = 0; i < b.own.n; i++)
		add(&u->all, b.own.p[i].from, b.own.p[i].to, b.own.p[i].sum);
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
show(struct scene *s, const struct crossings *c, double scale)
{
	for (size_t i = 0; i < c->n; i++) {
		int from = scene_find(s, c->p[i].from);
		int to =
		    c->p[i].to == HOME ? SCENE_HOME : scene_find(s, c->p[i].to);
		float x = (float)(c->p[i].sum * scale);
		if (from < 0)
			continue;
		s->habits[from] += x;
		if (to >= 0)
			s->habit[from][to] += x;
		s->voted = true;
	}
}

void
votes_show(const struct votes *v, size_t ballot, struct scene *s)
{
	const struct ballot *b = &v->ballot[ballot];
	const struct group *g = &v->group[b->group];
	double own_vote = model_row(MODEL_OWN_VOTE)->value;
	for (size_t k = 0; k < s->nas; k++) {
		s->habits[k] = 0;
		memset(s->habit[k], 0, sizeof(s->habit[k][0]) * s->nas);
	}
	for (size_t i = 0; i < g->n; i++) {
		const struct vantage *u = &g->vantage[i];
		size_t others = u->ntraces - (i == b->vantage);
		if (others == 0)
			continue;
		double scale =
		    (i == b->vantage ? own_vote : 1) / (double)others;
		show(s, &u->all, scale);
		if (i == b->vantage)
			show(s, &b->own, -scale);
	}
}

/* The AS that a vantage names, or -1. */
static int64_t
entry_of(const struct vantage *u)
{
	for (size_t i = 0; i < u->all.n; i++)
		if (u->all.p[i].to == HOME &&
		    u->all.p[i].sum > named * (double)u->ntraces)
			return u->all.p[i].from;
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
