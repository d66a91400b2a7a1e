/* SPDX-License-Identifier: ISC */
#include "probe/base/record_path.h"
#include "tests/unit/trace_answer.h"

static void
highest_ttl(void **state)
{
	(void)state;
	struct rig g;
	struct trace_config c = config();
	c.first_ttl = 3;
	c.max_ttl = 9;
	begin(&g, &c);
	hops(&g, 3, 9);
	struct record *r = finish(&g);
	assert_int_equal(r->stop, STOP_MAX_TTL);
	assert_int_equal(r->nprobes, 7);
	record_clear(r);
	c.max_ttl = RECORD_TTL_MAX;
	c.window = RECORD_TTL_MAX;
	c.gap = RECORD_TTL_MAX;
	c.first_ttl = 1;
	begin(&g, &c);
	assert_int_equal(g.sends, RECORD_TTL_MAX);
	r = finish(&g);
	assert_int_equal(r->stop, STOP_GAP);
	assert_int_equal(r->nprobes, 2 * RECORD_TTL_MAX);
	assert_null(find(r, RECORD_TTL_MAX, 3, 0)); /* no last word */
	record_clear(r);
}

static void
unreachable_at_the_border(void **state)
{
	(void)state;
	struct rig g;
	struct trace_config c = config();
	begin(&g, &c);
	hops(&g, 1, 2);
	answer(&g, 6, 1, 0xcb007109, PROHIBITED);
	answer(&g, 4, 1, 0xcb007109, PROHIBITED); /* lower: here it begins */
	answer(&g, 5, 1, 0xcb007109, NET_UNREACHABLE);
	struct record *r = finish(&g);
	assert_int_equal(r->stop, STOP_UNREACHABLE);
	assert_string_equal(r->stop_detail,
	    "admin-prohibited (3/13) from 203.0.113.9 at ttl 4");
	assert_non_null(find(r, 3, 2, 0)); /* below: completed */
	assert_null(find(r, 7, 2, 0));
	record_clear(r);
}

/* An answer of the target says more than a refusal on the way. */
static void
reached_outranks_unreachable(void **state)
{
	(void)state;
	struct rig g;
	struct trace_config c = config();
	begin(&g, &c);
	hops(&g, 1, 1);
	answer(&g, 3, 1, 0xcb007109, HOST_UNREACHABLE);
	answer(&g, 4, 1, TARGET, PORT_UNREACHABLE);
	answer(&g, 2, 1, 0xcb007109, HOST_UNREACHABLE);
	struct record *r = finish(&g);
	assert_int_equal(r->stop, STOP_REACHED);
	assert_string_equal(r->stop_detail, "");
	record_clear(r);
}

static void
other_words_of_the_target(void **state)
{
	(void)state;
	struct rig g;
	struct trace_config c = config();
	begin(&g, &c);
	hops(&g, 1, 2);
	answer(&g, 3, 1, TARGET, EXCEEDED);
	struct record *r = finish(&g);
	assert_int_equal(r->stop, STOP_REACHED);
	assert_string_equal(
	    r->stop_detail, "time-exceeded (11/0) from 175.45.176.71 at ttl 3");
	record_clear(r);
}

/* Codes without a name, and a message that is none of the usual ones. */
static void
odd_words_of_routers(void **state)
{
	(void)state;
	static const struct {
		int message;
		const char *detail;
	} words[] = {
	    {0x0310, "unreachable (3/16) from 203.0.113.9 at ttl 3"},
	    {0x0c01, "parameter-problem (12/1) from 203.0.113.9 at ttl 3"},
	};
	struct trace_config c = config();
	struct rig g;
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		begin(&g, &c);
		hops(&g, 1, 2);
		answer(&g, 3, 1, 0xcb007109, words[i].message);
		struct record *r = finish(&g);
		assert_int_equal(r->stop, STOP_UNREACHABLE);
		assert_string_equal(r->stop_detail, words[i].detail);
		record_clear(r);
	}
}

