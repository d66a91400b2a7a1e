/* SPDX-License-Identifier: ISC */
#include "probe/base/mem.h"
#include "probe/base/record_model.h"
#include "probe/base/record_pack.h"
#include "probe/base/record_reply.h"
#include "tests/unit/store_same.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/*
 * Random records of everything that a record may hold come back as they were,
 * and the packed form has no second way to say the same: what is cut or
 * flipped is refused or is exactly what record_pack() makes of its content.
 */
enum { RECORDS = 3000, FLIPPED = 150 };

static const int64_t start_us = INT64_C(1795280039483118);

static uint64_t
draw(uint64_t *seed)
{
	uint64_t z = *seed += UINT64_C(0x9e3779b97f4a7c15);
	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	return z ^ z >> 31;
}

static int
below(uint64_t *seed, int n)
{
	return (int)(draw(seed) % (uint64_t)n);
}

/* Of any size, small ones as often as large ones. */
static int64_t
sized(uint64_t *seed, int bits)
{
	return (int64_t)(draw(seed) >> (64 - bits) >> below(seed, bits));
}

/* -1..255, most often the usual one. */
static int16_t
field(uint64_t *seed, int usual)
{
	return (int16_t)(below(seed, 8) > 0 ? usual : below(seed, 257) - 1);
}

static void
fill_text(uint64_t *seed, char *text, int room)
{
	static const char *const some[] = {"tumen-probe 0.1.0", "syn-ack",
	    "time-exceeded (11/0) from 192.0.2.1 at ttl 16", "", "tumen-probe ",
	    "tumen-probe", "rst from rst"};
	int len = below(seed, room);
	if (below(seed, 4) > 0) {
		const char *s = some[below(seed, 7)];
		snprintf(text, (size_t)room, "%s", s);
		return;
	}
	for (int i = 0; i < len; i++)
		text[i] = (char)(1 + below(seed, 255));
	text[len] = '\0';
}

static void
fill_ext(uint64_t *seed, struct record_bytes *ext)
{
	static const uint8_t label[] = {0, 8, 1, 1, 0x05, 0xdc, 0xb1, 0x01};
	size_t len = 1 + (size_t)below(seed, below(seed, 50) > 0 ? 24 : 1500);
	uint8_t *p = xcalloc(len, 1);
	for (size_t i = 0; i < len; i++)
		p[i] = below(seed, 3) > 0 ? label[i % sizeof(label)]
					  : (uint8_t)draw(seed);
	*ext = (struct record_bytes){p, (uint16_t)len};
}

static void
fill_reply(uint64_t *seed, struct record_probe *p)
{
	p->answered = true;
	p->proof = PROOF_NONE + (unsigned)below(seed, 4);
	p->addr = below(seed, 2) > 0 ? 0xc6336400U + (uint32_t)below(seed, 70)
				     : (uint32_t)draw(seed);
	p->rtt_ns = below(seed, 9) > 0 ? sized(seed, 62) : -1;
	p->reply_ttl = field(seed, 64 - p->ttl % 60);
	p->reply_ipid = below(seed, 9) > 0 ? (int32_t)sized(seed, 16) : -1;
	p->quoted_ttl = field(seed, 1 + below(seed, 2) * p->ttl);
	p->quoted_tos = field(seed, 0);
	p->icmp_type = field(seed, ICMP_T_TIME_EXCEEDED);
	p->icmp_code = field(seed, 0);
	p->tcp_flags = field(seed, -1);
	if (below(seed, 20) == 0)
		fill_ext(seed, &p->ext);
}

static void
fill_probe(uint64_t *seed, struct record_probe *p, bool us)
{
	p->late = below(seed, 20) == 0;
	if (below(seed, 10) > 0)
		p->tx_ns = start_us * 1000 + sized(seed, 40) - (1 << 30);
	if (below(seed, 100) == 0)
		p->tx_ns = sized(seed, 62);
	if (below(seed, 3) > 0)
		fill_reply(seed, p);
	else
		p->silent = SILENT_NOT_SENT + (unsigned)below(seed, 7);
	if (us && p->tx_ns > 0)
		p->tx_ns -= p->tx_ns % 1000;
	if (us && p->rtt_ns > 0)
		p->rtt_ns -= p->rtt_ns % 1000;
}

