/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_NET_ROUTE_H
#define TUMEN_NET_ROUTE_H

#include "probe/base/fault.h"

#include <net/if.h>
#include <stdbool.h>
#include <stdint.h>

/*
 * Where this host may send from, and the one socket that the kernel is asked
 * through: it never sends, and no other is opened later, so that questions
 * still have answers when socket(2) is forbidden.
 */
struct routes {
	const char *interface; /* NULL: the kernel's choice; borrowed */
	uint32_t source;       /* 0: the kernel's choice */
	int fd;
};

/* How this host would send to a target. */
struct route {
	uint32_t source;
	char interface[IFNAMSIZ]; /* "" when no interface has the source */
};

/* Fills in r, without a look at interface and source. EX_OSERR. */
bool routes_open(
    struct routes *r, const char *interface, uint32_t source, struct fault *f);
void routes_close(struct routes *r);

/* The index that the configured interface has now; 0: none, or gone. */
uint32_t routes_interface(const struct routes *r);

/* EX_UNAVAILABLE when a configured interface is not there. */
bool route_check_interface(const struct routes *r, struct fault *f);

/* EX_UNAVAILABLE when no interface of this host has the address. */
bool
route_check_source(const struct routes *r, uint32_t source, struct fault *f);

/*
 * Asks the kernel, without sending anything. EX_UNAVAILABLE: "203.0.113.7: no
 * route from this host".
 */
bool route_find(const struct routes *r, uint32_t target, struct route *route,
    struct fault *f);

#endif
