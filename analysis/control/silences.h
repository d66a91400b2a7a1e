/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_CONTROL_SILENCES_H
#define TUMEN_CONTROL_SILENCES_H

#include "analysis/control/cover.h"
#include "analysis/control/peers.h"

/*
 * From when on nothing is known of a peer: its session went down or came up
 * anew, or its collector's files ended. They are of all prefixes, and walked
 * once for each, beside its rows.
 */
struct silences {
	const struct cover *cover; /* borrowed */
	struct peers peers;
	size_t n, room;
	struct silence *silence; /* of sessions, by time */
	size_t next, next_end;	 /* of the walk */
};

typedef void silence_heard(void *arg, uint32_t peer, int64_t at_us);

/* Whether a row is about a session. */
bool silences_is_one(const struct store_route *r);

/* A row of a session; by time. */
void silences_add(struct silences *s, const struct store_route *r);

/* A walk begins. */
void silences_rewind(struct silences *s);

/* Those that come before a row, which is the peer's: at an equal time, those
 * of its peer that stand before it. */
void silences_before(struct silences *s, uint32_t peer,
    const struct store_route *r, silence_heard *each, void *arg);

/* All the others before a time. */
void silences_until(
    struct silences *s, int64_t at_us, silence_heard *each, void *arg);

void silences_free(struct silences *s);

#endif
