/* SPDX-License-Identifier: ISC */
#include "analysis/control/silences.h"

#include "probe/base/mem.h"

#include <stdlib.h>
#include <string.h>

struct silence {
	int64_t at_us, no; /* no: as a row's */
	uint32_t peer;
	bool heard; /* in this walk */
};

bool
silences_is_one(const struct store_route *r)
{
	return r->kind == ROUTE_DOWN || r->kind == ROUTE_UP;
}

void
silences_add(struct silences *s, const struct store_route *r)
{
	if (s->n == s->room) {
		s->room = s->room == 0 ? 16 : 2 * s->room;
		s->silence =
		    xreallocarray(s->silence, s->room, sizeof(*s->silence));
	}
	s->silence[s->n++] = (struct silence){
	    .at_us = r->at_us, .no = r->no, .peer = peers_of(&s->peers, r)};
}

void
silences_rewind(struct silences *s)
{
	s->next = s->next_end = 0;
	for (size_t i = 0; i < s->n; i++)
		s->silence[i].heard = false;
}

static void
end_collector(struct silences *s, const struct cover_end *end,
    silence_heard *each, void *arg)
{
	for (size_t i = 0; i < s->peers.n; i++)
		if (strcmp(s->peers.peer[i].collector, end->collector) == 0)
			each(arg, (uint32_t)i, end->at_us);
}

void
silences_until(
    struct silences *s, int64_t at_us, silence_heard *each, void *arg)
{
	for (;;) {
		int64_t session = INT64_MAX, end = INT64_MAX;
		if (s->next < s->n)
			session = s->silence[s->next].at_us;
		if (s->next_end < s->cover->n)
			end = s->cover->end[s->next_end].at_us;
		if ((session < end ? session : end) >= at_us)
			return;
		if (end < session) {
			end_collector(
			    s, &s->cover->end[s->next_end++], each, arg);
			continue;
		}
		struct silence *now = &s->silence[s->next++];
		if (!now->heard)
			each(arg, now->peer, now->at_us);
	}
}

void
silences_before(struct silences *s, uint32_t peer, const struct store_route *r,
    silence_heard *each, void *arg)
{
	silences_until(s, r->at_us, each, arg);
	for (size_t i = s->next; i < s->n && s->silence[i].at_us == r->at_us;
	     i++) {
		struct silence *now = &s->silence[i];
		if (now->peer != peer || now->no >= r->no || now->heard)
			continue;
		now->heard = true;
		each(arg, peer, now->at_us);
	}
}

void
silences_free(struct silences *s)
{
	peers_free(&s->peers);
	free(s->silence);
	*s = (struct silences){0};
}
