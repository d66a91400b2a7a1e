/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_INFER_VOTES_H
#define TUMEN_INFER_VOTES_H

#include "analysis/infer/owners.h"

/*
 * What traces say together (model.h): those of one prefix and one window of
 * time about who hands over to whom, all of them about the owners of addresses.
 * Each vantage has one vote, the mean of its traces of a prefix and window. All
 * ballots are in before any is shown.
 */

/* Windows begin at whole multiples of this since 1970. */
#define VOTES_WINDOW_US INT64_C(900000000)

struct votes;

struct votes *votes_new(void);
void votes_free(struct votes *v); /* NULL is fine */

/* Adds what was inferred of a trace and returns the number of its ballot. */
size_t votes_add(struct votes *v, const struct record *r, const struct scene *s,
    const struct owners *o);

/* No more ballots come. */
void votes_close(struct votes *v);

/* Puts before a scene what all ballots but its own say. */
void votes_show(const struct votes *v, size_t ballot, struct scene *s);

/*
 * The other vantages of that ballot's prefix and window that name an AS which
 * hands over to the target's network, and how many of them name this one.
 */
void votes_count(const struct votes *v, size_t ballot, int64_t entry_as,
    int *vantages, int *agree);

#endif
