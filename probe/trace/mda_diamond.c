/* SPDX-License-Identifier: ISC */
#include "probe/base/mem.h"
#include "probe/trace/mda_state.h"

/*
 * Meshing and asymmetry between two neighbouring TTLs, as Vermeulen et al.
 * define them: counted from the narrower side, where a symmetric tree has
 * equal numbers, and from the wider side, where it has one each.
 */
struct joint {
	unsigned out_most, out_least, in_most, in_least;
};

static void
extend(unsigned n, unsigned *least, unsigned *most)
{
	if (*least == 0 || n < *least)
		*least = n;
	if (n > *most)
		*most = n;
}

static struct joint
join(const struct mda *m, uint8_t ttl)
{
	struct mda_fan fan;
	struct joint j = {0};
	mda_fan(m, ttl, &fan);
	for (unsigned i = 0; i < m->hop[ttl].vertices; i++)
		if (fan.from[i].next > 0)
			extend(fan.from[i].next, &j.out_least, &j.out_most);
	for (unsigned i = 0; i < m->hop[ttl + 1].vertices; i++)
		if (fan.into[i] > 0)
			extend(fan.into[i], &j.in_least, &j.in_most);
	return j;
}

static void
inspect(const struct mda *m, uint8_t ttl, struct mda_diamond *d)
{
	const struct mda_view *v = &m->view[ttl], *next = &m->view[ttl + 1];
	d->per_packet = d->per_packet || v->kind == MDA_MIXED;
	d->asymmetric = d->asymmetric || (v->ends > 0 && v->ends < v->seen);
	if (v->alive > d->width)
		d->width = v->alive;
	if (ttl == m->heard || v->kind == MDA_MIXED || next->alive == 0)
		return;
	struct joint j = join(m, ttl);
	bool widens = v->alive<next->alive, narrows = v->alive> next->alive;
	if (next->alive > 1)
		d->meshed = d->meshed || (!widens && j.out_most > 1) ||
			    (!narrows && j.in_most > 1);
	d->asymmetric = d->asymmetric || j.out_most != j.out_least ||
			j.in_most != j.in_least;
}

/* Whether a hop is wide: flows are known to part before it and not to meet. */
static bool
wide(const struct mda *m, uint8_t ttl)
{
	return m->view[ttl].alive > 1;
}

/* The only router of a TTL; 0 when there is none. */
static uint32_t
only(const struct mda *m, uint8_t ttl)
{
	const struct mda_view *v = &m->view[ttl];
	for (unsigned i = 0; i < m->hop[ttl].vertices; i++)
		if (v->flows[i] > 0)
			return m->hop[ttl].addr[i];
	return 0;
}

/* From the first wide TTL to the one behind the last; returns the latter. */
static uint8_t
add(const struct mda *m, uint8_t ttl, struct mda_graph *g)
{
	struct mda_diamond d = {.from_ttl = (uint8_t)(ttl - 1)};
	if (ttl > m->config.first_ttl)
		d.from = only(m, d.from_ttl);
	bool equal = mda_equal_shares(m, ttl);
	for (; ttl <= m->heard && wide(m, ttl); ttl++)
		inspect(m, ttl, &d);
	d.to_ttl = ttl;
	d.to = ttl <= m->heard ? only(m, ttl) : 0;
	d.uniform = equal && !d.asymmetric;
	g->diamonds =
	    xreallocarray(g->diamonds, g->ndiamonds + 1, sizeof(*g->diamonds));
	g->diamonds[g->ndiamonds++] = d;
	return ttl;
}

void
mda_diamonds(const struct mda *m, struct mda_graph *g)
{
	uint8_t ttl = m->config.first_ttl;
	while (ttl <= m->heard)
		ttl = wide(m, ttl) ? add(m, ttl, g) : (uint8_t)(ttl + 1);
}
