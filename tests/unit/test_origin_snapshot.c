/* SPDX-License-Identifier: ISC */
#include "analysis/origin/snapshot.h"

#include "analysis/origin/flatten.h"
#include "analysis/origin/gzip.h"
#include "analysis/origin/nodes.h"
#include "analysis/origin/replace.h"
#include "analysis/origin/snapshot_ases.h"
#include "analysis/origin/snapshot_form.h"
#include "probe/base/mem.h"
#include "probe/base/rd.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include <cmocka.h>

static void
add(struct table *t, const char *prefix, uint32_t asn, const char *note)
{
	struct prefix p;
	assert_true(prefix_parse(prefix, &p));
	assert_true(table_add_prefix(t, &p, &asn, 1, note));
	table_name(t, asn, "a name");
}

static void
begin(struct table *t, enum origin_layer layer)
{
	struct source *s = table_begin(t, layer);
	s->name = xstrdup("file");
	s->kind = xstrdup("kind");
	s->licence = xstrdup("CC0");
}

/* Out of order; one twice, which adds up. */
static void
add_upstreams(struct table *t)
{
	struct prefix wide = {0x01000000, 8}, narrow = {0x01000000, 16};
	table_upstream(t, &narrow, 9, 1);
	table_upstream(t, &wide, 9, 65000);
	table_upstream(t, &wide, 7, 3);
	table_upstream(t, &wide, 9, 65000);
	struct prefix other = {0x01020000, 16};
	table_upstream(t, &other, 5, 2);
}

static void
small_snapshot(struct wr *out)
{
	struct table t = {0};
	begin(&t, ORIGIN_BGP);
	add(&t, "1.0.0.0/8", 7, NULL);
	add(&t, "1.2.0.0/16", 401111, NULL);
	begin(&t, ORIGIN_CURATED);
	add(&t, "9.0.0.0/8", 8, "a note");
	table_relate(&t, 7, 8, ORIGIN_PROVIDER);
	add_upstreams(&t);
	snapshot_pack(&t, 1000000, out);
	table_clear(&t);
}

static struct snapshot *
borrow(const void *bytes, size_t len, struct fault *f)
{
	*f = (struct fault){0};
	return snapshot_borrow(bytes, len, "memory", f);
}

/* Asks everywhere: with a sanitizer, a bad index would show. */
static void
ask_everything(const struct snapshot *s)
{
	struct origin_answer a;
	for (uint64_t x = 0; x < UINT64_C(1) << 32; x += 0x10001) {
		if (!snapshot_find(s, (uint32_t)x, &a))
			continue;
		for (size_t i = 0; i < a.nasns; i++)
			assert_true(a.names[i] == NULL || *a.names[i]);
	}
	snapshot_as_name(s, 7);
	snapshot_relate(s, 7, 8);
	struct origin_upstream all[2];
	for (uint32_t x = 0; x < 256; x++)
		snapshot_upstreams(s, x << 24 | 0x020304, all, 2);
}

/* Names go to terminals as they are; whoever made the file may be a stranger.
 */
static void
control_characters_are_refused(void **state)
{
	(void)state;
	struct fault f;
	struct wr bytes = {0};
	struct table t = {0};
	begin(&t, ORIGIN_BGP);
	add(&t, "1.0.0.0/8", 7, NULL);
	char *name = memchr(t.text.p, 'n', t.text.len); /* of "a name" */
	*name = 0x1b;
	snapshot_pack(&t, 1000000, &bytes);
	table_clear(&t);
	assert_null(borrow(bytes.p, bytes.len, &f));
	assert_int_equal(f.status, EX_DATAERR);
	assert_non_null(strstr(f.text, "control character"));
	wr_free(&bytes);
}

