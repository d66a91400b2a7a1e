/* SPDX-License-Identifier: ISC */
#include "tests/unit/diff_sides.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include <cmocka.h>

/* A trail as a text: its responders, `*` silence, `_` not probed. */
static void
write_trail(const struct trail *t, char *out)
{
	for (uint8_t i = 0; i < t->n; i++) {
		const struct trail_hop *h = &t->hop[i];
		if (i > 0)
			*out++ = ' ';
		for (uint8_t k = 0; k < h->n; k++)
			*out++ = (char)(h->addr[k] - path_addr('\0'));
		if (h->n == 0)
			*out++ = h->probed ? '*' : '_';
		if (h->icmp_code >= 0)
			out += sprintf(out, "!%d", h->icmp_code);
	}
	*out = '\0';
}

static void
responders(void **state)
{
	(void)state;
	static const struct {
		const char *replies, *trail;
		uint8_t last;
		bool reached;
	} kind[] = {
	    {"", "", 0, false},
	    {"A B C", "A B C", 3, false},
	    {"A * C *", "A * C *", 3, false},
	    {"_ _ C T", "_ _ C T", 4, true},
	    {"A */* */B T", "A * B T", 4, true},
	    /* the target ends it, whatever is recorded behind */
	    {"A B T T T", "A B T", 3, true},
	    {"A B T C *", "A B T", 3, true},
	    {"A B */T T", "A B T", 3, true},
	    {"A B T!3", "A B T!3", 3, true},
	    {"A */T~ T", "A T", 2, true},
	    /* several, the ones in time first */
	    {"A/B C", "AB C", 2, false},
	    {"A~/B C", "BA C", 2, false},
	    {"A/A+A/A~ C", "A C", 2, false},
	    {"A+B C", "AB C", 2, false},
	    {"A~ B", "A B", 2, false},
	    /* without a proof, and beside a better one */
	    {"A? B", "* B", 2, false},
	    {"A T?", "A *", 1, false},
	    {"A?/B", "B", 1, false},
	    {"A1 B1", "A B", 2, false},
	    {"A1/B C", "B C", 2, false},
	    {"A/B1 C", "A C", 2, false},
	    {"A1/B~ C", "B C", 2, false},
	    {"A1@5/A@9", "A", 1, false},
	    /* unreachables: of the first one, which is who counts */
	    {"A B!1", "A B!1", 2, false},
	    {"A B/B!10", "A B!10", 2, false},
	    {"A B/C!10", "A BC", 2, false},
	    {"A B!10? B", "A * B", 3, false},
	    /* more than there is room for */
	    {"A/B/C/D/E/F/G/H/I/J K", "ABCDEFGH K", 2, false},
	};
	for (size_t i = 0; i < sizeof(kind) / sizeof(kind[0]); i++) {
		struct trail t;
		char text[1024];
		path_trail(&t, kind[i].replies);
		write_trail(&t, text);
		assert_string_equal(text, kind[i].trail);
		assert_int_equal(t.last, kind[i].last);
		assert_int_equal(t.reached, kind[i].reached);
		assert_int_equal(t.target, path_addr('T'));
	}
}

static void
not_sent(void **state)
{
	(void)state;
	struct path p;
	struct trail t;
	path_read(&p, "A * *");
	p.probe[1].silent = SILENT_NOT_SENT;
	p.probe[2].silent = SILENT_NOT_SENT;
	p.r.clock_step = true;
	trail_make(&t, &p.r);
	assert_int_equal(t.n, 1);
	assert_false(t.hop[1].probed);
	assert_true(t.clock_step);
}

/* Of all that the first responder said, whenever. */
static void
round_trips(void **state)
{
	(void)state;
	struct trail t;
	path_trail(&t, "A@30/A@20/B@5 C~@2000 * D@9/D1@3 E@7+E@4");
	assert_int_equal(t.hop[0].rtt_ns, 20000000);
	assert_int_equal(t.hop[1].rtt_ns, 2000000000);
	assert_int_equal(t.hop[2].rtt_ns, -1);
	assert_int_equal(t.hop[3].rtt_ns, 9000000);
	assert_int_equal(t.hop[4].rtt_ns, 4000000);
	assert_int_equal(t.hop[5].rtt_ns, -1);
	assert_int_equal(t.hop[63].icmp_code, -1);
}

/* The farthest TTL there is, and what was there before is gone. */
static void
last_ttl(void **state)
{
	(void)state;
	struct path p;
	struct trail t;
	memset(&t, 0x5a, sizeof(t));
	path_read(&p, "A");
	p.probe[0].ttl = RECORD_TTL_MAX;
	trail_make(&t, &p.r);
	assert_int_equal(t.n, RECORD_TTL_MAX);
	assert_int_equal(t.last, RECORD_TTL_MAX);
	for (int i = 0; i < RECORD_TTL_MAX - 1; i++) {
		assert_false(t.hop[i].probed);
		assert_int_equal(t.hop[i].n, 0);
		assert_int_equal(t.hop[i].rtt_ns, -1);
	}
}

static void
what_flows_show(void **state)
{
	(void)state;
	struct flows f = {0};
	struct trail t;
	path_trail(&t, "A B/C * T");
	flows_add(&f, &t);
	flows_add(&f, &t);
	path_trail(&t, "A D E");
	flows_add(&f, &t);
	assert_int_equal(f.n[0], 1);
	assert_int_equal(f.n[1], 3);
	assert_true(flows_show(&f, 2, path_addr('C')));
	assert_true(flows_show(&f, 2, path_addr('D')));
	assert_false(flows_show(&f, 3, path_addr('D')));
	assert_true(flows_show(&f, 3, path_addr('E')));
	assert_true(flows_show(&f, 4, path_addr('T')));
	assert_int_equal(f.sure[3], 0); /* it may be nearer */
	path_trail(&t, "A B C D T");
	flows_add(&f, &t);
	assert_true(flows_show(&f, 5, path_addr('T')));
	assert_int_equal(f.sure[4], 1);
	assert_int_equal(f.sure[1], 7);
	assert_false(flows_show(&f, RECORD_TTL_MAX, path_addr('T')));
}

static void
no_room_for_more(void **state)
{
	(void)state;
	struct flows f = {0};
	for (int i = 0; i < FLOWS_ADDRS_MAX + 5; i++) {
		struct trail t;
		struct path p;
		path_read(&p, "A");
		p.probe[0].addr = path_addr('0') + (uint32_t)i;
		trail_make(&t, &p.r);
		flows_add(&f, &t);
	}
	assert_int_equal(f.n[0], FLOWS_ADDRS_MAX);
	assert_true(flows_show(&f, 1, path_addr('0' + FLOWS_ADDRS_MAX - 1)));
	assert_false(flows_show(&f, 1, path_addr('0' + FLOWS_ADDRS_MAX)));
	assert_true(f.more == 1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(responders),
	    cmocka_unit_test(not_sent),
	    cmocka_unit_test(round_trips),
	    cmocka_unit_test(last_ttl),
	    cmocka_unit_test(what_flows_show),
	    cmocka_unit_test(no_room_for_more),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
