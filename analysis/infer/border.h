/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_INFER_BORDER_H
#define TUMEN_INFER_BORDER_H

#include "analysis/infer/scene.h"
#include "analysis/infer/verdict.h"

/*
 * Where the target's network begins, by the addresses alone: between the last
 * one that is another's and the first one of its own. One path cannot tell to
 * whom the last one's router belongs (Zhang et al., PAM 2010), so the border is
 * an interval.
 */
struct border {
	int foreign;	/* the last spot with an address of another AS; -1 */
	int own;	/* the first spot behind it of the target's; -1 */
	bool unowned;	/* between the two is a hop of who knows whom */
	bool rival;	/* at foreign two different networks answered */
	bool came_back; /* the target's network answered before it, too */
};

struct border border_find(const struct scene *s);

/*
 * The border as an interval of TTLs, and how many TTLs in it were probed and
 * silent (unseen: up to the last one probed).
 */
void
border_place(const struct scene *s, const struct border *b, struct verdict *v);

#endif
