/* SPDX-License-Identifier: ISC */
/*
 * The agent's core in single situations, on clocks and a network that are
 * made up (year_driver.h), with the real spool: what each slot ends with.
 */
#include "probe/base/log.h"
#include "probe/base/mem.h"
#include "sql/upload.h"
#include "tests/sim/year_driver.h"
#include "tests/unit/sample_folder.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include <cmocka.h>

/* Midnight of 15 March 2026. */
#define BEGIN_NS (INT64_C(1773532800) * NS_PER_S)

#define DAY_NS (INT64_C(86400) * NS_PER_S)

enum { ROWS_MAX = 50000 };

/* One more than may run at the same time. */
#define CAMPAIGN(interval)                                                     \
	"[campaign a]\ntargets = 192.0.2.1 192.0.2.2 192.0.2.3 192.0.2.4 "     \
	"192.0.2.5 192.0.2.6 192.0.2.7 192.0.2.8 "                             \
	"192.0.2.9 192.0.2.10 192.0.2.11 192.0.2.12 192.0.2.13 192.0.2.14 "    \
	"192.0.2.15 192.0.2.16 192.0.2.17\n"                                   \
	"method = udp\ninterval = " interval "\nphase = 0\njitter = 0\n"
static const char minutely[] = CAMPAIGN("60");
static const char hourly[] = CAMPAIGN("3600");

struct rig {
	struct year_world world;
	struct year_driver driver;
	struct config config;
	struct store *shared;
	char *spool, *path;
	char reason[ROWS_MAX][100];
	struct store_run rows[ROWS_MAX];
	size_t n;
};

static void
read_config(struct rig *r, struct config *c, const char *campaigns)
{
	struct fault f = {0};
	char *text = xasprintf(
	    "[vantage]\nname = sel\nspool = %s\n%s", r->spool, campaigns);
	if (!config_parse(c, "test", text, strlen(text), &f))
		fail_msg("%s", f.text);
	free(text);
}

static struct agent *
try_open(struct rig *r, const char *campaigns, bool once, struct fault *f)
{
	read_config(r, &r->config, campaigns);
	r->driver = (struct year_driver){.world = &r->world};
	r->driver.jobs = xcalloc(YEAR_JOBS, sizeof(*r->driver.jobs));
	struct agent_setup setup = {.ops = &year_ops,
	    .arg = &r->driver,
	    .config = &r->config,
	    .once = once};
	r->driver.agent = agent_open(&setup, f);
	return r->driver.agent;
}

static struct agent *
open_agent(struct rig *r, const char *campaigns)
{
	struct fault f = {0};
	if (try_open(r, campaigns, false, &f) == NULL)
		fail_msg("%s", f.text);
	return r->driver.agent;
}

static void
close_agent(struct rig *r)
{
	struct fault f = {0};
	agent_stop(r->driver.agent, EX_OK, "the agent was stopped");
	agent_turn(r->driver.agent);
	assert_true(agent_over(r->driver.agent));
	assert_int_equal(r->driver.n, 0);
	assert_true(agent_close(r->driver.agent, &f));
	config_clear(&r->config);
	free(r->driver.jobs);
}

/* Time passes and nothing ends meanwhile. */
static void
sleep_s(struct rig *r, int64_t s)
{
	r->world.true_ns += s * NS_PER_S;
}

/* What is under way ends, and what follows from that. */
static void
finish_all(struct rig *r)
{
	for (int i = 0; i < 100 && r->driver.n > 0; i++) {
		sleep_s(r, 1);
		year_finish(&r->driver);
		agent_turn(r->driver.agent);
	}
}

static bool
take_row(void *arg, const struct store_run *run, struct fault *f)
{
	struct rig *r = arg;
	(void)f;
	assert_in_range(r->n, 0, ROWS_MAX - 1);
	struct store_run *row = &r->rows[r->n];
	*row = *run;
	snprintf(r->reason[r->n], sizeof(r->reason[0]), "%s",
	    run->reason != NULL ? run->reason : "");
	row->reason = r->reason[r->n++];
	row->state = NULL;
	for (int i = 0; i < VIEW_STATES; i++)
		if (strcmp(view_state(i), run->state) == 0)
			row->state = view_state(i);
	assert_non_null(row->state);
	return true;
}

