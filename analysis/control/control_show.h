/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_CONTROL_CONTROL_SHOW_H
#define TUMEN_CONTROL_CONTROL_SHOW_H

#include "analysis/control/control.h"
#include "probe/base/json.h"

#include <stdio.h>

/*
 * The runs of the control plane that lie in from <= t < to (0: open), or
 * partly. classes gives upstreams their names; it may be NULL.
 */
void control_runs_print(const struct control *c, const struct carriers *classes,
    int64_t from_us, int64_t to_us, FILE *out);

/* One "route-run" object a line. */
void control_runs_json(const struct control *c, const struct carriers *classes,
    int64_t from_us, int64_t to_us, FILE *out);

/* One of them (no newline). */
void control_run_json(const struct control_run *run,
    const struct carriers *classes, struct json *j);

#endif
