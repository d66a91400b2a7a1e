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
	struct asname *near;  /* by ASN: those that registries give out */
	struct asname *slots; /* the others: open addressing */
	uint32_t *ranks;      /* of both; NULL: not sorted yet */
	size_t n, most_near;  /* all entries; 1 + the highest in near */
	size_t room, nslots;  /* slots, and those in use (asn is not 0) */
};

/* The entry of an AS other than 0, made when it is not there. */
struct asname *asname_get(struct asname_map *m, uint32_t asn);

/* All entries, ascending by ASN; m->n of them, owned by the caller. */
struct asname *asname_sorted(struct asname_map *m);

/* The place of an AS in the list that asname_sorted() gave last. */
uint32_t asname_rank(const struct asname_map *m, uint32_t asn);

void asname_clear(struct asname_map *m);

#endif
