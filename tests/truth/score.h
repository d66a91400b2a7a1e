/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_TESTS_TRUTH_SCORE_H
#define TUMEN_TESTS_TRUTH_SCORE_H

#include "tests/truth/truth.h"

#include <stdio.h>

/* Who is right where: answers about the entry AS, overall and by tag. */
struct score_row {
	uint64_t traces, right, wrong; /* the rest said nothing */
};

struct score {
	struct score_row all, without_next; /* no hop next to the border */
	struct score_row tag[TRUTH_TAGS];
};

/* Adds an answer; 0: none. */
void score_add(struct score *s, const struct truth_trace *t, uint32_t entry_as);

void score_print(const struct score *s, const char *name, FILE *out);

#endif
