/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_NET_PORTS_H
#define TUMEN_NET_PORTS_H

#include "probe/base/fault.h"

#include <stdint.h>

enum { PORTS_FLOWS_MAX = 1024 };

/*
 * The source ports of a range of flows, UDP and TCP alike and the id of ICMP:
 * flow N has port base + N. Bound sockets reserve each, so that no other
 * program gets it and the kernel does not refuse a datagram in answer; a
 * SYN/ACK it does refuse with an RST, which ends the connection that nobody
 * wants. The answers themselves are seen by the capture. The base is
 * the same in every process unless another one holds it, so that a flow takes
 * the same branches of a balancer from day to day.
 */
struct ports;

/* first + count <= PORTS_FLOWS_MAX. EX_UNAVAILABLE when no range is free. */
struct ports *ports_open(uint32_t first, uint32_t count, struct fault *f);
void ports_close(struct ports *p);

/* The source port of a flow; 0 when the flow is not in the range. */
uint16_t ports_of(const struct ports *p, uint32_t flow);

#endif
