/* SPDX-License-Identifier: ISC */
#include "analysis/exchange/foreign.h"
#include "probe/base/record_reply.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static uint32_t
addr(const char *text)
{
	uint32_t a = 0;
	assert_true(addr_parse(text, &a));
	return a;
}

/* A trace of scamper as the number's vectors have it. */
static struct record *
sample(struct foreign *f)
{
	f->format = FORMAT_SCAMPER;
	struct record *r = foreign_trace(f);
	strcpy(r->vantage, "san-us");
	r->start_us = 1669123456789012;
	r->target = addr("175.45.176.71");
	r->method = METHOD_UDP;
	r->flow = 0;
	r->sport = 33456;
	r->dport = 33435;
	return r;
}

static uint64_t
number_of(struct foreign *f, struct record *r, const char *identity)
{
	struct json_read in = json_read_make("", 0, true);
	foreign_end(f, r, identity, &in);
	assert_true(json_read_ok(&in));
	return r->seq;
}

/*
 * printf 'scamper\nsan-us\n1669123456789012\n175.45.176.71\nudp\n0\n'\
 * '33456 33435 -1\nx' | openssl mac -macopt size:8 -macopt \
 * hexkey:$(printf 'tumen foreign 1\0' | xxd -p) -in /dev/stdin SIPHASH
 * is 62dd9421ec00785b, the lowest octet first: its highest 53 bits are
 * 0xb6f001d84329b.
 */
static void
a_number_by_openssl(void **state)
{
	(void)state;
	struct foreign f = {.hints.start_us = -1};
	struct record *r = sample(&f);
	assert_int_equal(number_of(&f, r, "x"), UINT64_C(0xb6f001d84329b));
	assert_int_equal(r->epoch, 0);
	assert_int_equal(r->prefix.addr, addr("175.45.176.0"));
	assert_int_equal(r->prefix.len, 24);
	assert_string_equal(r->campaign, "");
	assert_int_equal(r->run, -1);
	assert_int_equal(r->port, -1);
	foreign_free(&f);
}

static void
other_things_other_numbers(void **state)
{
	(void)state;
	struct foreign f = {.hints.start_us = -1};
	uint64_t seen[10];
	size_t n = 0;
	for (int i = 0; i < 10; i++) {
		foreign_reset(&f);
		struct record *r = sample(&f);
		f.format = i == 1 ? FORMAT_ATLAS : FORMAT_SCAMPER;
		r->vantage[0] = i == 2 ? 'S' : 's';
		r->start_us += i == 3;
		r->target += i == 4;
		r->method = i == 5 ? METHOD_TCP : METHOD_UDP;
		r->flow = i == 6;
		r->sport = i == 7 ? 1 : 33456;
		r->dport = i == 8 ? 1 : 33435;
		uint64_t v = number_of(&f, r, i == 9 ? "y" : "x");
		assert_in_range(v, 1, (UINT64_C(1) << 53) - 1);
		for (size_t j = 0; j < n; j++)
			assert_int_not_equal(v, seen[j]);
		seen[n++] = v;
	}
	foreign_free(&f);
}

