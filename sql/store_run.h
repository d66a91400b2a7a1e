/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_SQL_STORE_RUN_H
#define TUMEN_SQL_STORE_RUN_H

#include "probe/base/fault.h"
#include "probe/base/record.h"

struct store; /* sql/store.h */

/* Whether a run has its row of health (sql/health.h). */
enum store_run_health {
	RUN_HEALTH_NOT_DUE = 0, /* it did not begin, its agent died or had no
				   room; or the agent knew of no such rows */
	RUN_HEALTH_OWED,	/* it began, and has none */
	RUN_HEALTH_WRITTEN,	/* before the run's own row */
};

/* How one slot of a campaign ended; every planned slot gets one row. */
struct store_run {
	char vantage[RECORD_NAME_MAX + 1], campaign[RECORD_NAME_MAX + 1];
	int64_t slot;
	uint64_t epoch;
	int64_t planned_us, started_us, finished_us; /* -1 */
	const char *state;  /* done, partial, skipped, failed, aborted */
	const char *reason; /* NULL none */
	int64_t traces, sent, received, drops;
	enum store_run_health health; /* segment_add_run() finds out itself */
};

/* Again the same changes nothing; EX_DATAERR when another outcome is there. */
bool
store_add_run(struct store *s, const struct store_run *run, struct fault *f);

/* By campaign and slot; the texts of the run change with the next call. */
typedef bool
store_each_run(void *arg, const struct store_run *run, struct fault *f);
bool
store_runs(struct store *s, store_each_run *each, void *arg, struct fault *f);

#endif
