/* SPDX-License-Identifier: ISC */
#include "probe/base/record_path.h"
#include "tests/unit/trace_answer.h"

static void
a_path_to_the_target(void **state)
{
	(void)state;
	struct rig g;
	struct trace_config c = config();
	begin(&g, &c);
	assert_int_equal(g.sends, 20); /* the window */
	hops(&g, 1, 3);
	answer(&g, 4, 1, TARGET, PORT_UNREACHABLE);
	struct record *r = finish(&g);
	assert_int_equal(r->stop, STOP_REACHED);
	assert_string_equal(r->stop_detail, "");
	assert_string_equal(r->vantage, "sel");
	assert_int_equal(r->start_us, EPOCH / 1000);
	const struct record_probe *p = find(r, 2, 1, 0);
	assert_int_equal(p->addr, ROUTER + 2);
	assert_int_equal(p->rtt_ns, 2 * NS_PER_MS);
	assert_int_equal(p->proof, PROOF_BOTH);
	assert_int_equal(p->icmp_type, 11);
	assert_int_equal(p->quoted_ttl, 1);
	assert_int_equal(p->tcp_flags, -1);
	assert_int_equal(p->silent, 0);
	assert_false(p->late);
	assert_int_equal(find(r, 4, 1, 0)->addr, TARGET);
	assert_true(record_reached(r));
	for (size_t i = 0; i < r->nprobes; i++) /* ttl 4 was the last needed */
		assert_true(
		    r->probes[i].ttl <= 20 && r->probes[i].attempt == 1);
	record_clear(r);
}

/* One silent attempt, one answer: the first was lost, not unknown. */
static void
second_attempt(void **state)
{
	(void)state;
	struct rig g;
	struct trace_config c = config();
	begin(&g, &c);
	hop(&g, 1);
	answer(&g, 3, 1, TARGET, PORT_UNREACHABLE);
	tick(&g); /* what is above the target */
	tick(&g);
	assert_int_equal(g.now_ns, 1750 * NS_PER_MS);
	answer(&g, 2, 2, ROUTER + 2, EXCEEDED);
	struct record *r = finish(&g);
	assert_int_equal(r->stop, STOP_REACHED);
	assert_int_equal(find(r, 2, 1, 0)->silent, SILENT_UNKNOWN);
	assert_int_equal(find(r, 2, 1, 0)->proof, 0);
	assert_true(find(r, 2, 2, 0)->answered);
	assert_ptr_equal(record_answer(r, 2), find(r, 2, 2, 0));
	assert_null(find(r, 3, 2, 0));
	record_clear(r);
}

/*
 * After an early time-out: attached to its own probe, and in time. The second
 * attempt is waited for as long as the first one took.
 */
static void
answer_to_an_earlier_attempt(void **state)
{
	(void)state;
	struct rig g;
	struct mono at;
	struct trace_config c = config();
	begin(&g, &c);
	hop(&g, 1);
	answer(&g, 3, 1, TARGET, PORT_UNREACHABLE);
	tick_at(&g, g.now_ns + 750 * NS_PER_MS);
	assert_true(trace_wanted(&g.t, probe_at(&g, 2, 2)));
	g.now_ns = NS_PER_S + 800 * NS_PER_MS - NS_PER_MS;
	answer(&g, 2, 1, ROUTER + 2, EXCEEDED);
	assert_int_equal(g.t.state, TRACE_RUNNING);
	assert_true(trace_wake(&g.t, &at));
	assert_int_equal(at.ns, 1752 * NS_PER_MS + 900 * NS_PER_MS);
	struct record *r = finish(&g);
	assert_false(find(r, 2, 1, 0)->late);
	assert_int_equal(find(r, 2, 1, 0)->rtt_ns, 800 * NS_PER_MS);
	assert_int_equal(find(r, 2, 2, 0)->silent, SILENT_UNKNOWN);
	assert_null(find(r, 2, 3, 0));
	record_clear(r);
}

/* Late is what comes after the longest wait, while the trace still runs. */
static void
late_reply(void **state)
{
	(void)state;
	struct rig g;
	struct trace_config c = config();
	c.attempts = 3;
	begin(&g, &c);
	tick_at(&g, g.now_ns + NS_PER_S);
	tick_at(&g, g.now_ns + NS_PER_S - NS_PER_MS);
	answer(&g, 2, 1, ROUTER + 2, EXCEEDED);
	answer(&g, 3, 1, ROUTER + 3, EXCEEDED);
	assert_int_equal(g.t.state, TRACE_RUNNING);
	struct record *r = finish(&g);
	assert_true(find(r, 2, 1, 0)->late);
	assert_int_equal(find(r, 2, 1, 0)->rtt_ns, 2 * NS_PER_S);
	assert_true(find(r, 3, 1, 0)->late);
	record_clear(r);
}

