/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_NET_CAPTURE_H
#define TUMEN_NET_CAPTURE_H

#include "probe/base/fault.h"

#include <stddef.h>
#include <stdint.h>

/*
 * What arrives at this host and may answer a probe: ICMP errors, echo replies,
 * TCP segments and UDP datagrams to our ports. The only place that knows
 * libpcap.
 */
struct capture;

/* A packet from its IPv4 header on; bytes are borrowed until the next one. */
struct capture_packet {
	const uint8_t *bytes;
	size_t len;
	int64_t stamp_ns;   /* wall, from the kernel */
	uint32_t interface; /* index; 0 when the link type does not tell */
};

typedef void capture_each(void *arg, const struct capture_packet *packet);

/*
 * Captures from now on; interface NULL means all of them. UDP and TCP are
 * taken when they are for port_lo..port_hi. EX_NOPERM, EX_UNAVAILABLE,
 * EX_OSERR.
 */
struct capture *capture_open(
    const char *interface, uint16_t port_lo, uint16_t port_hi, struct fault *f);
void capture_close(struct capture *c);

/* For poll(2): POLLIN when packets wait. */
int capture_fd(const struct capture *c);

/* Hands over all packets that wait; 0, or -errno when the capture is dead. */
int capture_read(struct capture *c, capture_each *each, void *arg);

/* Packets that the kernel dropped before us, since the start; never falls. */
uint32_t capture_drops(struct capture *c);

#endif
