/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_TRACE_SWEEP_GATE_H
#define TUMEN_TRACE_SWEEP_GATE_H

#include "probe/base/clock.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * The ceiling per responder: probes wait in line before the gate of the router
 * that is expected to answer them, and each gate lets them through at its own
 * rate, so that no line holds up another.
 */
struct sweep_gates;

/*
 * Gates are named by numbers. FREE lets all through: nobody answers there but
 * the targets themselves. 1..64 are for a TTL at which nobody is known: all
 * that answer there may be one router.
 */
enum { SWEEP_GATE_FREE = 0, SWEEP_GATES_MAX = 65535 };

/* A trace wants to probe a TTL. */
struct sweep_want {
	uint32_t trace;
	uint8_t ttl;
	bool moved; /* has been in another line before */
};

struct sweep_gates *sweep_gates_open(uint32_t rate, uint32_t burst);
void sweep_gates_close(struct sweep_gates *g);

/*
 * The router's gate, made when it has none; 0 when there are too many. The
 * addresses of a /30 share one: interfaces of one router are often numbered in
 * a row, and it has one ceiling for all of them.
 */
uint16_t sweep_gate_of(struct sweep_gates *g, uint32_t addr);

/*
 * Two gates may be of one router: they are one from now on, for which either
 * number stands.
 */
void sweep_gate_merge(struct sweep_gates *g, uint16_t a, uint16_t b);

/* Whether both numbers stand for one gate. */
bool sweep_gate_same(struct sweep_gates *g, uint16_t a, uint16_t b);

/* To the end of the line. */
void sweep_gate_put(
    struct sweep_gates *g, uint16_t gate, const struct sweep_want *want);

/* The next one that may pass now, and the gate; it is not charged yet. */
bool sweep_gate_get(struct sweep_gates *g, struct mono now,
    struct sweep_want *want, uint16_t *gate);

/* A probe that the router behind the gate has to answer leaves or has left. */
void sweep_gate_charge(struct sweep_gates *g, uint16_t gate, struct mono now);

/* When the next one may pass; false: nobody waits. */
bool sweep_gate_next(const struct sweep_gates *g, struct mono *at);

size_t sweep_gates_bytes(const struct sweep_gates *g);

#endif
