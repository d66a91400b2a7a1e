/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_CONTROL_AS_PATH_H
#define TUMEN_CONTROL_AS_PATH_H

#include "analysis/origin/mrt_path.h"
#include "sql/routes.h"

/*
 * An AS path as it is stored: text as bgpdump writes it, "3356 4837 131279",
 * sets {1,2}, confederations (1 2) and [1,2], with the ASNs of AS4_PATH where
 * they belong (RFC 6793). Of a text longer than ROUTE_PATH_MAX - 1 the middle
 * is "...". Origin and upstream as in store_route.
 */
struct as_path {
	bool whole; /* it was there, and undamaged; else no text: NULL */
	char text[ROUTE_PATH_MAX];
	int64_t origin_as, upstream_as;
};

/* width: octets of an ASN in AS_PATH. */
void as_path_of(const struct mrt_attrs *a, size_t width, struct as_path *path);

#endif
