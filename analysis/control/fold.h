/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_CONTROL_FOLD_H
#define TUMEN_CONTROL_FOLD_H

#include "analysis/control/chorus.h"
#include "analysis/control/control.h"
#include "analysis/control/cover.h"
#include "analysis/control/peers.h"

/*
 * Folds routes into runs and events: rows in, control out. Pure. Rows come as
 * store_routes() gives them: those of sessions first, then by prefix and time.
 */

/* When nothing is known of a peer any more. */
struct silence {
	int64_t at_us, no; /* no: as a row's */
	uint32_t peer;
	bool heard; /* by the prefix that is heard */
};

struct fold_routes {
	const struct control_ask *ask;
	const struct cover *cover;
	struct control *control;
	struct peers peers;
	size_t nsilences, room;
	struct silence *silence; /* of sessions, by time */
	bool open;		 /* a prefix is heard */
	struct chorus chorus;
	size_t next_silence, next_end; /* of it */
	int64_t last_us;
};

/* ask and cover are borrowed until the end; c is made. */
void fold_routes_open(struct fold_routes *f, struct control *c,
    const struct control_ask *ask, const struct cover *cover);
void fold_routes_add(struct fold_routes *f, const struct store_route *r);

/* After the last row; the runs and events are there then. */
void fold_routes_close(struct fold_routes *f);

/* Whether a row is about a session. */
bool fold_is_session(const struct store_route *r);

#endif
