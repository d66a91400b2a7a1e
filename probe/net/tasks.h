/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_NET_TASKS_H
#define TUMEN_NET_TASKS_H

#include "probe/net/prober_state.h"

/* The traces of the prober, each with what its pure part must not know. */

/* One step of a trace, and what it asks for. */
void tasks_step(
    struct prober *p, struct task *task, const struct trace_event *event);
void tasks_tick(struct prober *p, struct mono now);
bool tasks_wake(struct prober *p, struct mono now, struct mono *at);

/* Names the reasons for the silences of a finished record. */
void tasks_explain(struct prober *p, struct record *r);

/*
 * Silence says nothing about the path when this host has lost its way out, or
 * the address that the answers go to: then the record ends with an error. True
 * when the way out was looked for and is there.
 */
bool tasks_check_uplink(const struct prober *p, struct record *r);

/* Wall minus monotonic time, ns; whether that has moved: a clock was set. */
int64_t tasks_clock(void);
bool tasks_clock_set(int64_t since);

/* Hands finished records over; done may start or abort other traces. */
void tasks_reap(struct prober *p);

/* Hands over one that is complete: it is the callee's now. */
void tasks_hand_over(struct prober *p, struct record *r);
void tasks_drop(struct prober *p, struct task *t);

#endif
