/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_NET_ROUTE_H
#define TUMEN_NET_ROUTE_H

#include "probe/base/fault.h"

#include <net/if.h>
#include <stdbool.h>
#include <stdint.h>

/* How this host would send to a target. */
struct route {
	uint32_t source;
	char interface[IFNAMSIZ]; /* "" when no interface has the source */
};

/* EX_UNAVAILABLE when there is no such interface. */
bool route_check_interface(const char *interface, struct fault *f);

/* EX_UNAVAILABLE when no interface of this host has the address. */
bool route_check_source(uint32_t source, struct fault *f);

/*
 * Asks the kernel, without sending anything. interface NULL and source 0 leave
 * the choice to it. EX_UNAVAILABLE: "203.0.113.7: no route from this host".
 */
bool route_find(uint32_t target, const char *interface, uint32_t source,
    struct route *route, struct fault *f);

#endif