/* Where the probe after p stands: mostly one step on. */
static struct record_probe
next_place(uint64_t *seed, const struct record_probe *p)
{
	struct record_probe n = record_unanswered(p->ttl, p->attempt);
	n.reply_no = p->reply_no;
	switch (below(seed, 12)) {
	case 0:
		n.ttl = (uint8_t)(1 + below(seed, RECORD_TTL_MAX));
		n.attempt = (uint8_t)(1 + below(seed, RECORD_ATTEMPT_TOP));
		n.reply_no = (uint8_t)draw(seed);
		break;
	case 1:
		n.reply_no++;
		break;
	case 2:
	case 3:
		n.attempt = (uint8_t)(n.attempt % RECORD_ATTEMPT_TOP + 1);
		n.reply_no = 0;
		break;
	default:
		n.ttl = (uint8_t)(n.ttl % RECORD_TTL_MAX + 1);
		n.attempt = 1;
		n.reply_no = 0;
	}
	return n;
}

static struct record
random_record(uint64_t *seed, size_t nprobes)
{
	struct record r = {.start_us = start_us,
	    .src = (uint32_t)draw(seed),
	    .sport = (uint16_t)draw(seed),
	    .dport = (uint16_t)draw(seed),
	    .duration_us = below(seed, 9) > 0 ? sized(seed, 64) : -1,
	    .clock_step = below(seed, 2) > 0,
	    .drops = (uint32_t)sized(seed, 32)};
	struct record_probe before = record_unanswered(RECORD_TTL_MAX, 1);
	bool us = below(seed, 4) == 0;
	fill_text(seed, r.stop_detail, sizeof(r.stop_detail));
	fill_text(seed, r.tool, sizeof(r.tool));
	r.probes = xcalloc(nprobes, sizeof(*r.probes));
	for (; r.nprobes < nprobes; r.nprobes++) {
		before = next_place(seed, &before);
		r.probes[r.nprobes] = before;
		fill_probe(seed, &r.probes[r.nprobes], us);
	}
	return r;
}

/* What is packed. */
static bool
same_packed(const struct record *a, const struct record *b)
{
	bool same = a->src == b->src && a->sport == b->sport &&
		    a->dport == b->dport && a->duration_us == b->duration_us &&
		    a->clock_step == b->clock_step && a->drops == b->drops &&
		    strcmp(a->stop_detail, b->stop_detail) == 0 &&
		    strcmp(a->tool, b->tool) == 0 && a->nprobes == b->nprobes;
	for (size_t i = 0; same && i < a->nprobes; i++)
		same = same_probe(&a->probes[i], &b->probes[i], false);
	return same;
}

/* Whether it comes back; and as what it is packed. */
static bool
comes_back(const struct record *a, struct wr *w)
{
	struct record b = {.start_us = a->start_us};
	record_pack(a, w);
	bool same = record_unpack(w->p, w->len, &b) && same_packed(a, &b);
	record_clear(&b);
	return same;
}

/* Refused, or the very octets that its content is packed as. */
static void
assert_one_form(const uint8_t *bytes, size_t len)
{
	struct record r = {.start_us = start_us};
	struct wr w = {0};
	if (!record_unpack(bytes, len, &r)) {
		assert_null(r.probes);
		assert_int_equal(r.nprobes, 0);
		return;
	}
	record_pack(&r, &w);
	assert_int_equal(w.len, len);
	assert_memory_equal(w.p, bytes, len);
	wr_free(&w);
	record_clear(&r);
}

static void
random_records_come_back(void **state)
{
	(void)state;
	for (uint64_t i = 0; i < RECORDS; i++) {
		uint64_t seed = i;
		struct record r =
		    random_record(&seed, (size_t)below(&seed, 60));
		struct wr w = {0};
		if (!comes_back(&r, &w))
			fail_msg("seed %llu", (unsigned long long)i);
		assert_one_form(w.p, w.len);
		wr_free(&w);
		record_clear(&r);
	}
}

