/* SPDX-License-Identifier: ISC */
/*
 * A year of the agent's core on a clock that is made up, with the real spool,
 * upload and audit: the wall clock is set forth and back, the host sleeps, the
 * link goes down, the agent is stopped, killed, and told to read its
 * configuration again. TUMEN_YEAR_DAYS says how long, TUMEN_SEED which one.
 */
#include "probe/base/log.h"
#include "probe/base/mem.h"
#include "sql/audit.h"
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
#include <sys/mman.h>
#include <time.h>

#include <cmocka.h>

#define HOUR_NS (3600 * NS_PER_S)
#define DAY_NS	(24 * HOUR_NS)

/* Midnight of 15 March 2026, two weeks before Europe's clocks change. */
#define BEGIN_NS (INT64_C(1773532800) * NS_PER_S)

/* A sanitized process is several times as slow: from March into April, then. */
#if defined(__SANITIZE_ADDRESS__)
enum { DAYS = 40 };
#else
enum { DAYS = 366 };
#endif
enum { CAMPAIGNS = YEAR_CAMPAIGNS, DAYS_TO_MEET_ALL = 300 };

static const int64_t interval_s[] = {14400, 43200, 86400};

struct life {
	struct config config;
	struct year_driver driver;
	struct year_world *w;
	const char *spool;
	bool other; /* of the two configurations */
	int64_t until_ns, set_ns, sleep_ns, link_ns, reload_ns; /* true time */
};

/* The fourth campaign changes its schedule, and the first its targets never. */
static void
read_config(struct config *c, const char *spool, bool other)
{
	struct fault f = {0};
	char *text = xasprintf("[vantage]\nname = sel\nspool = %s\n"
			       "control = 198.51.100.2\n%s"
			       "[campaign border]\ntargets = 192.0.2.1 "
			       "192.0.2.2\nmethod = udp tcp\ninterval = 4h\n"
			       "[campaign paths]\ntargets = 192.0.2.4\n"
			       "mda = 95\ninterval = 12h\nphase = 1h\n"
			       "[campaign days]\ntargets = 192.0.2.5 "
			       "192.0.2.6\ninterval = 1d\njitter = 5m\n"
			       "[campaign changing]\ntargets = 192.0.2.7\n"
			       "interval = %s\nphase = %s\n",
	    spool, other ? "do_not_probe = 192.0.2.8\n" : "",
	    other ? "25200" : "25201", other ? "100" : "6h");
	if (!config_parse(c, "year", text, strlen(text), &f))
		fail_msg("%s", f.text);
	free(text);
}

/* In the process of an agent: what is wrong ends it with another status. */
static void
demand(bool ok, const struct fault *f)
{
	if (ok)
		return;
	fprintf(stderr, "# %s\n", f->text);
	_exit(1);
}

static int64_t
after(struct life *l, int64_t lo_ns, int64_t hi_ns)
{
	return l->w->true_ns + random_range(&l->w->random, lo_ns, hi_ns);
}

/* The clock is set; hours later somebody sets it right. */
static void
set_clock(struct life *l)
{
	struct year_world *w = l->w;
	w->steps++;
	if (w->offset_ns != 0) {
		w->offset_ns = 0;
		l->set_ns = after(l, DAY_NS, 8 * DAY_NS);
		return;
	}
	w->offset_ns = random_range(&w->random, -5 * HOUR_NS, 5 * HOUR_NS);
	l->set_ns = after(l, 0, 10 * HOUR_NS);
}

/* Nothing runs meanwhile, but both clocks go on. */
static void
sleep_on(struct life *l)
{
	l->w->sleeps++;
	l->w->true_ns += random_range(&l->w->random, NS_PER_S, 40 * HOUR_NS);
	l->sleep_ns = after(l, DAY_NS, 6 * DAY_NS);
}

static void
turn_link(struct life *l)
{
	l->w->link_down = !l->w->link_down;
	l->link_ns = l->w->link_down ? after(l, 0, 9 * HOUR_NS)
				     : after(l, HOUR_NS, 4 * DAY_NS);
}

static void
reload(struct life *l)
{
	struct config next;
	struct fault f = {0};
	l->w->reloads++;
	l->other = !l->other;
	read_config(&next, l->spool, l->other);
	demand(agent_reload(l->driver.agent, &next, &f), &f);
	l->reload_ns = after(l, DAY_NS, 9 * DAY_NS);
}

static void
disturb(struct life *l)
{
	int64_t now = l->w->true_ns;
	if (now >= l->set_ns)
		set_clock(l);
	if (now >= l->sleep_ns)
		sleep_on(l);
	if (now >= l->link_ns)
		turn_link(l);
	if (now >= l->reload_ns)
		reload(l);
}

