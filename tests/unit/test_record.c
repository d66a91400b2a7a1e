/* SPDX-License-Identifier: ISC */
#include "probe/base/mem.h"
#include "probe/base/record_json.h"
#include "probe/base/record_name.h"
#include "probe/base/record_pack.h"
#include "probe/base/record_path.h"
#include "probe/base/record_reply.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct record_probe
silent(uint8_t ttl, uint8_t attempt, enum record_silent why)
{
	struct record_probe p = record_unanswered(ttl, attempt);
	p.tx_ns = INT64_C(1795280039483118123) + ttl * INT64_C(1000);
	p.silent = why;
	return p;
}

static struct record_probe
answer(uint8_t ttl, uint32_t addr, int16_t type, int16_t code)
{
	struct record_probe p = silent(ttl, 1, 0);
	p.answered = true;
	p.addr = addr;
	p.rtt_ns = 182400 + ttl;
	p.reply_ttl = 64;
	p.reply_ipid = 0;
	p.quoted_ttl = 1;
	p.quoted_tos = 0;
	p.icmp_type = type;
	p.icmp_code = code;
	p.proof = PROOF_BOTH;
	return p;
}

/* A record with one of everything; the caller clears it. */
static struct record
sample(void)
{
	/* An MPLS object with one entry, then one of an unknown class. */
	static const uint8_t ext[] = {
	    0, 8, 1, 1, 0x05, 0xdc, 0xb3, 0x01, 0, 6, 9, 2, 0xab, 0xcd};
	struct record r = {.vantage = "sel",
	    .campaign = "hourly",
	    .run = 7,
	    .epoch = (UINT64_C(1) << 53) - 1,
	    .seq = 42,
	    .target = 0xaf2db047,
	    .prefix = {0xaf2db000, 24},
	    .method = METHOD_UDP,
	    .port = 33434,
	    .flow = 3,
	    .src = 0xc6336401,
	    .sport = 33456,
	    .dport = 33434,
	    .start_us = INT64_C(1795280039483118),
	    .duration_us = 12345,
	    .stop = STOP_REACHED,
	    .stop_detail = "port-unreachable",
	    .clock_step = true,
	    .drops = 5,
	    .tool = "tumen-probe 0.1.0"};
	r.probes = xcalloc(6, sizeof(*r.probes));
	r.probes[r.nprobes++] = answer(1, 0xc6336402, 11, 0);
	r.probes[r.nprobes] = answer(2, 0xdb9e0101, 11, 0);
	r.probes[r.nprobes].ext.p = xmemdup(ext, sizeof(ext));
	r.probes[r.nprobes++].ext.len = sizeof(ext);
	r.probes[r.nprobes] = answer(2, 0xdb9e0101, 11, 0);
	r.probes[r.nprobes].late = true;
	r.probes[r.nprobes++].reply_no = 1;
	r.probes[r.nprobes++] = silent(3, 1, SILENT_LOST);
	r.probes[r.nprobes++] = silent(3, 2, SILENT_UNKNOWN);
	r.probes[r.nprobes++] = answer(4, 0xaf2db047, 3, 3);
	r.probes[3].tx_ns = -1;
	return r;
}

static void
assert_probe_equal(const struct record_probe *a, const struct record_probe *b)
{
	assert_int_equal(a->ttl, b->ttl);
	assert_int_equal(a->attempt, b->attempt);
	assert_int_equal(a->reply_no, b->reply_no);
	assert_int_equal(a->answered, b->answered);
	assert_int_equal(a->late, b->late);
	assert_true(a->tx_ns == b->tx_ns);
	assert_true(a->rtt_ns == b->rtt_ns);
	assert_int_equal(a->addr, b->addr);
	assert_int_equal(a->reply_ttl, b->reply_ttl);
	assert_int_equal(a->reply_ipid, b->reply_ipid);
	assert_int_equal(a->quoted_ttl, b->quoted_ttl);
	assert_int_equal(a->quoted_tos, b->quoted_tos);
	assert_int_equal(a->icmp_type, b->icmp_type);
	assert_int_equal(a->icmp_code, b->icmp_code);
	assert_int_equal(a->tcp_flags, b->tcp_flags);
	assert_int_equal(a->proof, b->proof);
	assert_int_equal(a->silent, b->silent);
	assert_int_equal(a->ext.len, b->ext.len);
	if (a->ext.len > 0)
		assert_memory_equal(a->ext.p, b->ext.p, a->ext.len);
}