static void
answers(void **state)
{
	(void)state;
	struct wr w = {0};
	struct fault f;
	struct origin_answer a = {0};
	small_snapshot(&w);
	struct snapshot *s = borrow(w.p, w.len, &f);
	assert_non_null(s);
	assert_int_equal(s->asof_us, 1000000);
	assert_int_equal(s->nsources, 2);
	assert_string_equal(s->sources[1].licence, "CC0");
	assert_null(s->sources[1].title);
	assert_true(snapshot_find(s, 0x01020304, &a));
	assert_int_equal(a.asns[0], 401111);
	assert_string_equal(a.names[0], "a name");
	assert_string_equal(a.source, "file");
	assert_true(snapshot_find(s, 0x09ffffff, &a));
	assert_int_equal(a.layer, ORIGIN_CURATED);
	assert_string_equal(a.source, "a note");
	assert_false(snapshot_find(s, 0, &a));
	assert_false(snapshot_find(s, UINT32_MAX, &a));
	assert_string_equal(snapshot_as_name(s, 8), "a name");
	assert_null(snapshot_as_name(s, 9));
	snapshot_close(s);
	wr_free(&w);
}

/* The same table gives the same bytes. */
static void
deterministic(void **state)
{
	(void)state;
	struct wr a = {0}, b = {0};
	small_snapshot(&a);
	small_snapshot(&b);
	assert_int_equal(a.len, b.len);
	assert_memory_equal(a.p, b.p, a.len);
	wr_free(&a);
	wr_free(&b);
}

static void
truncated_anywhere(void **state)
{
	(void)state;
	struct wr w = {0};
	struct fault f;
	small_snapshot(&w);
	for (size_t len = 0; len < w.len; len++) {
		uint8_t *copy = malloc(len + 1); /* exact but for len 0 */
		memcpy(copy, w.p, len);
		assert_null(borrow(copy, len, &f));
		assert_int_equal(f.status, EX_DATAERR);
		assert_non_null(strstr(f.text, "memory: byte "));
		free(copy);
	}
	wr_free(&w);
}

/* Of the roots, which are many and alike, some octets are enough. */
static bool
is_worth_it(const uint8_t *p, size_t at)
{
	for (size_t i = 0; i < FORM_PARTS; i++) {
		struct rd e =
		    rd_make(p + FORM_HEAD_LEN + i * FORM_ENTRY_LEN, 24);
		uint32_t tag = rd_u32(&e);
		rd_skip(&e, 4);
		uint64_t from = rd_u64(&e), len = rd_u64(&e);
		if (tag == FORM_ROOT && at >= from && at < from + len)
			return (at - from) % 1021 < NODES_LEN;
	}
	return true;
}

static void
bits_flipped(void **state)
{
	(void)state;
	struct wr w = {0};
	struct fault f;
	small_snapshot(&w);
	for (size_t bit = 0; bit < w.len * 8; bit++) {
		if (!is_worth_it(w.p, bit / 8))
			continue;
		w.p[bit / 8] ^= (uint8_t)(1u << bit % 8);
		assert_null(borrow(w.p, w.len, &f));
		assert_int_equal(f.status, EX_DATAERR);
		assert_non_null(strstr(f.text, "memory: byte "));
		w.p[bit / 8] ^= (uint8_t)(1u << bit % 8);
	}
	wr_free(&w);
}

static void
put_u32(uint8_t *p, uint32_t v)
{
	for (int i = 0; i < 4; i++)
		p[i] = (uint8_t)(v >> (24 - 8 * i));
}

static uint64_t
get_u64(const uint8_t *p)
{
	struct rd r = rd_make(p, 8);
	return rd_u64(&r);
}

/* Makes the checksums right again: what a hostile writer would do. */
static void
seal(struct wr *w)
{
	size_t head = FORM_HEAD_LEN + FORM_PARTS * FORM_ENTRY_LEN;
	for (size_t i = 0; i < FORM_PARTS; i++) {
		uint8_t *e = w->p + FORM_HEAD_LEN + i * FORM_ENTRY_LEN;
		uint64_t at = get_u64(e + 8), len = get_u64(e + 16);
		if (at <= w->len && len <= w->len - at)
			put_u32(e + 4, gzip_crc32(w->p + at, (size_t)len));
	}
	put_u32(w->p + FORM_CRC_AT, 0);
	put_u32(w->p + FORM_CRC_AT, gzip_crc32(w->p, head));
}

