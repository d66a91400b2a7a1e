/* SPDX-License-Identifier: ISC */
#include "analysis/change/compared.h"

void
compared_make(struct compared *c, const struct pair *pair)
{
	c->named = false;
	side_record(pair->a, &c->a);
	side_record(pair->b, &c->b);
	trail_make(&c->trail_a, &c->a);
	trail_make(&c->trail_b, &c->b);
	side_flows(pair->a, &c->before);
	side_flows(pair->b, &c->after);
	struct diff_sides sides = {.a = &c->trail_a,
	    .b = &c->trail_b,
	    .before = &c->before,
	    .after = &c->after};
	sides.same_flow = diff_same_flow(&c->a, &c->b, &sides.why);
	diff(&c->diff, &sides);
}

void
compared_name(struct compared *c, const struct basis *basis)
{
	naming_make(&c->name_a, &c->a, basis);
	naming_make(&c->name_b, &c->b, basis);
	c->named = true;
}

void
compared_clear(struct compared *c)
{
	record_clear(&c->a);
	record_clear(&c->b);
}

void
compared_stretch(const struct compared *c, struct compared_stretch *s)
{
	const struct diff *d = &c->diff;
	s->nfrom = s->nto = 0;
	if (!c->named || d->first_ttl == 0)
		return;
	s->nfrom = naming_stretch(&c->name_a, &c->trail_a,
	    (uint8_t[]){d->detour.from_a, d->detour.to_a}, s->from);
	s->nto = naming_stretch(&c->name_b, &c->trail_b,
	    (uint8_t[]){d->detour.from_b, d->detour.to_b}, s->to);
}
