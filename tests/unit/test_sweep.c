/* SPDX-License-Identifier: ISC */
#include "tests/unit/sweep_turn.h"

#include "probe/trace/sweep_rtt.h"
#include "probe/trace/sweep_timer.h"

static void
joins(void **state)
{
	(void)state;
	struct small *m = small_new();
	size_t joined = 0;
	small_open(m, 256, plain_path);
	small_run(m);
	for (size_t i = 0; i < m->n; i++) {
		const struct record *r = &m->record[i];
		const struct sweep_join *j = &m->join[i];
		assert_int_equal(r->stop, STOP_REACHED);
		for (int ttl = 1; ttl < HOST; ttl++)
			assert_int_equal(
			    small_hop(m, r, (uint8_t)ttl), ROUTER + ttl * 16);
		assert_int_equal(small_hop(m, r, HOST), r->target);
		if (j->ttl == 0)
			continue;
		joined++;
		assert_true(j->seq != r->seq);
		assert_int_equal(m->record[j->seq - 1].target, j->target);
		assert_null(small_find(r, 1, 1, 0)); /* nothing is borrowed */
	}
	struct sweep_saved s = sweep_saved(m->sweep);
	assert_true(joined > 200 && s.joined >= joined);
	assert_int_equal(s.finished, 256);
	assert_int_equal(s.sent, m->sent);
	assert_int_equal(s.plain, 256 * HOST);
	assert_true(s.sent < 256 * 5 / 2 + 100);
	small_close(m);
}

static uint32_t
half_silent(struct small *m, const struct survey_probe *p)
{
	bool silent = p->ttl >= HOST && p->flow.dst % 2 == 0;
	return silent ? 0 : plain_path(m, p);
}

static void
silent_targets(void **state)
{
	(void)state;
	struct small *m = small_new();
	small_open(m, 256, half_silent);
	small_run(m);
	size_t single = 0;
	for (size_t i = 0; i < m->n; i++) {
		const struct record *r = &m->record[i];
		if (r->target % 2 != 0) {
			assert_int_equal(r->stop, STOP_REACHED);
			continue;
		}
		assert_int_equal(r->stop, STOP_GAP);
		uint8_t last = (uint8_t)(HOST + m->config.gap - 1);
		for (uint8_t ttl = HOST; ttl <= last; ttl++) {
			const struct record_probe *p = small_find(r, ttl, 1, 0);
			assert_non_null(p);
			assert_int_equal(p->silent, SILENT_UNKNOWN);
			single += small_find(r, ttl, 2, 0) == NULL;
		}
		assert_null(small_find(r, last + 1, 1, 0));
	}
	assert_true(single > 500);
	small_close(m);
}

static uint32_t
nobody(struct small *m, const struct survey_probe *p)
{
	(void)m;
	(void)p;
	return 0;
}

static void
dead_network(void **state)
{
	(void)state;
	struct small *m = small_new();
	small_open(m, 40, nobody);
	small_run(m);
	for (size_t i = 0; i < m->n; i++) {
		assert_int_equal(m->record[i].stop, STOP_GAP);
		for (uint8_t ttl = 1; ttl <= m->config.gap; ttl++)
			assert_non_null(small_find(&m->record[i], ttl, 1, 0));
		assert_int_equal(m->join[i].ttl, 0);
	}
	small_close(m);
}

/* Two routers at TTL 2, by destination, before one at TTL 3. */
static uint32_t
diamond(struct small *m, const struct survey_probe *p)
{
	uint32_t branch = (p->flow.dst * 0x9e3779b1U >> 13) & 1;
	return plain_path(m, p) + (p->ttl == 2 ? branch * 8 : 0);
}

static void
balanced_by_destination(void **state)
{
	(void)state;
	struct small *m = small_new();
	struct survey_probe p = {.ttl = 2};
	small_open(m, 256, diamond);
	small_run(m);
	for (size_t i = 0; i < m->n; i++) {
		const struct record *r = &m->record[i];
		p.flow.dst = r->target;
		assert_int_equal(small_hop(m, r, 2), diamond(m, &p));
		assert_true(m->join[i].ttl <= 2);
	}
	assert_true(m->sent < m->n * HOST);
	small_close(m);
}