static void
late_reply_while_lingering(void **state)
{
	(void)state;
	struct rig g;
	struct trace_config c = config();
	c.linger_ns = 60 * NS_PER_S;
	begin(&g, &c);
	hops(&g, 1, 2);
	while (g.t.state == TRACE_RUNNING) {
		assert_false(trace_settled(&g.t));
		tick(&g);
	}
	assert_true(trace_settled(&g.t));
	assert_int_equal(g.t.state, TRACE_LINGERING);
	int64_t settled_ns = g.now_ns;
	assert_int_equal(g.t.record.stop, STOP_GAP);
	answer(&g, 3, 1, ROUTER + 3, EXCEEDED);
	assert_int_equal(g.t.record.stop, STOP_GAP);
	answer(&g, 6, 2, TARGET, PORT_UNREACHABLE); /* it was there after all */
	int sends = g.sends;
	struct record *r = finish(&g);
	assert_int_equal(g.sends, sends);
	assert_int_equal(r->stop, STOP_REACHED);
	assert_true(find(r, 3, 1, 0)->late);
	assert_true(find(r, 6, 2, 0)->late);
	assert_int_equal(g.now_ns, settled_ns + 60 * NS_PER_S);
	assert_int_equal(r->duration_us, settled_ns / 1000 - 1000000);
	record_clear(r);
}

/* A busy host reads a reply late; the stamps tell that it was in time. */
static void
stamps_decide_what_is_late(void **state)
{
	(void)state;
	struct rig g;
	struct trace_config c = config();
	begin(&g, &c);
	struct reply r = error_reply(&g, 0, ROUTER, EXCEEDED);
	struct trace_event e = {.kind = TRACE_REPLY,
	    .reply = &r,
	    .proof = PROOF_BOTH,
	    .stamp_ns = EPOCH + g.now_ns + NS_PER_S};
	g.now_ns += 3 * NS_PER_S;
	step(&g, e);
	assert_false(g.t.record.probes[0].late);
	e.index = 1;
	e.stamp_ns = -1;
	step(&g, e);
	assert_true(g.t.record.probes[1].late);
	assert_int_equal(g.t.record.probes[1].rtt_ns, -1);
	trace_close(&g.t);
}

static void
duplicates(void **state)
{
	(void)state;
	struct rig g;
	struct trace_config c = config();
	begin(&g, &c);
	for (int i = 0; i < 20; i++)
		hop(&g, 2);
	assert_int_equal(g.keeps, 8);
	hop(&g, 1);
	answer(&g, 3, 1, TARGET, PORT_UNREACHABLE);
	struct record *r = finish(&g);
	assert_int_equal(find(r, 2, 1, 7)->rtt_ns, 8 * NS_PER_MS);
	assert_int_equal(find(r, 2, 1, 7)->tx_ns, find(r, 2, 1, 0)->tx_ns);
	assert_null(find(r, 2, 1, 8));
	assert_int_equal(find(r, 2, 1, 1)->addr, ROUTER + 2);
	record_clear(r);
}

/* The cap of all extra replies holds: 20 TTLs with 8 replies each. */
static void
flood_of_duplicates(void **state)
{
	(void)state;
	struct rig g;
	struct trace_config c = config();
	begin(&g, &c);
	for (uint8_t ttl = 1; ttl <= 25; ttl++)
		for (int i = 0; i < 10; i++)
			hop(&g, ttl);
	assert_int_equal(g.keeps, 25 + 128);
	trace_close(&g.t);
}

static void
not_sent_once(void **state)
{
	(void)state;
	struct rig g;
	struct trace_config c = config();
	c.max_ttl = 1;
	wait_to_send(&g, &c);
	step(
	    &g, (struct trace_event){.kind = TRACE_NOT_SENT, .error = ENOBUFS});
	assert_int_equal(g.sends, 1); /* not again at once */
	tick(&g);
	assert_int_equal(g.sends, 2);
	struct record *r = finish(&g);
	assert_int_equal(r->stop, STOP_MAX_TTL);
	assert_int_equal(r->probes[0].silent, SILENT_NOT_SENT);
	assert_int_equal(r->probes[0].tx_ns, -1);
	assert_int_equal(r->probes[1].silent, SILENT_UNKNOWN);
	record_clear(r);
}

