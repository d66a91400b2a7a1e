/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_TESTS_STORE_SEEN_H
#define TUMEN_TESTS_STORE_SEEN_H

#include "tests/unit/store_fill.h"
#include "tests/unit/store_same.h"

/* The traces that a store hands over, kept. */

struct seen {
	struct record all[64];
	size_t n, stop_at;
};

static inline bool
collect(void *arg, const struct record *r, struct fault *f)
{
	struct seen *seen = arg;
	(void)f;
	assert_true(seen->n < 64);
	record_copy(&seen->all[seen->n++], r);
	return seen->n != seen->stop_at;
}

static inline size_t
traces(struct store *s, const struct store_filter *filter, struct seen *seen)
{
	struct fault f = {0};
	if (!store_traces(s, filter, collect, seen, &f) && f.status != 0)
		fail_msg("%s", f.text);
	return seen->n;
}

static inline void
forget(struct seen *seen)
{
	for (size_t i = 0; i < seen->n; i++)
		record_clear(&seen->all[i]);
	*seen = (struct seen){0};
}

static inline size_t
count(struct store *s, struct store_filter filter)
{
	struct seen seen = {0};
	size_t n = traces(s, &filter, &seen);
	forget(&seen);
	return n;
}

#endif
