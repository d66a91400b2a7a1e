/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_ORIGIN_HOLDERS_H
#define TUMEN_ORIGIN_HOLDERS_H

#include "analysis/origin/intern.h"
#include "analysis/origin/table.h"

/*
 * What a registry gave to its holders: addresses and ASNs, joined by the name
 * of the holder when the whole file has been read. Start from {0}.
 */
struct holding {
	uint32_t holder; /* text */
	uint32_t first, count;
	uint32_t note; /* text: what stands before "holder NAME" */
};

struct holdings {
	struct holding *p;
	size_t n, room;
};

struct holders {
	struct wr text;
	struct intern known;
	struct holdings asns, blocks;
};

/* The holder, no "", has count (1 or more) ASNs from first on. */
void holders_asns(
    struct holders *h, const char *holder, uint32_t first, uint32_t count);

/* It has count (1 or more) addresses from first on; the note may be "". */
void holders_block(struct holders *h, const char *holder,
    const struct holding *block, const char *note);

/*
 * Adds a row for each block with the ASNs of its holder and the note
 * "NOTE, holder NAME"; counts those whose holder has none.
 */
void holders_join(struct holders *h, struct table *t);

void holders_clear(struct holders *h);

#endif