static void
damage(struct wr *w)
{
	for (size_t len = 0; len < w->len; len++) {
		struct record r = {.start_us = start_us};
		assert_false(record_unpack(w->p, len, &r));
		assert_null(r.probes);
	}
	for (size_t bit = 8; bit < w->len * 8; bit++) {
		w->p[bit / 8] ^= (uint8_t)(1 << bit % 8);
		assert_one_form(w->p, w->len);
		w->p[bit / 8] ^= (uint8_t)(1 << bit % 8);
	}
	wr_u8(w, 0);
	assert_one_form(w->p, w->len);
}

static void
every_cut_is_refused_every_flip_has_one_form(void **state)
{
	(void)state;
	for (uint64_t i = 0; i < FLIPPED; i++) {
		uint64_t seed = 1000000 + i;
		struct record r =
		    random_record(&seed, (size_t)below(&seed, 12));
		struct wr w = {0};
		record_pack(&r, &w);
		damage(&w);
		wr_free(&w);
		record_clear(&r);
	}
}

static void
largest_records_come_back(void **state)
{
	(void)state;
	uint64_t seed = 7;
	struct record r = random_record(&seed, RECORD_PROBES_MAX);
	struct wr w = {0};
	for (size_t i = 0; i < r.nprobes; i++) {
		struct record_probe *p = &r.probes[i];
		p->ttl = (uint8_t)(1 + i / RECORD_ATTEMPTS_MAX % 64);
		p->attempt = (uint8_t)(1 + i % RECORD_ATTEMPTS_MAX);
		p->reply_no = (uint8_t)(i / 640);
		if (!p->answered)
			fill_reply(&seed, p);
		p->silent = 0;
		free(p->ext.p);
		p->ext.p = xcalloc(RECORD_BYTES_MAX, 1);
		memset(p->ext.p, (int)i, RECORD_BYTES_MAX);
		p->ext.len = RECORD_BYTES_MAX;
	}
	assert_true(comes_back(&r, &w));
	wr_free(&w);
	r.nprobes = 0;
	assert_true(comes_back(&r, &w));
	r.nprobes = RECORD_PROBES_MAX;
	wr_free(&w);
	record_clear(&r);
}

/* What a record must not say is refused, whatever it was packed as. */
struct illegal {
	uint8_t ttl, attempt;
	int16_t quoted_ttl, reply_ttl, icmp_code;
	int32_t reply_ipid;
	unsigned proof;
};

static void
contradictions_are_refused(void **state)
{
	(void)state;
	static const struct illegal cases[] = {{0, 1, 1, 64, 0, 0, 3},
	    {65, 1, 1, 64, 0, 0, 3}, {1, 0, 1, 64, 0, 0, 3},
	    {1, 33, 1, 64, 0, 0, 3}, {1, 1, 256, 64, 0, 0, 3},
	    {1, 1, 1, 256, 0, 0, 3}, {1, 1, 1, 64, 256, 0, 3},
	    {1, 1, 1, 64, -2, 0, 3}, {1, 1, 1, 64, 0, 65536, 3},
	    {1, 1, 1, 64, 0, 0, 5}, {1, 1, 1, 64, 0, 0, 0}};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct illegal *c = &cases[i];
		struct record_probe p = record_unanswered(c->ttl, c->attempt);
		struct record r = {
		    .start_us = start_us, .nprobes = 1, .probes = &p};
		struct wr w = {0};
		p.answered = true;
		p.proof = c->proof;
		p.quoted_ttl = c->quoted_ttl;
		p.reply_ttl = c->reply_ttl;
		p.icmp_code = c->icmp_code;
		p.reply_ipid = c->reply_ipid;
		if (comes_back(&r, &w))
			fail_msg("case %zu", i);
		wr_free(&w);
	}
}