/* Everything that has ever been sealed, from the shared database. */
static void
read_rows(struct rig *r)
{
	struct fault f = {0};
	struct upload u = {.to = store_open(r->path, STORE_CREATE, &f)};
	if (u.to == NULL || !upload_spool(&u, r->spool, &f))
		fail_msg("%s", f.text);
	assert_int_equal(u.quarantined, 0);
	r->n = 0;
	assert_true(store_runs(u.to, take_row, r, &f));
	assert_int_equal(u.runs, r->n); /* none came twice */
	store_close(u.to);
}

static const struct store_run *
row_of(const struct rig *r, const char *campaign, int64_t slot)
{
	for (size_t i = 0; i < r->n; i++)
		if (strcmp(r->rows[i].campaign, campaign) == 0 &&
		    r->rows[i].slot == slot)
			return &r->rows[i];
	fail_msg("%s/%jd has no row", campaign, (intmax_t)slot);
	return NULL;
}

static void
expect(const struct rig *r, int64_t slot, const char *state, const char *reason)
{
	const struct store_run *row = row_of(r, "a", slot);
	assert_string_equal(row->state, state);
	assert_string_equal(row->reason, reason);
}

/* The slot of campaigns every minute that is planned for now. */
static int64_t
slot_now(const struct rig *r)
{
	return r->world.true_ns / (60 * NS_PER_S);
}

/* --- reload -------------------------------------------------------------- */

static void
reload(struct rig *r, const char *campaigns)
{
	struct config next;
	struct fault f = {0};
	read_config(r, &next, campaigns);
	if (!agent_reload(r->driver.agent, &next, &f))
		fail_msg("%s", f.text);
}

static void
a_run_takes_its_reason_through_a_reload(void **state)
{
	struct rig *r = *state;
	struct agent *a = open_agent(r, minutely);
	char *more = xasprintf("[campaign first]\ntargets = 192.0.2.99\n"
			       "interval = 1d\n%s",
	    minutely);
	sleep_s(r, 60);
	agent_turn(a);
	int64_t slot = slot_now(r);
	assert_int_equal(r->driver.n, 16);
	r->world.link_down = true;
	while (r->driver.n == 16) {
		sleep_s(r, 1);
		year_finish(&r->driver);
	}
	agent_turn(a); /* the others cannot start */
	assert_in_range(r->driver.n, 1, 15);
	reload(r, more);
	agent_turn(a);
	assert_in_range(r->driver.n, 1, 15);
	finish_all(r);
	close_agent(r);
	read_rows(r);
	expect(r, slot, "partial", "no route from this host");
	assert_int_equal(row_of(r, "a", slot)->traces, 16);
	free(more);
}

static void
a_campaign_that_leaves_has_an_end(void **state)
{
	struct rig *r = *state;
	struct agent *a = open_agent(r, minutely);
	static const char other[] = "[campaign b]\ntargets = 192.0.2.9\n"
				    "interval = 60\nphase = 0\njitter = 0\n"
				    "mda = 95\n";
	sleep_s(r, 60);
	agent_turn(a);
	int64_t slot = slot_now(r);
	reload(r, other);
	agent_turn(a);
	sleep_s(r, 60);
	agent_turn(a); /* b has its survey */
	assert_int_equal(r->driver.n, 1);
	reload(r, minutely);
	agent_turn(a);
	assert_int_equal(r->driver.n, 16); /* slot + 1 of the campaign anew */
	finish_all(r);
	close_agent(r);
	read_rows(r);
	expect(r, slot, "aborted", "the configuration was changed");
	expect(r, slot + 1, "done", "");
	assert_string_equal(row_of(r, "b", slot + 1)->state, "aborted");
	assert_int_equal(row_of(r, "b", slot + 1)->traces, 3);
}

