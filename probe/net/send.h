/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_NET_SEND_H
#define TUMEN_NET_SEND_H

#include "probe/base/fault.h"

#include <stddef.h>
#include <stdint.h>

/*
 * The raw socket that every probe leaves through. That a probe has left, and
 * when, the capture tells.
 */
struct send;

/*
 * Needs CAP_NET_RAW. interface may be NULL. Faults: EX_NOPERM, EX_UNAVAILABLE
 * (no such interface), EX_OSERR. most (1..100000): packets that may wait in the
 * kernel, for a slow device or while it asks for the gateway's hardware
 * address; then it lets them all go at once.
 */
struct send *send_open(const char *interface, uint32_t most, struct fault *f);
void send_close(struct send *s);

/*
 * Hands one packet, from the IP header on, to the kernel; 0 or -errno. -EAGAIN
 * and -ENOBUFS: the kernel's queue is full, which passes.
 */
int send_packet(struct send *s, const uint8_t *packet, size_t len);

#endif
