/* SPDX-License-Identifier: ISC */
/*
 * A writer of campaigns is killed again and again, while segments are
 * uploaded: whatever moment it was, the accounts come out even, and nothing
 * that was acknowledged is missing.
 */
#include "sql/audit.h"
#include "sql/segment.h"
#include "sql/upload.h"
#include "tests/unit/sample_health.h"
#include "tests/unit/store_place.h"
#include "tests/unit/store_sample.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <sys/mman.h>
#include <time.h>

#include <cmocka.h>

enum { KILLS = 40, RUN_TRACES = 6 };

static const int64_t hour_us = INT64_C(3600000000);

/* What the writer said that it had stored; it survives the killed process. */
struct acknowledged {
	int64_t traces, runs;
};

static bool
write_trace(struct segment *s, const struct store_run *run, int64_t at_us)
{
	struct fault f = {0};
	struct record r =
	    sample_record("sel", segment_epoch(s), segment_next_seq(s));
	snprintf(r.campaign, sizeof(r.campaign), "%s", run->campaign);
	r.run = run->slot;
	r.start_us = at_us;
	bool ok = segment_add(s, &r, &f);
	record_clear(&r);
	return ok;
}

static struct store_run
next_run(struct segment *s, const char *campaign)
{
	const struct begun *newest = segment_newest_run(s, campaign);
	struct store_run run = {.slot = newest == NULL ? 7 : newest->slot + 1,
	    .epoch = segment_epoch(s),
	    .state = "done"};
	run.planned_us = run.slot * hour_us;
	run.started_us = run.planned_us + 5;
	run.finished_us = run.planned_us + hour_us / 2;
	snprintf(run.vantage, sizeof(run.vantage), "sel");
	snprintf(run.campaign, sizeof(run.campaign), "%s", campaign);
	return run;
}

/* Two campaigns at a time: a run's traces lie in more than one segment. */
static void
write_until_killed(const char *spool, volatile struct acknowledged *ack)
{
	struct fault f = {0};
	struct segment *s = segment_open(spool, "sel", &f);
	struct store_run run[2];
	if (s == NULL)
		_exit(1);
	for (int i = 0; i < 2; i++) {
		run[i] = next_run(s, i == 0 ? "often" : "twice a day");
		if (!segment_begin_run(s, &run[i], &f))
			_exit(2);
	}
	for (int turn = 1;; turn++) {
		int i = turn % 3 == 0;
		int64_t at_us = run[i].started_us + run[i].traces * 1000;
		if (!write_trace(s, &run[i], at_us))
			_exit(3);
		ack->traces++;
		if (++run[i].traces < RUN_TRACES)
			continue;
		struct store_health h = sample_health_of(&run[i]);
		if (!segment_add_health(s, &h, &f) ||
		    !segment_add_run(s, &run[i], &f))
			_exit(4);
		ack->runs++;
		if (!segment_seal(s, &f))
			_exit(5);
		run[i] = next_run(s, run[i].campaign);
		if (!segment_begin_run(s, &run[i], &f))
			_exit(6);
	}
}

static void
upload_all(const struct place *p)
{
	struct fault f = {0};
	struct upload u = {.to = store_open(p->db, STORE_CREATE, &f)};
	if (u.to == NULL || !upload_spool(&u, p->spool, &f))
		fail_msg("%s", f.text);
	assert_int_equal(u.quarantined, 0);
	store_close(u.to);
}

/* The audit of all; prints what is wrong. */
static void
audit_all(const struct place *p, struct audit *a)
{
	struct fault f = {0};
	char text[FINDING_TEXT_LEN];
	const char *const spools[] = {p->spool};
	*a = (struct audit){.spools = spools, .nspools = 1};
	a->store = store_open(p->db, STORE_READ, &f);
	if (a->store == NULL || !audit_run(a, &f))
		fail_msg("%s", f.text);
	store_close(a->store);
	for (size_t i = 0; i < a->findings.n; i++) {
		finding_text(&a->findings.v[i], text);
		if (finding_is_fault(a->findings.v[i].kind))
			print_message("%s\n", text);
	}
}

/* Every other time while it opens the spool, else some traces later. */
static void
wait_a_while(
    int turn, const volatile struct acknowledged *ack, uint64_t *random)
{
	struct timespec t = {.tv_nsec = 500000};
	int64_t until = ack->traces + 1 + sample_random(random) % 15;
	for (int i = 0; turn % 2 == 0 && i < 4000 && ack->traces < until; i++)
		nanosleep(&t, NULL);
	t.tv_nsec = sample_random(random) % 15000000;
	nanosleep(&t, NULL);
}

static void
accounts_come_out_even_after_kills(void **state)
{
	const struct place *p = *state;
	struct fault f = {0};
	struct audit a;
	uint64_t random = 11;
	struct acknowledged *ack = mmap(NULL, sizeof(*ack),
	    PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	assert_true(ack != MAP_FAILED);
	for (int i = 0; i < KILLS; i++) {
		pid_t pid = fork();
		if (pid == 0)
			write_until_killed(p->spool, ack);
		wait_a_while(i, ack, &random);
		kill(pid, SIGKILL);
		assert_int_equal(sample_wait(pid), 128 + SIGKILL);
		if (i % 4 == 3)
			upload_all(p);
		if (i % 12 != 11)
			continue;
		audit_all(p, &a); /* with what waits and lies open */
		assert_int_equal(findings_faults(&a.findings), 0);
		audit_free(&a);
	}
	segment_close(segment_open(p->spool, "sel", &f));
	upload_all(p);
	audit_all(p, &a);
	assert_int_equal(findings_faults(&a.findings), 0);
	assert_int_equal(a.nvantages, 1);
	const struct audit_vantage *v = &a.vantages[0];
	print_message("%d traces and %d runs acknowledged; stored %d traces, "
		      "%d done, %d aborted, %d numbers never used\n",
	    (int)ack->traces, (int)ack->runs, (int)v->traces,
	    (int)v->runs[AUDIT_DONE], (int)v->runs[AUDIT_ABORTED],
	    (int)v->unused);
	assert_true(v->traces >= ack->traces && ack->traces > KILLS);
	assert_true(v->runs[AUDIT_DONE] >= ack->runs && ack->runs > 0);
	assert_in_range(v->runs[AUDIT_ABORTED], 1, 2 * KILLS);
	assert_true(v->unused > 0);
	audit_free(&a);
	munmap(ack, sizeof(*ack));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    PLACE_TEST(accounts_come_out_even_after_kills),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
