/* SPDX-License-Identifier: ISC */
#include "tests/unit/probe_reply.h"
#include "tests/unit/sweep_flight.h"

static struct reply
error_reply(const struct survey_probe *p, uint32_t addr, int message)
{
	return error_to(&p->flow, p->id, addr, message);
}

static struct reply
segment(const struct survey_probe *p, uint8_t flags, uint32_t ack)
{
	return segment_to(&p->flow, p->id, flags, ack);
}

static struct reply
datagram(void)
{
	return datagram_to(
	    &(struct flow_id){US, FIRST, 33456, 33434, METHOD_UDP});
}

/* Whole identity, half of it, none: by every method, at every target. */
static void
every_method(void **state)
{
	(void)state;
	for (int method = METHOD_UDP; method <= METHOD_TCP; method++) {
		struct flight f;
		begin_by(&f, 3, (enum record_method)method);
		for (size_t i = 0; i < f.n; i++) {
			const struct survey_probe *p = &f.probe[i];
			struct reply r = error_reply(p, ROUTER, EXCEEDED);
			assert_int_equal(match(&f, &r), p->handle);
			assert_int_equal(f.proof, PROOF_BOTH);
			assert_int_equal(
			    f.trace, (p->flow.dst - FIRST) / STRIDE);
			r.quote.ipid ^= 0x8000;
			assert_int_equal(match(&f, &r), p->handle);
			assert_int_equal(f.proof, PROOF_ONE);
			r.quote.check ^= 0x8000;
			r.quote.tcp_seq ^= 0x8000;
			assert_int_equal(match(&f, &r), 0);
			r.quote.ipid = p->id.ipid;
			assert_int_equal(match(&f, &r), p->handle);
			assert_int_equal(f.proof, PROOF_ONE);
		}
		end(&f);
	}
}

/* Two witnesses that name two probes contradict each other. */
static void
contradiction(void **state)
{
	(void)state;
	struct flight f;
	begin(&f);
	struct reply r = error_reply(at(&f, 3), ROUTER, EXCEEDED);
	r.quote.check = at(&f, 4)->id.check;
	assert_int_equal(match(&f, &r), 0);
	r.quote.check = 0;
	assert_int_equal(match(&f, &r), at(&f, 3)->handle);
	end(&f);
}

/* Where two probes share an IP-ID, it alone names neither. */
static void
collision(void **state)
{
	(void)state;
	struct flight f;
	begin(&f);
	struct reply r = error_reply(at(&f, 3), ROUTER, EXCEEDED);
	sweep_probe_at(f.m->sweep, at(&f, 4)->handle)->id.ipid =
	    at(&f, 3)->id.ipid;
	assert_int_equal(match(&f, &r), at(&f, 3)->handle);
	assert_int_equal(f.proof, PROOF_BOTH);
	r.quote.src = US + 1; /* the identity is whole, the proof is not */
	assert_int_equal(match(&f, &r), at(&f, 3)->handle);
	assert_int_equal(f.proof, PROOF_ONE);
	r.quote.check = 0;
	assert_int_equal(match(&f, &r), 0);
	r.quote.check = at(&f, 4)->id.check;
	assert_int_equal(match(&f, &r), at(&f, 4)->handle);
	end(&f);
}

/* Behind a NAT the identity may be whole, the proof is not. */
static void
rewritten_addresses(void **state)
{
	(void)state;
	struct flight f;
	begin(&f);
	struct reply r = error_reply(at(&f, 2), ROUTER, EXCEEDED);
	r.quote.src = US + 1;
	assert_int_equal(match(&f, &r), at(&f, 2)->handle);
	assert_int_equal(f.proof, PROOF_ONE);
	r.quote.check ^= 1;
	assert_int_equal(match(&f, &r), at(&f, 2)->handle);
	assert_int_equal(f.proof, PROOF_ONE);
	r = error_reply(at(&f, 2), ROUTER, EXCEEDED);
	r.dst = US + 1;
	assert_int_equal(match(&f, &r), at(&f, 2)->handle);
	assert_int_equal(f.proof, PROOF_ONE);
	end(&f);
}

