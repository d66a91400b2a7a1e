/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_TRACE_RESPONDER_H
#define TUMEN_TRACE_RESPONDER_H

#include "probe/base/clock.h"
#include "probe/base/record.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * What this process knows of the routers that answer it: who is expected at a
 * TTL towards a prefix, how fast each is asked, and how often each has
 * answered. The ceiling per responder and the reasons for silence rest on it.
 * Pure: the caller gives the time. Bounded: the responder that was asked
 * longest ago makes room.
 */
struct responders;

/*
 * rate: packets a second that one responder may be asked, 1..10000, with so
 * many at once; capacity: responders remembered, 16..1 Mi, about 1 KiB each.
 */
struct responders *
responders_open(uint32_t rate, uint32_t burst, size_t capacity);
void responders_close(struct responders *r);

/*
 * Who answered last at this TTL towards the /24 of the target (exactly the
 * target, if that has been probed itself); 0 when nobody has yet.
 */
uint32_t
responders_expect(const struct responders *r, uint32_t target, uint8_t ttl);

/* Nanoseconds until addr may be asked again; 0 now, and 0 for address 0. */
int64_t
responders_wait_ns(const struct responders *r, uint32_t addr, struct mono now);

/* A probe that addr is expected to answer leaves. No-op for address 0. */
void responders_ask(struct responders *r, uint32_t addr, struct mono now);

/*
 * addr answered a probe with this TTL towards the target; at: the receive
 * stamp. Of every first answer to a probe, as it comes: a rate limit is seen
 * in what a router said to all traces, not only to those that have ended.
 */
void responders_saw(struct responders *r, uint32_t target, uint8_t ttl,
    uint32_t addr, struct wall at);

/*
 * A finished, sorted record: its answers and silences count for its
 * responders. Once for each record, before silence_name().
 */
void responders_learn(struct responders *r, const struct record *record);

#endif
