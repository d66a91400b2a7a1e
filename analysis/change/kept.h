/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_CHANGE_KEPT_H
#define TUMEN_CHANGE_KEPT_H

#include "analysis/change/timeline.h"

/*
 * Timelines of a store: the states that are kept (sql/states.h), and what the
 * verdicts behind them say. The same runs as a fold of all verdicts, whatever
 * is kept; without it only slower.
 */

/*
 * Opens t over the verdicts of a store that started before the filter's
 * until_us, of its vantage and prefix. A prefix longer than the announced one
 * looks at its targets alone, and for that reads all verdicts. False with the
 * store's fault; t must be closed either way.
 */
bool kept_read(struct timeline *t, struct store *s,
    const struct store_filter *filter, struct fault *f);

/* So much was folded: series, of all; the verdicts of this one are read up to
 * start_us. */
typedef void kept_progress(size_t series, size_t of, int64_t start_us);

/*
 * Folds what is not folded yet into the states that are kept: all series, in
 * transactions of a part of a second. What was done stays when it fails.
 * progress may be NULL. Rounds that a run overlaps whose health may still come
 * (store_awaited()) are left for the next time, but for those that end before
 * settled_us: their verdicts are about to go.
 */
bool kept_renew(struct store *s, int64_t settled_us, kept_progress *progress,
    struct fault *f);

#endif