/* sample() as the first version packed it. */
static const uint8_t version_1[] = {0x01, 0x81, 0xc8, 0xcd, 0xb1, 0x0c, 0xb0,
    0x85, 0x02, 0x9a, 0x85, 0x02, 0xf2, 0xc0, 0x01, 0x10, 0x70, 0x6f, 0x72,
    0x74, 0x2d, 0x75, 0x6e, 0x72, 0x65, 0x61, 0x63, 0x68, 0x61, 0x62, 0x6c,
    0x65, 0x01, 0x05, 0x11, 0x74, 0x75, 0x6d, 0x65, 0x6e, 0x2d, 0x70, 0x72,
    0x6f, 0x62, 0x65, 0x20, 0x30, 0x2e, 0x31, 0x2e, 0x30, 0x06, 0x01, 0x01,
    0x00, 0x1f, 0xc6, 0x11, 0xc6, 0x33, 0x64, 0x02, 0x03, 0x80, 0x01, 0x00,
    0x81, 0x91, 0x0b, 0x01, 0x00, 0x0b, 0x00, 0x02, 0x01, 0x00, 0x5f, 0xd0,
    0x0f, 0xdb, 0x9e, 0x01, 0x01, 0x03, 0x80, 0x01, 0x00, 0x82, 0x91, 0x0b,
    0x01, 0x00, 0x0b, 0x00, 0x0e, 0x00, 0x08, 0x01, 0x01, 0x05, 0xdc, 0xb3,
    0x01, 0x00, 0x06, 0x09, 0x02, 0xab, 0xcd, 0x02, 0x01, 0x01, 0x9f, 0x00,
    0xdb, 0x9e, 0x01, 0x01, 0x03, 0x80, 0x01, 0x00, 0x82, 0x91, 0x0b, 0x01,
    0x00, 0x0b, 0x00, 0x03, 0x01, 0x00, 0x00, 0x06, 0x03, 0x02, 0x00, 0x01,
    0xd0, 0x0f, 0x07, 0x04, 0x01, 0x00, 0x1f, 0xd0, 0x0f, 0xaf, 0x2d, 0xb0,
    0x47, 0x03, 0x80, 0x01, 0x00, 0x84, 0x91, 0x0b, 0x01, 0x00, 0x03, 0x06};

static void
assert_record_equal(const struct record *a, const struct record *b)
{
	assert_int_equal(b->src, a->src);
	assert_int_equal(b->sport, a->sport);
	assert_int_equal(b->dport, a->dport);
	assert_true(b->duration_us == a->duration_us);
	assert_string_equal(b->stop_detail, a->stop_detail);
	assert_string_equal(b->tool, a->tool);
	assert_int_equal(b->clock_step, a->clock_step);
	assert_int_equal(b->drops, a->drops);
	assert_int_equal(b->nprobes, a->nprobes);
	for (size_t i = 0; i < a->nprobes; i++)
		assert_probe_equal(&a->probes[i], &b->probes[i]);
}

static void
version_1_is_read(void **state)
{
	(void)state;
	struct record a = sample(), b = {.start_us = a.start_us};
	assert_true(record_unpack(version_1, sizeof(version_1), &b));
	assert_record_equal(&a, &b);
	record_clear(&b);
	for (size_t len = 0; len < sizeof(version_1); len++) {
		assert_false(record_unpack(version_1, len, &b));
		assert_null(b.probes);
	}
	record_clear(&a);
}

static void
packs_and_unpacks(void **state)
{
	(void)state;
	struct record a = sample(), b = {.start_us = a.start_us};
	struct wr w = {0}, again = {0};
	record_pack(&a, &w);
	assert_true(record_unpack(w.p, w.len, &b));
	assert_record_equal(&a, &b);
	record_pack(&b, &again);
	assert_int_equal(w.len, again.len);
	assert_memory_equal(w.p, again.p, w.len);
	wr_free(&w);
	wr_free(&again);
	record_clear(&a);
	record_clear(&b);
}

static void
unpack_survives_every_cut_and_flip(void **state)
{
	(void)state;
	struct record a = sample();
	struct wr w = {0};
	record_pack(&a, &w);
	for (size_t len = 0; len < w.len; len++) {
		struct record b = {.start_us = a.start_us};
		assert_false(record_unpack(w.p, len, &b));
		assert_null(b.probes);
	}
	for (size_t bit = 0; bit < w.len * 8; bit++) {
		struct record b = {.start_us = a.start_us};
		w.p[bit / 8] ^= (uint8_t)(1 << bit % 8);
		record_unpack(w.p, w.len, &b);
		record_clear(&b);
		w.p[bit / 8] ^= (uint8_t)(1 << bit % 8);
	}
	wr_free(&w);
	record_clear(&a);
}

