/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_INFER_PATH_H
#define TUMEN_INFER_PATH_H

#include "analysis/infer/weight.h"

/*
 * The one path of owners that has the greatest weight among those that give an
 * answer (the Viterbi algorithm over the sums of owners.h): what an explanation
 * tells, and what it holds against the best path of another answer.
 */
struct path {
	double weight; /* 0: there is none */
	size_t entry;  /* the AS that hands over to the target's network */
	int begins;    /* spot where that begins; -1: behind all */
	uint8_t owner[RECORD_TTL_MAX];
};

/* The best path whose entry is this AS (SCENE_NAMED or more). */
void path_best(const struct scene *s, size_t entry, struct path *p);

/*
 * What the model says about one spot of a path: the step to it and what it
 * shows. The sight's row is MODEL_PARAMS where the spot says nothing.
 */
struct path_factor {
	struct weight step;
	enum model_param sight;
	double value; /* of both */
};
struct path_factor
path_factor(const struct scene *s, const struct path *p, size_t spot);

#endif
