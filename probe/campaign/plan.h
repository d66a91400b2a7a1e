/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_CAMPAIGN_PLAN_H
#define TUMEN_CAMPAIGN_PLAN_H

#include "probe/campaign/methods.h"
#include "probe/campaign/targets.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What one run traces: every flow by every method to every target. */
struct plan {
	const struct targets *targets; /* borrowed */
	const struct methods *methods;
	uint32_t flow_first, flows;
	int32_t port; /* of UDP and TCP; -1: 33434, and the known service */
};

struct plan_job {
	uint32_t target;
	struct prefix prefix;
	enum record_method method;
	int32_t port; /* -1: none, or for UDP the usual one */
	uint32_t flow;
};

size_t plan_jobs(const struct plan *p);

/*
 * Job n of plan_jobs(): each round goes over all targets, so that none is hit
 * twice in a row, with another method from target to target and from round to
 * round, so that whatever happens meanwhile happens to all methods.
 */
struct plan_job plan_job(const struct plan *p, size_t n);

#endif