static void
another_flow(void **state)
{
	(void)state;
	struct flight f;
	begin(&f);
	const struct reply good = error_reply(at(&f, 1), ROUTER, EXCEEDED);
	struct reply r = good;
	r.quote.sport++;
	assert_int_equal(match(&f, &r), 0);
	r = good;
	r.quote.dport--;
	assert_int_equal(match(&f, &r), 0);
	r = good;
	r.quote.protocol = 6;
	assert_int_equal(match(&f, &r), 0);
	r = good;
	r.quote.ipid++;
	r.quote.check++;
	assert_int_equal(match(&f, &r), 0);
	r = datagram();
	r.sport = 53;
	assert_int_equal(match(&f, &r), 0);
	r = datagram();
	r.dport++;
	assert_int_equal(match(&f, &r), 0);
	r = datagram();
	r.dst++;
	assert_int_equal(match(&f, &r), 0);
	r.kind = REPLY_ECHO;
	assert_int_equal(match(&f, &r), 0);
	end(&f);
}

/* Below, between and behind the targets; nor does another's identity help. */
static void
other_targets(void **state)
{
	(void)state;
	struct flight f;
	enum { TARGETS = 7 };
	begin_by(&f, TARGETS, METHOD_UDP);
	struct reply r = error_reply(at(&f, 1), ROUTER, EXCEEDED);
	for (uint32_t dst = FIRST - STRIDE; dst < FIRST + 100; dst++) {
		bool one = dst >= FIRST && (dst - FIRST) % STRIDE == 0 &&
			   dst < FIRST + TARGETS * STRIDE;
		uint32_t trace;
		assert_int_equal(sweep_find(f.m->sweep, dst, &trace), one);
		assert_true(!one || trace == (dst - FIRST) / STRIDE);
		r.quote.dst = dst;
		assert_int_equal(
		    match(&f, &r), dst == FIRST ? at(&f, 1)->handle : 0);
	}
	end(&f);
}

static void
no_target(void **state)
{
	(void)state;
	struct flight f;
	begin_by(&f, 0, METHOD_UDP);
	struct reply r = datagram();
	assert_int_equal(match(&f, &r), 0);
	end(&f);
}

/*
 * TTL 2 is a router, the target at 4 answers 4 and 5 by datagrams: the highest
 * TTLs get them, none is given twice, and none at or below the router's.
 */
static void
datagrams_of_the_target(void **state)
{
	(void)state;
	struct flight f;
	begin(&f);
	struct reply r = error_reply(at(&f, 2), ROUTER, EXCEEDED);
	give(&f, &r);
	r = error_reply(at(&f, 1), ROUTER + 16, EXCEEDED);
	give(&f, &r);
	r = datagram();
	for (uint8_t ttl = 5; ttl > 2; ttl--) {
		assert_int_equal(match(&f, &r), at(&f, ttl)->handle);
		assert_int_equal(f.proof, PROOF_NONE);
		give(&f, &r);
	}
	assert_int_equal(match(&f, &r), 0);
	end(&f);
}

/* A doubtful answer does not take its probe, a proved one does. */
static void
doubtful_answers(void **state)
{
	(void)state;
	struct flight f;
	struct reply bare = datagram();
	begin(&f);
	struct reply r = error_reply(at(&f, 5), FIRST, PORT_UNREACHABLE);
	r.quote.check ^= 1;
	give(&f, &r);
	assert_int_equal(match(&f, &bare), at(&f, 5)->handle);
	r = error_reply(at(&f, 5), FIRST, PORT_UNREACHABLE);
	give(&f, &r); /* one more reply to it, no probe of its own */
	assert_int_equal(match(&f, &bare), at(&f, 5)->handle);
	assert_int_equal(match(&f, &r), at(&f, 5)->handle);
	r.quote.check = 0; /* which names no second reply either */
	assert_int_equal(match(&f, &r), at(&f, 5)->handle);
	assert_int_equal(f.proof, PROOF_ONE);
	end(&f);
	begin(&f);
	r = error_reply(at(&f, 5), FIRST, PORT_UNREACHABLE);
	give(&f, &r);
	assert_int_equal(match(&f, &bare), at(&f, 4)->handle);
	end(&f);
}

