/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_SQL_BACKOFF_H
#define TUMEN_SQL_BACKOFF_H

#include <stdint.h>

/*
 * How long to wait before another try at a server: anything between nothing and
 * a limit that doubles with every failure ("full jitter", Brooker 2015), so
 * that a fleet that lost its server does not come back as one.
 */
enum {
	BACKOFF_FIRST_MS = 1000,
	BACKOFF_MOST_MS = 15 * 60 * 1000,
};

struct backoff {
	int64_t most_ms;   /* 0: BACKOFF_MOST_MS */
	unsigned failures; /* in a row */
	uint64_t random;   /* a seed, any number */
};

/* After a failure: how long to wait, at least 1 ms. */
int64_t backoff_ms(struct backoff *b);

/* After a success. */
void backoff_reset(struct backoff *b);

/*
 * The pace of an upload: how long to wait until `rows` more may be sent when
 * at most `rate` go in a second (0: as many as can). now_ms is any clock that
 * only goes forward. Nothing is saved up while there was nothing to send.
 */
struct pace_of_rows {
	int64_t rate;
	int64_t free_ms; /* from then on */
};
int64_t pace_of_rows_ms(struct pace_of_rows *p, int64_t rows, int64_t now_ms);

#endif
