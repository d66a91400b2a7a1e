/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_INFER_WEIGHT_H
#define TUMEN_INFER_WEIGHT_H

#include "analysis/infer/model.h"
#include "analysis/infer/scene.h"

/*
 * What the model says about one step and one sight: the rows of its table that
 * apply, whose product is the weight. Pure; the same for the sums of owners.h
 * and for an explanation, which names the rows.
 */
enum { WEIGHT_TERMS_MAX = 5 };

struct weight {
	double value;
	size_t n;
	enum model_param term[WEIGHT_TERMS_MAX];
};

/*
 * Routes go up to providers, across one peering at most, and down to customers
 * (Gao 2001). What has gone down goes no more up.
 */
enum weight_phase { WEIGHT_UP, WEIGHT_DOWN, WEIGHT_PHASES };

/* The first router is of this AS. */
struct weight weight_first(const struct scene *s, size_t as);

/*
 * The next router is of AS to; *phase is that at from and becomes that at to.
 * From SCENE_HOME only SCENE_HOME follows.
 */
struct weight weight_step(
    const struct scene *s, size_t from, size_t to, enum weight_phase *phase);

/* One sight on a router of AS to, behind one of AS from. */
enum model_param weight_sight(
    const struct scene *s, const struct sight *sight, size_t from, size_t to);

/* Nothing seen from a router of this AS. */
enum model_param weight_silence(const struct scene *s, size_t as);

/*
 * All that is seen at a spot: of several sights any one may be the path's, and
 * a half proved one may be of somebody else.
 */
double weight_spot(
    const struct scene *s, const struct spot *spot, size_t from, size_t to);

/* The same where the target's network begins, behind a router of AS from. */
double weight_edge(const struct scene *s, const struct spot *spot, size_t from);

/*
 * Behind the last spot, when the target did not answer: AS last hands over to
 * AS entry or is it, and the target's network follows.
 */
struct weight weight_beyond(
    const struct scene *s, size_t last, size_t entry, enum weight_phase phase);

#endif
