/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_TEST_SAMPLE_HEALTH_H
#define TUMEN_TEST_SAMPLE_HEALTH_H

#include "sql/health.h"

#include <stdio.h>
#include <string.h>

/* A row with every field set, other ones for every slot. */
static inline struct store_health
sample_health(const char *vantage, uint64_t epoch, int64_t slot)
{
	static const char *const uplinks[] = {
	    "up", "unstable", "down", "unknown"};
	struct store_health h = {.slot = slot,
	    .epoch = epoch,
	    .at_us = INT64_C(1795280000000000) + slot * 1000,
	    .uplink = uplinks[slot % 4],
	    .controls = 4,
	    .reached = slot % 5,
	    .control_rtt_us = slot % 5 == 0 ? -1 : 31000 + slot,
	    .source = 0xc0a80102,
	    .interface = slot % 3 == 0 ? NULL : "eth0",
	    .gateway = slot % 2 == 0 ? 0 : 0xc0a80101,
	    .targets = 40 + slot,
	    .answered = 7,
	    .quiet = slot % 2 == 0 ? -1 : 3,
	    .late_us = 1500,
	    .jitter_us = 1000,
	    .clock_synced = slot % 2,
	    .clock_error_us = 250,
	    .clock_step_us = slot % 3 == 0 ? -2000000 : 0};
	snprintf(h.vantage, sizeof(h.vantage), "%s", vantage);
	snprintf(h.campaign, sizeof(h.campaign), "hourly");
	return h;
}

/* The row that belongs to a run. */
static inline struct store_health
sample_health_of(const struct store_run *run)
{
	struct store_health h =
	    sample_health(run->vantage, run->epoch, run->slot);
	h.at_us = run->finished_us;
	memcpy(h.campaign, run->campaign, sizeof(h.campaign));
	return h;
}

#endif
