/* SPDX-License-Identifier: ISC */
#include "analysis/control/chorus.h"

#include "analysis/control/control.h"
#include "analysis/control/cover.h"
#include "probe/base/mem.h"

#include <stdlib.h>
#include <string.h>

/* A route that a peer has; ASNs -1. */
struct path {
	uint32_t id;
	int64_t upstream, origin;
};

struct standing {
	bool known, remembered;
	bool had;	  /* a route, ever */
	int64_t lapse_us; /* when it is forgotten unless it is known then */
	size_t n;
	struct path *path;
};

struct ripen {
	int64_t at_us;
	uint32_t track, peer;
};

struct lapse {
	int64_t at_us;
	uint32_t peer;
};

/* The tracks that a peer is in, and whether it told so (track.h). */
struct membership {
	bool told;
	size_t n;
	uint32_t track[1 + 2 * CHORUS_PATHS_MAX];
};

static uint32_t
track_of(struct chorus *s, enum track_kind kind, int64_t asn)
{
	uint32_t *no = keymap_at(
	    &s->index, (uint64_t)kind << 32 | (uint32_t)(asn < 0 ? 0 : asn));
	if (*no != UINT32_MAX || s->ntracks == CHORUS_TRACKS_MAX)
		return *no;
	if ((s->ntracks & (s->ntracks - 1)) == 0)
		s->track = xreallocarray(s->track,
		    s->ntracks == 0 ? 1 : 2 * s->ntracks, sizeof(*s->track));
	track_open(&s->track[s->ntracks], kind, (uint32_t)asn);
	return *no = (uint32_t)s->ntracks++;
}

void
chorus_open(struct chorus *s, const struct prefix *prefix)
{
	*s = (struct chorus){
	    .prefix = *prefix, .now_us = -1, .began_us = -1, .settle_us = -1};
	track_of(s, TRACK_ANY, 0);
}

void
chorus_free(struct chorus *s)
{
	for (size_t i = 0; i < s->ntracks; i++)
		track_free(&s->track[i]);
	for (size_t i = 0; i < s->nstandings; i++)
		free(s->standing[i].path);
	free(s->track);
	free(s->standing);
	free(s->tallies.tally);
	free(s->touched);
	free(s->ripens);
	free(s->lapses);
	keymap_clear(&s->index);
}

static struct standing *
standing_of(struct chorus *s, uint32_t peer)
{
	if (peer >= s->nstandings) {
		size_t n = 2 * ((size_t)peer + 1);
		s->standing =
		    xreallocarray(s->standing, n, sizeof(*s->standing));
		memset(s->standing + s->nstandings, 0,
		    (n - s->nstandings) * sizeof(*s->standing));
		s->nstandings = n;
	}
	return &s->standing[peer];
}

/* A track whose numbers change in this moment. */
static struct track *
touch(struct chorus *s, uint32_t no)
{
	struct track *t = &s->track[no];
	if (t->touched)
		return t;
	t->touched = true;
	if ((s->ntouched & (s->ntouched - 1)) == 0)
		s->touched = xreallocarray(s->touched,
		    s->ntouched == 0 ? 1 : 2 * s->ntouched,
		    sizeof(*s->touched));
	s->touched[s->ntouched++] = no;
	return t;
}

static void
join(struct membership *m, uint32_t track)
{
	for (size_t i = 0; i < m->n; i++)
		if (m->track[i] == track)
			return;
	if (track != UINT32_MAX)
		m->track[m->n++] = track;
}

static void
membership_of(struct chorus *s, const struct standing *st, struct membership *m)
{
	m->n = 0;
	for (size_t i = 0; i < st->n; i++) {
		const struct path *p = &st->path[i];
		join(m, 0);
		if (p->upstream >= 0)
			join(m, track_of(s, TRACK_UPSTREAM, p->upstream));
		if (p->origin >= 0)
			join(m, track_of(s, TRACK_ORIGIN, p->origin));
	}
}

static bool
in(const struct membership *m, uint32_t track)
{
	for (size_t i = 0; i < m->n; i++)
		if (m->track[i] == track)
			return true;
	return false;
}

