/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_INFER_OWNERS_H
#define TUMEN_INFER_OWNERS_H

#include "analysis/infer/scene.h"

/*
 * Who owns the routers of a scene, by the sums over all paths of owners of the
 * model (model.h). Exact: no samples, no rounds, the same result for the same
 * scene. Time: spots x ASes^2 x classes.
 */

/* Crossings that are expected less often may be told as 0. */
#define OWNERS_CROSS_LEAST 0.5

/* Classes that a scene can name: those of its carriers and fronts, and none. */
enum { OWNERS_CLASSES_MAX = 8 };

struct owners {
	/*
	 * The probability that this AS hands over to the target's network,
	 * with this class as the nearest carrier before it (or in it).
	 */
	double entry[SCENE_ASES_MAX][OWNERS_CLASSES_MAX];
	double unknown; /* that the path shows it not; with the entries 1 */
	size_t nclasses;
	const struct carrier_row *class[OWNERS_CLASSES_MAX]; /* [0]: NULL */
	/* The probability that this AS owns the router at that spot. */
	double owner[RECORD_TTL_MAX][SCENE_ASES_MAX];
	/*
	 * How often the path is expected to cross from the one to the other;
	 * only owners_infer_crossings() fills it in.
	 */
	double cross[SCENE_ASES_MAX][SCENE_ASES_MAX];
	/* That the target's network begins at that spot; not: behind all. */
	double begins[RECORD_TTL_MAX];
};

void owners_infer(const struct scene *s, struct owners *o);

/* The same with the crossings, which take as long again. */
void owners_infer_crossings(const struct scene *s, struct owners *o);

#endif