/* The transmit stamp is read after the reply, or after "not sent". */
static void
stamps_that_come_late(void **state)
{
	(void)state;
	struct rig g;
	struct trace_config c = config();
	c.max_ttl = 2;
	wait_to_send(&g, &c);
	struct reply r = error_reply(&g, 0, ROUTER, EXCEEDED);
	assert_true(deliver(&g, &r));
	assert_true(deliver(&g, &r));
	step(&g, (struct trace_event){
		     .kind = TRACE_SENT, .stamp_ns = EPOCH + g.now_ns - 7000});
	assert_int_equal(g.t.record.probes[0].rtt_ns, 7000);
	assert_int_equal(g.t.record.probes[2].rtt_ns, 7000);
	assert_false(g.t.record.probes[0].late);
	step(&g, (struct trace_event){.kind = TRACE_NOT_SENT, .index = 1});
	step(&g, (struct trace_event){.kind = TRACE_SENT, .index = 1});
	struct record *done = finish(&g);
	assert_int_equal(find(done, 2, 1, 0)->silent, SILENT_UNKNOWN);
	record_clear(done);
}

/* "Not sent" taken back by a stamp is no failure to send. */
static void
sent_after_all(void **state)
{
	(void)state;
	struct rig g;
	struct trace_config c = config();
	c.max_ttl = 1;
	wait_to_send(&g, &c);
	step(&g, (struct trace_event){.kind = TRACE_NOT_SENT});
	step(&g, (struct trace_event){.kind = TRACE_SENT, .stamp_ns = EPOCH});
	g.now_ns += c.wait_ns;
	step(&g, (struct trace_event){.kind = TRACE_TICK});
	step(&g, (struct trace_event){.kind = TRACE_NOT_SENT, .index = 1});
	struct record *r = finish(&g);
	assert_int_equal(r->stop, STOP_MAX_TTL);
	assert_int_equal(find(r, 1, 1, 0)->silent, SILENT_UNKNOWN);
	assert_int_equal(find(r, 1, 2, 0)->silent, SILENT_NOT_SENT);
	record_clear(r);
}

/* A clock that was set back gives no negative round trip. */
static void
clock_set_back(void **state)
{
	(void)state;
	struct rig g;
	struct trace_config c = config();
	begin(&g, &c);
	struct reply r = error_reply(&g, 0, ROUTER, EXCEEDED);
	step(&g, (struct trace_event){.kind = TRACE_REPLY,
		     .reply = &r,
		     .proof = PROOF_BOTH,
		     .stamp_ns = EPOCH - NS_PER_S});
	assert_int_equal(g.t.record.probes[0].rtt_ns, -1);
	trace_close(&g.t);
}

/* What the pacer still holds when the target answers is dropped. */
static void
queued_probes_are_forgotten(void **state)
{
	(void)state;
	struct rig g;
	struct trace_config c = narrow();
	wait_to_send(&g, &c);
	assert_int_equal(g.sends, 5);
	assert_true(trace_wanted(&g.t, 3));
	assert_false(trace_wanted(&g.t, 5));
	for (size_t i = 0; i < 2; i++)
		step(&g, (struct trace_event){.kind = TRACE_SENT, .index = i});
	struct reply r = error_reply(&g, 1, TARGET, PORT_UNREACHABLE);
	assert_true(deliver(&g, &r));
	assert_false(trace_wanted(&g.t, 3));
	assert_true(trace_wanted(&g.t, 0));
	step(&g, (struct trace_event){
		     .kind = TRACE_NOT_SENT, .index = 3, .error = ECANCELED});
	struct record *done = finish(&g);
	assert_int_equal(done->stop, STOP_REACHED);
	assert_int_equal(record_last_ttl(done), 2);
	record_clear(done);
}

