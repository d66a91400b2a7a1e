/* SPDX-License-Identifier: ISC */
#include "probe/base/clock.h"
#include "probe/base/record_json.h"
#include "tests/unit/store_sample.h"

#include <arpa/inet.h>
#include <errno.h>
#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

enum { RECORDS = 600 };

static uint64_t
wide(uint64_t *state)
{
	uint64_t v = sample_random(state);
	v = v << 31 ^ sample_random(state);
	v = v << 31 ^ sample_random(state);
	return v >> sample_random(state) % 64;
}

/* As a network may answer: numbers of all lengths, labels, interfaces. */
static struct record
wild_record(uint64_t seq)
{
	static const uint8_t ext[] = {0, 12, 1, 1, 0x05, 0xdc, 0xb3, 0x00, 0xff,
	    0xff, 0xff, 0xff, 0, 16, 2, 0x0a, 0, 0, 0, 9, 8, 'e', 't', '"',
	    0x1b, 0xff, 0xc3, 0xa9, 0, 5, 9, 9, 1, 7};
	struct record r = sample_record("sel", 77, seq);
	uint64_t state = seq;
	r.epoch = wide(&state) >> 11;
	r.start_us = (int64_t)(wide(&state) % UINT64_C(9214646400000000));
	r.target = sample_random(&state) << 1 ^ sample_random(&state);
	r.prefix.len = (uint8_t)(sample_random(&state) % 33);
	r.prefix.addr = r.target & prefix_mask(r.prefix.len);
	snprintf(r.stop_detail, sizeof(r.stop_detail), "\\%c\xc3\x28 \"x\"",
	    (int)(1 + seq % 255));
	for (size_t i = 0; i < r.nprobes; i++) {
		struct record_probe *p = &r.probes[i];
		p->tx_ns = (int64_t)(wide(&state) >> 1);
		if (p->answered)
			p->rtt_ns = (int64_t)(wide(&state) % 1000000000000000);
		p->tcp_flags = (int16_t)(sample_random(&state) % 512 - 1);
		p->addr = sample_random(&state) << 1;
		if (p->ext.p == NULL && i % 4 == 0) {
			p->ext.p = xcalloc(sizeof(ext), 1);
			p->ext.len = (uint16_t)(sizeof(ext) - seq % 3);
			memcpy(p->ext.p, ext, sizeof(ext));
		}
	}
	return r;
}

/* Takes a key that came later out of the line. */
static void
without(char *line, const char *key)
{
	char *at = strstr(line, key);
	assert_non_null(at);
	char *behind = at + strlen(key);
	behind += strcspn(behind, ",}");
	memmove(at, behind, strlen(behind) + 1);
}

/*
 * Every line that was ever written is still written so, octet by octet: the
 * sum was taken when numbers were printed by printf(3).
 */
static void
no_octet_has_changed(void **state)
{
	(void)state;
	static const char want[] =
	    "85b59d511b6f5368a1136e5bc06690ef8cef907ed5d2fbf3521ce073107eedb5";
	uint8_t sum[HASH_SHA256_LEN];
	char text[2 * HASH_SHA256_LEN + 1];
	struct hash *h = hash_open();
	for (uint64_t seq = 1; seq <= RECORDS; seq++) {
		struct record r =
		    seq % 2 ? sample_record("mow", 5, seq) : wild_record(seq);
		struct json j = {0};
		record_json(&r, &j);
		record_json_reply(&r, &r.probes[seq % r.nprobes], &j);
		char *line = json_take(&j);
		without(line, ",\"control\":");
		without(line, ",\"source_format\":");
		without(line, ",\"source\":");
		hash_add(h, line, strlen(line));
		free(line);
		record_clear(&r);
	}
	hash_close(h, sum);
	for (size_t i = 0; i < sizeof(sum); i++)
		snprintf(text + 2 * i, 3, "%02x", sum[i]);
	assert_string_equal(text, want);
}

static void
numbers_are_those_of_printf(void **state)
{
	(void)state;
	uint64_t seed = 7;
	for (int i = 0; i < 100000; i++) {
		int64_t v = (int64_t)wide(&seed);
		uint32_t addr = (uint32_t)v;
		char want[160], quad[ADDR_STRLEN];
		if (i < 64)
			v = i % 2 ? INT64_MIN >> i : INT64_MAX >> i;
		snprintf(quad, sizeof(quad), "%u.%u.%u.%u", addr >> 24,
		    addr >> 16 & 255, addr >> 8 & 255, addr & 255);
		snprintf(want, sizeof(want),
		    "[%" PRId64 ",%" PRId64 ",%u.%03u,\"%s\",\"%08x\"]", v,
		    -(v / 2), addr / 1000, addr % 1000, quad, addr);
		struct json j = {0};
		json_array(&j, NULL);
		json_int(&j, NULL, v);
		json_int(&j, NULL, -(v / 2));
		json_thousandths(&j, NULL, addr);
		json_text(&j, NULL, addr_format(addr, quad));
		addr = htonl(addr);
		json_hex(&j, NULL, &addr, sizeof(addr));
		json_array_end(&j);
		char *text = json_take(&j);
		assert_string_equal(text, want);
		free(text);
	}
}

