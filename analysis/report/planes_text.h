/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_REPORT_PLANES_TEXT_H
#define TUMEN_REPORT_PLANES_TEXT_H

#include "analysis/control/control.h"

#include <stdio.h>

/*
 * The answer of BGP in a sentence or two: through whom the peers of collectors
 * had each prefix at the end of from <= t < to (0: open).
 */
struct control_answer {
	const struct control *control;
	const struct carriers *classes;
	int64_t from_us, to_us;
	size_t width; /* columns */
};
void control_answer_print(const struct control_answer *a, FILE *out);

#endif
