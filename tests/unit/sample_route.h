/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_TESTS_SAMPLE_ROUTE_H
#define TUMEN_TESTS_SAMPLE_ROUTE_H

#include "sql/routes.h"

/* 2017-10-01 09:07:51 */
#define SAMPLE_ROUTE_US INT64_C(1506848871000000)

static inline struct store_route
sample_route(const struct prefix *prefix, int64_t at_us)
{
	struct store_route r = {.collector = "rrc00",
	    .peer_addr = {192, 0, 2, 1},
	    .peer_addr_len = 4,
	    .peer_asn = 64500,
	    .prefix = *prefix,
	    .at_us = at_us,
	    .kind = ROUTE_ANNOUNCED,
	    .origin_as = 131279,
	    .upstream_as = 20485,
	    .as_path = "64500 20485 131279"};
	return r;
}

#endif