/* Every byte set to other values under right checksums: refused or harmless. */
static void
hostile_but_sealed(void **state)
{
	(void)state;
	static const uint8_t values[] = {0x00, 0x01, 0x7f, 0x80, 0xff};
	struct wr good = {0}, w = {0};
	struct fault f;
	size_t refused = 0, tried = 0;
	small_snapshot(&good);
	wr_bytes(&w, good.p, good.len);
	for (size_t i = 0; i < good.len * sizeof(values); i++) {
		if (!is_worth_it(good.p, i / sizeof(values)))
			continue;
		tried++;
		memcpy(w.p, good.p, good.len);
		w.p[i / sizeof(values)] = values[i % sizeof(values)];
		seal(&w);
		struct snapshot *s = borrow(w.p, w.len, &f);
		refused += s == NULL;
		if (s == NULL)
			assert_int_equal(f.status, EX_DATAERR);
		else if (i % 16 == 0)
			ask_everything(s);
		snapshot_close(s);
	}
	assert_true(refused > tried / 5);
	wr_free(&good);
	wr_free(&w);
}

/* The entry of a section in the directory. */
static uint8_t *
entry_of(struct wr *w, uint32_t tag)
{
	for (size_t i = 0; i < FORM_PARTS; i++) {
		uint8_t *e = w->p + FORM_HEAD_LEN + i * FORM_ENTRY_LEN;
		struct rd r = rd_make(e, 4);
		if (rd_u32(&r) == tag)
			return e;
	}
	fail_msg("no such section");
	return NULL;
}

static void
upstreams_of_a_snapshot(void **state)
{
	(void)state;
	struct wr w = {0};
	struct fault f;
	struct origin_upstream u[2];
	small_snapshot(&w);
	struct snapshot *s = borrow(w.p, w.len, &f);
	assert_non_null(s);
	assert_true(snapshot_holds(s) & 1u << HOLDS_UPSTREAMS);
	assert_int_equal(s->nupstreams, 4);
	assert_int_equal(snapshot_upstreams(s, 0x01ffffff, u, 2), 2);
	assert_int_equal(u[0].asn, 7);
	assert_int_equal(u[0].peers, 3);
	assert_int_equal(u[1].asn, 9);
	assert_int_equal(u[1].peers, 65535); /* or more */
	assert_int_equal(u[1].prefix.len, 8);
	assert_int_equal(snapshot_upstreams(s, 0x0100ffff, u, 2), 1);
	assert_int_equal(u[0].prefix.len, 16);
	assert_int_equal(u[0].peers, 1);
	assert_int_equal(snapshot_upstreams(s, 0x01020000, u, 0), 1);
	assert_int_equal(snapshot_upstreams(s, 0x02000000, u, 2), 0);
	snapshot_close(s);
	wr_free(&w);
}

/* A hostile file: octet `at` of record i is another one; 12: its length. */
static void
damaged_upstreams(void **state)
{
	(void)state;
	static const struct {
		size_t i, at;
		uint8_t value;
	} cases[] = {
	    {0, 8, 33},	 /* no length of a prefix */
	    {0, 3, 1},	 /* bits behind it */
	    {2, 9, 1},	 /* the octet that is 0 */
	    {3, 11, 0},	 /* no peer */
	    {1, 7, 7},	 /* the AS before again */
	    {1, 7, 6},	 /* a smaller one */
	    {2, 8, 8},	 /* the same prefix, a smaller one */
	    {2, 8, 7},	 /* a shorter one behind a longer */
	    {3, 0, 0},	 /* an address before */
	    {0, 12, 47}, /* not whole records */
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char want[64];
		struct wr w = {0};
		struct fault f;
		small_snapshot(&w);
		uint8_t *e = entry_of(&w, FORM_UPST);
		uint64_t at = get_u64(e + 8);
		assert_int_equal(get_u64(e + 16), 4 * FORM_UPSTREAM_LEN);
		if (cases[i].at == FORM_UPSTREAM_LEN)
			e[23] = cases[i].value;
		at += cases[i].i * FORM_UPSTREAM_LEN;
		if (cases[i].at < FORM_UPSTREAM_LEN)
			w.p[at + cases[i].at] = cases[i].value;
		seal(&w);
		assert_null(borrow(w.p, w.len, &f));
		assert_int_equal(f.status, EX_DATAERR);
		snprintf(want, sizeof(want), "memory: byte %u: upstream",
		    (unsigned)at);
		if (strncmp(f.text, want, strlen(want)) != 0)
			fail_msg("case %zu: %s, not %s", i, f.text, want);
		wr_free(&w);
	}
}

