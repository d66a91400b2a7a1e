/* SPDX-License-Identifier: ISC */
#include "probe/base/clock.h"
#include "probe/base/fault.h"
#include "probe/base/hash.h"
#include "probe/base/json.h"
#include "probe/base/log.h"
#include "probe/base/opt.h"
#include "probe/base/rd.h"
#include "probe/base/wr.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include <cmocka.h>

static void
reader_failure_sticks(void **state)
{
	(void)state;
	const uint8_t bytes[] = {1, 2, 3, 4, 5, 6, 7};
	struct rd r = rd_make(bytes, sizeof(bytes));
	assert_int_equal(rd_u8(&r), 1);
	assert_int_equal(rd_u16(&r), 0x0203);
	struct rd sub = rd_sub(&r, 2);
	assert_int_equal(rd_u16(&sub), 0x0405);
	assert_int_equal(rd_u8(&sub), 0);
	assert_false(rd_ok(&sub));
	assert_true(rd_ok(&r));
	assert_int_equal(rd_u32(&r), 0); /* two left */
	assert_false(rd_ok(&r));
	assert_int_equal(rd_u8(&r), 0); /* though one byte is there */
	assert_null(rd_bytes(&r, 0));
}

static void
varints_round_trip(void **state)
{
	(void)state;
	static const int64_t values[] = {0, 1, -1, 63, 64, -64, -65, 127, 128,
	    300, INT32_MAX, INT32_MIN, INT64_MAX, INT64_MIN};
	struct wr w = {0};
	for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
		wr_svarint(&w, values[i]);
		wr_varint(&w, (uint64_t)values[i]);
	}
	struct rd r = rd_make(w.p, w.len);
	for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
		assert_true(rd_svarint(&r) == values[i]);
		assert_true(rd_varint(&r) == (uint64_t)values[i]);
	}
	assert_true(rd_ok(&r));
	assert_int_equal(r.left, 0);
	wr_free(&w);
	/* An eleventh byte, and bits beyond 64. */
	uint8_t endless[11], wide[10];
	memset(endless, 0x80, sizeof(endless));
	memset(wide, 0xff, sizeof(wide));
	wide[9] = 2;
	r = rd_make(endless, sizeof(endless));
	rd_varint(&r);
	assert_false(rd_ok(&r));
	r = rd_make(wide, sizeof(wide));
	rd_varint(&r);
	assert_false(rd_ok(&r));
}

static void
json_escapes_and_nulls(void **state)
{
	(void)state;
	struct json j = {0};
	json_object(&j, NULL);
	json_text(&j, "t", "a\"b\\\n\x1b[31m\x7f");
	json_text(&j, "utf", "\xed\x8f\x89\xff\xc0\x80\xed\xa0\x80");
	json_text(&j, "none", NULL);
	json_int_or_null(&j, "miss", -1);
	json_real(&j, "nan", NAN, 3);
	json_real(&j, "r", 182.4, 3);
	json_bool(&j, "b", true);
	json_array(&j, "a");
	json_int(&j, NULL, INT64_MIN);
	json_int(&j, NULL, 0);
	json_array_end(&j);
	json_object(&j, "o");
	json_object_end(&j);
	json_hex(&j, "h", "\x00\xff", 2);
	json_object_end(&j);
	char *text = json_take(&j);
	assert_string_equal(text,
	    "{\"t\":\"a\\u0022b\\u005c\\u000a\\u001b[31m\\u007f\","
	    "\"utf\":"
	    "\"\xed\x8f\x89\\ufffd\\ufffd\\ufffd\\ufffd\\ufffd\\ufffd\","
	    "\"none\":null,\"miss\":null,\"nan\":null,\"r\":182.400,"
	    "\"b\":true,\"a\":[-9223372036854775808,0],\"o\":{},"
	    "\"h\":\"00ff\"}");
	free(text);
}