static uint32_t
loses_first(struct small *m, const struct survey_probe *p)
{
	static uint32_t lost[TARGETS_MAX];
	uint32_t i = p->flow.dst - FIRST;
	if (p->ttl == HOST - 1 && lost[i]++ == 0)
		return 0;
	return plain_path(m, p);
}

static void
loss(void **state)
{
	(void)state;
	struct small *m = small_new();
	small_open(m, 64, loses_first);
	small_run(m);
	for (size_t i = 0; i < m->n; i++) {
		const struct record *r = &m->record[i];
		const struct record_probe *p = small_find(r, HOST - 1, 1, 0);
		assert_int_equal(p->silent, SILENT_LOST);
		assert_int_equal(p->rtt_ns, -1);
		p = small_find(r, HOST - 1, 2, 0);
		assert_int_equal(p->addr, ROUTER + (HOST - 1) * 16);
		assert_int_equal(p->rtt_ns, m->delay_ns);
		assert_false(p->late);
	}
	small_close(m);
}

static void
duplicates(void **state)
{
	(void)state;
	struct small *m = small_new();
	m->twice = true;
	small_open(m, 1, plain_path);
	small_run(m);
	const struct record *r = &m->record[0];
	const struct record_probe *p = small_find(r, 1, 1, 1);
	assert_non_null(p);
	assert_int_equal(p->addr, ROUTER + 16);
	assert_int_equal(p->tx_ns, small_find(r, 1, 1, 0)->tx_ns);
	assert_false(p->late);
	small_close(m);
}

/* The answer to an attempt that was given up: kept, marked, and enough. */
static void
late(void **state)
{
	(void)state;
	struct small *m = small_new();
	struct survey_probe p[8], q;
	size_t n = 0;
	m->config.wait_ns = 100 * NS_PER_MS;
	m->config.gap = 1;
	small_open(m, 1, nobody);
	while (sweep_ops.next(m->sweep, m->now, &p[n])) {
		sweep_ops.sent(
		    m->sweep, p[n].handle, m->now, EPOCH + m->now.ns);
		n++;
	}
	assert_int_equal(n, 1);
	m->now.ns += 150 * NS_PER_MS;
	assert_true(sweep_ops.next(m->sweep, m->now, &q)); /* the second one */
	sweep_ops.sent(m->sweep, q.handle, m->now, EPOCH + m->now.ns);
	for (int i = 0; i < 50; i++) {
		struct reply r = small_reply(m, &p[0], FIRST);
		assert_true(
		    sweep_ops.reply(m->sweep, &r, m->now, EPOCH + m->now.ns));
	}
	small_run(m);
	const struct record *r = &m->record[0];
	assert_int_equal(r->stop, STOP_REACHED);
	assert_true(small_find(r, 1, 1, 0)->late);
	assert_false(small_find(r, 1, 1, 1)->late);
	assert_int_equal(small_find(r, 1, 2, 0)->silent, SILENT_LOST);
	assert_non_null(small_find(r, 1, 1, 7));
	assert_null(small_find(r, 1, 1, 8));
	struct reply again = small_reply(m, &p[0], FIRST);
	assert_true(sweep_ops.reply(m->sweep, &again, m->now, 1));
	assert_int_equal(sweep_saved(m->sweep).too_late, 1);
	again.quote.dst = FIRST + 1;
	assert_false(sweep_ops.reply(m->sweep, &again, m->now, 1));
	small_close(m);
}

/* Of all that may leave now nothing does, as is known in the end. */
static void
small_stay(struct small *m, int error)
{
	static struct survey_probe probe[4096];
	size_t n = 0;
	while (n < 4096 && sweep_ops.next(m->sweep, m->now, &probe[n]))
		n++;
	for (size_t i = 0; i < n; i++)
		sweep_ops.not_sent(m->sweep, probe[i].handle, m->now, error);
	small_take(m);
}