/* The second object finds nothing of the first one but its memory. */
static void
an_object_after_another(void **state)
{
	(void)state;
	struct foreign f = {.hints = {"lab", 7}};
	struct record *r = foreign_trace(&f);
	for (int ttl = 1; ttl <= 40; ttl++)
		for (int attempt = 1; attempt <= 3; attempt++) {
			struct record_probe *p =
			    foreign_probe(&f, ttl, attempt);
			p->ext = record_keep("\0\4\1\1", 4);
		}
	assert_int_equal(r->nprobes, 120);
	r->source.text = strdup("{}");
	r->drops = 3;
	foreign_fact(&f, "platform", "mtr");
	foreign_vantage(&f, NULL, "a");
	strcpy(f.other, "ping");
	struct record_probe *before = r->probes;

	foreign_reset(&f);
	assert_int_equal(f.n, 0);
	assert_int_equal(f.nfacts, 0);
	assert_string_equal(f.vantage, "");
	assert_string_equal(f.other, "");
	assert_string_equal(f.hints.vantage, "lab");
	assert_int_equal(f.hints.start_us, 7);
	r = foreign_trace(&f);
	assert_null(r->source.text);
	assert_int_equal(r->drops, 0);
	assert_int_equal(r->nprobes, 0);
	assert_ptr_equal(r->probes, before);
	struct record_probe *p = foreign_probe(&f, 5, 2);
	assert_null(p->ext.p);
	assert_int_equal(p->ttl, 5);
	assert_int_equal(p->attempt, 2);
	assert_int_equal(p->silent, SILENT_UNKNOWN);
	assert_int_equal(p->rtt_ns, -1);
	foreign_free(&f);
	assert_null(f.record);
	assert_string_equal(f.hints.vantage, "lab");
}

static void
many_traces(void **state)
{
	(void)state;
	struct foreign f = {.hints.start_us = -1};
	for (int round = 0; round < 3; round++) {
		foreign_reset(&f);
		for (uint32_t i = 0; i < 50; i++) {
			foreign_trace(&f)->flow = i;
			for (uint32_t k = 0; k < 70 * (i % 3); k++)
				foreign_probe(&f, 1, 1)->addr = i;
		}
		for (uint32_t i = 0; i < 50; i++) {
			const struct record *r = &f.record[i];
			assert_int_equal(r->flow, i);
			assert_int_equal(r->nprobes, 70 * (i % 3));
			for (size_t k = 0; k < r->nprobes; k++)
				assert_int_equal(r->probes[k].addr, i);
		}
	}
	foreign_free(&f);
}

static void
no_more_probes_than_a_record_has(void **state)
{
	(void)state;
	struct foreign f = {.hints.start_us = -1};
	struct record *r = foreign_trace(&f);
	for (int i = 0; i < RECORD_PROBES_MAX; i++)
		assert_non_null(foreign_probe(&f, 1 + i % 64, 1 + i / 64));
	assert_null(foreign_probe(&f, 1, 32));
	assert_int_equal(r->nprobes, RECORD_PROBES_MAX);
	foreign_free(&f);
}

static void
probes_get_their_order(void **state)
{
	(void)state;
	struct foreign f = {.hints.start_us = -1};
	struct record *r = sample(&f);
	static const int place[][3] = {
	    {2, 1, 0}, {1, 2, 0}, {1, 1, 1}, {1, 1, 0}, {64, 1, 0}, {2, 2, 0}};
	for (size_t i = 0; i < 6; i++)
		foreign_probe(&f, place[i][0], place[i][1])->reply_no =
		    (uint8_t)place[i][2];
	number_of(&f, r, "x");
	static const int sorted[] = {110, 111, 120, 210, 220, 6410};
	for (size_t i = 0; i < 6; i++)
		assert_int_equal(r->probes[i].ttl * 100 +
				     r->probes[i].attempt * 10 +
				     r->probes[i].reply_no,
		    sorted[i]);
	foreign_free(&f);
}

static void
two_probes_of_one_place(void **state)
{
	(void)state;
	struct foreign f = {.hints.start_us = -1};
	struct record *r = sample(&f);
	foreign_probe(&f, 3, 2);
	foreign_probe(&f, 1, 1);
	foreign_probe(&f, 3, 2);
	struct json_read in = json_read_make("", 0, true);
	foreign_end(&f, r, "x", &in);
	assert_int_equal(in.state, JSON_READ_BROKEN);
	assert_string_equal(
	    in.why, "ttl 3, attempt 2, reply 0: two probes have this place");
	foreign_free(&f);
}

