/* SPDX-License-Identifier: ISC */
#include "analysis/origin/gzip.h"
#include "analysis/origin/nodes.h"
#include "analysis/origin/reader.h"
#include "analysis/origin/snapshot.h"
#include "analysis/origin/snapshot_form.h"
#include "probe/base/mem.h"
#include "probe/base/rd.h"

#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include <cmocka.h>

/* The index of a snapshot against the ranges that it is made of. */

#define DATA "analysis/origin/data/"

enum { RANDOM = 10000000, TABLES = 150, ROWS_MAX = 80 };

static uint64_t
next(uint64_t *x)
{
	*x ^= *x << 13;
	*x ^= *x >> 7;
	*x ^= *x << 17;
	return *x;
}

static void
shipped(struct wr *out)
{
	struct table t = {0};
	struct fault f = {0};
	assert_true(reader_load(&t, ORIGIN_BGP, DATA "shipped.tbl.zst", &f));
	assert_true(reader_load(&t, ORIGIN_REGISTRY, DATA "registry.txt", &f));
	assert_true(reader_load(&t, ORIGIN_CURATED, DATA "curated.txt", &f));
	snapshot_pack(&t, 0, out);
	table_clear(&t);
}

static struct snapshot *
borrow(const struct wr *w)
{
	struct fault f = {0};
	struct snapshot *s = snapshot_borrow(w->p, w->len, "memory", &f);
	if (s == NULL)
		fail_msg("%s", f.text);
	return s;
}

static uint32_t
start_of(const struct snapshot *s, size_t i)
{
	struct rd r = rd_make(s->starts.p + i * 4, 4);
	return rd_u32(&r);
}

/* The ends and the middle of every segment. */
static void
every_segment(const struct snapshot *s, uint64_t seed)
{
	for (size_t i = 0; i < s->nsegments; i++) {
		uint32_t first = start_of(s, i), last = UINT32_MAX;
		if (i + 1 < s->nsegments)
			last = start_of(s, i + 1) - 1;
		uint32_t ask[3] = {first, last, first + (last - first) / 2};
		for (int k = 0; k < 3; k++)
			if (snapshot_segment(s, ask[k]) != i ||
			    snapshot_search(s, ask[k]) != i)
				fail_msg("seed %" PRIu64 ": segment %zu, "
					 "address %" PRIu32,
				    seed, i, ask[k]);
	}
}

static void
random_addresses(const struct snapshot *s, size_t n, uint64_t seed)
{
	uint64_t x = seed;
	for (size_t i = 0; i < n; i++) {
		uint32_t addr = (uint32_t)(next(&x) >> 32);
		if (snapshot_segment(s, addr) != snapshot_search(s, addr))
			fail_msg(
			    "seed %" PRIu64 ": address %" PRIu32, seed, addr);
	}
}

static void
shipped_table_agrees(void **state)
{
	(void)state;
	struct wr w = {0};
	shipped(&w);
	struct snapshot *s = borrow(&w);
	assert_true(s->nsegments > 412000);
	assert_true(s->len <= 8 << 20);
	every_segment(s, 0);
	random_addresses(s, RANDOM, UINT64_C(20260617));
	snapshot_close(s);
	wr_free(&w);
}

/* A range of any size from an address to the whole space, often beside another.
 */
static void
random_range(uint64_t *x, struct table_seen *seen)
{
	static const uint32_t near[] = {0, 0xffffffff, 0x01000000, 0x0a0b0c00,
	    0x0a0b0cff, 0x80000000, 0x7fffffff, 0xfffc0000};
	uint32_t size = (uint32_t)(next(x) >> 32) >> next(x) % 32;
	seen->first = next(x) % 2
			  ? (uint32_t)(next(x) >> 32)
			  : near[next(x) % 8] ^ (uint32_t)(next(x) >> 32) >>
						    (16 + next(x) % 16);
	if (next(x) % 3 == 0) { /* a prefix */
		uint32_t host = size | size >> 1;
		for (int i = 2; i < 32; i *= 2)
			host |= host >> i;
		seen->first &= ~host;
		size = host;
	}
	seen->last =
	    seen->first > UINT32_MAX - size ? UINT32_MAX : seen->first + size;
}

static void
random_table(uint64_t *x, struct table *t)
{
	size_t n = 1 + next(x) % ROWS_MAX;
	for (size_t i = 0; i < n; i++) {
		uint32_t asns[3];
		struct table_seen seen = {.asns = asns, .nasns = 1};
		if (i % 20 == 0) {
			struct source *source = table_begin(
			    t, (enum origin_layer)(ORIGIN_IXP + i / 20 % 4));
			source->name = xstrdup("file");
			source->kind = xstrdup("kind");
		}
		seen.nasns = 1 + (next(x) % 4 == 0) * (next(x) % 3);
		for (size_t k = 0; k < seen.nasns; k++)
			asns[k] = 1 + (uint32_t)(next(x) % 20);
		seen.note = next(x) % 4 ? NULL : "a note";
		random_range(x, &seen);
		table_add(t, &seen);
	}
}

