/* SPDX-License-Identifier: ISC */
#include "analysis/origin/changes.h"

#include "analysis/origin/gzip.h"
#include "analysis/origin/snapshot_ases.h"
#include "analysis/origin/snapshot_form.h"
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

#include "tests/unit/origin_days_pack.h"

/* A file of changes over its base answers as the whole table of that day. */

enum { SEEDS = 400 };

static struct snapshot *
borrow(const struct wr *w)
{
	struct fault f = {0};
	struct snapshot *s = snapshot_borrow(w->p, w->len, "day", &f);
	if (s == NULL)
		fail_msg("%s", f.text);
	return s;
}

/* The days of one seed: the base, the next day whole, and as changes. */
struct days {
	uint64_t seed;
	struct wr base_bytes, whole_bytes, bytes;
	struct snapshot *base, *whole, *changes;
};

static void
make_days(uint64_t seed, struct days *d)
{
	uint64_t x = seed * UINT64_C(0x9e3779b97f4a7c15);
	struct days_table *t = xcalloc(1, sizeof(*t));
	struct fault f = {0};
	*d = (struct days){.seed = seed};
	days_first(&x, t);
	days_pack(t, 1, 1000000, &d->base_bytes);
	days_second(&x, t);
	days_pack(t, seed, 2000000, &d->whole_bytes);
	d->base = borrow(&d->base_bytes);
	d->whole = borrow(&d->whole_bytes);
	changes_pack(d->base, d->whole, &d->bytes);
	d->changes = borrow(&d->bytes);
	if (!changes_rest(d->changes, d->base, &f))
		fail_msg("seed %" PRIu64 ": %s", seed, f.text);
	free(t);
}

static void
clear_days(struct days *d)
{
	snapshot_close(d->changes);
	snapshot_close(d->whole);
	snapshot_close(d->base);
	wr_free(&d->bytes);
	wr_free(&d->whole_bytes);
	wr_free(&d->base_bytes);
}

static bool
same_text(const char *a, const char *b)
{
	return a == b || (a != NULL && b != NULL && strcmp(a, b) == 0);
}

static bool
same_answer(const struct origin_answer *a, const struct origin_answer *b)
{
	bool same = a->layer == b->layer && a->prefix.addr == b->prefix.addr &&
		    a->prefix.len == b->prefix.len && a->nasns == b->nasns &&
		    same_text(a->source, b->source) &&
		    a->source_asof_us == b->source_asof_us;
	for (size_t i = 0; same && i < a->nasns; i++)
		same = a->asns[i] == b->asns[i] &&
		       same_text(a->names[i], b->names[i]);
	return same;
}

static void
ask(const struct days *d, uint32_t addr)
{
	struct origin_answer a = {0}, b = {0};
	bool found = snapshot_find(d->whole, addr, &a);
	if (snapshot_find(d->changes, addr, &b) != found ||
	    (found && !same_answer(&a, &b)))
		fail_msg("seed %" PRIu64 ": address %08" PRIx32, d->seed, addr);
}

/* Beside and on the ends of all segments of a file. */
static void
ask_around(const struct days *d, const struct snapshot *of)
{
	for (size_t i = 0; i < of->nsegments; i++) {
		struct rd r = rd_make(of->starts.p + i * 4, 4);
		uint32_t start = rd_u32(&r);
		ask(d, start - 1);
		ask(d, start);
		ask(d, start + 1);
	}
}

static void
ask_side(const struct days *d)
{
	for (uint32_t a = 0; a <= DAYS_ASES + 1; a++) {
		struct prefix route = {0x0a010000, 16};
		struct origin_org x = {0}, y = {0};
		bool same = same_text(snapshot_as_name(d->whole, a),
				snapshot_as_name(d->changes, a)) &&
			    snapshot_rpki(d->whole, &route, a) ==
				snapshot_rpki(d->changes, &route, a) &&
			    snapshot_org(d->whole, a, &x) ==
				snapshot_org(d->changes, a, &y);
		same =
		    same && same_text(x.id, y.id) && same_text(x.name, y.name);
		for (uint32_t b = 0; same && b < 5; b++)
			same = snapshot_relate(d->whole, a, b) ==
			       snapshot_relate(d->changes, a, b);
		if (!same)
			fail_msg("seed %" PRIu64 ": AS%" PRIu32, d->seed, a);
	}
}

