/* SPDX-License-Identifier: ISC */
#include "analysis/infer/border.h"

static bool
is_own(const struct spot *spot)
{
	return spot->n > 0 && (spot->sight[0].of & 1u << SCENE_HOME) != 0;
}

static bool
is_foreign(const struct spot *spot)
{
	return spot->n > 0 && spot->sight[0].of != 0 && !is_own(spot) &&
	       spot->sight[0].kind != SIGHT_MEMBER;
}

/*
 * Packets of one flow that took two ways, or a path that moved while it was
 * traced: two addresses at one TTL that share no network.
 */
static bool
has_rival(const struct spot *spot)
{
	for (size_t i = 1; i < spot->n; i++) {
		uint32_t of = spot->sight[i].of & ~(1u << SCENE_HOME);
		if (of != 0 && (of & spot->sight[0].of) == 0)
			return true;
	}
	return false;
}

struct border
border_find(const struct scene *s)
{
	struct border b = {.own = -1};
	int i = (int)s->nspots - 1;
	for (; i >= 0 && !is_foreign(&s->spot[i]); i--) {
		const struct spot *spot = &s->spot[i];
		if (is_own(spot)) {
			b.own = i;
			b.unowned = false;
		} else if (spot->n > 0 &&
			   spot->sight[0].kind != SIGHT_PRIVATE) {
			b.unowned = true;
		}
	}
	b.foreign = i;
	if (i >= 0)
		b.rival = has_rival(&s->spot[i]);
	for (i--; i >= 0; i--)
		b.came_back |= is_own(&s->spot[i]);
	return b;
}

void
border_place(const struct scene *s, const struct border *b, struct verdict *v)
{
	if (b->foreign < 0)
		return;
	int end = b->own >= 0 ? b->own : (int)s->nspots;
	v->border_lo = s->spot[b->foreign].ttl;
	v->border_hi = b->own >= 0 ? s->spot[b->own].ttl : -1;
	for (int t = b->foreign + 1; t < end; t++)
		v->silent_hops += s->spot[t].probed && s->spot[t].n == 0;
}