static void
times(void **state)
{
	(void)state;
	int64_t us = 0;
	char text[CLOCK_STRLEN];
	assert_true(clock_parse_us("2026-11-21T16:53:59.483118Z", &us));
	assert_true(us == INT64_C(1795280039483118));
	assert_string_equal(
	    clock_format_us(us, text), "2026-11-21T16:53:59.483118Z");
	assert_true(clock_parse_us("2017-10-01 09:07:51", &us));
	assert_true(us == INT64_C(1506848871000000));
	assert_true(clock_parse_us("2010-12-31", &us));
	assert_true(us == INT64_C(1293753600000000));
	assert_true(clock_parse_us("@17", &us));
	assert_true(us == 17000000);
	static const char *const bad[] = {"", "now", "2026", "2026-13-01",
	    "1969-12-31", "2026-11-21T", "2026-11-21T25:00:00",
	    "2026-11-21T16:53:59+01:00", "@", "@-1", "@1x"};
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_false(clock_parse_us(bad[i], &us));
}

static void
options_name_the_range(void **state)
{
	(void)state;
	struct fault f = {0};
	const struct opt_range rate = {1, 10000};
	int64_t v = 0;
	int index = -1;
	static const char *const words[] = {"udp", "icmp", "tcp", NULL};
	assert_true(opt_number("--rate", "20", rate, &v, &f));
	assert_int_equal(v, 20);
	static const char *const bad[] = {
	    "", "0", "10001", "x", "5x", "+5", " 5", "99999999999999999999"};
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_false(opt_number("--rate", bad[i], rate, &v, &f));
	assert_false(opt_number("--rate", "0", rate, &v, &f));
	assert_string_equal(f.text, "--rate 0: not a number in 1..10000");
	assert_int_equal(f.status, EX_USAGE);
	assert_true(opt_word("--method", "tcp", words, &index, &f));
	assert_int_equal(index, 2);
	assert_false(opt_word("--method", "gre", words, &index, &f));
	assert_string_equal(f.text, "--method gre: not one of udp, icmp, tcp");
}

static void
hashes_match_published_vectors(void **state)
{
	(void)state;
	/* FIPS 180-4, "abc". */
	static const uint8_t abc[] = {0xba, 0x78, 0x16, 0xbf, 0x8f, 0x01, 0xcf,
	    0xea, 0x41, 0x41, 0x40, 0xde, 0x5d, 0xae, 0x22, 0x23, 0xb0, 0x03,
	    0x61, 0xa3, 0x96, 0x17, 0x7a, 0x9c, 0xb4, 0x10, 0xff, 0x61, 0xf2,
	    0x00, 0x15, 0xad};
	uint8_t out[HASH_SHA256_LEN], uuid[UUID_LEN];
	char text[UUID_STRLEN];
	hash_sha256("abc", 3, out);
	assert_memory_equal(out, abc, sizeof(abc));
	struct hash *h = hash_open();
	hash_add(h, "a", 1);
	hash_add(h, "bc", 2);
	hash_close(h, out);
	assert_memory_equal(out, abc, sizeof(abc));
	uuid_of("abc", 3, uuid);
	assert_string_equal(
	    uuid_format(uuid, text), "ba7816bf-8f01-8fea-8141-40de5dae2223");
	/* SipHash-2-4 reference: key 00..0f, input 00..0e. */
	uint8_t key[HASH_KEY_LEN], in[15];
	for (uint8_t i = 0; i < 16; i++)
		key[i] = i;
	for (uint8_t i = 0; i < 15; i++)
		in[i] = i;
	assert_true(hash_sip(key, in, 15) == UINT64_C(0xa129ca6149be45e5));
}

static void
log_lines_hold_no_control_bytes(void **state)
{
	(void)state;
	char text[] = "a\x1b[2Jb\n\x7f";
	assert_string_equal(log_sanitize(text), "a?[2Jb??");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(reader_failure_sticks),
	    cmocka_unit_test(varints_round_trip),
	    cmocka_unit_test(json_escapes_and_nulls),
	    cmocka_unit_test(times),
	    cmocka_unit_test(options_name_the_range),
	    cmocka_unit_test(hashes_match_published_vectors),
	    cmocka_unit_test(log_lines_hold_no_control_bytes),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