static void
silence_has_no_reply(void **state)
{
	(void)state;
	struct record_probe p = record_unanswered(3, 1);
	struct record r = {.start_us = start_us, .nprobes = 1, .probes = &p};
	struct wr w = {0};
	p.silent = SILENT_LOST;
	assert_true(comes_back(&r, &w));
	w.len = 0;
	p.rtt_ns = 5;
	assert_false(comes_back(&r, &w));
	w.len = 0;
	p.rtt_ns = -1;
	p.icmp_type = 11;
	assert_false(comes_back(&r, &w));
	w.len = 0;
	p.icmp_type = -1;
	p.silent = 0;
	assert_false(comes_back(&r, &w));
	w.len = 0;
	p.silent = SILENT_UNKNOWN + 1;
	assert_false(comes_back(&r, &w));
	wr_free(&w);
}

/*
 * An untold proof has a number of its own behind those that were there before:
 * another probe of the same shape otherwise is packed as ever.
 */
static void
untold_proof_stands_behind_the_others(void **state)
{
	(void)state;
	enum { WHY_AT = 9, UNTOLD = 11 };
	struct record_probe p = record_unanswered(3, RECORD_ATTEMPT_TOP);
	for (unsigned why = 1; why < UNTOLD; why++) {
		p.answered = why <= PROOF_BOTH;
		p.proof = p.answered ? why : 0;
		p.silent = p.answered ? 0 : why - PROOF_BOTH;
		assert_int_equal(record_shape(&p, 1), why << WHY_AT);
	}
	p.answered = true;
	p.silent = 0;
	p.proof = PROOF_UNTOLD;
	assert_int_equal(record_shape(&p, 1), UNTOLD << WHY_AT);
	for (unsigned why = 0; why < 16; why += why == 0 ? 12 : 1)
		assert_false(record_shaped((uint64_t)why << WHY_AT, &p));
}

/* The octets of a small record, for ever. */
static void
form_stays(void **state)
{
	(void)state;
	static const uint8_t want[] = {0x02, 0xc6, 0x33, 0x64, 0x01, 0x82, 0xb0,
	    0x82, 0x9a, 0x83, 0x03, 0x92, 0x26, 0x31, 0x38, 0x35, 0xff, 0x6f,
	    0xf5, 0x91, 0xb5, 0xad, 0x0e, 0x87, 0x89, 0x33, 0xc5, 0x91, 0x02,
	    0xa0, 0xa2, 0x78, 0xc0, 0x00};
	struct record_probe p[2] = {
	    record_unanswered(1, 1), record_unanswered(2, 1)};
	struct record r = {.start_us = start_us,
	    .src = 0xc6336401,
	    .sport = 33456,
	    .dport = 33434,
	    .duration_us = 12345,
	    .stop_detail = "syn-ack",
	    .tool = "tumen-probe 0.1.0",
	    .nprobes = 2,
	    .probes = p};
	struct wr w = {0};
	p[0].answered = true;
	p[0].proof = PROOF_BOTH;
	p[0].addr = 0xc6336402;
	p[0].tx_ns = start_us * 1000 + 1234567;
	p[0].rtt_ns = 182401;
	p[0].reply_ttl = 64;
	p[0].reply_ipid = 4711;
	p[0].quoted_ttl = 1;
	p[0].quoted_tos = 0;
	p[0].icmp_type = ICMP_T_TIME_EXCEEDED;
	p[0].icmp_code = 0;
	p[1].tx_ns = p[0].tx_ns + 10123456;
	p[1].silent = SILENT_UNKNOWN;
	assert_true(comes_back(&r, &w));
	assert_int_equal(w.len, sizeof(want));
	assert_memory_equal(w.p, want, sizeof(want));
	wr_free(&w);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(random_records_come_back),
	    cmocka_unit_test(every_cut_is_refused_every_flip_has_one_form),
	    cmocka_unit_test(largest_records_come_back),
	    cmocka_unit_test(contradictions_are_refused),
	    cmocka_unit_test(silence_has_no_reply),
	    cmocka_unit_test(untold_proof_stands_behind_the_others),
	    cmocka_unit_test(form_stays),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