static void
writes_the_documented_line(void **state)
{
	(void)state;
	struct record r = sample();
	struct json j = {0};
	record_json(&r, &j);
	char *text = json_take(&j);
	static const char *const parts[] = {
	    "{\"record\":\"trace\",\"v\":1,\"id\":\"",
	    "\"vantage\":\"sel\",\"campaign\":\"hourly\",\"run\":7",
	    "\"epoch\":9007199254740991,\"seq\":42",
	    "\"target\":\"175.45.176.71\",\"prefix\":\"175.45.176.0/24\"",
	    "\"method\":\"udp\",\"port\":33434,\"flow\":3",
	    "\"src\":\"198.51.100.1\",\"sport\":33456,\"dport\":33434",
	    "\"start\":\"2026-11-21T16:53:59.483118Z\"",
	    "\"stop\":\"reached\",\"stop_detail\":\"port-unreachable\"",
	    "\"tx_us\":1795280039483119,\"tx_ns\":123,\"rtt_us\":182.401",
	    "\"mpls\":[{\"label\":24011,\"tc\":1,\"s\":1,\"ttl\":1}]",
	    "{\"class\":9,\"type\":2,\"data\":\"abcd\"}",
	    "\"addr\":null,\"reply_ttl\":null",
	    "\"proof\":null,\"silent\":\"lost\"",
	    "\"clock_step\":true,\"drops\":5,\"control\":false",
	    "false,\"source_format\":null,\"source\":null}",
	};
	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
		if (strstr(text, parts[i]) == NULL)
			fail_msg("no %s in %s", parts[i], text);
	free(text);
	record_clear(&r);
}

static void
assert_line_has(const struct record *r, const char *part)
{
	struct json j = {0};
	record_json(r, &j);
	char *text = json_take(&j);
	if (strstr(text, part) == NULL)
		fail_msg("no %s in %s", part, text);
	free(text);
}

/* What another tool does not tell is null; what it tells is not. */
static void
untold_is_null(void **state)
{
	(void)state;
	struct record r = sample();
	r.sport = r.dport = 0;
	assert_line_has(&r, "\"src\":\"198.51.100.1\",\"sport\":null,");
	assert_line_has(&r, "\"sport\":null,\"dport\":null,");
	r.src = 0;
	assert_line_has(&r, "\"src\":null,\"sport\":null,");
	r.method = METHOD_ICMP;
	assert_line_has(&r, "\"sport\":null,\"dport\":null,");
	r.sport = 33456;
	assert_line_has(&r, "\"sport\":33456,\"dport\":0,");
	r.duration_us = -1;
	assert_line_has(&r, "\"duration_us\":null,\"stop\"");
	r.duration_us = -2;
	assert_line_has(&r, "\"duration_us\":-2,");
	for (size_t i = 0; i < r.nprobes; i++)
		if (r.probes[i].answered)
			r.probes[i].proof = PROOF_UNTOLD;
	assert_line_has(&r, "\"proof\":null,\"silent\":null,");
	record_clear(&r);
}

static void
source_is_told_as_it_came(void **state)
{
	(void)state;
	static const char text[] = "{ \"fw\": 5080,\n \"x\": \"*\"}";
	struct record r = sample(), copy;
	r.source = (struct record_source){.format = "atlas",
	    .text = xmemdup(text, sizeof(text)),
	    .len = sizeof(text) - 1};
	record_copy(&copy, &r);
	assert_line_has(&r, "\"source_format\":\"atlas\","
			    "\"source\":{ \"fw\": 5080,  \"x\": \"*\"}}");
	r.source.text[0] = '[';
	assert_string_equal(copy.source.text, text);
	record_clear(&r);
	record_clear(&copy);
}

static void
epochs_are_random_and_never_0(void **state)
{
	(void)state;
	uint64_t all = 0;
	for (int i = 0; i < 200; i++) {
		uint64_t epoch = record_epoch();
		assert_in_range(epoch, 1, (UINT64_C(1) << 53) - 1);
		all |= epoch;
	}
	assert_true(all == (UINT64_C(1) << 53) - 1);
}

