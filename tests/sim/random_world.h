/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_TESTS_RANDOM_WORLD_H
#define TUMEN_TESTS_RANDOM_WORLD_H

#include "tests/sim/world.h"

/* When the driver hears that a probe has left, at most so much later. */
enum { RANDOM_SEND_DELAY_NS = 200000 };

/*
 * A network, a configuration and a pace for the next trace, all from the seed.
 * Calm: nothing is lost, silent, limited, late or forged, and the
 * configuration is the default one.
 */
void random_world(struct world *w, uint64_t seed, bool calm);

#endif
