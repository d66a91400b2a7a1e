/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_NET_SEND_H
#define TUMEN_NET_SEND_H

#include "probe/base/fault.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The raw socket that every probe leaves through. */
struct send;

/* A packet that has left, as the kernel looped it back, with its stamp. */
struct send_stamp {
	int64_t ns; /* wall, when the driver took the packet */
	size_t len;
	uint8_t frame[256]; /* link header, if any, then the packet */
};

/*
 * Needs CAP_NET_RAW. interface may be NULL. Faults: EX_NOPERM, EX_UNAVAILABLE
 * (no such interface), EX_OSERR.
 */
struct send *send_open(const char *interface, struct fault *f);
void send_close(struct send *s);

/* For poll(2): POLLPRI when stamps are waiting. */
int send_fd(const struct send *s);

/* Hands one packet, from the IP header on, to the kernel; 0 or -errno. */
int send_packet(struct send *s, const uint8_t *packet, size_t len);

/* Takes the next stamp; false when none is waiting. Never blocks. */
bool send_stamp(struct send *s, struct send_stamp *stamp);

/*
 * Whether the stamp belongs to this packet: by its content (destination,
 * protocol, IP-ID and TTL at the end of the frame), since a counter of sends
 * goes wrong with the first send that failed.
 */
bool send_stamp_is(
    const struct send_stamp *stamp, const uint8_t *packet, size_t len);

/* Whether the driver of an interface stamps what it sends (ethtool). */
bool send_can_stamp(const struct send *s, const char *interface);

#endif
