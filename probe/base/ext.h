/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_BASE_EXT_H
#define TUMEN_BASE_EXT_H

#include "probe/base/rd.h"

#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>

/*
 * What routers put behind the quote of an ICMP error: the objects of RFC 4884,
 * section 7, as a record keeps them, without the header in front of them.
 */
struct ext_object {
	uint8_t class, type;
	struct rd body; /* borrows the bytes */
};

/*
 * The next object of the list. False at its end and where a length is shorter
 * than the object's own header or longer than the rest: what follows could not
 * be found.
 */
bool ext_next(struct rd *list, struct ext_object *o);

/* An entry of an MPLS label stack (RFC 4950). */
struct ext_label {
	uint32_t label; /* 20 bits */
	uint8_t tc, s, ttl;
};

/*
 * The next entry of an object of class 1, type 1, the top first. False behind
 * the last one, and for every other object.
 */
bool ext_label(struct ext_object *o, struct ext_label *l);

enum { EXT_CLASS_INTERFACE = 2, EXT_NAME_MAX = 63 };

/* An interface or a next hop of the router (RFC 5837, section 4). */
struct ext_interface {
	const char *role;	     /* static */
	int64_t ifindex, mtu;	     /* -1: not sent */
	char addr[INET6_ADDRSTRLEN]; /* IPv4 or IPv6; "": not sent */
	char name[EXT_NAME_MAX + 1]; /* any octets but NUL; "": not sent */
};

/*
 * False when the object is of another class or its fields are not what its
 * type announces. Octets behind the last field are ignored.
 */
bool ext_interface(const struct ext_object *o, struct ext_interface *i);

#endif