static void
not_sent(void **state)
{
	(void)state;
	struct small *m = small_new();
	struct mono at;
	small_open(m, 1, nobody);
	while (!sweep_ops.over(m->sweep)) {
		small_stay(m, ENETUNREACH);
		if (sweep_ops.wake(m->sweep, m->now, &at))
			m->now = at;
	}
	const struct record *r = &m->record[0];
	assert_int_equal(r->stop, STOP_ERROR);
	assert_string_equal(
	    r->stop_detail, "not sent at ttl 1: Network is unreachable");
	assert_int_equal(small_find(r, 1, 1, 0)->silent, SILENT_NOT_SENT);
	assert_int_equal(small_find(r, 1, 1, 0)->tx_ns, -1);
	assert_int_equal(sweep_saved(m->sweep).sent, 0);
	assert_true(r->start_us >= 77);
	small_close(m);
}

static void
aborts(void **state)
{
	(void)state;
	struct small *m = small_new();
	struct survey_probe p;
	size_t done, all;
	small_open(m, 256, half_silent);
	small_turn(m);
	small_turn(m);
	sweep_ops.abort(m->sweep, m->now, ENETDOWN);
	assert_false(sweep_ops.next(m->sweep, m->now, &p));
	small_take(m);
	assert_true(sweep_ops.over(m->sweep));
	sweep_ops.progress(m->sweep, &done, &all);
	assert_int_equal(done, all);
	assert_int_equal(all, m->records);
	assert_true(m->records >= 8 && m->records < 256);
	size_t said = 0;
	for (size_t i = 0; i < m->records; i++)
		said +=
		    m->record[i].stop == STOP_ERROR &&
		    strcmp(m->record[i].stop_detail, strerror(ENETDOWN)) == 0;
	assert_true(said > 0);
	small_close(m);
}

/* In no second more than rate and burst, of one router and to one target. */
static void
limits(void **state)
{
	(void)state;
	struct small *m = small_new();
	struct survey_probe p;
	struct mono at;
	size_t asked = 0, target = 0;
	m->config.responder_rate = 20;
	m->config.responder_burst = 3;
	m->config.target_rate = 5;
	m->config.target_burst = 2;
	small_open(m, 64, half_silent);
	while (m->now.ns < 2 * NS_PER_S) {
		while (sweep_ops.next(m->sweep, m->now, &p)) {
			sweep_ops.sent(m->sweep, p.handle, m->now, -1);
			asked += p.ttl == 1;
			target += p.flow.dst == FIRST;
			small_answer(m, &p);
		}
		bool due = sweep_ops.wake(m->sweep, m->now, &at);
		m->now.ns =
		    due && at.ns > m->now.ns ? at.ns : m->now.ns + NS_PER_MS;
	}
	assert_true(asked > 3 && asked <= 23);
	assert_true(target > 2 && target <= 7);
	sweep_ops.abort(m->sweep, m->now, 0);
	small_close(m);
}

/* What is proved by half is shown, and joined by nobody. */
static void
half_proved(void **state)
{
	(void)state;
	struct small *m = small_new();
	m->witness = ONE;
	small_open(m, 32, plain_path);
	small_run(m);
	for (size_t i = 0; i < m->n; i++) {
		assert_int_equal(m->join[i].ttl, 0);
		assert_int_equal(
		    small_find(&m->record[i], 2, 1, 0)->proof, PROOF_ONE);
		assert_int_equal(m->record[i].stop, STOP_REACHED);
	}
	assert_int_equal(sweep_saved(m->sweep).routers, 0);
	small_close(m);
}

/* Not even where others have proved the router. */
static void
half_proved_later(void **state)
{
	(void)state;
	struct small *m = small_new();
	size_t half = 0;
	m->config.inflight = 20;
	small_open(m, 256, plain_path);
	while (small_turn(m))
		m->witness = m->records < 128 ? ALL : ONE;
	for (size_t i = 0; i < m->n; i++) {
		const struct record *r = &m->record[i];
		bool whole = false;
		for (size_t k = 0; k < r->nprobes; k++)
			whole |= r->probes[k].addr != r->target &&
				 r->probes[k].proof == PROOF_BOTH;
		assert_true(whole || m->join[i].ttl == 0);
		half += !whole;
	}
	assert_true(half > 64);
	small_close(m);
}

static uint32_t
round_and_round(struct small *m, const struct survey_probe *p)
{
	(void)m;
	return (uint32_t)ROUTER + (p->ttl < 3 ? p->ttl : 3 + p->ttl % 2) * 16;
}