/* --- a slot that comes due in a run -------------------------------------- */

static void
die_after_an_overlap(struct rig *r)
{
	struct agent *a = open_agent(r, minutely);
	sleep_s(r, 60);
	agent_turn(a);
	sleep_s(r, 60);
	agent_turn(a);
	raise(SIGKILL);
}

static void
a_run_that_dies_behind_an_overlap_has_its_row(void **state)
{
	struct rig *r = *state;
	char reason[100];
	int64_t slot = slot_now(r) + 1;
	fflush(NULL);
	pid_t pid = fork();
	if (pid == 0)
		die_after_an_overlap(r);
	assert_int_equal(sample_wait(pid), 128 + SIGKILL);
	sleep_s(r, 130);
	open_agent(r, minutely);
	close_agent(r);
	read_rows(r);
	expect(r, slot, "aborted", "the agent died");
	snprintf(reason, sizeof(reason), "overlap: slot %jd is not over yet",
	    (intmax_t)slot);
	expect(r, slot + 1, "skipped", reason);
	assert_int_equal(r->n, 2);
}

/* A month, minute by minute: who waits for that is taken for dead. */
static void
a_run_may_sleep_for_a_month(void **state)
{
	enum { MONTH = 30 * 1440 };
	struct rig *r = *state;
	struct agent *a = open_agent(r, minutely);
	sleep_s(r, 60);
	agent_turn(a);
	int64_t slot = slot_now(r);
	sleep_s(r, 60 * MONTH + 40);
	struct mono before = mono_now();
	agent_turn(a);
	assert_in_range((mono_now().ns - before.ns) / NS_PER_S, 0, 40);
	finish_all(r);
	close_agent(r);
	read_rows(r);
	expect(r, slot, "done", "");
	expect(r, slot + MONTH / 2, "skipped",
	    "missed: the host slept, or its clock was set forward");
	for (int i = 0; i <= MONTH; i++)
		assert_int_equal(r->rows[i].slot, slot + i);
	assert_int_equal(r->n, MONTH + 1);
}

/* --- clocks -------------------------------------------------------------- */

/* As on a host without one of its own, until somebody tells it the time. */
static void
a_clock_that_was_far_back_repeats_nothing(void **state)
{
	struct rig *r = *state;
	struct agent *a = open_agent(r, hourly);
	int64_t slot = r->world.true_ns / (3600 * NS_PER_S) + 1;
	for (int i = 0; i < 3; i++) {
		sleep_s(r, 3600);
		agent_turn(a);
		finish_all(r);
	}
	r->world.offset_ns = -10 * DAY_NS;
	agent_turn(a);
	sleep_s(r, 3600);
	agent_turn(a); /* of no slot: it was not planned for then */
	finish_all(r);
	r->world.offset_ns = 0;
	agent_turn(a);
	finish_all(r);
	close_agent(r);
	read_rows(r);
	for (int i = 0; i < 4; i++)
		expect(r, slot + i, "done", "");
	assert_int_equal(r->n, 5);
}

/* --- by hand ------------------------------------------------------------- */

static void
run_once(struct rig *r)
{
	struct fault f = {0};
	assert_non_null(try_open(r, hourly, true, &f));
	agent_turn(r->driver.agent);
	finish_all(r);
	assert_true(agent_over(r->driver.agent));
	assert_int_equal(agent_status(r->driver.agent), EX_OK);
	close_agent(r);
}

