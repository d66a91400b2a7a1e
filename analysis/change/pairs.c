/* SPDX-License-Identifier: ISC */
#include "analysis/change/pairs.h"

bool
pairs(const struct side *a, const struct side *b, pairs_each *each, void *arg,
    struct fault *f)
{
	bool ok = true;
	for (size_t i = 0, k = 0; ok && (i < a->n || k < b->n);) {
		const struct side_flow *p = i < a->n ? a->flow[i] : NULL;
		const struct side_flow *q = k < b->n ? b->flow[k] : NULL;
		int by = p == NULL ? 1 : q == NULL ? -1 : side_order(p, q);
		ok = each(arg,
		    &(struct pair){by <= 0 ? p : NULL, by >= 0 ? q : NULL}, f);
		i += by <= 0;
		k += by >= 0;
	}
	return ok;
}
