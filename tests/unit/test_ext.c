/* SPDX-License-Identifier: ISC */
#include "probe/base/ext.h"
#include "probe/base/mem.h"
#include "probe/base/record_json.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/*
 * Vectors written by hand from the figures of RFC 4884 (section 7), RFC 4950
 * (section 3) and RFC 5837 (section 4).
 */

/* Incoming interface (00), all four fields (1111): type 0f, 32 octets. */
static const uint8_t all_fields[] = {0, 32, 2, 0x0f,
    /* ifIndex 517 */
    0, 0, 2, 5,
    /* AFI 1, reserved, 188.43.225.153 */
    0, 1, 0, 0, 188, 43, 225, 153,
    /* 12 octets with this one: "xe-0/1/2", padded */
    12, 'x', 'e', '-', '0', '/', '1', '/', '2', 0, 0, 0,
    /* MTU 1500 */
    0, 0, 0x05, 0xdc};

static bool
first(const uint8_t *bytes, size_t len, struct ext_object *o)
{
	struct rd r = rd_make(bytes, len);
	return ext_next(&r, o);
}

static bool
interface(const uint8_t *bytes, size_t len, struct ext_interface *i)
{
	struct ext_object o;
	assert_true(first(bytes, len, &o));
	return ext_interface(&o, i);
}

static void
an_interface_with_all_fields(void **state)
{
	(void)state;
	struct ext_interface i;
	assert_true(interface(all_fields, sizeof(all_fields), &i));
	assert_string_equal(i.role, "incoming");
	assert_int_equal(i.ifindex, 517);
	assert_string_equal(i.addr, "188.43.225.153");
	assert_string_equal(i.name, "xe-0/1/2");
	assert_int_equal(i.mtu, 1500);
}

static void
roles(void **state)
{
	(void)state;
	static const char *const want[] = {
	    "incoming", "sub-ip", "outgoing", "next-hop"};
	for (int role = 0; role < 4; role++) {
		/* the reserved bits are to be ignored */
		uint8_t bare[] = {0, 4, 2, (uint8_t)(role << 6 | 0x30)};
		struct ext_interface i;
		assert_true(interface(bare, sizeof(bare), &i));
		assert_string_equal(i.role, want[role]);
		assert_int_equal(i.ifindex, -1);
		assert_int_equal(i.mtu, -1);
		assert_string_equal(i.addr, "");
		assert_string_equal(i.name, "");
	}
}

static void
ipv6_next_hop(void **state)
{
	(void)state;
	static const uint8_t v6[] = {0, 28, 2, 0xc5, 0, 2, 0, 0, 0x20, 0x01,
	    0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0xff, 0xff, 0xff,
	    0xff};
	struct ext_interface i;
	assert_true(interface(v6, sizeof(v6), &i));
	assert_string_equal(i.role, "next-hop");
	assert_string_equal(i.addr, "2001:db8::1");
	assert_true(i.mtu == INT64_C(4294967295));
}

static void
longest_name(void **state)
{
	(void)state;
	uint8_t o[4 + 64] = {0, 68, 2, 2, 64};
	struct ext_interface i;
	memset(o + 5, 'a', 63);
	assert_true(interface(o, sizeof(o), &i));
	assert_int_equal(strlen(i.name), 63);
	for (int len = 0; len < 256; len++) {
		o[4] = (uint8_t)len;
		bool legal = len > 0 && len <= 64 && len % 4 == 0;
		assert_int_equal(interface(o, sizeof(o), &i), legal);
	}
}

/* Every cut of the body leaves a field without its end. */
static void
cut_interfaces(void **state)
{
	(void)state;
	for (size_t len = 4; len < sizeof(all_fields); len++) {
		uint8_t cut[sizeof(all_fields)];
		struct ext_interface i;
		memcpy(cut, all_fields, sizeof(cut));
		cut[1] = (uint8_t)len;
		assert_false(interface(cut, len, &i));
	}
}

static void
no_interface(void **state)
{
	(void)state;
	static const uint8_t family[] = {0, 12, 2, 4, 0, 3, 0, 0, 192, 0, 2, 1};
	uint8_t class[sizeof(all_fields)];
	struct ext_interface i;
	assert_false(interface(family, sizeof(family), &i));
	memcpy(class, all_fields, sizeof(class));
	class[2] = 3;
	assert_false(interface(class, sizeof(class), &i));
}

