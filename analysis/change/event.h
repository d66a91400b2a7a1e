/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_CHANGE_EVENT_H
#define TUMEN_CHANGE_EVENT_H

#include "probe/base/json.h"
#include "probe/base/record.h"
#include "sql/states.h"

/*
 * Something changed, on either plane, with the bracket in which it happened:
 * after the last observation of the old state and not after the first of the
 * new.
 */

enum event_kind {
	EVENT_GAINED,	/* a carrier more; of one vantage: a route again */
	EVENT_LOST,	/* a carrier less; of one vantage: no route any more */
	EVENT_CHANGED,	/* another carrier or entry AS in its place */
	EVENT_DOWN,	/* nothing answers any more, though the vantage is well;
			   of the control plane: no peer has a route, or
			   fewer than a tenth, whose routes got stuck */
	EVENT_UP,	/* the opposite */
	EVENT_FLAPPING, /* EVENT_FLAPS or more of the others of one row, none
			   EVENT_FLAP_US or more after the one before; they
			   stand beside it. It lasts from the bracket of the
			   first to that of the last */
};

enum { EVENT_FLAPS = 4, EVENT_UPSTREAMS_MAX = 8 };
#define EVENT_FLAP_US (INT64_C(3600) * 1000000)

enum event_plane { PLANE_DATA, PLANE_CONTROL };

struct event {
	enum event_plane plane;
	enum event_kind kind;
	struct prefix prefix;
	char vantage[RECORD_NAME_MAX + 1]; /* "": of all vantages, or peers */
	/*
	 * The states before and after: a carrier; of all vantages or peers that
	 * several carry it "both" or "several"; "none"; "unknown"; of DOWN and
	 * UP on the data plane "up" and "down". carrier is who was gained or
	 * lost, or carries what goes down or up; "" when nobody is known.
	 */
	char from[RUN_CARRIER_MAX + 1], to[RUN_CARRIER_MAX + 1];
	char carrier[RUN_CARRIER_MAX + 1];
	int64_t entry_from, entry_to; /* -1 */
	int64_t after_us, before_us;
	double p;     /* NAN */
	bool in_flap; /* one of those that a FLAPPING counts */
	size_t flaps; /* of FLAPPING: how many */
	/* The data plane: the last trace of the old, the first of the new. */
	bool has_traces;
	uint8_t trace_from[UUID_LEN], trace_to[UUID_LEN];
	/* The control plane: upstreams before and after, ascending; how many
	 * peers have a route after it, of how many whose state is known; what
	 * was never seen before ("origin", "upstream"; NULL) and the AS. */
	size_t nfrom, nto;
	uint32_t upstream_from[EVENT_UPSTREAMS_MAX];
	uint32_t upstream_to[EVENT_UPSTREAMS_MAX];
	size_t peers, peers_known;
	const char *suspect;
	uint32_t suspect_as;
};

struct events {
	size_t n, room;
	struct event *event;
};

/* A zeroed event at the end; valid until the next. */
struct event *events_add(struct events *e);
void events_free(struct events *e);

/* By prefix, before_us, plane, vantage, kind, and what else they say. */
void events_sort(struct events *e);

/*
 * A prefix, plane and vantage have one row of events; on the data plane two:
 * who carries it, and whether it answers. An outage is an event of each, and
 * not half a flapping.
 */
bool event_is_reach(const struct event *e);

/*
 * Adds a FLAPPING event for every stretch of them in a row, and marks those
 * that it counts. Sorts.
 */
void events_find_flapping(struct events *e);

const char *event_kind_name(enum event_kind kind);

/* The event object (no newline). */
void event_json(const struct event *e, struct json *j);

#endif
