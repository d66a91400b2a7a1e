/* SPDX-License-Identifier: ISC */
#include "analysis/change/summary.h"

#include "probe/base/mem.h"

#include <search.h>
#include <stdlib.h>
#include <string.h>

static int
by_group(const void *a, const void *b)
{
	const struct summary_group *p = a, *q = b;
	if (p->prefix.addr != q->prefix.addr)
		return p->prefix.addr < q->prefix.addr ? -1 : 1;
	if (p->prefix.len != q->prefix.len)
		return p->prefix.len < q->prefix.len ? -1 : 1;
	return strcmp(p->vantage, q->vantage);
}

static struct summary_group *
group_of(struct summary *s, const struct record *r)
{
	struct summary_group key = {.prefix = r->prefix};
	memcpy(key.vantage, r->vantage, sizeof(key.vantage));
	void **node = tfind(&key, &s->tree, by_group);
	if (node != NULL)
		return *node;
	struct summary_group *made = xmemdup(&key, sizeof(key));
	if (tsearch(made, &s->tree, by_group) == NULL)
		abort(); /* out of memory, as everywhere */
	s->ngroups++;
	return made;
}

static bool
same_move(const struct summary_move *a, const struct summary_move *b)
{
	return a->control == b->control && strcmp(a->from, b->from) == 0 &&
	       strcmp(a->to, b->to) == 0;
}

static void
add_move(struct summary_group *g, const struct summary_move *move)
{
	for (size_t i = 0; i < g->nmoves; i++)
		if (same_move(&g->move[i], move)) {
			g->move[i].n++;
			return;
		}
	g->move = xreallocarray(g->move, g->nmoves + 1, sizeof(g->move[0]));
	g->move[g->nmoves++] = *move;
}

static void
take_carrier(char to[static VERDICT_CARRIER_MAX], const struct naming *n)
{
	const char *carrier = naming_carrier(n);
	snprintf(to, VERDICT_CARRIER_MAX, "%s", carrier != NULL ? carrier : "");
}

void
summary_add(struct summary *s, const struct compared *c)
{
	struct summary_group *g = group_of(s, &c->a);
	struct summary_move move = {.control = c->a.control, .n = 1};
	g->count.class[c->diff.class]++;
	s->all.count.class[c->diff.class]++;
	if (c->diff.class != DIFF_CHANGED)
		return;
	take_carrier(move.from, &c->name_a);
	take_carrier(move.to, &c->name_b);
	add_move(g, &move);
	add_move(&s->all, &move);
}

void
summary_alone(struct summary *s, const struct side_flow *flow, bool only_a)
{
	struct summary_count *n = &group_of(s, &flow->head)->count;
	struct summary_count *all = &s->all.count;
	n->only_a += only_a;
	n->only_b += !only_a;
	all->only_a += only_a;
	all->only_b += !only_a;
}

/* Another carrier first, control destinations last. */
static int
rank(const struct summary_move *m)
{
	return m->control ? 2 : strcmp(m->from, m->to) == 0;
}

static int
by_move(const void *a, const void *b)
{
	const struct summary_move *p = a, *q = b;
	if (rank(p) != rank(q))
		return rank(p) - rank(q);
	if (p->n != q->n)
		return p->n > q->n ? -1 : 1;
	int from = strcmp(p->from, q->from);
	return from != 0 ? from : strcmp(p->to, q->to);
}

static void
sort_moves(struct summary_group *g)
{
	if (g->nmoves > 0)
		qsort(g->move, g->nmoves, sizeof(g->move[0]), by_move);
}

struct list {
	struct summary_group **group;
	size_t n;
};

static void
collect(const void *node, VISIT visit, void *closure)
{
	struct list *list = closure;
	if (visit == postorder || visit == leaf)
		list->group[list->n++] = *(struct summary_group *const *)node;
}

void
summary_sort(struct summary *s)
{
	struct list list = {
	    .group = xcalloc(s->ngroups + 1, sizeof(struct summary_group *))};
	twalk_r(s->tree, collect, &list);
	free(s->group);
	s->group = list.group;
	for (size_t i = 0; i < s->ngroups; i++)
		sort_moves(s->group[i]);
	sort_moves(&s->all);
}

static void
free_group(void *entry)
{
	struct summary_group *g = entry;
	free(g->move);
	free(g);
}

void
summary_close(struct summary *s)
{
	tdestroy(s->tree, free_group);
	free(s->group);
	free(s->all.move);
	*s = (struct summary){0};
}

size_t
summary_pairs(const struct summary_count *n)
{
	size_t sum = 0;
	for (int i = 0; i < DIFF_CLASSES; i++)
		sum += n->class[i];
	return sum;
}