/* The row of a merged table that answers, by a plain scan; NULL for none. */
static const struct table_row *
by_scan(const struct table *t, uint32_t addr)
{
	const struct table_row *best = NULL;
	for (size_t i = 0; i < t->nrows; i++) {
		const struct table_row *r = &t->rows[i];
		if (addr < r->first || addr > r->last)
			continue;
		if (best == NULL || r->layer < best->layer ||
		    (r->layer == best->layer &&
			r->last - r->first < best->last - best->first))
			best = r;
	}
	return best;
}

static bool
right(const struct snapshot *s, const struct table *t, uint32_t addr)
{
	struct origin_answer a = {0};
	const struct table_row *row = by_scan(t, addr);
	bool found = snapshot_find(s, addr, &a);
	if (row == NULL || !found)
		return row == NULL && !found;
	struct prefix p = prefix_in_range(addr, row->first, row->last);
	bool same = a.layer == (enum origin_layer)row->layer &&
		    a.prefix.addr == p.addr && a.prefix.len == p.len &&
		    a.nasns == row->nasns &&
		    strcmp(a.source, row->note ? "a note" : "file") == 0;
	for (size_t i = 0; same && i < a.nasns; i++)
		same = a.asns[i] == t->asns[row->asn_at + i];
	return same;
}

/* The answers at the ends of all rows, beside them and inside. */
static void
every_row(const struct snapshot *s, const struct table *t, uint64_t seed)
{
	for (size_t i = 0; i < t->nrows * 4; i++) {
		const struct table_row *r = &t->rows[i / 4];
		uint32_t ask[4] = {r->first, r->last, r->first - 1,
		    r->first + (r->last - r->first) / 3};
		if (!right(s, t, ask[i % 4]))
			fail_msg("seed %" PRIu64 ": address %" PRIu32, seed,
			    ask[i % 4]);
	}
}

/* Tables of overlapping ranges: the index, the search and the answers. */
static void
random_tables_agree(void **state)
{
	(void)state;
	for (uint64_t seed = 1; seed <= TABLES; seed++) {
		uint64_t x = seed * UINT64_C(0x9e3779b97f4a7c15);
		struct table t = {0};
		struct wr w = {0};
		random_table(&x, &t);
		snapshot_pack(&t, 0, &w);
		struct snapshot *s = borrow(&w);
		every_segment(s, seed);
		random_addresses(s, 2000, seed);
		every_row(s, &t, seed);
		snapshot_close(s);
		wr_free(&w);
		table_clear(&t);
	}
}

/* --- hostile files ------------------------------------------------------- */

static void
put_u32(uint8_t *p, uint32_t v)
{
	for (int i = 0; i < 4; i++)
		p[i] = (uint8_t)(v >> (24 - 8 * i));
}

static uint8_t *
entry(struct wr *w, uint32_t tag, size_t *at, size_t *len)
{
	for (size_t i = 0; i < FORM_PARTS; i++) {
		uint8_t *e = w->p + FORM_HEAD_LEN + i * FORM_ENTRY_LEN;
		struct rd r = rd_make(e, FORM_ENTRY_LEN);
		if (rd_u32(&r) != tag)
			continue;
		rd_skip(&r, 4);
		*at = rd_u64(&r);
		*len = rd_u64(&r);
		return e;
	}
	fail_msg("no such section");
	return NULL;
}

/* Makes the checksums right again: what a hostile writer would do. */
static void
seal(struct wr *w, uint32_t tag)
{
	size_t at, len, head = FORM_HEAD_LEN + FORM_PARTS * FORM_ENTRY_LEN;
	uint8_t *e = entry(w, tag, &at, &len);
	put_u32(e + 4, gzip_crc32(w->p + at, len));
	put_u32(w->p + FORM_CRC_AT, 0);
	put_u32(w->p + FORM_CRC_AT, gzip_crc32(w->p, head));
}

static void
small(struct wr *w)
{
	uint64_t x = 5;
	struct table t = {0};
	random_table(&x, &t);
	snapshot_pack(&t, 0, w);
	table_clear(&t);
}

/* The file is refused and the text names this byte. */
static void
refused(const struct wr *w, size_t at)
{
	struct fault f = {0};
	char text[64];
	snprintf(text, sizeof(text), "memory: byte %zu: ", at);
	assert_null(snapshot_borrow(w->p, w->len, "memory", &f));
	assert_int_equal(f.status, EX_DATAERR);
	if (strncmp(f.text, text, strlen(text)) != 0)
		fail_msg("%s: not %s", f.text, text);
}

