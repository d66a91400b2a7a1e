/* SPDX-License-Identifier: ISC */
#include "analysis/change/diff.h"

#include <string.h>

/* 0: not known. */
static bool
clash(uint32_t a, uint32_t b)
{
	return a != 0 && b != 0 && a != b;
}

/*
 * Whether another tool does not tell the ports. Then its number of the flow
 * stands for them, and 0 is none: classic traceroute (RIPE Atlas), mtr.
 */
static bool
untold(const struct record *r)
{
	return r->epoch == 0 && r->sport == 0;
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
	if (untold(a) != untold(b))
		return "ports that one does not tell";
	if (untold(a) && a->flow == 0)
		return "flows that are not told";
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
