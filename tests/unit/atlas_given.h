/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_TESTS_ATLAS_GIVEN_H
#define TUMEN_TESTS_ATLAS_GIVEN_H

#include "analysis/exchange/exchange.h"
#include "tests/unit/atlas_show.h"

enum { KEPT_MAX = 32, WHY_MAX = 24 };

/* What a file gave. */
struct given {
	size_t n, nbroken, nothers, nfacts;
	struct record record[KEPT_MAX]; /* the first ones */
	char why[WHY_MAX][JSON_READ_WHY_MAX];
	char vantage[RECORD_NAME_MAX + 1];
	struct fact fact[64];
};

static inline bool
keep_trace(void *arg, const struct record *r, struct fault *f)
{
	struct given *g = arg;
	(void)f;
	if (g->n < KEPT_MAX)
		record_copy(&g->record[g->n], r);
	g->n++;
	return true;
}

static inline bool
keep_broken(void *arg, const struct exchange_broken *b, struct fault *f)
{
	struct given *g = arg;
	(void)f;
	assert_int_equal(b->format, FORMAT_ATLAS);
	assert_true(g->nbroken < WHY_MAX);
	snprintf(g->why[g->nbroken++], JSON_READ_WHY_MAX, "%s", b->why);
	return true;
}

static inline bool
keep_other(
    void *arg, enum exchange_format format, const char *what, struct fault *f)
{
	struct given *g = arg;
	(void)f, (void)what;
	assert_int_equal(format, FORMAT_ATLAS);
	g->nothers++;
	return true;
}

static inline bool
keep_fact(
    void *arg, const char *vantage, const struct fact *fact, struct fault *f)
{
	struct given *g = arg;
	(void)f;
	snprintf(g->vantage, sizeof(g->vantage), "%s", vantage);
	if (g->nfacts < 64)
		g->fact[g->nfacts] = *fact;
	g->nfacts++;
	return true;
}

static inline struct given *
given_by(const char *name)
{
	struct given *g = xcalloc(1, sizeof(*g));
	struct fault f = {0};
	char *path = xasprintf("%s%s", ATLAS_DATA, name);
	struct exchange x = {.name = path,
	    .hints = {.start_us = -1},
	    .sink = {.trace = keep_trace,
		.fact = keep_fact,
		.broken = keep_broken,
		.other = keep_other,
		.arg = g}};
	FILE *in = fopen(path, "rb");
	if (in == NULL)
		fail_msg("%s", path);
	struct feed *feed = feed_open(in, path, &f);
	if (feed == NULL || !exchange_read(&x, feed, &f))
		fail_msg("%s", f.text);
	feed_close(feed);
	fclose(in);
	free(path);
	return g;
}

static inline void
free_given(struct given *g)
{
	for (size_t i = 0; i < g->n && i < KEPT_MAX; i++)
		record_clear(&g->record[i]);
	free(g);
}

#endif