/* Two labels: 24011 and, at the bottom, 3. */
static void
labels(void **state)
{
	(void)state;
	uint8_t o[] = {
	    0, 14, 1, 1, 0x05, 0xdc, 0xb0, 0xff, 0, 0, 0x3b, 0x01, 0xaa, 0xbb};
	struct ext_object e;
	struct ext_label l;
	assert_true(first(o, sizeof(o), &e));
	assert_true(ext_label(&e, &l));
	assert_int_equal(l.label, 24011);
	assert_int_equal(l.tc, 0);
	assert_int_equal(l.s, 0);
	assert_int_equal(l.ttl, 255);
	assert_true(ext_label(&e, &l));
	assert_int_equal(l.label, 3);
	assert_int_equal(l.tc, 5);
	assert_int_equal(l.s, 1);
	assert_int_equal(l.ttl, 1);
	assert_false(ext_label(&e, &l)); /* two octets are no entry */
	o[3] = 2;			 /* no type that RFC 4950 knows */
	assert_true(first(o, sizeof(o), &e));
	assert_false(ext_label(&e, &l));
}

/* A length is a claim: below 4 or beyond the end it ends the list. */
static void
claimed_lengths(void **state)
{
	(void)state;
	for (unsigned len = 0; len < 0x10000; len++) {
		uint8_t o[12] = {(uint8_t)(len >> 8), (uint8_t)len, 9, 7};
		struct ext_object e;
		bool fits = len >= 4 && len <= sizeof(o);
		assert_int_equal(first(o, sizeof(o), &e), fits);
		if (fits)
			assert_int_equal(e.body.left, len - 4);
	}
}

static char *
json_of(const uint8_t *ext, size_t len)
{
	struct record r = {.vantage = "sel", .method = METHOD_UDP};
	struct record_probe p = {.ttl = 1, .attempt = 1, .answered = true};
	struct json j = {0};
	p.ext.p = xmemdup(ext, len);
	p.ext.len = (uint16_t)len;
	record_json_reply(&r, &p, &j);
	free(p.ext.p);
	return json_take(&j);
}

static void
expect_json(const uint8_t *ext, size_t len, const char *want)
{
	char *text = json_of(ext, len);
	if (strstr(text, want) == NULL)
		fail_msg("no %s in %s", want, text);
	free(text);
}

static void
interface_in_the_record(void **state)
{
	(void)state;
	/* ESC and an octet that is no UTF-8: nothing reaches a terminal. */
	static const uint8_t rude[] = {
	    0, 12, 2, 0x82, 8, 0x1b, '[', '2', 'J', 0xff, '"', 0};
	static const uint8_t bad[] = {0, 5, 2, 0x08, 1};
	static const uint8_t other[] = {0, 4, 3, 0x08};
	expect_json(all_fields, sizeof(all_fields),
	    "\"interface\":{\"role\":\"incoming\",\"ifindex\":517,"
	    "\"addr\":\"188.43.225.153\",\"name\":\"xe-0/1/2\",\"mtu\":1500}}");
	expect_json(rude, sizeof(rude),
	    "{\"role\":\"outgoing\",\"ifindex\":null,\"addr\":null,"
	    "\"name\":\"\\u001b[2J\\ufffd\\u0022\",\"mtu\":null}");
	expect_json(bad, sizeof(bad),
	    "{\"class\":2,\"type\":8,\"data\":\"01\",\"interface\":null}");
	expect_json(
	    other, sizeof(other), "{\"class\":3,\"type\":8,\"data\":\"\"}");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(an_interface_with_all_fields),
	    cmocka_unit_test(roles),
	    cmocka_unit_test(ipv6_next_hop),
	    cmocka_unit_test(longest_name),
	    cmocka_unit_test(cut_interfaces),
	    cmocka_unit_test(no_interface),
	    cmocka_unit_test(labels),
	    cmocka_unit_test(claimed_lengths),
	    cmocka_unit_test(interface_in_the_record),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
