/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_CONTROL_CONTROL_SHOW_H
#define TUMEN_CONTROL_CONTROL_SHOW_H

#include "analysis/control/control.h"
#include "probe/base/json.h"

#include <stdio.h>

/* The runs that lie in from <= t < to (0: open), or partly, are shown. */
struct control_look {
	const struct carriers *classes; /* name upstreams; NULL: nobody does */
	int64_t from_us, to_us;
	size_t width; /* columns, 60..200 */
};

/* As tables, one a prefix. */
void control_runs_print(
    const struct control *c, const struct control_look *look, FILE *out);

/* One "route-run" object a line. */
void control_runs_json(const struct control *c, const struct carriers *classes,
    int64_t from_us, int64_t to_us, FILE *out);

/* One of them (no newline). */
void control_run_json(const struct control_run *run,
    const struct carriers *classes, struct json *j);

#endif