static void
names_of_vantages(void **state)
{
	(void)state;
	static const char *const name[][3] = {
	    {"atlas", "6012", "atlas-6012"},
	    {NULL, "san-us", "san-us"},
	    {"mtr", "Probe_1.Example.NET", "mtr-probe_1.example.net"},
	    {NULL, "_gateway (1)", "xgateway--1-"},
	    {NULL, "caf\xc3\xa9", "caf--"},
	    {NULL, "0123456789012345678901234567890b",
		"0123456789012345678901234567890b"},
	    /* printf %s ... | sha256sum begins 14843d39 */
	    {NULL, "a-name-that-is-far-too-long-for-us",
		"a-name-that-is-far-too--14843d39"},
	};
	struct foreign f = {.hints.start_us = -1};
	for (size_t i = 0; i < sizeof(name) / sizeof(name[0]); i++) {
		foreign_vantage(&f, name[i][0], name[i][1]);
		assert_string_equal(f.vantage, name[i][2]);
	}
	foreign_free(&f);
}

static void
facts(void **state)
{
	(void)state;
	struct foreign f = {.hints.start_us = -1};
	foreign_fact(&f, "address", "192.0.2.1");
	foreign_fact(&f, "address", "");
	foreign_fact(&f, "address", "192.0.2.2");
	foreign_fact(&f, "address", "192.0.2.1");
	foreign_fact(&f, "probe", "192.0.2.1");
	assert_int_equal(f.nfacts, 3);
	assert_string_equal(f.fact[1].value, "192.0.2.2");
	assert_string_equal(f.fact[2].name, "probe");

	/* 126 octets, and a character of two that does not fit. */
	char long_one[200];
	snprintf(long_one, sizeof(long_one), "%0126d\xc3\xa9 and more", 7);
	foreign_fact(&f, "description", long_one);
	assert_int_equal(strlen(f.fact[3].value), 126);
	for (int i = 0; i < 2 * FACTS_MAX; i++) {
		char value[8];
		snprintf(value, sizeof(value), "%d", i);
		foreign_fact(&f, "measurement", value);
	}
	assert_int_equal(f.nfacts, FACTS_MAX);
	foreign_free(&f);
}

static bool
lacks(enum exchange_format format, const char *word)
{
	for (const char *const *w = foreign_lacks(format); *w != NULL; w++)
		if (strcmp(*w, word) == 0)
			return true;
	return false;
}

static void
formats(void **state)
{
	(void)state;
	assert_string_equal(foreign_format_name(FORMAT_UNKNOWN), "unknown");
	assert_string_equal(foreign_format_name(FORMAT_TUMEN), "tumen");
	assert_string_equal(foreign_format_name(FORMAT_ATLAS), "atlas");
	assert_string_equal(foreign_format_name(FORMAT_SCAMPER), "scamper");
	assert_string_equal(foreign_format_name(FORMAT_MTR), "mtr");
	assert_null(foreign_lacks(FORMAT_TUMEN)[0]);
	assert_null(foreign_lacks(FORMAT_UNKNOWN)[0]);
	assert_true(lacks(FORMAT_ATLAS, "sport"));
	assert_true(lacks(FORMAT_ATLAS, "tx_us"));
	assert_false(lacks(FORMAT_ATLAS, "late"));
	assert_false(lacks(FORMAT_SCAMPER, "tx_us"));
	assert_true(lacks(FORMAT_SCAMPER, "proof"));
	assert_true(lacks(FORMAT_MTR, "method"));
	assert_false(lacks(FORMAT_MTR, "rtt_us"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_number_by_openssl),
	    cmocka_unit_test(other_things_other_numbers),
	    cmocka_unit_test(an_object_after_another),
	    cmocka_unit_test(many_traces),
	    cmocka_unit_test(no_more_probes_than_a_record_has),
	    cmocka_unit_test(probes_get_their_order),
	    cmocka_unit_test(two_probes_of_one_place),
	    cmocka_unit_test(names_of_vantages),
	    cmocka_unit_test(facts),
	    cmocka_unit_test(formats),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
