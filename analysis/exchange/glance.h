/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_EXCHANGE_GLANCE_H
#define TUMEN_EXCHANGE_GLANCE_H

#include "analysis/exchange/foreign.h"

/* What the first members of an object tell of it. */
struct glance {
	enum exchange_format format;
	/* It holds a list of objects ("objects", "results"): in is inside. */
	bool list;
};

/*
 * Steps into the list of objects that the value of that key is; false, and
 * nothing done, when it is another one.
 */
bool glance_list(struct json_read *in, const struct json_word *key);

/*
 * Looks at the members until one tells; a key that only one format has mostly
 * is the first. It fails as readers do; UNKNOWN when nothing tells.
 */
struct glance glance_object(struct json_read *in);

#endif
