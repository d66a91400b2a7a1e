/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_CONTROL_CONTROL_RUNS_H
#define TUMEN_CONTROL_CONTROL_RUNS_H

#include "analysis/control/chorus.h"
#include "analysis/control/control.h"

/* Adds the runs of a prefix, which was heard to its end. */
void control_runs_add(
    struct control *c, const struct chorus *s, const struct control_ask *ask);

/* Whether two say the same of the prefix, other than numbers. */
bool
control_same_state(const struct control_run *a, const struct control_run *b);

/* Of it, only whether there is a route and through whom. */
bool control_same_way(const struct control_run *a, const struct control_run *b);

#endif
