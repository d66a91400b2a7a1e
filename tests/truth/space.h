/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_TESTS_TRUTH_SPACE_H
#define TUMEN_TESTS_TRUTH_SPACE_H

#include "probe/base/fault.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Who holds which addresses: the ranges of a real table, regrouped by AS. An
 * AS is its index here, everywhere in tests/truth.
 */
struct space_range {
	uint32_t first, last;
};

struct space {
	uint32_t n;		   /* ASes */
	uint32_t *asn;		   /* of each, ascending */
	uint32_t *at;		   /* n + 1: where the ranges of each begin */
	struct space_range *range; /* ascending inside an AS */
	struct space_range *gap;   /* between all ranges, of 1,024 and more */
	size_t ngaps;
};

/*
 * Reads a table of the BGP layer (any kind that reader.h knows) and keeps about
 * so many of its ASes, 0 for all, chosen by the seed. False with the fault set.
 */
struct space_want {
	const char *path;
	size_t ases;
	uint64_t seed;
};
bool
space_load(struct space *s, const struct space_want *want, struct fault *f);
void space_clear(struct space *s);

/* Addresses of an AS in all. */
uint64_t space_size(const struct space *s, uint32_t as);

/* The index of an ASN, or UINT32_MAX. */
uint32_t space_find(const struct space *s, uint32_t asn);

#endif