static void
path_is_canonical(void **state)
{
	(void)state;
	static const uint8_t want[] = {1, 1, 0xc6, 0x33, 0x64, 2, 2, 1, 0xdb,
	    0x9e, 1, 1, 3, 0, 4, 19, 0xaf, 0x2d, 0xb0, 0x47};
	struct record r = sample();
	struct wr w = {0};
	record_path(&r, &w);
	assert_int_equal(w.len, sizeof(want));
	assert_memory_equal(w.p, want, sizeof(want));
	wr_free(&w);
	record_clear(&r);
}

/* What was in flight behind the target's first answer depends on timing. */
static void
path_ends_at_the_target(void **state)
{
	(void)state;
	struct record a = sample(), b = sample();
	struct wr wa = {0}, wb = {0};
	b.probes = xreallocarray(b.probes, b.nprobes + 1, sizeof(*b.probes));
	b.probes[b.nprobes++] = answer(5, b.target, 3, 3);
	record_path(&a, &wa);
	record_path(&b, &wb);
	assert_int_equal(wa.len, wb.len);
	assert_memory_equal(wa.p, wb.p, wa.len);
	wr_free(&wa);
	wr_free(&wb);
	record_clear(&a);
	record_clear(&b);
}

static void
best_proof_speaks_for_a_ttl(void **state)
{
	(void)state;
	struct record r = sample();
	assert_ptr_equal(record_answer(&r, 2), &r.probes[1]);
	r.probes[1].proof = PROOF_ONE;
	assert_ptr_equal(record_answer(&r, 2), &r.probes[2]);
	record_clear(&r);
}

static void
id_follows_the_key_alone(void **state)
{
	(void)state;
	struct record r = sample();
	uint8_t a[UUID_LEN], b[UUID_LEN];
	record_id(&r, a);
	r.flow = 99;
	record_id(&r, b);
	assert_memory_equal(a, b, UUID_LEN);
	r.seq++;
	record_id(&r, b);
	assert_memory_not_equal(a, b, UUID_LEN);
	assert_int_equal(a[6] >> 4, 8);
	record_clear(&r);
}

static void
copies_deeply_and_sorts(void **state)
{
	(void)state;
	struct record a = sample(), b;
	record_copy(&b, &a);
	assert_ptr_not_equal(a.probes[1].ext.p, b.probes[1].ext.p);
	struct record_probe first = b.probes[0];
	b.probes[0] = b.probes[5];
	b.probes[5] = first;
	record_sort(&b);
	for (size_t i = 0; i < a.nprobes; i++)
		assert_probe_equal(&a.probes[i], &b.probes[i]);
	assert_int_equal(record_last_ttl(&b), 4);
	assert_true(record_probed(&b, 4));
	assert_false(record_probed(&b, 5));
	assert_true(record_reached(&b));
	assert_ptr_equal(record_answer(&b, 2), &b.probes[1]);
	assert_null(record_answer(&b, 3));
	record_clear(&a);
	record_clear(&b);
}

static void
words_round_trip(void **state)
{
	(void)state;
	for (int i = STOP_REACHED; i <= STOP_ERROR; i++) {
		enum record_stop stop = 0;
		assert_true(record_stop_parse(
		    record_stop_name((enum record_stop)i), &stop));
		assert_int_equal(stop, i);
	}
	for (int i = SILENT_NOT_SENT; i <= SILENT_UNKNOWN; i++) {
		enum record_silent s = 0;
		assert_true(record_silent_parse(
		    record_silent_name((enum record_silent)i), &s));
		assert_int_equal(s, i);
	}
	enum record_method m = 0;
	assert_false(record_method_parse("?", &m));
	assert_false(record_method_parse("", &m));
	assert_string_equal(record_method_name((enum record_method)9), "?");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(packs_and_unpacks),
	    cmocka_unit_test(version_1_is_read),
	    cmocka_unit_test(unpack_survives_every_cut_and_flip),
	    cmocka_unit_test(writes_the_documented_line),
	    cmocka_unit_test(untold_is_null),
	    cmocka_unit_test(source_is_told_as_it_came),
	    cmocka_unit_test(epochs_are_random_and_never_0),
	    cmocka_unit_test(path_is_canonical),
	    cmocka_unit_test(path_ends_at_the_target),
	    cmocka_unit_test(best_proof_speaks_for_a_ttl),
	    cmocka_unit_test(id_follows_the_key_alone),
	    cmocka_unit_test(copies_deeply_and_sorts),
	    cmocka_unit_test(words_round_trip),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
