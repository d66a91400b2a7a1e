/* SPDX-License-Identifier: ISC */
#include "analysis/control/fold.h"

#include "analysis/control/control_events.h"
#include "analysis/control/control_runs.h"
#include "probe/base/mem.h"

#include <stdlib.h>
#include <string.h>

void
fold_routes_open(struct fold_routes *f, struct control *c,
    const struct control_ask *ask, const struct cover *cover)
{
	*c = (struct control){0};
	*f = (struct fold_routes){
	    .ask = ask, .cover = cover, .control = c, .last_us = -1};
}

bool
fold_is_session(const struct store_route *r)
{
	return r->kind == ROUTE_DOWN || r->kind == ROUTE_UP;
}

static void
add_silence(struct fold_routes *f, const struct store_route *r)
{
	if (f->nsilences == f->room) {
		f->room = f->room == 0 ? 16 : 2 * f->room;
		f->silence =
		    xreallocarray(f->silence, f->room, sizeof(*f->silence));
	}
	f->silence[f->nsilences++] = (struct silence){
	    .at_us = r->at_us, .no = r->no, .peer = peers_of(&f->peers, r)};
}

/* The files of a collector end. */
static void
hush(struct fold_routes *f, const struct cover_end *end)
{
	for (size_t i = 0; i < f->peers.n; i++)
		if (strcmp(f->peers.peer[i].collector, end->collector) == 0)
			chorus_silence(&f->chorus, (uint32_t)i, end->at_us);
}

/* All silences before a time. */
static void
hear_before(struct fold_routes *f, int64_t at_us)
{
	for (;;) {
		int64_t session = INT64_MAX, end = INT64_MAX;
		if (f->next_silence < f->nsilences)
			session = f->silence[f->next_silence].at_us;
		if (f->next_end < f->cover->n)
			end = f->cover->end[f->next_end].at_us;
		if ((session < end ? session : end) >= at_us)
			return;
		if (end < session) {
			hush(f, &f->cover->end[f->next_end++]);
			continue;
		}
		const struct silence *s = &f->silence[f->next_silence++];
		if (!s->heard)
			chorus_silence(&f->chorus, s->peer, s->at_us);
	}
}

/* Those of the row's peer that stand before it at the same time. */
static void
hear_beside(struct fold_routes *f, uint32_t peer, const struct store_route *r)
{
	for (size_t i = f->next_silence;
	     i < f->nsilences && f->silence[i].at_us == r->at_us; i++) {
		struct silence *s = &f->silence[i];
		if (s->peer != peer || s->no >= r->no || s->heard)
			continue;
		s->heard = true;
		chorus_silence(&f->chorus, peer, s->at_us);
	}
}

static void
end_prefix(struct fold_routes *f)
{
	if (!f->open)
		return;
	hear_before(f, f->ask->until_us > 0 ? f->ask->until_us : INT64_MAX);
	chorus_close(&f->chorus);
	control_runs_add(f->control, &f->chorus, f->ask);
	chorus_free(&f->chorus);
	f->open = false;
}

static void
begin_prefix(struct fold_routes *f, const struct prefix *p)
{
	chorus_open(&f->chorus, p);
	f->open = true;
	f->next_silence = f->next_end = 0;
	for (size_t i = 0; i < f->nsilences; i++)
		f->silence[i].heard = false;
}

void
fold_routes_add(struct fold_routes *f, const struct store_route *r)
{
	if (r->at_us > f->last_us)
		f->last_us = r->at_us;
	if (fold_is_session(r)) {
		add_silence(f, r);
		return;
	}
	if (!f->open || f->chorus.prefix.addr != r->prefix.addr ||
	    f->chorus.prefix.len != r->prefix.len) {
		end_prefix(f);
		begin_prefix(f, &r->prefix);
	}
	uint32_t peer = peers_of(&f->peers, r);
	hear_before(f, r->at_us);
	hear_beside(f, peer, r);
	chorus_route(&f->chorus, peer, r);
}

void
fold_routes_close(struct fold_routes *f)
{
	end_prefix(f);
	int64_t last = f->last_us;
	if (f->cover->last_us > last)
		last = f->cover->last_us;
	if (f->ask->until_us > 0 && last >= f->ask->until_us)
		last = f->ask->until_us - 1;
	for (size_t i = 0; i < f->control->n; i++)
		if (f->control->run[i].until_us < 0)
			f->control->run[i].last_us = last;
	control_events_find(f->control, f->ask->classes);
	peers_free(&f->peers);
	free(f->silence);
	*f = (struct fold_routes){0};
}
