/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_CONTROL_CONTROL_EVENTS_H
#define TUMEN_CONTROL_CONTROL_EVENTS_H

#include "analysis/control/control.h"

/*
 * Finds the events between the runs, with flapping. What an event has that was
 * never believed of its prefix before is its suspect. A prefix that appears
 * inside or around one that is known already, with an origin that this one
 * never had, is an event of its own, too: its first run comes UP. last_us: the
 * newest that is known at all.
 */
void control_events_find(
    struct control *c, const struct control_ask *ask, int64_t last_us);

#endif
