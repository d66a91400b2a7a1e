/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_CONTROL_TRACK_H
#define TUMEN_CONTROL_TRACK_H

#include "analysis/origin/keymap.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * One thing that peers may say of a prefix (that there is a route; this
 * upstream; this origin): which of them do, and whether it is believed.
 *
 * It is believed from when `percent` of the peers say so, until fewer do and at
 * least half of those have left that there were at best: what stands at the
 * limit does not flicker. A peer that left it counts as away for the next
 * CONTROL_SETTLE_US, though it is back: so an outage that is shorter than its
 * news takes to get around, of which never all peers know at once, is found.
 * At once it counts again when half of the best number are back.
 *
 * A turn is dated by the first of the messages that made it. Its wave is
 * followed backwards from the one that decided, one message a peer, while none
 * is CONTROL_SETTLE_US or more before the next: of a fall a peer's first
 * leave after the last turn, or after it had held on for so long; of a rise the
 * arrival of those that are there then.
 */
enum track_kind { TRACK_ANY, TRACK_UPSTREAM, TRACK_ORIGIN };

struct turn {
	int64_t since_us, decided_us;
	bool up;
	bool told; /* a peer that was known said so; not: who is heard did */
};

/* So many peers whose state is known say so from here on. */
struct tally {
	int64_t at_us;
	size_t peers;
	bool told; /* because one said something else, not because one was
		      only known again, or not any more */
};

struct tallies {
	size_t n, room;
	struct tally *tally;
};

struct belief {
	size_t percent;
	bool held;
	size_t top; /* the most since it is held, or while it last was */
	size_t n, room;
	struct turn *turn;
};

/* TRACK_ANY has two: that there is a route, and that most have it. */
enum { BELIEF_HELD, BELIEF_MOST, BELIEFS };

struct track {
	enum track_kind kind;
	uint32_t asn;
	size_t nbeliefs;
	struct belief belief[BELIEFS];
	size_t seen, ripe, hidden; /* peers that say it; of them, not just
				      back; that said it when last heard */
	struct tallies tallies;	   /* of seen */
	size_t nholders, room;
	struct holder *holder;
	struct keymap index; /* of holders by peer */
	/* Since it was last judged. */
	bool touched, left, arrived, forgotten;
	bool told; /* one that arrived was known, or speaks by itself */
};

void track_open(struct track *t, enum track_kind kind, uint32_t asn);
void track_free(struct track *t);

/* A known peer begins to say it, or says something else now. told: not that
 * nothing was known of it and a table has it. */
void track_arrive(struct track *t, uint32_t peer, int64_t at_us, bool told);
void track_leave(struct track *t, uint32_t peer, int64_t at_us);

/* Whether a peer says so is not known any more, or is again. */
void track_hide(struct track *t, uint32_t peer, bool hidden);

/* What a hidden peer said is too old. */
void track_forget(struct track *t, uint32_t peer);

/* CONTROL_SETTLE_US after a leave. True when that makes the peer count. */
bool track_ripen(struct track *t, uint32_t peer, int64_t at_us);

/* What is believed now, when so many peers are known, after what changed. */
void track_judge(struct track *t, size_t peers, int64_t at_us);

/* Notes the numbers, at the end of each moment. */
void track_note(struct track *t, int64_t at_us);

/* What is believed at the beginning, which was at since_us; or not at all:
 * peers that are hidden count. */
void track_begin(struct track *t, size_t peers, int64_t since_us);
void track_stop(struct track *t, int64_t at_us);

/* Notes the number of peers, when it is another. */
void tallies_put(struct tallies *t, struct tally tally);
size_t tallies_at(const struct tallies *t, int64_t at_us);

/* The last that was told in a wave: from a time on, before another. */
int64_t
tallies_settled(const struct tallies *t, int64_t from_us, int64_t to_us);

#endif
