/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_TESTS_TRUTH_TAG_H
#define TUMEN_TESTS_TRUTH_TAG_H

#include "tests/truth/passage.h"
#include "tests/truth/truth.h"

/* The bits of enum truth_tag for a passage and the record of it. */
uint32_t tag_all(
    const struct ground *g, const struct passage *p, const struct record *r);

#endif