/* Sleeps, so that slots are missed, and is started anew before another. */
static void
slots_behind_a_run_by_hand_are_told_once(void **state)
{
	struct rig *r = *state;
	int64_t slot = r->world.true_ns / (3600 * NS_PER_S) + 1;
	open_agent(r, hourly);
	sleep_s(r, 3600);
	agent_turn(r->driver.agent);
	finish_all(r);
	close_agent(r);
	run_once(r);
	open_agent(r, hourly);
	agent_turn(r->driver.agent);
	sleep_s(r, 5 * 3600 + 2400);
	agent_turn(r->driver.agent);
	close_agent(r);
	open_agent(r, hourly);
	agent_turn(r->driver.agent);
	close_agent(r);
	read_rows(r);
	for (int64_t s = slot + 1; s <= slot + 5; s++)
		expect(r, s, "skipped",
		    "missed: the host slept, or its clock was set forward");
	assert_int_equal(r->n, 7); /* and the one without a plan */
}

static void
nothing_starts_in_a_spool_that_fails(void **state)
{
	struct rig *r = *state;
	struct fault f = {0};
	char *both = xasprintf("%s[campaign b]\ntargets = 192.0.2.99\n"
			       "interval = 1d\n",
	    minutely);
	char *in_the_way = xasprintf("%s/.runs.new", r->spool);
	open_agent(r, minutely);
	close_agent(r);
	assert_int_equal(mkdir(in_the_way, 0755), 0);
	assert_non_null(try_open(r, both, true, &f));
	agent_turn(r->driver.agent);
	assert_int_equal(r->driver.n, 0);
	assert_true(agent_over(r->driver.agent));
	assert_int_equal(agent_status(r->driver.agent), EX_IOERR);
	close_agent(r);
	free(in_the_way);
	free(both);
}

/* --- many ---------------------------------------------------------------- */

static char *
many_campaigns(void)
{
	char *text = xstrdup("");
	for (int i = 0; i < CONFIG_CAMPAIGNS_MAX; i++) {
		char *more = xasprintf(
		    "%s[campaign c%d]\ntargets = 192.0.2.%d\n%sinterval = "
		    "60\nphase = 0\njitter = 0\n",
		    text, i, i + 1, i % 4 == 0 ? "mda = 95\n" : "");
		free(text);
		text = more;
	}
	return text;
}

static void
as_many_campaigns_as_there_may_be(void **state)
{
	struct rig *r = *state;
	char *text = many_campaigns();
	struct agent *a = open_agent(r, text);
	sleep_s(r, 60);
	for (int i = 0; i < 300; i++) {
		agent_turn(a);
		sleep_s(r, 1);
		year_finish(&r->driver);
	}
	int64_t slot = slot_now(r);
	close_agent(r);
	read_rows(r);
	for (int i = 0; i < CONFIG_CAMPAIGNS_MAX; i++) {
		char name[8];
		snprintf(name, sizeof(name), "c%d", i);
		for (int64_t s = slot - 4; s < slot; s++)
			row_of(r, name, s);
	}
	free(text);
}

static int
set_up(void **state)
{
	struct rig *r = xcalloc(1, sizeof(*r));
	log_level_set(LOG_ERROR);
	if (getenv("TMPDIR") == NULL && access("/dev/shm", W_OK) == 0)
		setenv("TMPDIR", "/dev/shm", 1); /* nothing there is synced */
	char *dir = sample_folder();
	r->spool = dir;
	r->path = xasprintf("%s.db", dir);
	r->world.true_ns = BEGIN_NS + NS_PER_S;
	r->world.random.state = 7;
	*state = r;
	return 0;
}

static int
tear_down(void **state)
{
	struct rig *r = *state;
	unlink(r->path);
	free(r->path);
	sample_remove(r->spool);
	free(r);
	return 0;
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(a_run_takes_its_reason_through_a_reload),
	    TEST(a_campaign_that_leaves_has_an_end),
	    TEST(a_run_that_dies_behind_an_overlap_has_its_row),
	    TEST(a_run_may_sleep_for_a_month),
	    TEST(a_clock_that_was_far_back_repeats_nothing),
	    TEST(slots_behind_a_run_by_hand_are_told_once),
	    TEST(nothing_starts_in_a_spool_that_fails),
	    TEST(as_many_campaigns_as_there_may_be),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
