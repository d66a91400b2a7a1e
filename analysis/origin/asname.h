/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_ORIGIN_ASNAME_H
#define TUMEN_ORIGIN_ASNAME_H

#include <stddef.h>
#include <stdint.h>

/* A map from ASN to the offset of its name in a text pool. Start from {0}. */
struct asname {
	uint32_t asn;
	uint32_t text; /* 0: no name */
};

struct asname_map {
	struct asname *slots; /* open addressing; asn 0 is a free slot */
	size_t room, n;
};

/* The entry of an AS other than 0, made when it is not there. */
struct asname *asname_get(struct asname_map *m, uint32_t asn);

/* All entries, ascending by ASN; m->n of them, owned by the caller. */
struct asname *asname_sorted(const struct asname_map *m);

void asname_clear(struct asname_map *m);

#endif
