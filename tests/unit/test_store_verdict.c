/* SPDX-License-Identifier: ISC */
#include "sql/batch.h"
#include "tests/unit/store_fill.h"

#include <math.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/* Verdicts beside the traces, and several who write at once. */

static struct store_verdict
verdict_of(const struct record *r, const char *carrier)
{
	struct store_verdict v = {.target = r->target,
	    .prefix = r->prefix,
	    .method = r->method,
	    .flow = r->flow,
	    .start_us = r->start_us,
	    .reached = true,
	    .reach = "up",
	    .entry_as = 134544,
	    .carrier = carrier,
	    .evidence = "adjacent-seen",
	    .border_lo = 9,
	    .border_hi = -1,
	    .border_rtt_us = -1,
	    .silent_hops = 2,
	    .p = 0.97,
	    .json = "{\"record\":\"verdict\"}"};
	record_id(r, v.trace);
	snprintf(v.vantage, sizeof(v.vantage), "%s", r->vantage);
	return v;
}

struct seen_verdicts {
	struct store_verdict last;
	char carriers[8][16], vantages[8][33];
	int64_t starts[8];
	double p[8];
	size_t n;
};

static bool
collect_verdict(void *arg, const struct store_verdict *v, struct fault *f)
{
	struct seen_verdicts *seen = arg;
	(void)f;
	snprintf(seen->carriers[seen->n], 16, "%s", v->carrier);
	snprintf(seen->vantages[seen->n], 33, "%s", v->vantage);
	seen->p[seen->n] = v->p;
	seen->starts[seen->n++] = v->start_us;
	seen->last = *v;
	assert_string_equal(v->reach, "up");
	assert_string_equal(v->evidence, "adjacent-seen");
	assert_string_equal(v->json, "{\"record\":\"verdict\"}");
	return true;
}

static bool
count_up(void *arg, const struct record *r, struct fault *f)
{
	(void)r, (void)f;
	return ++*(size_t *)arg > 0;
}

static size_t
rows(struct store *s, const struct store_filter *filter)
{
	struct fault f = {0};
	size_t n = 0;
	assert_true(store_traces(s, filter, count_up, &n, &f));
	return n;
}

static void
verdicts_replace_and_come_in_order(void **state)
{
	struct fault f = {0};
	struct seen_verdicts seen = {0};
	struct store *s = opened(*state, STORE_CREATE);
	static const char *const vantages[] = {"sel", "hkg"};
	for (uint64_t i = 0; i < 4; i++) {
		struct record r = sample_record(vantages[i % 2], 77, 4 - i);
		struct store_verdict v = verdict_of(&r, "ttk");
		add(s, &r, true);
		assert_true(store_put_verdicts(s, &v, 1, &f));
		v.carrier = "unicom";
		v.p = i == 3 ? (double)NAN : 0.97;
		assert_true(store_put_verdicts(s, &v, 1, &f));
		record_clear(&r);
	}
	struct store_filter all = {.with_evidence = true};
	assert_true(store_verdicts(s, &all, collect_verdict, &seen, &f));
	assert_int_equal(seen.n, 4);
	assert_string_equal(seen.vantages[0], "hkg");
	assert_string_equal(seen.vantages[2], "sel");
	assert_true(seen.starts[0] < seen.starts[1]);
	assert_string_equal(seen.carriers[3], "unicom");
	assert_int_equal(seen.last.border_lo, 9);
	assert_int_equal(seen.last.border_hi, -1);
	assert_int_equal(seen.last.entry_as, 134544);
	assert_int_equal(seen.last.prefix.len, 24);
	assert_true(seen.last.p > 0.96 && seen.last.p < 0.98);
	assert_true(isnan(seen.p[0]));
	assert_int_equal(rows(s, &(struct store_filter){0}), 4);
	assert_int_equal(
	    rows(s, &(struct store_filter){.without_verdict = true}), 0);
	store_close(s);
}