/* The end moves from TTL 2 to TTL 5: what was cancelled is asked for again. */
static void
cancelled_probes_come_back(void **state)
{
	(void)state;
	struct rig g;
	struct trace_config c = narrow();
	c.attempts = 1;
	wait_to_send(&g, &c);
	for (size_t i = 0; i < 5; i += i == 1 ? 3 : 1)
		step(&g, (struct trace_event){.kind = TRACE_SENT, .index = i});
	answer(&g, 2, 1, 0xcb007109, HOST_UNREACHABLE);
	for (size_t i = 2; i < 4; i++) {
		assert_false(trace_wanted(&g.t, i));
		step(&g, (struct trace_event){.kind = TRACE_NOT_SENT,
			     .index = i,
			     .error = ECANCELED});
	}
	int asked = g.sends;
	answer(&g, 5, 1, TARGET, PORT_UNREACHABLE);
	assert_int_equal(g.sends, asked + 2);
	assert_true(trace_wanted(&g.t, 2) && trace_wanted(&g.t, 3));
	struct record *r = finish(&g);
	for (uint8_t ttl = 1; ttl <= 5; ttl++)
		assert_non_null(find(r, ttl, 1, 0));
	assert_int_equal(r->nprobes, 5);
	record_clear(r);
}

/* A second attempt that waits for its turn is dropped, too. */
static void
answered_while_queued(void **state)
{
	(void)state;
	struct rig g;
	struct trace_config c = config();
	c.max_ttl = 2;
	begin(&g, &c);
	hop(&g, 1);
	g.now_ns += NS_PER_S;
	step(&g, (struct trace_event){.kind = TRACE_TICK});
	size_t second = probe_at(&g, 2, 2);
	assert_true(trace_wanted(&g.t, second));
	hop(&g, 2);
	assert_false(trace_wanted(&g.t, second));
	assert_int_equal(g.ended, 1); /* it is not waited for either */
	struct record *r = finish(&g);
	assert_int_equal(r->nprobes, 2);
	assert_true(find(r, 2, 1, 0)->answered);
	record_clear(r);
}

static void
say(struct rig *g, enum trace_event_kind kind, size_t index, int error)
{
	struct reply r = error_reply(g, 0, ROUTER, EXCEEDED);
	step(g, (struct trace_event){.kind = kind,
		    .index = index,
		    .stamp_ns = EPOCH,
		    .error = error,
		    .reply = &r,
		    .proof = PROOF_BOTH});
}

/* What a driver should not say changes nothing. */
static void
events_out_of_place(void **state)
{
	(void)state;
	struct rig g;
	struct trace_config c = narrow();
	begin(&g, &c);
	hop(&g, 1);
	int sends = g.sends;
	say(&g, TRACE_START, 0, 0);
	say(&g, TRACE_SENT, 6, 0); /* six were asked for */
	say(&g, TRACE_NOT_SENT, 6, 0);
	say(&g, TRACE_REPLY, 6, 0);
	say(&g, TRACE_NOT_SENT, 0, 0); /* it was answered */
	assert_false(trace_wanted(&g.t, 6));
	assert_int_equal(g.sends, sends);
	assert_int_equal(g.t.record.start_us, EPOCH / 1000);
	assert_true(g.t.record.probes[0].answered);
	assert_int_equal(g.t.record.nprobes, 6);
	say(&g, TRACE_NOT_SENT, 1, ECANCELED); /* and is asked for again */
	say(&g, TRACE_NOT_SENT, 1, ECANCELED);
	assert_int_equal(g.t.record.nprobes, 6);
	trace_close(&g.t);
}

/* Without a wall clock at the start the caller's own stays. */
static void
started_without_a_stamp(void **state)
{
	(void)state;
	struct trace t;
	struct outbox out;
	struct trace_config c = config();
	struct record about = {
	    .target = TARGET, .method = METHOD_UDP, .start_us = 7};
	trace_open(&t, &c, &about, &key);
	trace_step(&t,
	    &(struct trace_event){.kind = TRACE_START, .stamp_ns = -1}, &out);
	assert_int_equal(out.n, 20);
	assert_int_equal(t.record.start_us, 7);
	trace_close(&t);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_path_to_the_target),
	    cmocka_unit_test(second_attempt),
	    cmocka_unit_test(answer_to_an_earlier_attempt),
	    cmocka_unit_test(late_reply),
	    cmocka_unit_test(late_reply_while_lingering),
	    cmocka_unit_test(stamps_decide_what_is_late),
	    cmocka_unit_test(duplicates),
	    cmocka_unit_test(flood_of_duplicates),
	    cmocka_unit_test(not_sent_once),
	    cmocka_unit_test(stamps_that_come_late),
	    cmocka_unit_test(sent_after_all),
	    cmocka_unit_test(clock_set_back),
	    cmocka_unit_test(queued_probes_are_forgotten),
	    cmocka_unit_test(cancelled_probes_come_back),
	    cmocka_unit_test(answered_while_queued),
	    cmocka_unit_test(events_out_of_place),
	    cmocka_unit_test(started_without_a_stamp),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
