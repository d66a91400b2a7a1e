/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_CHANGE_DIFF_TEXT_H
#define TUMEN_CHANGE_DIFF_TEXT_H

#include "analysis/change/compared.h"

#include <stdio.h>

struct diff_look {
	const struct origin_set *tables; /* for names of ASes */
	size_t width;			 /* columns */
	bool unified;			 /* as diff -u, else side by side */
	bool colour;			 /* says nothing that marks do not */
};

/* A named pair: what changed in words, then the paths hop for hop. */
void
diff_text(const struct compared *c, const struct diff_look *look, FILE *out);

#endif
