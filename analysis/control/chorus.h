/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_CONTROL_CHORUS_H
#define TUMEN_CONTROL_CHORUS_H

#include "analysis/control/track.h"
#include "sql/routes.h"

/*
 * What the peers say of one prefix, in the order of time: routes in, tracks
 * with their turns out. Peers are numbers (peers.h).
 *
 * What a peer said last is remembered for COVER_GAP_US after its session went
 * down or its collector's files ended, so that a session that comes back with
 * what it had changes nothing; only peers that are known are counted. What a
 * peer begins to say or says no more is judged; that a witness comes or goes
 * is no event (control.h). Those who never had a route count while nobody had:
 * a peer that tells the collector only routes of its own is no witness. The
 * first state is that after the first CONTROL_SETTLE_US; likewise after nothing
 * was remembered.
 */
struct chorus {
	struct prefix prefix;
	int64_t now_us;	   /* of what is not judged yet; -1 */
	int64_t began_us;  /* of this first state; -1: nobody is known */
	int64_t settle_us; /* when it is that; -1: it was */
	size_t nstandings; /* by peer */
	struct standing *standing;
	size_t known[2],
	    remembered[2];	/* peers; [1] those who ever had a route */
	bool had;		/* any of them did */
	struct tallies tallies; /* of known that count */
	size_t ntracks;
	struct track *track; /* [0]: TRACK_ANY */
	struct keymap index; /* of them, by kind and ASN */
	size_t ntouched, nripens, ripen, nlapses, lapse;
	uint32_t *touched;
	struct ripen *ripens; /* what is to come, by time: from `ripen` on */
	struct lapse *lapses;
};

/*
 * Upstreams and origins of one prefix; others count as routes alone. Ten times
 * what the largest anycast network has of one, and paths are what peers say.
 */
enum { CHORUS_TRACKS_MAX = 4096, CHORUS_PATHS_MAX = 64 };

void chorus_open(struct chorus *s, const struct prefix *prefix);
void chorus_free(struct chorus *s);

/* A row of the prefix; times never go back. */
void chorus_route(struct chorus *s, uint32_t peer, const struct store_route *r);

/* Nothing is known of a peer from here on. */
void chorus_silence(struct chorus *s, uint32_t peer, int64_t at_us);

/* After the last row. */
void chorus_close(struct chorus *s);

#endif
