/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_TESTS_TRUTH_MEASURED_H
#define TUMEN_TESTS_TRUTH_MEASURED_H

#include "analysis/origin/origin.h"
#include "tests/truth/truth.h"

/* The world of a seed at the default rates, over the table that ships. */
struct truth *measured_world(uint64_t seed, struct fault *f);

/* The tables that a measurer of it has, opened as tumen opens them. */
struct origin_set *measured_tables(struct truth *t, struct fault *f);

#endif