static void
version_is_named(void **state)
{
	(void)state;
	struct wr w = {0};
	struct fault f;
	small_snapshot(&w);
	w.p[9] = 9;
	assert_null(borrow(w.p, w.len, &f));
	assert_string_equal(
	    f.text, "memory: byte 8: version 9, this program reads version 2");
	wr_free(&w);
}

static void
files(void **state)
{
	(void)state;
	char path[] = "/tmp/tumen-snapshot-XXXXXX";
	struct wr w = {0};
	struct fault f = {0};
	int fd = mkstemp(path);
	assert_true(fd >= 0);
	close(fd);
	assert_null(snapshot_open(path, &f)); /* empty */
	assert_int_equal(f.status, EX_DATAERR);
	small_snapshot(&w);
	assert_true(replace_file(path, w.p, w.len, &f));
	struct snapshot *s = snapshot_open(path, &f);
	assert_non_null(s);
	ask_everything(s);
	snapshot_close(s);
	unlink(path);
	assert_null(snapshot_open(path, &f));
	assert_int_equal(f.status, EX_IOERR);
	assert_null(snapshot_open("/tmp", &f));
	assert_int_equal(f.status, EX_IOERR);
	assert_false(replace_file("/nonexistent/x", w.p, w.len, &f));
	assert_int_equal(f.status, EX_IOERR);
	wr_free(&w);
}

static uint64_t
step(uint64_t *x)
{
	*x ^= *x << 13;
	*x ^= *x >> 7;
	*x ^= *x << 17;
	return *x;
}

/* What flatten() must find, row by row. */
static uint32_t
by_scan(const struct table *t, uint32_t addr)
{
	uint32_t best = 0;
	for (uint32_t i = 0; i < t->nrows; i++) {
		const struct table_row *r = &t->rows[i];
		const struct table_row *b = &t->rows[best ? best - 1 : 0];
		if (addr < r->first || addr > r->last)
			continue;
		uint32_t size = r->last - r->first, old = b->last - b->first;
		if (best == 0 || r->layer < b->layer ||
		    (r->layer == b->layer && size < old))
			best = i + 1;
	}
	return best;
}

static uint32_t
by_search(const struct flat *flat, uint32_t addr)
{
	size_t i = 0;
	while (i + 1 < flat->n && flat->start[i + 1] <= addr)
		i++;
	return flat->row[i];
}

/* 200 tables of overlapping ranges against a plain scan. */
static void
flat_agrees_with_a_scan(void **state)
{
	const uint32_t LOW = UINT32_C(1) << 24; /* no special-purpose space */
	(void)state;
	for (uint64_t seed = 1; seed <= 200; seed++) {
		uint64_t x = seed * UINT64_C(0x9e3779b97f4a7c15);
		struct table t = {0};
		struct flat flat;
		for (uint32_t i = 1; i <= 40; i++) {
			uint32_t asn = i;
			struct table_seen seen = {
			    .first = LOW + (uint32_t)(step(&x) % 256),
			    .asns = &asn,
			    .nasns = 1};
			seen.last = seen.first + (uint32_t)(step(&x) % 64);
			if (i % 10 == 1)
				begin(&t,
				    (enum origin_layer)(ORIGIN_IXP + i / 10));
			table_add(&t, &seen);
		}
		table_merge(&t);
		flatten(&t, &flat);
		for (uint32_t a = LOW; a < LOW + 400; a++)
			if (by_scan(&t, a) != by_search(&flat, a))
				fail_msg("seed %u address %u", (unsigned)seed,
				    (unsigned)a);
		flat_clear(&flat);
		table_clear(&t);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(answers),
	    cmocka_unit_test(control_characters_are_refused),
	    cmocka_unit_test(deterministic),
	    cmocka_unit_test(truncated_anywhere),
	    cmocka_unit_test(bits_flipped),
	    cmocka_unit_test(hostile_but_sealed),
	    cmocka_unit_test(upstreams_of_a_snapshot),
	    cmocka_unit_test(damaged_upstreams),
	    cmocka_unit_test(version_is_named),
	    cmocka_unit_test(files),
	    cmocka_unit_test(flat_agrees_with_a_scan),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
