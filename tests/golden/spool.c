/* SPDX-License-Identifier: ISC */
#include "sql/segment.h"
#include "tests/unit/sample_health.h"
#include "tests/unit/store_sample.h"

#include <inttypes.h>
#include <stdlib.h>

/*
 * Writes what an agent would, without a network: in each slot of the hourly
 * campaign (or one of other SECONDS) some traces, the row of health and that of
 * the run, then the segment is sealed.
 *   spool DIR VANTAGE FIRST_SLOT RUNS TRACES [STATE [SECONDS]]
 */
struct job {
	struct segment *s;
	const char *vantage, *state;
	int64_t slot, traces, interval_us;
};

enum { HOUR_S = 3600 };

static bool
write_trace(const struct job *j, int64_t at_us, struct fault *f)
{
	struct record r = sample_record(
	    j->vantage, segment_epoch(j->s), segment_next_seq(j->s));
	snprintf(r.campaign, sizeof(r.campaign), "hourly");
	r.run = j->slot;
	r.start_us = at_us;
	bool ok = segment_add(j->s, &r, f);
	record_clear(&r);
	return ok;
}

static bool
write_run(const struct job *j, struct fault *f)
{
	struct store_run run = {.campaign = "hourly",
	    .slot = j->slot,
	    .epoch = segment_epoch(j->s),
	    .planned_us = j->slot * j->interval_us,
	    .state = j->state,
	    .traces = j->traces,
	    .sent = j->traces * 10,
	    .received = j->traces * 9};
	run.started_us = run.planned_us + 1000;
	run.finished_us = run.planned_us + j->interval_us / 2;
	snprintf(run.vantage, sizeof(run.vantage), "%s", j->vantage);
	for (int64_t i = 0; i < j->traces; i++)
		if (!write_trace(j, run.started_us + i * 1000, f))
			return false;
	struct store_health h = sample_health_of(&run);
	return segment_add_health(j->s, &h, f) &&
	       segment_add_run(j->s, &run, f) && segment_seal(j->s, f);
}

int
main(int argc, char **argv)
{
	struct fault f = {0};
	if (argc < 6)
		return 64;
	struct job j = {.s = segment_open(argv[1], argv[2], &f),
	    .vantage = argv[2],
	    .state = argc > 6 ? argv[6] : "done",
	    .slot = strtoll(argv[3], NULL, 10),
	    .traces = strtoll(argv[5], NULL, 10)};
	j.interval_us =
	    INT64_C(1000000) * (argc > 7 ? strtoll(argv[7], NULL, 10) : HOUR_S);
	bool ok = j.s != NULL;
	for (int64_t n = strtoll(argv[4], NULL, 10); ok && n > 0; n--) {
		ok = write_run(&j, &f);
		j.slot++;
	}
	segment_close(j.s);
	if (!ok)
		fprintf(stderr, "spool: %s\n", f.text);
	return ok ? 0 : 1;
}
