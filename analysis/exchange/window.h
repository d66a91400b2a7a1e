/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_EXCHANGE_WINDOW_H
#define TUMEN_EXCHANGE_WINDOW_H

#include "analysis/exchange/feed.h"
#include "analysis/exchange/json_read.h"

/*
 * The part of a stream that is looked at, from p[at] to p[len]. What is stepped
 * over goes away; the rest stays until more of the stream is behind it.
 */
struct window {
	struct feed *feed;
	char *p; /* room octets and one for a NUL */
	size_t at, len, room;
	size_t usual, most;   /* room at first, and what it may grow to */
	bool last;	      /* the stream ends at len */
	int64_t offset, line; /* of p[at]; line from 1 */
	int64_t column;	      /* octets of its line before it */
	struct fault why;     /* the stream fails behind len; status 0 not */
};

/* Borrows the feed. */
struct window window_make(struct feed *feed, size_t usual, size_t most);
void window_free(struct window *w);

/*
 * More behind what is there, or last; grows when that is more than half of it,
 * so that one who then begins again from `at` does so in linear time. False
 * with f set when the stream fails, behind all that came before. Not to be
 * asked when window_full().
 */
bool window_more(struct window *w, struct fault *f);

/* Whether what begins at `at` is longer than may be. */
bool window_full(const struct window *w);

/* Steps over n octets, which must be there. */
void window_step(struct window *w, size_t n);

/* Reads from `at`. */
struct json_read window_reader(const struct window *w);

#endif