static void
ask_upstreams(const struct days *d)
{
	struct origin_upstream a[4] = {{0}}, b[4] = {{0}};
	size_t n = snapshot_upstreams(d->whole, 0x0a010203, a, 4);
	bool same =
	    n == 2 && n == snapshot_upstreams(d->changes, 0x0a010203, b, 4);
	for (size_t i = 0; same && i < n; i++)
		same = a[i].asn == b[i].asn && a[i].peers == b[i].peers &&
		       a[i].prefix.len == b[i].prefix.len;
	if (!same)
		fail_msg("seed %" PRIu64 ": upstreams", d->seed);
}

static void
as_the_whole_day(void **state)
{
	(void)state;
	size_t own = 0; /* days whose upstreams are not those of the base */
	for (uint64_t seed = 1; seed <= SEEDS; seed++) {
		struct days d;
		uint64_t x = seed;
		make_days(seed, &d);
		assert_int_equal(d.changes->asof_us, 2000000);
		ask_around(&d, d.base);
		ask_around(&d, d.whole);
		ask_around(&d, d.changes);
		for (int i = 0; i < 2000; i++)
			ask(&d, (uint32_t)days_next(&x));
		ask_side(&d);
		ask_upstreams(&d);
		own += d.changes->upstreams.p != d.base->upstreams.p;
		assert_int_equal(
		    snapshot_holds(d.whole), snapshot_holds(d.changes));
		clear_days(&d);
	}
	assert_in_range(own, SEEDS / 4, SEEDS - SEEDS / 4);
}

/* Up to the end that snapshot_until() names, the answer is one. */
static void
stretches(void **state)
{
	(void)state;
	for (uint64_t seed = 1; seed <= 40; seed++) {
		struct days d;
		make_days(seed, &d);
		uint32_t last = 0;
		for (uint64_t at = 0; at <= UINT32_MAX;
		     at = (uint64_t)last + 1) {
			struct origin_answer a = {0}, b = {0};
			uint32_t addr = (uint32_t)at;
			last = snapshot_until(d.changes, addr);
			assert_true(last >= addr);
			bool found = snapshot_find(d.changes, addr, &a);
			uint32_t middle = addr + (last - addr) / 2;
			assert_int_equal(
			    snapshot_find(d.changes, middle, &b), found);
			assert_true(!found || same_answer(&a, &b));
			assert_int_equal(
			    snapshot_find(d.changes, last, &b), found);
			assert_true(!found || same_answer(&a, &b));
		}
		clear_days(&d);
	}
}

/* The day that is its own base changes nothing, and costs next to nothing. */
static void
nothing_changed(void **state)
{
	(void)state;
	struct days d;
	struct wr bytes = {0};
	struct fault f = {0};
	make_days(3, &d);
	changes_pack(d.whole, d.whole, &bytes);
	struct snapshot *s = borrow(&bytes);
	assert_int_equal(s->nsegments, 1);
	assert_int_equal(changes_count(s), 0);
	assert_int_equal(s->nases, 0);
	assert_true(changes_rest(s, d.whole, &f));
	snapshot_close(d.changes);
	d.changes = s;
	ask_around(&d, d.whole);
	ask_side(&d);
	clear_days(&d);
	wr_free(&bytes);
}

static void
rests_on_its_base_alone(void **state)
{
	(void)state;
	struct days d;
	struct fault f = {0};
	struct origin_answer a;
	make_days(5, &d);
	struct snapshot *s = borrow(&d.bytes);
	for (uint32_t i = 0; i < 256; i++) /* not ready: answers nothing */
		assert_false(snapshot_find(s, i << 24, &a));
	assert_false(changes_rest(s, d.whole, &f));
	assert_int_equal(f.status, EX_DATAERR);
	assert_non_null(strstr(f.text, "day: byte "));
	assert_non_null(strstr(f.text, "its base is another table"));
	assert_false(changes_rest(s, d.changes, &f));
	assert_non_null(strstr(f.text, "cannot be a base"));
	assert_true(changes_rest(s, d.base, &f));
	snapshot_close(s);
	clear_days(&d);
}

