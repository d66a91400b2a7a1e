/* SPDX-License-Identifier: ISC */
#include "analysis/report/disagree.h"

#include "analysis/change/vantage_events.h"
#include "probe/base/mem.h"

#include <stdlib.h>
#include <string.h>

/* What a vantage saw from one moment to another. */
struct sight {
	const struct prefix *prefix;
	const char *vantage;
	int64_t since_us, until_us;
	const struct run *run; /* NULL: of reachability */
	bool up;
};

static bool
same_prefix(const struct prefix *a, const struct prefix *b)
{
	return a->addr == b->addr && a->len == b->len;
}

static bool
names_it(const struct control_run *c, const struct run *run,
    const struct carriers *classes)
{
	for (size_t i = 0; i < c->nupstreams; i++) {
		const struct carrier_row *row =
		    carriers_find(classes, c->upstream[i].asn);
		if (run->entry_as == c->upstream[i].asn)
			return true;
		if (row == NULL)
			continue;
		if (strcmp(row->name, run->carrier) == 0)
			return true;
		/* Who stands behind a front is not in the route. */
		if (run->entry_as < 0 && row->kind == CARRIER_FRONT)
			return true;
	}
	return false;
}

/* False: they agree, or one of them does not know. */
static bool
contradicts(const struct control_run *c, const struct sight *s,
    const struct carriers *classes, enum disagree_kind *kind)
{
	if (s->run != NULL) {
		*kind = DISAGREE_UPSTREAM;
		if (c->routed && c->nupstreams == 0)
			return false;
		return !names_it(c, s->run, classes);
	}
	*kind = s->up ? DISAGREE_NO_ROUTE : DISAGREE_NO_ANSWER;
	return s->up != c->routed;
}

static void
add(struct disagreements *d, const struct disagreement *item)
{
	d->item = xreallocarray(d->item, d->n + 1, sizeof(*d->item));
	d->item[d->n++] = *item;
}

static void
compare(struct disagreements *d, const struct sight *s, const struct control *c,
    const struct carriers *classes)
{
	enum disagree_kind kind = DISAGREE_UPSTREAM;
	for (size_t i = 0; i < c->n; i++) {
		const struct control_run *run = &c->run[i];
		int64_t until_us =
		    run->until_us < 0 ? run->last_us : run->until_us - 1;
		struct disagreement item = {.prefix = *s->prefix,
		    .since_us = s->since_us,
		    .until_us = s->until_us,
		    .entry_as = s->run ? s->run->entry_as : -1,
		    .vantages = 1,
		    .vantage = {s->vantage},
		    .run = run};
		if (item.since_us < run->settled_us)
			item.since_us = run->settled_us;
		if (item.until_us > until_us)
			item.until_us = until_us;
		if (!run->known || !same_prefix(&run->prefix, s->prefix) ||
		    item.since_us > item.until_us ||
		    !contradicts(run, s, classes, &kind))
			continue;
		item.kind = kind;
		if (s->run != NULL)
			memcpy(item.carrier, s->run->carrier,
			    sizeof(item.carrier));
		add(d, &item);
	}
}

static int64_t
later(int64_t a, int64_t b)
{
	return a > b ? a : b;
}

static int
compare_us(int64_t a, int64_t b)
{
	return (a > b) - (a < b);
}

/* Of what is one when it overlaps. */
static int
by_kind(const struct disagreement *a, const struct disagreement *b)
{
	int order = compare_us(a->prefix.addr, b->prefix.addr);
	order = order ? order : a->prefix.len - b->prefix.len;
	order = order ? order : (int)a->kind - (int)b->kind;
	order = order ? order : strcmp(a->carrier, b->carrier);
	return order ? order : compare_us(a->entry_as, b->entry_as);
}

static int
in_order(const void *va, const void *vb)
{
	const struct disagreement *a = va, *b = vb;
	int order = by_kind(a, b);
	order = order ? order : compare_us(a->since_us, b->since_us);
	return order ? order : strcmp(a->vantage[0], b->vantage[0]);
}

static void
join(struct disagreement *a, const struct disagreement *b)
{
	a->until_us = later(a->until_us, b->until_us);
	for (size_t i = 0; i < a->vantages && i < DISAGREE_VANTAGES_MAX; i++)
		if (strcmp(a->vantage[i], b->vantage[0]) == 0)
			return;
	if (a->vantages < DISAGREE_VANTAGES_MAX)
		a->vantage[a->vantages] = b->vantage[0];
	a->vantages++;
}

/* What several vantages see at the same time is one. */
static void
join_all(struct disagreements *d)
{
	size_t n = 0;
	if (d->n > 0)
		qsort(d->item, d->n, sizeof(*d->item), in_order);
	for (size_t i = 0; i < d->n; i++) {
		struct disagreement *last = n > 0 ? &d->item[n - 1] : NULL;
		if (last != NULL && by_kind(last, &d->item[i]) == 0 &&
		    d->item[i].since_us <= last->until_us)
			join(last, &d->item[i]);
		else
			d->item[n++] = d->item[i];
	}
	d->n = n;
}

void
disagree_find(struct disagreements *d, const struct timeline *t,
    const struct control *c, const struct carriers *classes)
{
	*d = (struct disagreements){0};
	for (size_t i = 0; i < t->n; i++) {
		const struct run *run = &t->run[i];
		const struct sight s = {.prefix = &run->prefix,
		    .vantage = run->vantage,
		    .since_us = run->decided_us,
		    .until_us = later(run->decided_us, run->last_us),
		    .run = run};
		if (run_names(run))
			compare(d, &s, c, classes);
	}
	for (size_t i = 0; i < t->nreach; i++) {
		const struct reach_run *run = &t->reach[i];
		const struct sight s = {.prefix = &run->prefix,
		    .vantage = run->vantage,
		    .since_us = run->decided_us,
		    .until_us = later(run->decided_us, run->last_us),
		    .up = strcmp(run->reach, "up") == 0};
		if (strcmp(run->reach, "unknown") != 0)
			compare(d, &s, c, classes);
	}
	join_all(d);
}

void
disagree_free(struct disagreements *d)
{
	free(d->item);
	*d = (struct disagreements){0};
}
