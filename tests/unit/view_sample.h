/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_TEST_VIEW_SAMPLE_H
#define TUMEN_TEST_VIEW_SAMPLE_H

#include "probe/base/mem.h"
#include "probe/campaign/view.h"

#include <stdio.h>

#define VIEW_S INT64_C(1000000)

/* 2026-11-21 16:53:59.483118 UTC */
#define VIEW_SAMPLE_US INT64_C(1795280039483118)

static inline struct view_campaign
view_border(int64_t now_us)
{
	return (struct view_campaign){.name = "border",
	    .running = true,
	    .slot = 5873,
	    .jobs = 48,
	    .jobs_ended = 12,
	    .next_us = now_us + 366 * VIEW_S,
	    .last_slot = 5872,
	    .last_began_us = now_us - 895 * VIEW_S,
	    .last_us = now_us - 833500000,
	    .last_state = "partial",
	    .last_reason = "2 of 48 traces could not start: 175.45.178.1: no "
			   "route; \"quoted\" \\ and 3 more of the same kind",
	    .last_traces = 46,
	    .last_sent = 913,
	    .last_received = 702,
	    .runs = {120, 2, 1, 0, 3},
	    .targets = 48,
	    .answer = 41,
	    .silent = 7,
	    .uplink = "up"};
}

/* Started, and no run yet. */
static inline struct view_campaign
view_new(int64_t now_us)
{
	return (struct view_campaign){.name = "every-day.1",
	    .slot = -1,
	    .jobs = -1,
	    .jobs_ended = -1,
	    .next_us = now_us + 40000 * VIEW_S,
	    .last_slot = -1,
	    .last_began_us = -1,
	    .last_us = -1,
	    .last_traces = -1,
	    .last_sent = -1,
	    .last_received = -1,
	    .targets = -1,
	    .answer = -1,
	    .silent = -1};
}

/* An agent that is well at this time; view_clear() it. */
static inline struct view
view_sample(int64_t now_us)
{
	struct view v = {.vantage = "sel",
	    .version = "0.1.0",
	    .pid = 812,
	    .started_us = now_us - 300000 * VIEW_S,
	    .written_us = now_us,
	    .config_us = now_us - 7200 * VIEW_S,
	    .rate = 20,
	    .target_rate = 100,
	    .responder_rate = 100,
	    .sent_peak = 18,
	    .sent = 114210,
	    .not_sent = 3,
	    .received = 88123,
	    .unmatched = 12,
	    .malformed = 1,
	    .drops = 0,
	    .traces_running = 16,
	    .segments = 3,
	    .segments_octets = 1268777,
	    .disk_used = 42,
	    .disk_free = INT64_C(13207024435),
	    .clock_steps = 1};
	v.n = 2;
	v.campaigns = xcalloc(v.n, sizeof(*v.campaigns));
	v.campaigns[0] = view_border(now_us);
	v.campaigns[1] = view_new(now_us);
	return v;
}

/* The same when much has gone wrong, and somebody tries a terminal's patience.
 */
static inline struct view
view_sick(int64_t now_us)
{
	struct view v = view_sample(now_us);
	snprintf(v.config_error, sizeof(v.config_error),
	    "/etc/tumen/tumen-probe.conf:12: [campaign border] interval 0: not "
	    "a duration in 1s..7d (300, 90s, 15m, 6h, 1d)\n\033]0;owned\007");
	v.disk_full = true;
	v.disk_used = 97;
	v.disk_free = 41 << 20;
	snprintf(v.campaigns[0].uplink, sizeof(v.campaigns[0].uplink), "down");
	snprintf(v.campaigns[0].last_state, sizeof(v.campaigns[0].last_state),
	    "failed");
	snprintf(v.campaigns[0].last_reason, sizeof(v.campaigns[0].last_reason),
	    "\033[2J\033[31m\xc2\x9b;"
	    "m all 48 traces failed: sendto: Operation not permitted\r\n\t");
	return v;
}

#endif
