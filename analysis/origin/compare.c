/* SPDX-License-Identifier: ISC */
#include "analysis/origin/compare.h"

#include "analysis/origin/origin_set.h"

#include <stdlib.h>
#include <string.h>

static int
by_number(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
	return (x > y) - (x < y);
}

static bool
watched(const struct compare *c, uint32_t asn)
{
	return c->asns == NULL ||
	       bsearch(&asn, c->asns, c->n, sizeof(asn), by_number) != NULL;
}

static void
tell(struct compare *c, const struct compare_change *change)
{
	struct compare_sum *sum = &c->sum;
	if (!change->before.there)
		sum->came[change->kind]++;
	else if (!change->after.there)
		sum->went[change->kind]++;
	else
		sum->changed[change->kind]++;
	if (change->kind == COMPARE_PREFIX)
		sum->addresses += UINT64_C(1) << (32 - change->prefix.len);
	c->sink(c->arg, change);
}

/* --- prefixes --------------------------------------------------------------
 */

/* Adjoining addresses that changed alike. */
struct stretch {
	bool open;
	uint32_t first, last;
	struct compare_state before, after;
};

static struct compare_state
state_at(const struct compare_view *v, uint32_t addr)
{
	struct origin_answer a;
	struct compare_state s = {.there = true};
	if (!origin_lookup(v->set, addr, v->at_us, &a) ||
	    a.layer == ORIGIN_RESERVED)
		return (struct compare_state){0};
	s.layer = a.layer;
	s.nasns = a.nasns;
	memcpy(s.asns, a.asns, a.nasns * sizeof(*a.asns));
	return s;
}

static bool
has(const struct compare_state *s, uint32_t asn)
{
	for (size_t i = 0; i < s->nasns; i++)
		if (s->asns[i] == asn)
			return true;
	return false;
}

static bool
same(const struct compare_state *a, const struct compare_state *b)
{
	if (a->there != b->there || a->layer != b->layer ||
	    a->nasns != b->nasns)
		return false;
	for (size_t i = 0; i < a->nasns; i++)
		if (!has(b, a->asns[i]))
			return false;
	return true;
}

static bool
any_watched(const struct compare *c, const struct compare_state *s)
{
	bool any = s->there && c->asns == NULL;
	for (size_t i = 0; !any && i < s->nasns; i++)
		any = watched(c, s->asns[i]);
	return any;
}

static void
close_stretch(struct compare *c, struct stretch *s)
{
	for (uint64_t at = s->first; s->open && at <= s->last;) {
		struct compare_change change = {.kind = COMPARE_PREFIX,
		    .prefix = prefix_in_range((uint32_t)at, s->first, s->last),
		    .before = s->before,
		    .after = s->after};
		tell(c, &change);
		at = (uint64_t)(change.prefix.addr |
				~prefix_mask(change.prefix.len)) +
		     1;
	}
	s->open = false;
}

static void
compare_prefixes(struct compare *c)
{
	struct stretch s = {0};
	uint32_t last = 0;
	for (uint64_t at = 0; at <= UINT32_MAX; at = (uint64_t)last + 1) {
		uint32_t addr = (uint32_t)at;
		struct compare_state before = state_at(&c->before, addr);
		struct compare_state after = state_at(&c->after, addr);
		uint32_t end =
		    origin_set_until(c->before.set, addr, c->before.at_us);
		last = origin_set_until(c->after.set, addr, c->after.at_us);
		last = end < last ? end : last;
		bool tells =
		    !same(&before, &after) &&
		    (any_watched(c, &before) || any_watched(c, &after));
		if (tells && s.open && same(&before, &s.before) &&
		    same(&after, &s.after)) {
			s.last = last;
			continue;
		}
		close_stretch(c, &s);
		s = (struct stretch){tells, addr, last, before, after};
	}
	close_stretch(c, &s);
}

/* --- what is known of ASes -------------------------------------------------
 */

/*
 * Two sorted lists of one kind: read fills in the change but for its sides, and
 * the state, of record i; n is their number; order is that of the records.
 */
struct list {
	enum compare_kind kind;
	int holds;
	size_t (*n)(const struct snapshot *s);
	void (*read)(const struct snapshot *s, size_t i,
	    struct compare_change *change, struct compare_state *state);
	int (*order)(
	    const struct compare_change *a, const struct compare_change *b);
	bool (*same)(
	    const struct compare_state *a, const struct compare_state *b);
};

static size_t
count_relations(const struct snapshot *s)
{
	return s->nrelations;
}

static void
read_relation(const struct snapshot *s, size_t i, struct compare_change *change,
    struct compare_state *state)
{
	struct table_relation r = snapshot_relation(s, i);
	change->asn = r.a;
	change->other = r.b;
	state->relation = (enum origin_relation)r.kind;
}

static int
by_pair(const struct compare_change *a, const struct compare_change *b)
{
	int order = by_number(&a->asn, &b->asn);
	return order != 0 ? order : by_number(&a->other, &b->other);
}

static bool
same_relation(const struct compare_state *a, const struct compare_state *b)
{
	return a->relation == b->relation;
}