/* Writes over a node of the index, and sees the file refused for it. */
static void
bad_node(uint32_t tag, size_t node, uint64_t turns, uint32_t base)
{
	struct wr w = {0};
	size_t at, len;
	small(&w);
	entry(&w, tag, &at, &len);
	at += node * NODES_LEN;
	put_u32(w.p + at, (uint32_t)(turns >> 32));
	put_u32(w.p + at + 4, (uint32_t)turns);
	put_u32(w.p + at + 8, base);
	seal(&w, tag);
	refused(&w, at);
	wr_free(&w);
}

static void
places_out_of_range(void **state)
{
	(void)state;
	struct wr w = {0};
	small(&w);
	struct snapshot *s = borrow(&w);
	uint32_t ncells = (uint32_t)s->ncells, n = (uint32_t)s->nsegments;
	snapshot_close(s);
	wr_free(&w);
	assert_true(ncells > 3 && n > 3);
	bad_node(FORM_ROOT, 0, 0, ncells);
	bad_node(FORM_ROOT, 4095, 0, UINT32_MAX);
	bad_node(FORM_ROOT, 7, 1, ncells - 1);
	bad_node(FORM_ROOT, 7, UINT64_MAX >> 1, UINT32_MAX);
	bad_node(FORM_ROOT, 7, NODES_FINE, 0);
	bad_node(FORM_CELL, ncells - 1, 0, n);
	bad_node(FORM_CELL, ncells - 1, NODES_FINE, UINT32_MAX);
	bad_node(FORM_CELL, ncells - 1, 0, 0);
}

/* Cells whose slots lead too far: beyond the segments, beyond the next cell. */
static void
slots_out_of_range(void **state)
{
	(void)state;
	struct wr w = {0};
	size_t at, len;
	small(&w);
	struct snapshot *s = borrow(&w);
	uint32_t n = (uint32_t)s->nsegments, ncells = (uint32_t)s->ncells;
	snapshot_close(s);
	bad_node(FORM_CELL, ncells - 1, 1, n - 1);
	bad_node(FORM_CELL, 0, UINT64_MAX >> 1, n - 63);
	entry(&w, FORM_CELL, &at, &len);
	put_u32(w.p + at + 8, n - 1);
	seal(&w, FORM_CELL);
	refused(&w, at + NODES_LEN);
	wr_free(&w);
}

/* A section cut at each length, by steps, under right checksums. */
static void
cut(struct wr *w, uint32_t tag, size_t by)
{
	size_t at, len;
	uint8_t *e = entry(w, tag, &at, &len);
	for (size_t to = 0; to < len; to += by) {
		struct fault f = {0};
		put_u32(e + 20, (uint32_t)to);
		seal(w, tag);
		assert_null(snapshot_borrow(w->p, w->len, "memory", &f));
		assert_int_equal(f.status, EX_DATAERR);
		assert_int_equal(strncmp(f.text, "memory: byte ", 13), 0);
	}
	put_u32(e + 20, (uint32_t)len);
	seal(w, tag);
	snapshot_close(borrow(w));
}

static void
sections_cut(void **state)
{
	(void)state;
	static const uint32_t tags[] = {FORM_STRT, FORM_SEGM, FORM_CELL,
	    FORM_ROWS, FORM_KIND, FORM_ORIG, FORM_ASES, FORM_TEXT, FORM_SRCS};
	struct wr w = {0};
	small(&w);
	for (size_t i = 0; i < sizeof(tags) / sizeof(tags[0]); i++)
		cut(&w, tags[i], 1);
	cut(&w, FORM_ROOT, 499);
	wr_free(&w);
}

/*
 * An index that leads to wrong segments, all of them there, is not seen on
 * opening; but an answer is held against the ranges.
 */
static void
lying_index(void **state)
{
	(void)state;
	struct wr w = {0};
	size_t at, len;
	uint64_t x = 5;
	struct table t = {0};
	random_table(&x, &t);
	snapshot_pack(&t, 0, &w);
	entry(&w, FORM_ROOT, &at, &len);
	memset(w.p + at, 0, len);
	seal(&w, FORM_ROOT);
	struct snapshot *s = borrow(&w);
	for (size_t i = 0; i < t.nrows; i++)
		assert_true(right(s, &t, t.rows[i].first));
	snapshot_close(s);
	wr_free(&w);
	table_clear(&t);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(random_tables_agree),
	    cmocka_unit_test(shipped_table_agrees),
	    cmocka_unit_test(places_out_of_range),
	    cmocka_unit_test(slots_out_of_range),
	    cmocka_unit_test(sections_cut),
	    cmocka_unit_test(lying_index),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
