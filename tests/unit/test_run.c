/* SPDX-License-Identifier: ISC */
#include "probe/campaign/run.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static const char text[] = "[vantage]\nname = sel\n"
			   "[campaign a]\ntargets = 192.0.2.1 198.51.100.1\n"
			   "flows = 2\ninterval = 60\nphase = 5\n";

static struct learn *learn;

static int
open_config(void **state)
{
	static struct config c;
	*state = &c;
	learn = learn_open("/nonexistent", NULL);
	return learn == NULL ||
	       !config_parse(&c, "t", text, sizeof(text) - 1, NULL);
}

static int
close_config(void **state)
{
	config_clear(*state);
	learn_close(learn);
	return 0;
}

/* Of slot 7, planned for 425 s. */
static void
begin(struct run *r, const struct config *c, int64_t now_us)
{
	run_row(r, c, &c->campaigns[0], 7);
	run_begin(r, &c->campaigns[0], learn, now_us, 0);
}

static void
flow_by_flow_over_the_targets(void **state)
{
	const struct config *c = *state;
	struct run r;
	const struct round_job *job = NULL;
	static const uint32_t want[][2] = {
	    {0xc0000201, 0}, {0xc6336401, 0}, {0xc0000201, 1}, {0xc6336401, 1}};
	begin(&r, c, 430000000);
	assert_int_equal(r.row.planned_us, 425000000);
	assert_string_equal(r.row.vantage, "sel");
	assert_string_equal(r.row.campaign, "a");
	for (size_t i = 0; i < 4; i++) {
		assert_false(run_over(&r));
		assert_true(run_next(&r, &job));
		assert_int_equal(job->kind, ROUND_TRACE);
		assert_int_equal(job->job.target, want[i][0]);
		assert_int_equal(job->job.flow, want[i][1]);
		assert_int_equal(job->job.prefix.len, 24);
	}
	assert_false(run_next(&r, &job));
	assert_false(run_over(&r));
	run_clear(&r);
}

static struct record_probe
probe(bool answered, enum record_silent silent, uint8_t reply_no)
{
	return (struct record_probe){.ttl = 1,
	    .attempt = 1,
	    .answered = answered,
	    .silent = silent,
	    .reply_no = reply_no};
}

static void
the_row_counts_what_was_sent(void **state)
{
	const struct config *c = *state;
	struct run r;
	const struct round_job *job = NULL;
	struct record_probe probes[] = {probe(true, 0, 0), probe(true, 0, 1),
	    probe(false, SILENT_LOST, 0), probe(false, SILENT_NOT_SENT, 0)};
	struct record record = {.drops = 2, .probes = probes, .nprobes = 4};
	begin(&r, c, 430000000);
	while (run_next(&r, &job)) {
		run_traced(&r, &record);
		run_ended(&r);
	}
	assert_true(run_over(&r));
	const struct store_run *row = run_end(&r, 440000000, 3);
	assert_string_equal(row->state, "done");
	assert_null(row->reason);
	assert_int_equal(row->slot, 7);
	assert_int_equal(row->started_us, 430000000);
	assert_int_equal(row->finished_us, 440000000);
	assert_int_equal(row->traces, 4);
	assert_int_equal(row->sent, 8);
	assert_int_equal(row->received, 8);
	assert_int_equal(row->drops, 3); /* the traces overlap */
	run_clear(&r);
}

static void
states_and_reasons(void **state)
{
	const struct config *c = *state;
	struct run r;
	const struct round_job *job = NULL;
	struct record record = {0};
	begin(&r, c, 1);
	while (run_next(&r, &job))
		run_failed(&r, job, "no route");
	assert_string_equal(run_end(&r, 2, 0)->state, "failed");
	assert_string_equal(r.row.reason, "no route");
	run_clear(&r);

	begin(&r, c, 1);
	run_next(&r, &job);
	run_traced(&r, &record);
	run_ended(&r);
	while (run_next(&r, &job))
		run_failed(&r, job, "no route");
	assert_string_equal(run_end(&r, 2, 0)->state, "partial");
	run_clear(&r);

	begin(&r, c, 1);
	run_next(&r, &job);
	run_abort(&r, "stopped");
	assert_false(run_over(&r)); /* one is still to be written */
	assert_false(run_next(&r, &job));
	run_traced(&r, &record);
	run_ended(&r);
	assert_true(run_over(&r));
	assert_string_equal(run_end(&r, 2, 0)->state, "aborted");
	assert_string_equal(r.row.reason, "stopped");
	run_clear(&r);

	run_row(&r, c, &c->campaigns[0], 7);
	const struct store_run *row = run_skip(&r, 9, "late by 99 s");
	assert_string_equal(row->state, "skipped");
	assert_int_equal(row->started_us, -1);
	assert_int_equal(row->traces, 0);
}

/* Two by hand and one of the schedule in one slot: three rows, three keys. */
static void
by_hand_it_has_a_number_of_its_own(void **state)
{
	const struct config *c = *state;
	struct run planned, first, second;
	run_row(&planned, c, &c->campaigns[0], 7);
	run_row(&first, c, &c->campaigns[0], 7);
	run_row(&second, c, &c->campaigns[0], 7);
	run_unplanned(&first, 430000001);
	run_unplanned(&second, 430000002);
	assert_int_equal(planned.row.slot, 7);
	assert_int_equal(first.row.slot, 430000001);
	assert_int_equal(second.row.slot, 430000002);
	assert_int_equal(first.row.planned_us, -1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(flow_by_flow_over_the_targets),
	    cmocka_unit_test(the_row_counts_what_was_sent),
	    cmocka_unit_test(states_and_reasons),
	    cmocka_unit_test(by_hand_it_has_a_number_of_its_own),
	};
	return cmocka_run_group_tests(tests, open_config, close_config);
}
