/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_CHANGE_NAMING_H
#define TUMEN_CHANGE_NAMING_H

#include "analysis/change/trail.h"
#include "analysis/infer/infer.h"

/*
 * The names behind a trace's addresses: which AS each is of, who hands over
 * and who carries, by the tables of its day and the trace alone. 15 KiB.
 */
struct naming {
	const struct basis *basis;
	int64_t at_us;
	bool judged; /* a trace of a control destination has no verdict */
	struct verdict verdict;
};

void naming_make(
    struct naming *n, const struct record *r, const struct basis *basis);

/*
 * The entry AS, -1; the carrier, NULL, or "none" when a router says that there
 * is no route; how sure, NAN: when not known.
 */
int64_t naming_entry(const struct naming *n);
const char *naming_carrier(const struct naming *n);
double naming_p(const struct naming *n);

/*
 * Whose router answers from this address at that TTL: the owner; where none is
 * known, the AS that alone originates the address; -1.
 */
int64_t naming_as(const struct naming *n, uint8_t ttl, uint32_t addr);

/* The ASes of a stretch of the path, each once, in their order; how many. */
size_t naming_stretch(const struct naming *n, const struct trail *t,
    const uint8_t ttl[static 2], uint32_t asn[static RECORD_TTL_MAX]);

/*
 * The ASes of the whole path, as a verdict names them; without one, those that
 * the addresses are of. How many.
 */
size_t naming_path(const struct naming *n, const struct trail *t,
    uint32_t asn[static RECORD_TTL_MAX + 1]);

#endif