/*
 * Only a host that lets a probe die says that the target is farther: not one
 * that forbids, and not the target itself, whatever it says.
 */
static void
who_is_a_router(void **state)
{
	(void)state;
	struct flight f;
	struct reply bare = datagram();
	begin(&f);
	struct reply r = error_reply(at(&f, 5), FIRST, EXCEEDED);
	give(&f, &r);
	assert_int_equal(match(&f, &bare), at(&f, 4)->handle);
	r = error_reply(at(&f, 4), ROUTER, PROHIBITED);
	give(&f, &r);
	assert_int_equal(match(&f, &bare), at(&f, 3)->handle);
	r = error_reply(at(&f, 1), ROUTER, EXCEEDED);
	give(&f, &r);
	give(&f, &bare);
	assert_int_equal(match(&f, &bare), at(&f, 2)->handle);
	r = error_reply(at(&f, 2), ROUTER + 16, EXCEEDED);
	give(&f, &r);
	assert_int_equal(match(&f, &bare), 0);
	end(&f);
}

/* Nothing is meant that has not left. */
static void
nothing_sent(void **state)
{
	(void)state;
	struct flight f = {.m = small_new()};
	struct small *m = f.m;
	struct survey_probe p[2];
	struct reply r = datagram();
	small_open_by(m, 1, STRIDE, METHOD_UDP);
	assert_true(sweep_ops.next(m->sweep, m->now, &p[0]));
	assert_true(sweep_ops.next(m->sweep, m->now, &p[1]));
	assert_int_equal(match(&f, &r), 0);
	sweep_ops.sent(m->sweep, p[0].handle, m->now, -1);
	assert_int_equal(match(&f, &r), p[0].handle);
	sweep_ops.not_sent(m->sweep, p[1].handle, m->now, ENOBUFS);
	assert_int_equal(match(&f, &r), p[0].handle);
	r = error_reply(&p[1], ROUTER, EXCEEDED); /* it had left, then */
	assert_int_equal(match(&f, &r), p[1].handle);
	end(&f);
}

/* Time passes until each TTL was tried a second time. */
static void
attempt_again(struct flight *f)
{
	struct mono wake;
	size_t twice = 2 * f->n;
	while (f->n < twice) {
		assert_true(sweep_ops.wake(f->m->sweep, f->m->now, &wake));
		f->m->now = wake;
		pull(f);
	}
}

/* Of two attempts at one TTL the later one is meant; each has its own name. */
static void
late_answers(void **state)
{
	(void)state;
	struct flight f;
	begin(&f);
	const struct survey_probe *given_up = at(&f, 5);
	attempt_again(&f);
	const struct survey_probe *again = at(&f, 5);
	assert_int_not_equal(given_up->handle, again->handle);
	struct reply r = error_reply(given_up, ROUTER, EXCEEDED);
	assert_int_equal(match(&f, &r), given_up->handle);
	assert_int_equal(f.proof, PROOF_BOTH);
	r = datagram();
	assert_int_equal(match(&f, &r), again->handle);
	give(&f, &r);
	assert_int_equal(match(&f, &r), given_up->handle);
	end(&f);
}

/* The highest router counts, in whatever order and attempt they answer. */
static void
late_routers(void **state)
{
	(void)state;
	struct flight f;
	struct reply bare = datagram();
	for (uint8_t high = 2; high <= 4; high++) {
		begin(&f);
		struct reply low = error_reply(at(&f, 1), ROUTER, EXCEEDED);
		attempt_again(&f);
		struct reply r =
		    error_reply(at(&f, high), ROUTER + 16, EXCEEDED);
		give(&f, &low);
		give(&f, &r);
		for (int left = 2 * (5 - high); left > 0; left--) {
			assert_true(match(&f, &bare) != 0);
			give(&f, &bare);
		}
		assert_int_equal(match(&f, &bare), 0);
		end(&f);
	}
}

