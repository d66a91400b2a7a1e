/* SPDX-License-Identifier: ISC */
#include "analysis/change/diff.h"

#include <string.h>

/* 0: not known. */
static bool
clash(uint32_t a, uint32_t b)
{
	return a != 0 && b != 0 && a != b;
}

static const char *
difference(const struct record *a, const struct record *b)
{
	if (strcmp(a->vantage, b->vantage) != 0)
		return "two vantages";
	if (a->target != b->target)
		return "two targets";
	if (a->method != b->method)
		return "two methods";
	if (a->port != b->port)
		return "two services";
	if (a->flow != b->flow)
		return "two flow numbers";
	if (clash(a->src, b->src))
		return "two source addresses";
	if (clash(a->sport, b->sport))
		return "two source ports";
	if (clash(a->dport, b->dport))
		return "two destination ports";
	return NULL;
}

bool
diff_same_flow(const struct record *a, const struct record *b, const char **why)
{
	*why = difference(a, b);
	return *why == NULL;
}