static void
times_are_those_of_strftime(void **state)
{
	(void)state;
	uint64_t seed = 9;
	for (int i = 0; i < 20000; i++) {
		int64_t us =
		    (int64_t)(wide(&seed) % UINT64_C(9214646400000000));
		time_t s = us / US_PER_S;
		struct tm tm;
		char want[64], got[CLOCK_STRLEN];
		gmtime_r(&s, &tm);
		strftime(want, sizeof(want), "%Y-%m-%dT%H:%M:%S", &tm);
		snprintf(want + 19, sizeof(want) - 19, ".%06dZ",
		    (int)(us % US_PER_S));
		assert_string_equal(clock_format_us(us, got), want);
	}
}

static void
raw_values_stay_on_one_line(void **state)
{
	(void)state;
	static const char value[] = "{\"a\":\r\n\t[\"\\n\xc3\xa9\"]} behind";
	struct json j = {0};
	json_object(&j, NULL);
	json_raw(&j, "raw", value, sizeof(value) - 1 - strlen(" behind"));
	json_raw(&j, "none", NULL, 0);
	json_object_end(&j);
	char *text = json_take(&j);
	assert_string_equal(
	    text, "{\"raw\":{\"a\":   [\"\\n\xc3\xa9\"]},\"none\":null}");
	free(text);
}

/* Lines gather until they are written, and the buffer is used again. */
static void
lines_gather(void **state)
{
	(void)state;
	struct json j = {0};
	char text[64] = "";
	FILE *f = tmpfile();
	assert_int_equal(json_write(&j, f), 0); /* nothing */
	for (int round = 0; round < 2; round++) {
		for (int i = 0; i < 2; i++) {
			json_object(&j, NULL);
			json_int(&j, "n", 2 * round + i);
			json_object_end(&j);
			json_end_line(&j);
		}
		assert_int_equal(ftell(f), round * 16);
		assert_int_equal(json_write(&j, f), 0);
	}
	json_clear(&j);
	rewind(f);
	assert_int_equal(fread(text, 1, sizeof(text), f), 32);
	assert_string_equal(
	    text, "{\"n\":0}\n{\"n\":1}\n{\"n\":2}\n{\"n\":3}\n");
	fclose(f);
}

static void
a_full_disk_is_an_error(void **state)
{
	(void)state;
	FILE *full = fopen("/dev/full", "w");
	struct json j = {0};
	setvbuf(full, NULL, _IONBF, 0);
	json_int(&j, NULL, 1);
	assert_int_equal(json_line(&j, full), -ENOSPC);
	fclose(full);
}

static int64_t
cpu_ns(void)
{
	struct timespec t;
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return t.tv_sec * NS_PER_S + t.tv_nsec;
}

static int64_t
one_round_ns(const struct record *r, struct json *j, FILE *to)
{
	enum { LINES = 5000 };
	int64_t start = cpu_ns();
	for (int i = 0; i < LINES; i++) {
		record_json(r, j);
		json_end_line(j);
		assert_int_equal(json_write(j, to), 0);
	}
	return (cpu_ns() - start) / LINES;
}

/* Prints what a record costs, the least of ten rounds; with TUMEN_BENCH. */
static void
bench(void **state)
{
	(void)state;
	if (getenv("TUMEN_BENCH") == NULL)
		return;
	struct record r = sample_record("sel", 77, 4);
	struct json j = {0};
	FILE *null = fopen("/dev/null", "w");
	int64_t best = one_round_ns(&r, &j, null);
	for (int i = 0; i < 9; i++) {
		int64_t ns = one_round_ns(&r, &j, null);
		best = ns < best ? ns : best;
	}
	printf("# json: %" PRId64 " ns a record, %.0f ns a probe\n", best,
	    (double)best / (double)r.nprobes);
	json_clear(&j);
	fclose(null);
	record_clear(&r);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(no_octet_has_changed),
	    cmocka_unit_test(numbers_are_those_of_printf),
	    cmocka_unit_test(times_are_those_of_strftime),
	    cmocka_unit_test(raw_values_stay_on_one_line),
	    cmocka_unit_test(lines_gather),
	    cmocka_unit_test(a_full_disk_is_an_error),
	    cmocka_unit_test(bench),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
