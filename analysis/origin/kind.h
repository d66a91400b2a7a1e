/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_ORIGIN_KIND_H
#define TUMEN_ORIGIN_KIND_H

#include "analysis/origin/input.h"
#include "analysis/origin/table.h"

/* A kind of source file. */
struct kind {
	const char *name; /* "mrt", as snapshots keep it */
	const char *text; /* what it holds, in the plural */
	unsigned layers;  /* 1 << enum origin_layer, of those it may go to */
	void (*read)(const struct input *in, struct table *t);
};

/* What a file is, told by its content; NULL when it is nothing known. */
const struct kind *kind_of(const struct input *in);

#endif
