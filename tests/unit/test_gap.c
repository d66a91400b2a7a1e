/* SPDX-License-Identifier: ISC */
#include "tests/unit/trace_answer.h"

/* The volley, the hint, and what the gap limit makes of silence. */

/*
 * The last answer was at TTL 2: five silent TTLs later it is over, though the
 * volley has gone farther. The last word goes with the last attempts.
 */
static void
gap_limit(void **state)
{
	(void)state;
	struct rig g;
	struct trace_config c = config();
	begin(&g, &c);
	hops(&g, 1, 2);
	struct record *r = finish(&g);
	assert_int_equal(r->stop, STOP_GAP);
	assert_string_equal(r->stop_detail, "");
	assert_int_equal(r->nprobes, 20 + 5 + 1);
	for (uint8_t ttl = 3; ttl <= 7; ttl++) {
		assert_int_equal(find(r, ttl, 1, 0)->silent, SILENT_UNKNOWN);
		assert_int_equal(find(r, ttl, 2, 0)->silent, SILENT_UNKNOWN);
		assert_int_equal(
		    find(r, ttl, 2, 0)->tx_ns - find(r, ttl, 1, 0)->tx_ns,
		    750 * NS_PER_MS);
	}
	assert_null(find(r, 8, 2, 0));
	assert_int_equal(find(r, 32, 1, 0)->tx_ns, find(r, 7, 2, 0)->tx_ns);
	assert_int_equal(r->duration_us, 1900000);
	record_clear(r);
}

/* Nothing is known: a second for the first attempt, all of the wait then. */
static void
nothing_answers(void **state)
{
	(void)state;
	struct rig g;
	struct trace_config c = config();
	begin(&g, &c);
	struct record *r = finish(&g);
	assert_int_equal(r->stop, STOP_GAP);
	assert_int_equal(r->nprobes, 20 + 5 + 1);
	assert_int_equal(r->duration_us, 3000000);
	record_clear(r);
	c.attempts = 1;
	begin(&g, &c);
	r = finish(&g);
	assert_int_equal(r->nprobes, 20 + 1);
	assert_int_equal(
	    find(r, 32, 1, 0)->tx_ns - find(r, 1, 1, 0)->tx_ns, NS_PER_S);
	assert_int_equal(r->duration_us, 3000000);
	record_clear(r);
	c.wait_ns = 100 * NS_PER_MS; /* never longer than that */
	begin(&g, &c);
	r = finish(&g);
	assert_int_equal(r->duration_us, 200000);
	record_clear(r);
}

/* Runs until the last word has left. */
static void
until_the_last_word(
    struct rig *g, const struct trace_config *c, enum record_method method)
{
	begin_by(g, c, method);
	hops(g, 1, 2);
	while (g->t.hop[32].tried == 0)
		tick(g);
	assert_false(trace_settled(&g->t));
}

/* What anybody says to it ends the trace at no TTL that could be named. */
static void
words_beyond_the_gap(void **state)
{
	(void)state;
	static const struct {
		uint32_t addr;
		int message;
		enum record_stop stop;
		const char *detail;
	} words[] = {
	    {TARGET, PORT_UNREACHABLE, STOP_REACHED,
		"beyond the gap limit: port-unreachable (3/3) from "
		"175.45.176.71 at ttl 32"},
	    {0xcb007109, PROHIBITED, STOP_UNREACHABLE,
		"beyond the gap limit: admin-prohibited (3/13) from "
		"203.0.113.9 at ttl 32"},
	    {0xcb007109, EXCEEDED, STOP_GAP,
		"beyond the gap limit: time-exceeded (11/0) from 203.0.113.9 "
		"at ttl 32"},
	};
	struct trace_config c = config();
	struct rig g;
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		until_the_last_word(&g, &c, METHOD_UDP);
		int sends = g.sends;
		answer(&g, 32, 1, words[i].addr, words[i].message);
		struct record *r = finish(&g);
		assert_int_equal(g.sends, sends);
		assert_int_equal(r->stop, words[i].stop);
		assert_string_equal(r->stop_detail, words[i].detail);
		assert_int_equal(r->duration_us, 1900000);
		assert_null(find(r, 21, 1, 0));
		record_clear(r);
	}
}

/* A datagram of the target may be its answer as well as to any other. */
static void
datagram_beyond_the_gap(void **state)
{
	(void)state;
	struct trace_config c = config();
	struct rig g;
	until_the_last_word(&g, &c, METHOD_UDP);
	struct reply datagram = datagram_to(&g.t.flow);
	assert_true(deliver(&g, &datagram));
	struct record *r = finish(&g);
	assert_int_equal(r->stop, STOP_REACHED);
	assert_string_equal(r->stop_detail,
	    "beyond the gap limit: datagram from 175.45.176.71 at ttl 32");
	record_clear(r);
}

