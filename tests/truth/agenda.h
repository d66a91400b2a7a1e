/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_TESTS_TRUTH_AGENDA_H
#define TUMEN_TESTS_TRUTH_AGENDA_H

#include "probe/base/record.h"
#include "tests/truth/ground.h"
#include "tests/truth/routing.h"

/*
 * Who traces what and when. A group is what belongs together: one prefix at one
 * time, from some vantages, with some methods and flows.
 */
enum { AGENDA_TRACES_MAX = 8 * 3 * 2 };

struct agenda_trace {
	uint32_t vantage; /* number */
	enum record_method method;
	uint32_t flow;
};

struct agenda_group {
	uint64_t number;
	uint32_t as; /* the target */
	struct prefix prefix;
	uint32_t host;
	int64_t start_us;
	struct routing_export export;
	size_t n;
	struct agenda_trace trace[AGENDA_TRACES_MAX];
};

/* How many of its /24s a target has probed. */
uint32_t agenda_prefixes(const struct ground *g, uint32_t as);

/* The host that is probed in one of them, and its prefix. */
bool
agenda_host(const struct ground *g, uint32_t as, uint32_t nth, uint32_t *host);

/* The source address of a vantage. */
uint32_t agenda_source(const struct ground *g, uint32_t vantage);

void
agenda_group(const struct ground *g, uint64_t number, struct agenda_group *p);

#endif