/* Half of a sequence number is no witness; an ACK has all of it in one. */
static void
acknowledged_syn(void **state)
{
	(void)state;
	static const uint8_t flags[] = {SYN | ACK, RST | ACK, ACK};
	struct flight f;
	begin_by(&f, 2, METHOD_TCP);
	for (size_t i = 0; i < sizeof(flags); i++) {
		const struct survey_probe *p = &f.probe[i];
		struct reply r = segment(p, flags[i], 1);
		assert_int_equal(match(&f, &r), p->handle);
		assert_int_equal(f.proof, PROOF_BOTH);
		r = segment(p, flags[i], 2);
		assert_int_equal(match(&f, &r), 0);
		r = segment(p, flags[i], 0x10001);
		assert_int_equal(match(&f, &r), 0);
	}
	struct reply r = error_reply(at(&f, 2), ROUTER, EXCEEDED);
	r.quote.tcp_seq ^= 0x10000;
	assert_int_equal(match(&f, &r), at(&f, 2)->handle);
	assert_int_equal(f.proof, PROOF_ONE);
	end(&f);
}

/* An RST that acknowledges nothing is taken for what a datagram is. */
static void
bare_segment(void **state)
{
	(void)state;
	struct flight f;
	begin_by(&f, 2, METHOD_TCP);
	struct reply router = error_reply(at(&f, 3), ROUTER, EXCEEDED);
	struct reply r = segment(at(&f, 1), RST, 0);
	give(&f, &router);
	for (uint8_t ttl = 5; ttl > 3; ttl--) {
		assert_int_equal(match(&f, &r), at(&f, ttl)->handle);
		assert_int_equal(f.proof, PROOF_NONE);
		give(&f, &r);
	}
	assert_int_equal(match(&f, &r), 0);
	r.tcp_flags = SYN; /* neither refuses nor accepts */
	assert_int_equal(match(&f, &r), 0);
	end(&f);
}

/* Sequence number and echoed payload, as two witnesses. */
static void
echo_replies(void **state)
{
	(void)state;
	struct flight f;
	begin_by(&f, 2, METHOD_ICMP);
	const struct survey_probe *p = at(&f, 3);
	uint8_t payload[] = {
	    1, 2, (uint8_t)(p->id.ipid >> 8), (uint8_t)p->id.ipid, 'x'};
	struct reply r = {.kind = REPLY_ECHO,
	    .src = FIRST,
	    .dst = US,
	    .sport = 33456,
	    .dport = p->id.check,
	    .payload = payload,
	    .payload_len = sizeof(payload)};
	assert_int_equal(match(&f, &r), p->handle);
	assert_int_equal(f.proof, PROOF_BOTH);
	r.payload_len = 2;
	assert_int_equal(match(&f, &r), p->handle);
	assert_int_equal(f.proof, PROOF_ONE);
	r.dport ^= 1;
	assert_int_equal(match(&f, &r), 0);
	r.payload_len = sizeof(payload);
	assert_int_equal(match(&f, &r), p->handle);
	assert_int_equal(f.proof, PROOF_ONE);
	end(&f);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(every_method),
	    cmocka_unit_test(contradiction),
	    cmocka_unit_test(collision),
	    cmocka_unit_test(rewritten_addresses),
	    cmocka_unit_test(another_flow),
	    cmocka_unit_test(other_targets),
	    cmocka_unit_test(no_target),
	    cmocka_unit_test(datagrams_of_the_target),
	    cmocka_unit_test(doubtful_answers),
	    cmocka_unit_test(who_is_a_router),
	    cmocka_unit_test(nothing_sent),
	    cmocka_unit_test(late_answers),
	    cmocka_unit_test(late_routers),
	    cmocka_unit_test(acknowledged_syn),
	    cmocka_unit_test(bare_segment),
	    cmocka_unit_test(echo_replies),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
