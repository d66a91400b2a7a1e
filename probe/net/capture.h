/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_NET_CAPTURE_H
#define TUMEN_NET_CAPTURE_H

#include "probe/base/fault.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * What crosses the interfaces of this host and concerns us: what may answer a
 * probe (ICMP errors, echo replies, TCP segments and UDP datagrams to our
 * ports), and our own probes on their way out, so that both ends of a round
 * trip are stamped by the kernel, on one clock, in one place. A probe is seen
 * where it is handed to the driver, behind every queue: what was dropped
 * before was never sent. The only place that knows libpcap.
 */
struct capture;

/* A packet from its IPv4 header on; bytes are borrowed until the next one. */
struct capture_packet {
	const uint8_t *bytes;
	size_t len;
	int64_t stamp_ns;   /* wall, from the kernel */
	uint32_t interface; /* index; 0 when the link type does not tell */
	bool probe; /* sent from one of our ports: a probe, or looks like one */
};

typedef void capture_each(void *arg, const struct capture_packet *packet);

struct capture_config {
	const char *interface;	   /* NULL: all of them */
	uint16_t port_lo, port_hi; /* ours, and the ids of our echo requests */
	uint32_t packets; /* that the ring holds while we are busy; 64..65536 */
	uint32_t snaplen; /* octets of each that are kept; 128..65535 */
	bool batch; /* none wakes us: they wait some ms for the next look */
};

/* Captures from now on. EX_NOPERM, EX_UNAVAILABLE, EX_OSERR. */
struct capture *capture_open(const struct capture_config *c, struct fault *f);
void capture_close(struct capture *c);

/* For poll(2): POLLIN when packets wait. */
int capture_fd(const struct capture *c);

/* Hands over the packets that wait; 0, or -errno when the capture is dead. */
int capture_read(struct capture *c, capture_each *each, void *arg);

/* Packets that the kernel dropped before us, since the start; never falls. */
uint32_t capture_drops(struct capture *c);

#endif