static void
await_ripe(struct chorus *s, uint32_t track, uint32_t peer)
{
	if ((s->nripens & (s->nripens - 1)) == 0)
		s->ripens = xreallocarray(s->ripens,
		    s->nripens == 0 ? 1 : 2 * s->nripens, sizeof(*s->ripens));
	s->ripens[s->nripens++] =
	    (struct ripen){s->now_us + CONTROL_SETTLE_US, track, peer};
}

static void
move(struct chorus *s, uint32_t peer, const struct membership *from,
    const struct membership *to)
{
	for (size_t i = 0; i < from->n; i++) {
		if (in(to, from->track[i]))
			continue;
		track_leave(touch(s, from->track[i]), peer, s->now_us);
		await_ripe(s, from->track[i], peer);
	}
	for (size_t i = 0; i < to->n; i++)
		if (!in(from, to->track[i]))
			track_arrive(
			    touch(s, to->track[i]), peer, s->now_us, to->told);
}

static void
know(struct chorus *s, uint32_t peer)
{
	struct standing *st = standing_of(s, peer);
	if (st->known)
		return;
	struct membership m;
	membership_of(s, st, &m);
	for (size_t i = 0; i < m.n; i++)
		track_hide(touch(s, m.track[i]), peer, false);
	s->known[st->had]++;
	s->remembered[st->had] += !st->remembered;
	st->known = st->remembered = true;
}

static void
forget(struct chorus *s, uint32_t peer)
{
	struct standing *st = &s->standing[peer];
	struct membership m;
	membership_of(s, st, &m);
	for (size_t i = 0; i < m.n; i++)
		track_forget(touch(s, m.track[i]), peer);
	st->n = 0;
	st->remembered = false;
	s->remembered[st->had]--;
}

/* Everything that is remembered is gone: what comes next is a beginning. */
static void
stop(struct chorus *s)
{
	for (size_t i = 0; i < s->ntracks; i++)
		track_stop(&s->track[i], s->now_us);
	s->began_us = s->settle_us = -1;
}

static void
begin(struct chorus *s)
{
	for (size_t i = 0; i < s->ntracks; i++)
		track_begin(&s->track[i], s->remembered[s->had], s->began_us);
	s->settle_us = -1;
}

/* The end of a moment: before the first state is there, only numbers. */
static void
judge(struct chorus *s)
{
	if (s->now_us < 0)
		return;
	tallies_put(
	    &s->tallies, (struct tally){s->now_us, s->known[s->had], true});
	if (s->began_us >= 0 && s->remembered[s->had] == 0)
		stop(s);
	if (s->settle_us >= 0 && s->settle_us <= s->now_us)
		begin(s);
	bool settled = s->began_us >= 0 && s->settle_us < 0;
	for (size_t i = 0; i < s->ntouched; i++) {
		struct track *t = &s->track[s->touched[i]];
		if (settled)
			track_judge(t, s->known[s->had], s->now_us);
		track_note(t, s->now_us);
	}
	s->ntouched = 0;
}

/* When something happens by itself; INT64_MAX: never. */
static int64_t
next_due(const struct chorus *s)
{
	/* The first state is made at the end of the moment that it is due. */
	int64_t due = s->settle_us > s->now_us ? s->settle_us : INT64_MAX;
	if (s->ripen < s->nripens && s->ripens[s->ripen].at_us < due)
		due = s->ripens[s->ripen].at_us;
	if (s->lapse < s->nlapses && s->lapses[s->lapse].at_us < due)
		due = s->lapses[s->lapse].at_us;
	return due;
}

static void
come_due(struct chorus *s)
{
	for (; s->ripen < s->nripens; s->ripen++) {
		const struct ripen *r = &s->ripens[s->ripen];
		if (r->at_us > s->now_us)
			break;
		if (track_ripen(&s->track[r->track], r->peer, s->now_us))
			touch(s, r->track);
	}
	for (; s->lapse < s->nlapses; s->lapse++) {
		const struct lapse *l = &s->lapses[s->lapse];
		const struct standing *st = &s->standing[l->peer];
		if (l->at_us > s->now_us)
			break;
		if (!st->known && st->remembered && st->lapse_us == l->at_us)
			forget(s, l->peer);
	}
}

