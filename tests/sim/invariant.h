/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_TESTS_INVARIANT_H
#define TUMEN_TESTS_INVARIANT_H

#include "tests/sim/world.h"

/* What must hold of every trace that was run, whatever the network does. */

/* The condition that does not hold, as a text; NULL: all do. */
const char *invariant_broken(const struct world *w);

/* Who said what an answered probe of the record says. */
enum invariant_source {
	INVARIANT_GENUINE,
	INVARIANT_FORGED,
	INVARIANT_LUCKY, /* one witness, of another probe than that meant */
};
enum invariant_source
invariant_source(const struct world *w, const struct record_probe *p);

/*
 * The lowest TTL of an answer from the target, or of a refusal by others; 0
 * none.
 */
uint8_t invariant_lowest(const struct record *r, bool target);

#endif
