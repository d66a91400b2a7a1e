/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_INFER_CHAIN_H
#define TUMEN_INFER_CHAIN_H

#include "analysis/infer/weight.h"

/*
 * All weights of a scene (weight.h), each worked out once: the sums of owners.h
 * ask for them many times. What the target's network is entered from, and what
 * comes before it, are the ASes from SCENE_UNKNOWN on.
 */

struct chain_link {
	double value;
	uint8_t phase; /* behind it */
};

struct chain {
	const struct scene *s;
	/* weight_step(), by the phase at the AS from. */
	struct chain_link link[SCENE_ASES_MAX][WEIGHT_PHASES][SCENE_ASES_MAX];
	/* weight_beyond(), by the phase; unset when the target answered. */
	double beyond[SCENE_ASES_MAX][WEIGHT_PHASES][SCENE_ASES_MAX];
	/* From a spot on nothing is seen; or nothing but the target. */
	bool silent[RECORD_TTL_MAX + 1], closed[RECORD_TTL_MAX + 1];
	/* Of the spots from one on, all owned by the target's network. */
	double inside[RECORD_TTL_MAX + 1];
	/*
	 * The target's network from a spot on (not the first), behind a router
	 * of that AS: its first router, then either any or only the target.
	 */
	double enter[RECORD_TTL_MAX][SCENE_ASES_MAX];
	/* weight_spot(), see chain_seen(); all rows of silence are one. */
	size_t row[RECORD_TTL_MAX]; /* from one AS from to the next: 0 or nas */
	double seen[RECORD_TTL_MAX * SCENE_ASES_MAX * SCENE_ASES_MAX];
};

/* The scene is borrowed and has a spot. */
void chain_make(struct chain *c, const struct scene *s);

/*
 * weight_spot() by from and to at spot t: the first is before all others and
 * has only from == to; the target's network is from only for itself.
 */
static inline double
chain_seen(const struct chain *c, size_t t, size_t from, size_t to)
{
	size_t nas = c->s->nas;
	return c->seen[t * nas * nas + from * c->row[t] + to];
}

#endif