/* Nearer and farther ends come after it: they say more. */
static void
ends_after_the_last_word(void **state)
{
	(void)state;
	struct trace_config c = config();
	struct rig g;
	until_the_last_word(&g, &c, METHOD_UDP);
	answer(&g, 32, 1, TARGET, PORT_UNREACHABLE);
	answer(&g, 7, 2, TARGET, PORT_UNREACHABLE);
	struct record *r = finish(&g);
	assert_int_equal(r->stop, STOP_REACHED);
	assert_string_equal(r->stop_detail, "");
	record_clear(r);
	until_the_last_word(&g, &c, METHOD_UDP);
	step(&g, (struct trace_event){.kind = TRACE_ABORT, .error = ENETDOWN});
	r = finish(&g);
	assert_string_equal(r->stop_detail, "Network is down");
	record_clear(r);
}

/* The gap opens again: the path goes on until it has caught up with it. */
static void
path_goes_on_after_the_last_word(void **state)
{
	(void)state;
	struct trace_config c = config();
	struct rig g;
	until_the_last_word(&g, &c, METHOD_UDP);
	answer(&g, 32, 1, 0xcb007109, EXCEEDED);
	answer(&g, 7, 2, ROUTER + 7, EXCEEDED);
	assert_int_equal(g.t.next_ttl, 21);
	hops(&g, 8, 20);
	while (g.t.next_ttl <= 31) {
		uint8_t ttl = (uint8_t)(g.t.next_ttl - 1);
		hop(&g, ttl);
	}
	hops(&g, (uint8_t)(g.t.last_answer + 1), 31);
	struct record *r = finish(&g);
	assert_int_equal(r->stop, STOP_MAX_TTL);
	assert_string_equal(r->stop_detail, "");
	assert_null(find(r, 32, 2, 0));
	record_clear(r);
}

/* That it could not be sent is no reason to call the trace a failure. */
static void
last_word_not_sent(void **state)
{
	(void)state;
	struct trace_config c = config();
	struct rig g;
	c.attempts = 1;
	begin(&g, &c);
	g.now_ns += NS_PER_S;
	step(&g, (struct trace_event){.kind = TRACE_TICK});
	assert_int_equal(g.out.n, 1);
	assert_true(trace_wanted(&g.t, g.out.action[0].index));
	step(&g, (struct trace_event){.kind = TRACE_NOT_SENT,
		     .index = g.out.action[0].index,
		     .error = ENOBUFS});
	struct record *r = finish(&g);
	assert_int_equal(r->stop, STOP_GAP);
	assert_int_equal(find(r, 32, 1, 0)->silent, SILENT_NOT_SENT);
	record_clear(r);
}

/* The volley ends one beyond the hint and goes on when that is in vain. */
static void
hints(void **state)
{
	(void)state;
	struct trace_config c = config();
	struct rig g;
	c.hint_ttl = 4;
	begin(&g, &c);
	assert_int_equal(g.sends, 5);
	hops(&g, 1, 3);
	assert_int_equal(g.sends, 5); /* the hint may hold yet */
	answer(&g, 4, 1, TARGET, PORT_UNREACHABLE);
	struct record *r = finish(&g);
	assert_int_equal(r->stop, STOP_REACHED);
	assert_int_equal(r->nprobes, 5);
	record_clear(r);
	begin(&g, &c);
	hops(&g, 1, 4);
	assert_int_equal(g.sends, 5);
	hop(&g, 5);
	assert_int_equal(g.sends, 10); /* it does not: the gap limit */
	trace_close(&g.t);
	begin(&g, &c);
	hops(&g, 1, 4);
	tick(&g); /* TTL 5 is tried again, the others are begun */
	assert_int_equal(g.sends, 5 + 1 + 4);
	r = finish(&g);
	assert_int_equal(r->stop, STOP_GAP);
	assert_int_equal(r->nprobes, 4 + 2 * 5 + 1);
	record_clear(r);
	c.first_ttl = 6; /* beyond the hint: it says nothing */
	begin(&g, &c);
	assert_int_equal(g.sends, 20);
	trace_close(&g.t);
}

/* Replies from above the target come with its own, or are not waited for. */
static void
above_the_target(void **state)
{
	(void)state;
	struct trace_config c = config();
	struct rig g;
	struct mono at;
	begin(&g, &c);
	g.now_ns += 80 * NS_PER_MS - 3 * NS_PER_MS;
	hops(&g, 1, 2);
	answer(&g, 3, 1, TARGET, PORT_UNREACHABLE);
	assert_false(trace_settled(&g.t));
	assert_true(trace_wake(&g.t, &at));
	assert_int_equal(at.ns, NS_PER_S + 90 * NS_PER_MS);
	answer(&g, 5, 1, TARGET, PORT_UNREACHABLE);
	struct record *r = finish(&g);
	assert_int_equal(r->duration_us, 90000);
	assert_true(find(r, 5, 1, 0)->answered);
	record_clear(r);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(gap_limit),
	    cmocka_unit_test(nothing_answers),
	    cmocka_unit_test(words_beyond_the_gap),
	    cmocka_unit_test(datagram_beyond_the_gap),
	    cmocka_unit_test(ends_after_the_last_word),
	    cmocka_unit_test(path_goes_on_after_the_last_word),
	    cmocka_unit_test(last_word_not_sent),
	    cmocka_unit_test(hints),
	    cmocka_unit_test(above_the_target),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