static void
loop(void **state)
{
	(void)state;
	struct small *m = small_new();
	small_open(m, 16, round_and_round);
	small_run(m);
	for (size_t i = 0; i < m->n; i++)
		assert_int_equal(m->record[i].stop, STOP_LOOP);
	small_close(m);
}

static void
legal_settings(void **state)
{
	(void)state;
	struct sweep_config c;
	sweep_config_default(&c);
	assert_true(sweep_config_legal(&c));
	c.verify = 0;
	assert_false(sweep_config_legal(&c));
	sweep_config_default(&c);
	c.first_ttl = 33;
	assert_false(sweep_config_legal(&c));
	c.max_ttl = 64;
	assert_true(sweep_config_legal(&c));
}

static void
other_ttls(void **state)
{
	(void)state;
	struct small *m = small_new();
	m->config.first_ttl = 3;
	m->config.max_ttl = 4;
	small_open(m, 64, plain_path);
	small_run(m);
	for (size_t i = 0; i < m->n; i++) {
		assert_int_equal(m->record[i].stop, STOP_MAX_TTL);
		assert_null(small_find(&m->record[i], 2, 1, 0));
		assert_null(small_find(&m->record[i], 5, 1, 0));
	}
	small_close(m);
}

static void
timers(void **state)
{
	(void)state;
	struct sweep_timer *t = sweep_timer_open(3);
	struct mono at;
	uint32_t id;
	assert_false(sweep_timer_next(t, &at));
	sweep_timer_set(t, 0, (struct mono){50 * NS_PER_MS});
	sweep_timer_set(t, 1, (struct mono){20 * NS_PER_MS});
	sweep_timer_set(t, 2, (struct mono){60 * NS_PER_S});
	assert_false(sweep_timer_due(t, (struct mono){19 * NS_PER_MS}, &id));
	assert_true(sweep_timer_due(t, (struct mono){23 * NS_PER_MS}, &id));
	assert_int_equal(id, 1);
	sweep_timer_clear(t, 0);
	assert_true(sweep_timer_next(t, &at));
	assert_true(at.ns > NS_PER_S); /* as far ahead as it goes */
	assert_true(sweep_timer_due(t, at, &id));
	assert_int_equal(id, 2);
	sweep_timer_close(t);
}

static void
round_trips(void **state)
{
	(void)state;
	struct sweep_rtt r = {0};
	assert_int_equal(sweep_rtt_wait(&r, 5, NS_PER_S), NS_PER_S);
	sweep_rtt_saw(&r, 5, 100 * NS_PER_MS);
	assert_int_equal(sweep_rtt_wait(&r, 2, NS_PER_S), NS_PER_S);
	assert_int_equal(sweep_rtt_wait(&r, 3, NS_PER_S), 200 * NS_PER_MS);
	assert_int_equal(sweep_rtt_wait(&r, 9, NS_PER_S), 200 * NS_PER_MS);
	sweep_rtt_saw(&r, 6, 900 * NS_PER_MS);
	assert_int_equal(sweep_rtt_wait(&r, 6, NS_PER_S), NS_PER_S);
	for (int i = 0; i < 512; i++)
		sweep_rtt_saw(&r, 6, 110 * NS_PER_MS);
	assert_true(sweep_rtt_wait(&r, 6, NS_PER_S) < 220 * NS_PER_MS);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(joins),
	    cmocka_unit_test(silent_targets),
	    cmocka_unit_test(dead_network),
	    cmocka_unit_test(balanced_by_destination),
	    cmocka_unit_test(loss),
	    cmocka_unit_test(duplicates),
	    cmocka_unit_test(late),
	    cmocka_unit_test(not_sent),
	    cmocka_unit_test(aborts),
	    cmocka_unit_test(limits),
	    cmocka_unit_test(half_proved),
	    cmocka_unit_test(half_proved_later),
	    cmocka_unit_test(loop),
	    cmocka_unit_test(legal_settings),
	    cmocka_unit_test(other_ttls),
	    cmocka_unit_test(timers),
	    cmocka_unit_test(round_trips),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