static size_t
verdicts(struct store *s, const struct store_filter *filter)
{
	struct fault f = {0};
	struct seen_verdicts seen = {0};
	assert_true(store_verdicts(s, filter, collect_verdict, &seen, &f));
	return seen.n;
}

/* A verdict is of the campaign that its trace is of. */
static void
a_campaign_selects_verdicts(void **state)
{
	struct fault f = {0};
	struct store *s = opened(*state, STORE_CREATE);
	struct prefix in = {.addr = 0xaf2db000, .len = 22};
	for (uint64_t seq = 1; seq <= 7; seq++) {
		struct record r = sample_record("sel", 77, seq);
		struct store_verdict v = verdict_of(&r, "ttk");
		add(s, &r, true); /* 3 and 6 are of none */
		assert_true(store_put_verdicts(s, &v, 1, &f));
		record_clear(&r);
	}
	struct store_filter some = {
	    .campaign = "hourly", .with_evidence = true};
	assert_int_equal(verdicts(s, &some), 5);
	some.vantage = "sel";
	some.prefix = &in;
	assert_int_equal(verdicts(s, &some), 5);
	some.campaign = "";
	assert_int_equal(verdicts(s, &some), 2);
	some.campaign = "daily";
	assert_int_equal(verdicts(s, &some), 0);
	store_close(s);
}

/* What tumen infer does: writes to the store that it reads. */
struct inferring {
	struct store *s;
	size_t n;
};

static bool
put_verdict(void *arg, const struct record *r, struct fault *f)
{
	struct inferring *i = arg;
	struct store_verdict v = verdict_of(r, "ttk");
	i->n++;
	return store_put_verdicts(i->s, &v, 1, f);
}

static void
reading_and_writing_go_together(void **state)
{
	struct fault f = {0};
	struct store *s = opened(*state, STORE_CREATE);
	struct store *other = opened(*state, STORE_WRITE);
	for (uint64_t seq = 1; seq <= 30; seq++)
		add_sample(seq % 2 ? s : other, "sel", seq);
	struct inferring i = {.s = s};
	struct store_filter new = {.without_verdict = true};
	assert_true(store_traces(s, &new, put_verdict, &i, &f));
	/* 11 and 22 are of control destinations and never get one. */
	assert_int_equal(i.n, 28);
	assert_int_equal(rows(other, &new), 0);
	assert_int_equal(rows(other, &(struct store_filter){0}), 30);
	assert_int_equal(
	    rows(other, &(struct store_filter){.without_controls = true}), 28);
	store_close(other);
	store_close(s);
}

/* A long import: batch after batch, until it is killed. */
static void
write_without_end(const struct place *p)
{
	struct fault f = {0};
	struct batch b;
	bool committed = false, ok = true;
	struct store *s = store_open(p->db, STORE_WRITE, &f);
	ok = s != NULL && batch_open(&b, s, &f);
	for (uint64_t seq = 1; ok; seq++) {
		struct record r = sample_record("sel", 77, seq);
		ok = store_add(s, &r, NULL, &f) &&
		     batch_count(&b, BATCH_OCTETS, &committed, &f);
		record_clear(&r);
	}
	_exit(1);
}

/* Ten turns of another writer come after a few batches each. */
static void
batches_let_others_in(void **state)
{
	struct fault f = {0};
	const struct store_filter all = {0};
	struct store *s = opened(*state, STORE_CREATE);
	pid_t pid = fork();
	if (pid == 0)
		write_without_end(*state);
	while (rows(s, &all) == 0)
		usleep(1000);
	size_t before = rows(s, &all);
	for (int i = 0; i < 10; i++) {
		assert_true(store_begin(s, &f));
		assert_true(store_commit(s, &f));
	}
	size_t batches = rows(s, &all) - before;
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	if (batches > 200)
		fail_msg("10 turns came after %zu batches", batches);
	store_close(s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    PLACE_TEST(verdicts_replace_and_come_in_order),
	    PLACE_TEST(a_campaign_selects_verdicts),
	    PLACE_TEST(reading_and_writing_go_together),
	    PLACE_TEST(batches_let_others_in),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
