/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_CONTROL_FOLD_H
#define TUMEN_CONTROL_FOLD_H

#include "analysis/control/chorus.h"
#include "analysis/control/control.h"
#include "analysis/control/silences.h"

/*
 * Folds routes into runs and events: rows in, control out. Pure. Rows come as
 * store_routes() gives them: those of sessions first, then by prefix and time.
 */
struct fold_routes {
	const struct control_ask *ask;
	struct control *control;
	struct silences silences;
	bool open; /* a prefix is heard */
	struct chorus chorus;
	int64_t last_us;
};

/* ask and cover are borrowed until the end; c is made. */
void fold_routes_open(struct fold_routes *f, struct control *c,
    const struct control_ask *ask, const struct cover *cover);
void fold_routes_add(struct fold_routes *f, const struct store_route *r);

/* After the last row; the runs and events are there then. */
void fold_routes_close(struct fold_routes *f);

#endif
