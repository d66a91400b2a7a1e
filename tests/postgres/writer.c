/* SPDX-License-Identifier: ISC */
#include "probe/base/clock.h"
#include "sql/segment.h"
#include "tests/unit/sample_health.h"
#include "tests/unit/store_sample.h"

#include <inttypes.h>
#include <stdlib.h>
#include <sysexits.h>
#include <time.h>
#include <unistd.h>

/*
 * Writes what an agent would, without a network, until somebody kills it: runs
 * of 50 traces, two runs a segment. Each trace and run is told on standard
 * output (`trace EPOCH SEQ`, `run EPOCH SLOT`) as soon as it is acknowledged.
 *   writer SPOOL VANTAGE RUNS PER_SECOND
 * RUNS 0 only opens the spool and closes it; PER_SECOND 0 does not wait.
 */
enum { RUN_TRACES = 50, RUNS_A_SEGMENT = 2 };

static const int64_t hour_us = INT64_C(3600000000);

struct job {
	struct segment *s;
	const char *vantage;
	int64_t nap_ns;
};

/* In one write: what stands in the file was told whole. */
static bool
tell(const char *what, uint64_t epoch, int64_t number, struct fault *f)
{
	char line[64];
	int len = snprintf(line, sizeof(line), "%s %" PRIu64 " %" PRId64 "\n",
	    what, epoch, number);
	return write(STDOUT_FILENO, line, (size_t)len) == len ||
	       fault_set(f, EX_IOERR, "stdout: cannot be written");
}

/* One after the other, from this hour on, whoever wrote before. */
static struct store_run
next_run(const struct job *j)
{
	const struct begun *newest = segment_newest_run(j->s, "hourly");
	struct store_run run = {.epoch = segment_epoch(j->s), .state = "done"};
	run.slot =
	    newest != NULL ? newest->slot + 1 : wall_now().ns / 1000 / hour_us;
	run.planned_us = run.slot * hour_us;
	run.started_us = run.planned_us + 5;
	run.finished_us = run.planned_us + hour_us / 2;
	snprintf(run.vantage, sizeof(run.vantage), "%s", j->vantage);
	snprintf(run.campaign, sizeof(run.campaign), "hourly");
	return run;
}

static bool
write_trace(const struct job *j, const struct store_run *run, struct fault *f)
{
	struct timespec nap = {.tv_nsec = j->nap_ns};
	uint64_t seq = segment_next_seq(j->s);
	struct record r = sample_record(j->vantage, run->epoch, seq);
	snprintf(r.campaign, sizeof(r.campaign), "%s", run->campaign);
	r.run = run->slot;
	r.start_us = run->started_us + run->traces * 1000;
	bool ok = segment_add(j->s, &r, f) &&
		  tell("trace", run->epoch, (int64_t)seq, f);
	record_clear(&r);
	if (nap.tv_nsec > 0)
		nanosleep(&nap, NULL);
	return ok;
}

static bool
write_run(const struct job *j, struct fault *f)
{
	struct store_run run = next_run(j);
	if (!segment_begin_run(j->s, &run, f))
		return false;
	for (; run.traces < RUN_TRACES; run.traces++)
		if (!write_trace(j, &run, f))
			return false;
	struct store_health h = sample_health_of(&run);
	return segment_add_health(j->s, &h, f) &&
	       segment_add_run(j->s, &run, f) &&
	       tell("run", run.epoch, run.slot, f);
}

static bool
write_runs(const struct job *j, int64_t runs, struct fault *f)
{
	for (int64_t i = 1; i <= runs; i++)
		if (!write_run(j, f) ||
		    (i % RUNS_A_SEGMENT == 0 && !segment_seal(j->s, f)))
			return false;
	return true;
}

int
main(int argc, char **argv)
{
	struct fault f = {0};
	if (argc != 5)
		return EX_USAGE;
	struct job j = {
	    .s = segment_open(argv[1], argv[2], &f), .vantage = argv[2]};
	int64_t per_second = strtoll(argv[4], NULL, 10);
	j.nap_ns = per_second > 0 ? 1000000000 / (per_second + 1) : 0;
	bool ok = j.s != NULL && write_runs(&j, strtoll(argv[3], NULL, 10), &f);
	segment_close(j.s);
	if (ok)
		return EX_OK;
	fprintf(stderr, "writer: %s\n", f.text);
	return f.status;
}