/* A port that is open, closed, or closed by a firewall on the host. */
static void
words_of_tcp(void **state)
{
	(void)state;
	static const struct {
		uint8_t flags;
		const char *detail;
	} words[] = {
	    {0x12, "syn-ack"}, {0x14, "rst"}, {0x04, "rst"}, {0x10, "ack"}};
	struct trace_config c = config();
	struct rig g;
	c.max_ttl = 3;
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		begin_by(&g, &c, METHOD_TCP);
		hops(&g, 1, 2);
		struct reply r =
		    segment(&g, probe_at(&g, 3, 1), words[i].flags, 1);
		assert_true(deliver(&g, &r));
		struct record *record = finish(&g);
		assert_int_equal(record->stop, STOP_REACHED);
		assert_string_equal(record->stop_detail, words[i].detail);
		assert_int_equal(
		    find(record, 3, 1, 0)->tcp_flags, words[i].flags);
		record_clear(record);
	}
	begin_by(&g, &c, METHOD_TCP);
	hops(&g, 1, 2);
	answer(&g, 3, 1, TARGET, PORT_UNREACHABLE);
	struct record *record = finish(&g);
	assert_string_equal(record->stop_detail,
	    "port-unreachable (3/3) from 175.45.176.71 at ttl 3");
	record_clear(record);
}

/* A border that refuses one method says so as to any other. */
static void
unreachable_by_any_method(void **state)
{
	(void)state;
	struct trace_config c = config();
	struct rig g;
	for (int m = METHOD_UDP; m <= METHOD_TCP; m++) {
		begin_by(&g, &c, (enum record_method)m);
		hops(&g, 1, 2);
		answer(&g, 3, 1, 0xcb007109, PROHIBITED);
		struct record *r = finish(&g);
		assert_int_equal(r->stop, STOP_UNREACHABLE);
		assert_string_equal(r->stop_detail,
		    "admin-prohibited (3/13) from 203.0.113.9 at ttl 3");
		record_clear(r);
	}
}

/* Addresses by TTL; 0 is silence. */
static enum record_stop
stop_of(const char *letters, char detail[static RECORD_DETAIL_MAX])
{
	struct rig g;
	struct trace_config c = config();
	c.max_ttl = (uint8_t)strlen(letters);
	begin(&g, &c);
	for (uint8_t ttl = 1; ttl <= c.max_ttl; ttl++) {
		if (letters[ttl - 1] == '.' || g.t.target_ttl != 0)
			continue;
		while (g.t.next_ttl <= ttl)
			tick(&g);
		answer(
		    &g, ttl, 1, (uint32_t)ROUTER + letters[ttl - 1], EXCEEDED);
	}
	struct record *r = finish(&g);
	enum record_stop stop = r->stop;
	memcpy(detail, r->stop_detail, RECORD_DETAIL_MAX);
	record_clear(r);
	return stop;
}

static void
loops_and_what_looks_like_them(void **state)
{
	(void)state;
	char d[RECORD_DETAIL_MAX];
	assert_int_equal(stop_of("abcabcabcabc", d), STOP_LOOP);
	assert_string_equal(d, "198.51.100.97 for the third time at ttl 7");
	assert_int_equal(stop_of("ababababab", d), STOP_LOOP);
	assert_int_equal(stop_of("aabbaabbaa", d), STOP_LOOP);
	assert_int_equal(stop_of("a.b.a.b.a.", d), STOP_LOOP);
	assert_int_equal(stop_of("abcdeef", d), STOP_MAX_TTL);
	assert_int_equal(stop_of("abcdedf", d), STOP_MAX_TTL);
	assert_int_equal(stop_of("aaaaaaaaaaaa", d), STOP_MAX_TTL);
	assert_int_equal(stop_of("a.a.a.a.a.a.", d), STOP_MAX_TTL);
	assert_int_equal(stop_of("abcabcdefg", d), STOP_MAX_TTL);
}

