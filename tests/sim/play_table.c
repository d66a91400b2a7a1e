/* SPDX-License-Identifier: ISC */
#include "tests/sim/play_table.h"

#include <stdlib.h>
#include <string.h>

static int
by_router_and_prefix(const void *x, const void *y)
{
	const struct play_route *a = x, *b = y;
	if (a->router != b->router)
		return a->router < b->router ? -1 : 1;
	if (a->prefix.addr != b->prefix.addr)
		return a->prefix.addr < b->prefix.addr ? -1 : 1;
	return a->prefix.len - b->prefix.len;
}

/* While the spans of one router are made: the prefixes around `at`. */
struct sweep {
	struct play *play;
	uint32_t begin; /* of its spans */
	uint64_t at;	/* all below has its span */
	uint32_t open[34];
	int depth;
};

static uint64_t
end_of(const struct play_route *r)
{
	return r->prefix.addr + (UINT64_C(1) << (32 - r->prefix.len));
}

static void
span(struct sweep *s, uint64_t end)
{
	struct play *p = s->play;
	if (s->at == end)
		return;
	p->span = text_grow(p->span, p->spans, sizeof(p->span[0]));
	p->span[p->spans++] = (struct play_span){.first = (uint32_t)s->at,
	    .route = s->depth == 0 ? PLAY_NONE : s->open[s->depth - 1]};
	s->at = end;
}

static void
close_until(struct sweep *s, uint64_t addr)
{
	while (s->depth > 0) {
		uint64_t end = end_of(&s->play->route[s->open[s->depth - 1]]);
		if (end > addr)
			break;
		span(s, end);
		s->depth--;
	}
	span(s, addr);
}

/* All routes of one router, which begin at i; where the next one's begin. */
static uint32_t
make_one(struct play *p, uint32_t i)
{
	struct sweep s = {.play = p, .begin = p->spans};
	struct play_router *r = &p->router[p->route[i].router];
	uint32_t router = p->route[i].router;
	for (; i < p->routes && p->route[i].router == router; i++) {
		close_until(&s, p->route[i].prefix.addr);
		s.open[s.depth++] = i;
	}
	close_until(&s, UINT64_C(1) << 32);
	r->span = s.begin;
	r->spans = p->spans - s.begin;
	return i;
}

static bool
twice(struct text *t, const struct play_route *a, const struct play_route *b)
{
	char text[PREFIX_STRLEN];
	if (by_router_and_prefix(a, b) != 0)
		return false;
	t->line = a->line > b->line ? a->line : b->line;
	text_bad(t, prefix_format(&a->prefix, text),
	    "a second route of this router for it");
	return true;
}

/* Where only one link leaves the source there is nothing to say. */
static bool
source_route(struct text *t)
{
	struct play *p = t->play;
	for (uint32_t i = 0; i < p->routes; i++)
		if (p->route[i].router == 0)
			return true;
	uint32_t link = p->router[0].links;
	if (link == PLAY_NONE || p->link[link].next != PLAY_NONE)
		return text_bad(t, "source", "neither one link nor a route");
	text_route_over(t, 0, (struct prefix){0, 0}, link);
	return true;
}

bool
play_table_make(struct text *t)
{
	struct play *p = t->play;
	if (!source_route(t))
		return false;
	qsort(p->route, p->routes, sizeof(p->route[0]), by_router_and_prefix);
	for (uint32_t i = 1; i < p->routes; i++)
		if (twice(t, &p->route[i - 1], &p->route[i]))
			return false;
	for (uint32_t i = 0; i < p->routes;)
		i = make_one(p, i);
	return true;
}

const struct play_route *
play_table_find(
    const struct play *p, const struct play_router *r, uint32_t addr)
{
	const struct play_span *s = p->span + r->span;
	uint32_t n = r->spans;
	if (n == 0)
		return NULL;
	while (n > 1) { /* s[0].first <= addr, always */
		uint32_t half = n / 2;
		bool right = s[half].first <= addr;
		s += right ? half : 0;
		n = right ? n - half : half;
	}
	return s->route == PLAY_NONE ? NULL : &p->route[s->route];
}