static size_t
count_vrps(const struct snapshot *s)
{
	return s->nvrps;
}

static void
read_vrp(const struct snapshot *s, size_t i, struct compare_change *change,
    struct compare_state *state)
{
	struct table_vrp v = snapshot_vrp(s, i);
	change->prefix = (struct prefix){v.addr, v.len};
	change->asn = v.asn;
	state->max_len = v.max_len;
}

static int
by_prefix(const struct compare_change *a, const struct compare_change *b)
{
	int order = by_number(&a->prefix.addr, &b->prefix.addr);
	if (order == 0)
		order = a->prefix.len - b->prefix.len;
	return order != 0 ? order : by_number(&a->asn, &b->asn);
}

static bool
same_vrp(const struct compare_state *a, const struct compare_state *b)
{
	return a->max_len == b->max_len;
}

static size_t
count_orgs(const struct snapshot *s)
{
	return s->norgs;
}

static void
read_org(const struct snapshot *s, size_t i, struct compare_change *change,
    struct compare_state *state)
{
	change->asn = snapshot_org_at(s, i, &state->org);
}

static bool
same_text(const char *a, const char *b)
{
	return strcmp(a ? a : "", b ? b : "") == 0;
}

static bool
same_org(const struct compare_state *a, const struct compare_state *b)
{
	return same_text(a->org.id, b->org.id) &&
	       same_text(a->org.name, b->org.name);
}

static size_t
count_upstreams(const struct snapshot *s)
{
	return s->nupstreams;
}

static void
read_upstream(const struct snapshot *s, size_t i, struct compare_change *change,
    struct compare_state *state)
{
	struct table_upstream u = snapshot_upstream(s, i);
	change->prefix = (struct prefix){u.addr, u.len};
	change->asn = u.asn;
	state->peers = u.peers;
}

static bool
same_upstream(const struct compare_state *a, const struct compare_state *b)
{
	return a->there == b->there; /* whatever the peers */
}

static const struct list lists[] = {
    {COMPARE_RELATION, HOLDS_RELATIONS, count_relations, read_relation, by_pair,
	same_relation},
    {COMPARE_VRP, HOLDS_VRPS, count_vrps, read_vrp, by_prefix, same_vrp},
    {COMPARE_ORG, HOLDS_ORGS, count_orgs, read_org, by_pair, same_org},
    {COMPARE_UPSTREAM, HOLDS_UPSTREAMS, count_upstreams, read_upstream,
	by_prefix, same_upstream},
};

static bool
origin_watched(const struct compare *c, const struct prefix *p)
{
	struct compare_state before = state_at(&c->before, p->addr);
	struct compare_state after = state_at(&c->after, p->addr);
	return any_watched(c, &before) || any_watched(c, &after);
}

/* Of two ASes of interest the smaller one tells of their relation. */
static bool
tells(const struct compare *c, const struct compare_change *change)
{
	bool twice = change->kind == COMPARE_RELATION &&
		     watched(c, change->other) && change->other < change->asn;
	if (change->kind == COMPARE_UPSTREAM &&
	    origin_watched(c, &change->prefix))
		return true;
	return watched(c, change->asn) && !twice;
}

static void
compare_list(struct compare *c, const struct list *l)
{
	const struct snapshot *old =
	    origin_set_holder(c->before.set, l->holds, c->before.at_us);
	const struct snapshot *new =
	    origin_set_holder(c->after.set, l->holds, c->after.at_us);
	size_t i = 0, k = 0;
	c->sum.unknown[l->kind] = old == NULL || new == NULL;
	if (old == NULL || new == NULL)
		return;
	while (i < l->n(old) || k < l->n(new)) {
		struct compare_change was = {.kind = l->kind}, is = was;
		if (i < l->n(old))
			l->read(old, i, &was, &was.before);
		if (k < l->n(new))
			l->read(new, k, &is, &is.after);
		int order = i == l->n(old)   ? 1
			    : k == l->n(new) ? -1
					     : l->order(&was, &is);
		was.before.there = order <= 0;
		is.after.there = order >= 0;
		i += order <= 0;
		k += order >= 0;
		if (order == 0 && l->same(&was.before, &is.after))
			continue;
		if (order == 0)
			is.before = was.before;
		const struct compare_change *change = order < 0 ? &was : &is;
		if (tells(c, change))
			tell(c, change);
	}
}

void
compare_run(struct compare *c)
{
	c->sum = (struct compare_sum){0};
	compare_prefixes(c);
	for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++)
		compare_list(c, &lists[i]);
}

bool
compare_differs(const struct compare_sum *sum)
{
	size_t n = 0;
	for (int k = 0; k < COMPARE_KINDS; k++)
		n += sum->came[k] + sum->went[k] + sum->changed[k];
	return n > 0;
}

const char *
compare_kind_name(enum compare_kind kind)
{
	static const char *const names[COMPARE_KINDS] = {
	    [COMPARE_PREFIX] = "prefix",
	    [COMPARE_RELATION] = "relation",
	    [COMPARE_VRP] = "vrp",
	    [COMPARE_ORG] = "organisation",
	    [COMPARE_UPSTREAM] = "upstream",
	};
	return names[kind];
}