/*
 * One router at five TTLs is no loop; forged answers with one witness between
 * them, earlier or later than the router's own, make none of it.
 */
static void
with_forgeries(bool earlier)
{
	struct rig g;
	struct trace_config c = config();
	begin(&g, &c);
	for (uint8_t ttl = 1; ttl <= 5; ttl++) {
		struct reply r =
		    error_reply(&g, probe_at(&g, ttl, 1), ROUTER, EXCEEDED);
		struct reply forged = r;
		forged.src = 0xcb007109;
		forged.quote.check ^= 1;
		if (ttl % 2 == 0 && earlier)
			assert_true(deliver(&g, &forged));
		assert_true(deliver(&g, &r));
		if (ttl % 2 == 0 && !earlier)
			assert_true(deliver(&g, &forged));
	}
	assert_int_equal(g.t.record.stop, 0);
	trace_close(&g.t);
}

static void
best_proof_speaks_for_a_ttl(void **state)
{
	(void)state;
	with_forgeries(true);
	with_forgeries(false);
}

/* When nothing is missing there is nothing to wait for. */
static void
complete_at_once(void **state)
{
	(void)state;
	struct rig g;
	struct trace_config c = config();
	c.max_ttl = 3;
	begin(&g, &c);
	hops(&g, 1, 3);
	assert_int_equal(g.ended, 1);
	struct record *r = finish(&g);
	assert_int_equal(r->duration_us, 3000);
	record_clear(r);
}

static void
never_sent(void **state)
{
	(void)state;
	struct rig g;
	struct trace_config c = config();
	c.attempts = 1;
	c.window = 2;
	wait_to_send(&g, &c);
	for (size_t i = 0; i < 2; i++)
		step(&g,
		    (struct trace_event){
			.kind = TRACE_NOT_SENT, .index = i, .error = EMSGSIZE});
	struct record *r = finish(&g);
	assert_int_equal(g.sends, 2);
	assert_int_equal(r->stop, STOP_ERROR);
	assert_string_equal(
	    r->stop_detail, "not sent at ttl 1: Message too long");
	assert_int_equal(r->nprobes, 2);
	record_clear(r);
}

static void
aborted(void **state)
{
	(void)state;
	struct rig g;
	struct trace_config c = config();
	begin(&g, &c);
	hop(&g, 1);
	step(&g, (struct trace_event){.kind = TRACE_ABORT, .error = ENETDOWN});
	assert_int_equal(g.ended, 1);
	step(&g, (struct trace_event){.kind = TRACE_TICK});
	assert_int_equal(g.out.n, 0);
	struct record *r = finish(&g);
	assert_int_equal(r->stop, STOP_ERROR);
	assert_string_equal(r->stop_detail, "Network is down");
	assert_int_equal(find(r, 2, 1, 0)->silent, SILENT_UNKNOWN);
	record_clear(r);
	c.linger_ns = NS_PER_S;
	begin(&g, &c);
	hops(&g, 1, 1);
	answer(&g, 2, 1, TARGET, PORT_UNREACHABLE);
	while (!trace_settled(&g.t))
		tick(&g);
	step(&g, (struct trace_event){.kind = TRACE_ABORT});
	r = finish(&g);
	assert_int_equal(r->stop, STOP_REACHED); /* it only lingered */
	record_clear(r);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(highest_ttl),
	    cmocka_unit_test(unreachable_at_the_border),
	    cmocka_unit_test(reached_outranks_unreachable),
	    cmocka_unit_test(other_words_of_the_target),
	    cmocka_unit_test(odd_words_of_routers),
	    cmocka_unit_test(words_of_tcp),
	    cmocka_unit_test(unreachable_by_any_method),
	    cmocka_unit_test(loops_and_what_looks_like_them),
	    cmocka_unit_test(best_proof_speaks_for_a_ttl),
	    cmocka_unit_test(complete_at_once),
	    cmocka_unit_test(never_sent),
	    cmocka_unit_test(aborted),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
