/* SPDX-License-Identifier: ISC */
#include "analysis/origin/reserved.h"

#include <stddef.h>

/* Ascending, and none inside another. */
static const struct reserved blocks[] = {
    {{0x00000000, 8}, "RFC 791: this network"},
    {{0x0a000000, 8}, "RFC 1918: private use"},
    {{0x64400000, 10}, "RFC 6598: shared address space"},
    {{0x7f000000, 8}, "RFC 1122: loopback"},
    {{0xa9fe0000, 16}, "RFC 3927: link local"},
    {{0xac100000, 12}, "RFC 1918: private use"},
    {{0xc0000000, 29}, "RFC 7335: IPv4 service continuity"},
    {{0xc0000008, 32}, "RFC 7600: IPv4 dummy address"},
    {{0xc00000aa, 31}, "RFC 8880: NAT64 and DNS64 discovery"},
    {{0xc0000200, 24}, "RFC 5737: documentation (TEST-NET-1)"},
    {{0xc0a80000, 16}, "RFC 1918: private use"},
    {{0xc6120000, 15}, "RFC 2544: benchmarking"},
    {{0xc6336400, 24}, "RFC 5737: documentation (TEST-NET-2)"},
    {{0xcb007100, 24}, "RFC 5737: documentation (TEST-NET-3)"},
    {{0xe0000000, 4}, "RFC 5771: multicast"},
    {{0xf0000000, 4}, "RFC 1112: reserved for future use"},
};

const struct reserved *
reserved_find(uint32_t addr)
{
	size_t lo = 0, hi = sizeof(blocks) / sizeof(blocks[0]);
	while (hi - lo > 1) { /* blocks[lo] starts at or before addr */
		size_t mid = (lo + hi) / 2;
		if (blocks[mid].prefix.addr <= addr)
			lo = mid;
		else
			hi = mid;
	}
	return prefix_contains(&blocks[lo].prefix, addr) ? &blocks[lo] : NULL;
}

uint32_t
reserved_until(uint32_t addr)
{
	for (size_t i = 0; i < sizeof(blocks) / sizeof(blocks[0]); i++) {
		const struct prefix *p = &blocks[i].prefix;
		if (addr < p->addr)
			return p->addr - 1;
		if (prefix_contains(p, addr))
			return p->addr | ~prefix_mask(p->len);
	}
	return UINT32_MAX;
}

bool
reserved_range(uint32_t first, uint32_t last)
{
	for (const struct reserved *r; (r = reserved_find(first)) != NULL;) {
		uint32_t end = r->prefix.addr | ~prefix_mask(r->prefix.len);
		if (end >= last)
			return true;
		first = end + 1;
	}
	return false;
}

bool
reserved_asn(uint32_t asn)
{
	return asn == 0 || asn == RESERVED_AS_TRANS || /* RFC 7607, 6793 */
	       (asn >= 64496 && asn <= 65551) || /* RFC 5398, 6996, 7300 */
	       asn >= UINT32_C(4200000000);	 /* RFC 6996, 7300 */
}
