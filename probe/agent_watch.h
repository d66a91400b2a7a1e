/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_PROBE_AGENT_WATCH_H
#define TUMEN_PROBE_AGENT_WATCH_H

#include "probe/campaign/agent.h"
#include "probe/net/notify.h"
#include "probe/net/prober.h"

/*
 * What others see of a running agent: its file in the spool, its metrics, and
 * what the service manager is told. Each second is looked at for the ceiling.
 */
enum { WATCH_SECONDS = 60 };

struct watch {
	struct agent *agent;
	struct prober *prober;
	const struct config *config;
	struct notify notify;
	struct prober_counts told; /* of malformed replies */
	int64_t started_us, config_us;
	char config_error[512];	      /* why it was not read again */
	uint64_t sent[WATCH_SECONDS]; /* packets of each of the last seconds */
	uint64_t sent_before;
	int64_t second;	   /* since the start */
	int64_t alive_ns;  /* mono: when the watchdog was told */
	int64_t written_s; /* the second the view was written in */
	uint64_t changes;  /* agent_changes() then */
	bool failed;	   /* the last time; said once */
};

/* Once a second, and when the agent has ended. */
void watch_tick(struct watch *w);
void watch_write(struct watch *w);

#endif