/* --- hostile files ------------------------------------------------------- */

static void
put_u32(uint8_t *p, uint32_t v)
{
	for (int i = 0; i < 4; i++)
		p[i] = (uint8_t)(v >> (24 - 8 * i));
}

/* Makes the checksums right again: what a hostile writer would do. */
static void
seal(struct wr *w)
{
	struct rd n = rd_make(w->p + 10, 2);
	size_t parts = rd_u16(&n);
	size_t head = FORM_HEAD_LEN + parts * FORM_ENTRY_LEN;
	for (size_t i = 0; head <= w->len && i < parts; i++) {
		uint8_t *e = w->p + FORM_HEAD_LEN + i * FORM_ENTRY_LEN;
		struct rd r = rd_make(e + 8, 16);
		uint64_t at = rd_u64(&r), len = rd_u64(&r);
		if (at <= w->len && len <= w->len - at)
			put_u32(e + 4, gzip_crc32(w->p + at, (size_t)len));
	}
	put_u32(w->p + FORM_CRC_AT, 0);
	if (head <= w->len)
		put_u32(w->p + FORM_CRC_AT, gzip_crc32(w->p, head));
}

/* Refused with the byte, or harmless: with a sanitizer, it would show. */
static bool
refused(const struct days *d, const uint8_t *p, size_t len)
{
	struct fault f = {0};
	struct origin_answer a;
	struct snapshot *s = snapshot_borrow(p, len, "memory", &f);
	bool ok = s != NULL &&
		  (s->base_ref.p == NULL || changes_rest(s, d->base, &f));
	for (uint64_t x = 0; ok && x <= UINT32_MAX; x += 0x00fedcba)
		if (snapshot_find(s, (uint32_t)x, &a))
			assert_true(a.nasns <= ORIGIN_ASNS_MAX);
	for (uint32_t i = 0; ok && i < 8; i++) {
		struct origin_org org;
		struct prefix route = {0x0a000000, 24};
		snapshot_as_name(s, i);
		snapshot_org(s, i, &org);
		snapshot_relate(s, i, 1);
		snapshot_rpki(s, &route, i);
		snapshot_upstreams(s, i << 24, NULL, 0);
	}
	if (!ok) {
		assert_int_equal(f.status, EX_DATAERR);
		assert_non_null(strstr(f.text, "memory: byte "));
	}
	snapshot_close(s);
	return !ok;
}

static void
damaged(void **state)
{
	(void)state;
	struct days d;
	make_days(7, &d);
	for (size_t len = 0; len < d.bytes.len; len++) {
		uint8_t *copy = malloc(len + 1); /* exact but for len 0 */
		memcpy(copy, d.bytes.p, len);
		assert_true(refused(&d, copy, len));
		free(copy);
	}
	for (size_t bit = 0; bit < d.bytes.len * 8; bit++) {
		d.bytes.p[bit / 8] ^= (uint8_t)(1u << bit % 8);
		assert_true(refused(&d, d.bytes.p, d.bytes.len));
		d.bytes.p[bit / 8] ^= (uint8_t)(1u << bit % 8);
	}
	clear_days(&d);
}

static void
hostile_but_sealed(void **state)
{
	(void)state;
	static const uint8_t values[] = {0x00, 0x01, 0x7f, 0x80, 0xff};
	struct days d;
	struct wr w = {0};
	size_t n = 0;
	make_days(9, &d);
	wr_bytes(&w, d.bytes.p, d.bytes.len);
	for (size_t i = 0; i < d.bytes.len * sizeof(values); i++) {
		memcpy(w.p, d.bytes.p, d.bytes.len);
		w.p[i / sizeof(values)] = values[i % sizeof(values)];
		seal(&w);
		n += refused(&d, w.p, w.len);
	}
	assert_true(n > d.bytes.len);
	wr_free(&w);
	clear_days(&d);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(as_the_whole_day),
	    cmocka_unit_test(stretches),
	    cmocka_unit_test(nothing_changed),
	    cmocka_unit_test(rests_on_its_base_alone),
	    cmocka_unit_test(damaged),
	    cmocka_unit_test(hostile_but_sealed),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
