/* SPDX-License-Identifier: ISC */
#include "tests/truth/lpm.h"

#include "probe/base/record_path.h"

/* The first origin in BGP; 0 none. */
static uint32_t
origin(const struct snapshot *table, const struct record_probe *p)
{
	struct origin_answer a;
	if (p == NULL || !snapshot_find(table, p->addr, &a) ||
	    a.layer != ORIGIN_BGP || a.nasns == 0)
		return 0;
	return a.asns[0];
}

uint32_t
lpm_entry(
    const struct snapshot *table, const struct record *r, uint32_t target_as)
{
	uint32_t entry = 0;
	uint8_t last = record_last_ttl(r);
	for (uint8_t ttl = 1; ttl <= last; ttl++) {
		uint32_t asn = origin(table, record_answer(r, ttl));
		if (asn == target_as)
			break;
		if (asn != 0)
			entry = asn;
	}
	return entry;
}