static void
go_to(struct chorus *s, int64_t at_us)
{
	if (at_us > s->now_us) {
		judge(s);
		s->now_us = at_us;
	}
}

/* The moment of at_us begins, after all that comes due until then. */
static void
advance(struct chorus *s, int64_t at_us)
{
	for (int64_t due; (due = next_due(s)) <= at_us;) {
		go_to(s, due);
		come_due(s);
	}
	go_to(s, at_us);
}

static void
drop_path(struct standing *st, const struct store_route *r)
{
	size_t n = 0;
	for (size_t i = 0; i < st->n; i++)
		if (r->kind != ROUTE_ABSENT && st->path[i].id != r->path_id)
			st->path[n++] = st->path[i];
	st->n = n;
}

static void
put_path(struct standing *st, const struct store_route *r)
{
	drop_path(st, r);
	if (st->n == CHORUS_PATHS_MAX)
		return;
	if (st->path == NULL || (st->n & (st->n - 1)) == 0)
		st->path = xreallocarray(
		    st->path, st->n == 0 ? 1 : 2 * st->n, sizeof(*st->path));
	st->path[st->n++] =
	    (struct path){r->path_id, r->upstream_as, r->origin_as};
}

/* It has a route: that it has none will say something from now on. */
static void
become_witness(struct chorus *s, struct standing *st)
{
	if (st->had)
		return;
	st->had = s->had = true;
	s->known[0]--;
	s->remembered[0]--;
	s->known[1]++;
	s->remembered[1]++;
}

static bool
says_nothing_new(const struct standing *st, const struct store_route *r)
{
	if (r->kind == ROUTE_WITHDRAWN || r->kind == ROUTE_ABSENT)
		return st->n == 0;
	return st->n == 1 && st->path[0].id == r->path_id &&
	       st->path[0].upstream == r->upstream_as &&
	       st->path[0].origin == r->origin_as;
}

void
chorus_route(struct chorus *s, uint32_t peer, const struct store_route *r)
{
	advance(s, r->at_us);
	if (s->began_us < 0) {
		s->began_us = r->at_us;
		s->settle_us = r->at_us + CONTROL_SETTLE_US;
	}
	bool heard = standing_of(s, peer)->remembered;
	know(s, peer);
	struct standing *st = standing_of(s, peer);
	if (says_nothing_new(st, r))
		return;
	struct membership from, to;
	membership_of(s, st, &from);
	if (r->kind == ROUTE_WITHDRAWN || r->kind == ROUTE_ABSENT)
		drop_path(st, r);
	else
		put_path(st, r);
	if (st->n > 0)
		become_witness(s, st);
	membership_of(s, st, &to);
	to.told = heard || r->kind != ROUTE_TABLE;
	move(s, peer, &from, &to);
}

void
chorus_silence(struct chorus *s, uint32_t peer, int64_t at_us)
{
	if (peer >= s->nstandings || !s->standing[peer].known)
		return;
	advance(s, at_us);
	struct standing *st = &s->standing[peer];
	if (!st->known) /* was forgotten */
		return;
	struct membership m;
	membership_of(s, st, &m);
	for (size_t i = 0; i < m.n; i++)
		track_hide(touch(s, m.track[i]), peer, true);
	st->known = false;
	st->lapse_us = at_us + COVER_GAP_US;
	s->known[st->had]--;
	if ((s->nlapses & (s->nlapses - 1)) == 0)
		s->lapses = xreallocarray(s->lapses,
		    s->nlapses == 0 ? 1 : 2 * s->nlapses, sizeof(*s->lapses));
	s->lapses[s->nlapses++] = (struct lapse){st->lapse_us, peer};
}

void
chorus_close(struct chorus *s)
{
	judge(s);
	if (s->settle_us >= 0)
		begin(s);
}
