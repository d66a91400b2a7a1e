/* SPDX-License-Identifier: ISC */
#include "analysis/origin/asns.h"

#include "probe/base/mem.h"

bool
asns_add(uint32_t *set, size_t *n, uint32_t asn)
{
	for (size_t i = 0; i < *n; i++)
		if (set[i] == asn)
			return true;
	if (*n == ORIGIN_ASNS_MAX)
		return false;
	set[(*n)++] = asn;
	return true;
}

void
asns_append(struct table *t, const uint32_t *set, size_t n)
{
	if (t->nasns + n > t->asn_room) {
		t->asn_room = t->asn_room ? t->asn_room * 2 : 1024;
		t->asns = xreallocarray(t->asns, t->asn_room, sizeof(*t->asns));
	}
	for (size_t i = 0; i < n; i++) {
		if (t->nasns == 0 || t->asns[t->nasns - 1] != set[i])
			asname_get(&t->names, set[i]);
		t->asns[t->nasns++] = set[i];
	}
}
