/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_ORIGIN_RESERVED_H
#define TUMEN_ORIGIN_RESERVED_H

#include "probe/base/addr.h"

/*
 * Special-purpose space (RFC 6890 and IANA's registry of it) that never has a
 * legitimate origin. Blocks which that registry calls globally reachable (the
 * AS112 and AMT prefixes, 192.0.0.9 and .10) and the 6to4 relay prefix, which
 * was in use until RFC 7526, are not in it: BGP may know them.
 */
struct reserved {
	struct prefix prefix;
	const char *text; /* "RFC 1918: private use" */
};

/* The block that holds addr, or NULL. */
const struct reserved *reserved_find(uint32_t addr);

/* The last address behind addr up to which reserved_find() says the same. */
uint32_t reserved_until(uint32_t addr);

/* Whether every address of first..last lies in such a block. */
bool reserved_range(uint32_t first, uint32_t last);

/* The ASN that stands in for one of 4 octets where only 2 fit (RFC 6793). */
enum { RESERVED_AS_TRANS = 23456 };

/* ASNs that stand for no network in BGP (IANA's special-purpose AS numbers). */
bool reserved_asn(uint32_t asn);

#endif