static int64_t
least(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

static int64_t
next_event(const struct life *l)
{
	return least(least(l->set_ns, l->sleep_ns),
	    least(least(l->link_ns, l->reload_ns), l->until_ns));
}

/* One turn of the agent, then time passes until something happens. */
static void
turn(struct life *l)
{
	int64_t wait_us = agent_turn(l->driver.agent);
	int64_t ends_ns = year_finish(&l->driver);
	int64_t at_ns = least(next_event(l), ends_ns);
	int64_t wait_ns = least(wait_us, 60 * US_PER_S) * 1000 + 1000000;
	at_ns = least(at_ns, l->w->true_ns + wait_ns);
	if (at_ns > l->w->true_ns)
		l->w->true_ns = at_ns;
	disturb(l);
}

static void
open_life(struct life *l, struct year_world *w, const char *spool)
{
	struct fault f = {0};
	*l = (struct life){.w = w, .spool = spool};
	l->driver.world = w;
	l->driver.jobs = xcalloc(YEAR_JOBS, sizeof(*l->driver.jobs));
	l->other = random_chance(&w->random, 500000);
	read_config(&l->config, spool, l->other);
	struct agent_setup setup = {
	    .ops = &year_ops, .arg = &l->driver, .config = &l->config};
	l->driver.agent = agent_open(&setup, &f);
	demand(l->driver.agent != NULL, &f);
	w->link_down = false;
	memset(w->run, 0xff, sizeof(w->run));
	l->until_ns = after(l, HOUR_NS, 12 * DAY_NS);
	l->set_ns = after(l, 0, 6 * DAY_NS);
	l->sleep_ns = after(l, 0, 6 * DAY_NS);
	l->link_ns = after(l, 0, 3 * DAY_NS);
	l->reload_ns = after(l, 2 * DAY_NS, 9 * DAY_NS);
}

/* As SIGTERM does it. */
static void
end_life(struct life *l)
{
	struct fault f = {0};
	agent_stop(l->driver.agent, 0, "the agent was stopped");
	while (!agent_over(l->driver.agent))
		turn(l);
	demand(agent_status(l->driver.agent) == 0, &f);
	demand(agent_close(l->driver.agent, &f), &f);
	config_clear(&l->config);
	free(l->driver.jobs);
}

/* In a process of its own: it ends by itself, or is killed where it is. */
static void
live(struct year_world *w, const char *spool, int64_t end_ns)
{
	struct life l;
	open_life(&l, w, spool);
	if (l.until_ns > end_ns)
		l.until_ns = end_ns;
	bool last = l.until_ns == end_ns;
	while (w->true_ns < l.until_ns)
		turn(&l);
	if (!last && random_chance(&w->random, 700000)) {
		w->kills++;
		raise(SIGKILL);
	}
	w->stops++;
	agent_turn(l.driver.agent); /* what it has just slept through */
	end_life(&l);
	_exit(0);
}

static void
live_on(struct year_world *w, const char *spool, int64_t end_ns)
{
	while (w->true_ns < end_ns) {
		fflush(NULL);
		pid_t pid = fork();
		if (pid == 0)
			live(w, spool, end_ns);
		int status = sample_wait(pid);
		if (status != 0 && status != 128 + SIGKILL)
			print_message("# status %d\n", status);
		assert_true(status == 0 || status == 128 + SIGKILL);
		/* Until somebody starts it again, and once more at the end. */
		int64_t away_ns =
		    random_chance(&w->random, 800000)
			? random_range(&w->random, NS_PER_S, 60 * NS_PER_S)
			: random_range(&w->random, HOUR_NS, 3 * DAY_NS);
		if (w->true_ns < end_ns)
			away_ns = least(away_ns, end_ns - 1 - w->true_ns);
		w->true_ns += away_ns;
		w->offset_ns = 0;
	}
}

static struct store *
uploaded(const char *spool, const char *path)
{
	struct fault f = {0};
	struct upload u = {.to = store_open(path, STORE_CREATE, &f)};
	if (u.to == NULL || !upload_spool(&u, spool, &f))
		fail_msg("%s", f.text);
	assert_int_equal(u.quarantined, 0);
	return u.to;
}

static void
audited(struct store *s, const char *spool)
{
	struct fault f = {0};
	const char *spools[] = {spool};
	struct audit a = {.store = s, .spools = spools, .nspools = 1};
	if (!audit_run(&a, &f))
		fail_msg("%s", f.text);
	for (size_t i = 0; i < a.findings.n; i++) {
		struct finding *it = &a.findings.v[i];
		print_message("# %s %s %jd..%jd %s\n", finding_name(it->kind),
		    it->campaign, (intmax_t)it->first, (intmax_t)it->last,
		    it->detail);
	}
	assert_int_equal(a.nvantages, 1);
	assert_int_equal(a.vantages[0].faults, 0);
	audit_free(&a);
}

struct tally {
	int64_t count[5], unplanned, next[CAMPAIGNS], first[CAMPAIGNS];
	int64_t late_us, rows;
};

static void
one_state(struct tally *t, const struct store_run *run)
{
	int state = 0;
	while (
	    strcmp(audit_state_name((enum audit_state)state), run->state) != 0)
		assert_in_range(++state, 0, AUDIT_STATES - 1);
	t->count[state]++;
	t->rows++;
	bool skipped = state == AUDIT_SKIPPED;
	assert_int_equal(run->started_us < 0, skipped);
	assert_int_equal(run->reason == NULL, state == AUDIT_DONE);
}

/* Rows come by campaign and slot. */
static bool
look(void *arg, const struct store_run *run, struct fault *f)
{
	struct tally *t = arg;
	int c = year_campaign(run->campaign);
	(void)f;
	one_state(t, run);
	if (run->planned_us < 0) {
		t->unplanned++;
		return true;
	}
	if (c < 0)
		return true; /* its numbers jump */
	if (t->first[c] == 0)
		t->next[c] = t->first[c] = run->slot;
	assert_int_equal(run->slot, t->next[c]);
	t->next[c]++;
	int64_t phase_us =
	    run->planned_us - run->slot * interval_s[c] * US_PER_S;
	assert_in_range(phase_us, 0, interval_s[c] * US_PER_S - 1);
	if (c == 1)
		assert_int_equal(phase_us, 3600 * US_PER_S);
	if (run->started_us < 0)
		return true;
	int64_t late_us = run->started_us - run->planned_us;
	assert_in_range(late_us, 0, (interval_s[c] / 2 + 301) * US_PER_S);
	t->late_us = late_us > t->late_us ? late_us : t->late_us;
	return true;
}

static void
a_year(void **state)
{
	const char *dir = *state, *days = getenv("TUMEN_YEAR_DAYS");
	const char *seed = getenv("TUMEN_SEED");
	struct year_world *w = mmap(NULL, sizeof(*w), PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	struct fault f = {0};
	struct tally t = {0};
	int64_t n = days != NULL ? atoll(days) : DAYS;
	char *spool = xasprintf("%s/spool", dir);
	char *path = xasprintf("%s/shared.db", dir);
	assert_int_equal(mkdir(spool, 0755), 0);
	assert_true(w != MAP_FAILED);
	w->random.state = seed != NULL ? strtoull(seed, NULL, 10) : 20171001;
	w->true_ns = BEGIN_NS;
	live_on(w, spool, BEGIN_NS + n * DAY_NS);
	struct store *s = uploaded(spool, path);
	if (!store_runs(s, look, &t, &f))
		fail_msg("%s", f.text);
	print_message(
	    "# %jd days: %jd rows of runs: done %jd, partial %jd, skipped "
	    "%jd, failed %jd, aborted %jd; without a plan %jd; latest start "
	    "%jd s; clock set %jd times, %jd sleeps, %jd kills, %jd stops, "
	    "%jd reloads, %jd traces\n",
	    (intmax_t)n, (intmax_t)t.rows, (intmax_t)t.count[0],
	    (intmax_t)t.count[1], (intmax_t)t.count[2], (intmax_t)t.count[3],
	    (intmax_t)t.count[4], (intmax_t)t.unplanned,
	    (intmax_t)(t.late_us / US_PER_S), (intmax_t)w->steps,
	    (intmax_t)w->sleeps, (intmax_t)w->kills, (intmax_t)w->stops,
	    (intmax_t)w->reloads, (intmax_t)w->traces);
	audited(s, spool);
	for (int c = 0; c < CAMPAIGNS; c++) {
		int64_t slots = n * 86400 / interval_s[c];
		assert_in_range(t.next[c] - t.first[c], slots - 2, slots + 4);
		for (int i = 0; i < YEAR_SLOTS; i++)
			assert_in_range(w->begun[c][i], 0, 1);
	}
	for (int i = 0; n >= DAYS_TO_MEET_ALL && i < AUDIT_STATES; i++)
		assert_true(t.count[i] > 0);
	store_close(s);
	munmap(w, sizeof(*w));
	free(spool);
	free(path);
}

static void
wherever_clocks_change_in_summer(void)
{
	setenv("TZ", "CET-1CEST,M3.5.0,M10.5.0/3", 1);
	tzset();
	time_t winter = 1774745999, summer = winter + 1;
	assert_int_equal(localtime(&winter)->tm_isdst, 0);
	assert_int_equal(localtime(&summer)->tm_isdst, 1);
}

static int
set_up(void **state)
{
	wherever_clocks_change_in_summer();
	log_level_set(LOG_ERROR);
	if (getenv("TMPDIR") == NULL && access("/dev/shm", W_OK) == 0)
		setenv("TMPDIR", "/dev/shm", 1); /* nothing there is synced */
	return sample_set_up(state);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(a_year, set_up, sample_tear_down),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
