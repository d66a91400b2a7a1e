/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_TESTS_TRUTH_GROUND_H
#define TUMEN_TESTS_TRUTH_GROUND_H

#include "tests/truth/graph.h"
#include "tests/truth/rates.h"
#include "tests/truth/space.h"

/* What a world stands on: made once, then only read. */
struct ground {
	uint64_t seed;
	struct truth_rates rates;
	struct space space;
	struct graph graph;
};

/* A router: the AS that operates it and a number in it. */
#define ROUTER(as, number) ((uint64_t)(as) << 16 | (uint64_t)(number))
#define ROUTER_AS(router)  ((uint32_t)((router) >> 16))

/* Numbers of routers in an AS: borders from 0, then these. */
enum { ROUTER_CORE = 1 << 10, ROUTER_ACCESS = 1 << 14, ROUTER_HOST = 1 << 15 };

#endif
