/* SPDX-License-Identifier: ISC */
#include "analysis/change/naming.h"

#include <math.h>
#include <string.h>

void
naming_make(struct naming *n, const struct record *r, const struct basis *basis)
{
	n->basis = basis;
	n->at_us = r->start_us;
	n->judged = !r->control;
	if (n->judged)
		infer(r, basis, &n->verdict);
}

int64_t
naming_entry(const struct naming *n)
{
	return n->judged ? n->verdict.entry_as : -1;
}

const char *
naming_carrier(const struct naming *n)
{
	if (!n->judged)
		return NULL;
	if (strcmp(n->verdict.carrier, "unknown") != 0)
		return n->verdict.carrier;
	return n->verdict.reach == REACH_DOWN ? "none" : NULL;
}

double
naming_p(const struct naming *n)
{
	return n->judged ? n->verdict.p : NAN;
}

static int64_t
originator(const struct naming *n, uint32_t addr)
{
	struct origin_answer a;
	bool known = origin_lookup(n->basis->tables, addr, n->at_us, &a);
	return known && a.nasns == 1 ? (int64_t)a.asns[0] : -1;
}

int64_t
naming_as(const struct naming *n, uint8_t ttl, uint32_t addr)
{
	const struct verdict *v = &n->verdict;
	for (size_t i = 0; n->judged && i < v->nhops; i++)
		if (v->hop[i].ttl == ttl && v->hop[i].addr == addr &&
		    v->hop[i].owner >= 0)
			return v->hop[i].owner;
	return originator(n, addr);
}

static size_t
add(uint32_t *asn, size_t n, int64_t as)
{
	for (size_t i = 0; i < n; i++)
		if (asn[i] == as)
			return n;
	if (as >= 0)
		asn[n++] = (uint32_t)as;
	return n;
}

size_t
naming_stretch(const struct naming *n, const struct trail *t,
    const uint8_t ttl[static 2], uint32_t asn[static RECORD_TTL_MAX])
{
	size_t nas = 0;
	for (uint8_t i = ttl[0]; i > 0 && i <= ttl[1] && i <= t->n; i++)
		if (t->hop[i - 1].n > 0)
			nas = add(
			    asn, nas, naming_as(n, i, t->hop[i - 1].addr[0]));
	return nas;
}

size_t
naming_path(const struct naming *n, const struct trail *t,
    uint32_t asn[static RECORD_TTL_MAX + 1])
{
	if (!n->judged)
		return naming_stretch(n, t, (uint8_t[]){1, t->n}, asn);
	memcpy(asn, n->verdict.as_path, n->verdict.nas * sizeof(asn[0]));
	return n->verdict.nas;
}
