/* SPDX-License-Identifier: ISC */
#include "analysis/control/control_events.h"

#include "analysis/control/control_runs.h"
#include "analysis/origin/keymap.h"

#include <math.h>
#include <string.h>

/* A default route, or a large block around, has origins of its own. */
enum { COVERING_LEN_MIN = 16 };

enum seen { SEEN_ORIGIN, SEEN_UPSTREAM };

/* The runs of one prefix on the way. */
struct march {
	struct control *c;
	const struct carriers *classes;
	int64_t end_us; /* events of waves that end behind it are not told */
	struct keymap seen; /* what was believed before: enum seen, ASN */
	const struct control_run *last; /* the newest that is known, or NULL */
};

static bool
same_prefix(const struct prefix *a, const struct prefix *b)
{
	return a->addr == b->addr && a->len == b->len;
}

static bool
is_new(struct march *m, enum seen what, uint32_t asn)
{
	uint32_t *seen = keymap_at(&m->seen, (uint64_t)what << 32 | asn);
	bool new = *seen == UINT32_MAX;
	*seen = 1;
	return new;
}

/* What a run has that was never seen before: an origin rather than another. */
static const char *
unseen(struct march *m, const struct control_run *run, uint32_t *asn)
{
	const char *what = NULL;
	for (size_t i = run->nupstreams; i > 0; i--)
		if (is_new(m, SEEN_UPSTREAM, run->upstream[i - 1].asn)) {
			what = "upstream";
			*asn = run->upstream[i - 1].asn;
		}
	for (size_t i = run->norigins; i > 0; i--)
		if (is_new(m, SEEN_ORIGIN, run->origin[i - 1])) {
			what = "origin";
			*asn = run->origin[i - 1];
		}
	return what;
}

static bool
has_upstream(const struct control_run *run, uint32_t asn)
{
	for (size_t i = 0; i < run->nupstreams; i++)
		if (run->upstream[i].asn == asn)
			return true;
	return false;
}

/* The upstreams of a that b has not. */
static struct control_run
without(const struct control_run *a, const struct control_run *b)
{
	struct control_run rest = *a;
	rest.nupstreams = 0;
	for (size_t i = 0; i < a->nupstreams; i++)
		if (!has_upstream(b, a->upstream[i].asn))
			rest.upstream[rest.nupstreams++] = a->upstream[i];
	return rest;
}

static enum event_kind
kind_of(const struct control_run *old, const struct control_run *new)
{
	if (old->routed != new->routed)
		return new->routed ? EVENT_UP : EVENT_DOWN;
	size_t lost = without(old, new).nupstreams;
	size_t gained = without(new, old).nupstreams;
	if (lost == 0 && gained > 0)
		return EVENT_GAINED;
	if (gained == 0 && lost > 0)
		return EVENT_LOST;
	return EVENT_CHANGED;
}

/* Who was gained or lost, or carries what goes down or up. */
static void
put_carrier(const struct march *m, struct event *e,
    const struct control_run *old, const struct control_run *new)
{
	struct control_run who;
	switch (e->kind) {
	case EVENT_GAINED:
		who = without(new, old);
		break;
	case EVENT_LOST:
		who = without(old, new);
		break;
	case EVENT_DOWN:
		who = *old;
		break;
	case EVENT_UP:
		who = *new;
		break;
	case EVENT_CHANGED:
	case EVENT_FLAPPING:
		return;
	}
	if (who.nupstreams > 0)
		control_name(&who, m->classes, e->carrier);
}

static size_t
put_upstreams(const struct control_run *run, uint32_t *asn)
{
	for (size_t i = 0; i < run->nupstreams; i++)
		asn[i] = run->upstream[i].asn;
	return run->nupstreams;
}

static struct event *
add(struct march *m, const struct control_run *old,
    const struct control_run *new, int64_t after_us)
{
	struct event *e = events_add(&m->c->events);
	e->plane = PLANE_CONTROL;
	e->kind = kind_of(old, new);
	e->prefix = new->prefix;
	e->entry_from = e->entry_to = -1;
	e->p = NAN;
	e->after_us = after_us;
	e->before_us = new->settled_us;
	control_name(old, m->classes, e->from);
	control_name(new, m->classes, e->to);
	put_carrier(m, e, old, new);
	e->nfrom = put_upstreams(old, e->upstream_from);
	e->nto = put_upstreams(new, e->upstream_to);
	e->peers = new->peers;
	e->peers_known = new->peers_known;
	return e;
}

/*
 * An origin of a prefix's first run that none of those inside or around it had,
 * which were known before; they are none, when there are none.
 */
static bool
foreign_origin(
    const struct control *c, const struct control_run *run, uint32_t *asn)
{
	bool known = false, foreign = false;
	for (size_t k = 0; k < run->norigins && !foreign; k++) {
		foreign = true;
		for (size_t i = 0; i < c->n && foreign; i++) {
			const struct control_run *r = &c->run[i];
			if (r->since_us >= run->since_us || r->norigins == 0 ||
			    same_prefix(&r->prefix, &run->prefix) ||
			    r->prefix.len < COVERING_LEN_MIN ||
			    (!prefix_contains(&r->prefix, run->prefix.addr) &&
				!prefix_contains(&run->prefix, r->prefix.addr)))
				continue;
			known = true;
			for (size_t o = 0; o < r->norigins; o++)
				if (r->origin[o] == run->origin[k])
					foreign = false;
		}
		*asn = run->origin[k];
	}
	return known && foreign && run->prefix.len >= COVERING_LEN_MIN;
}

static void
first_of(struct march *m, const struct control_run *run)
{
	uint32_t asn = 0;
	unseen(m, run, &asn);
	if (!foreign_origin(m->c, run, &asn) || run->settled_us > m->end_us)
		return;
	struct control_run none = {.prefix = run->prefix, .known = true};
	struct event *e = add(m, &none, run, run->since_us);
	e->suspect = "origin";
	e->suspect_as = asn;
}

/* A new origin is told of whoever shows it. */
static bool
is_event(const struct control_run *old, const struct control_run *new,
    const char *suspect)
{
	return new->told || old->routed != new->routed ||
	       (suspect != NULL && strcmp(suspect, "origin") == 0);
}

static void
step(struct march *m, const struct control_run *run, int64_t after_us)
{
	uint32_t asn = 0;
	if (m->last == NULL) {
		first_of(m, run);
	} else if (!control_same_state(m->last, run) &&
		   run->settled_us <= m->end_us) {
		const char *suspect = unseen(m, run, &asn);
		if (is_event(m->last, run, suspect)) {
			struct event *e = add(m, m->last, run, after_us);
			e->suspect = suspect;
			e->suspect_as = asn;
		}
	}
	m->last = run;
}

void
control_events_find(
    struct control *c, const struct control_ask *ask, int64_t last_us)
{
	struct march m = {.c = c,
	    .classes = ask->classes,
	    .end_us = ask->settled ? last_us - CONTROL_SETTLE_US : INT64_MAX};
	int64_t unknown_us = -1; /* since when, just before the run */
	for (size_t i = 0; i < c->n; i++) {
		const struct control_run *run = &c->run[i];
		if (i == 0 || !same_prefix(&run[-1].prefix, &run->prefix)) {
			m.last = NULL;
			keymap_clear(&m.seen);
			unknown_us = -1;
		}
		if (run->known)
			step(&m, run,
			    unknown_us >= 0 ? unknown_us : run->since_us);
		/* It may have happened anywhere in what is not known. */
		unknown_us = run->known ? -1 : run->since_us;
	}
	keymap_clear(&m.seen);
	events_find_flapping(&c->events);
}
