/* SPDX-License-Identifier: ISC */
#include "analysis/origin/compare.h"

#include "analysis/origin/replace.h"
#include "probe/base/rd.h"

#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "tests/unit/origin_days_pack.h"

/* What compare tells of two days, against the answers of both. */

enum { SEEDS = 100, TOLD_MAX = 4096 };

struct told {
	struct compare_change all[TOLD_MAX];
	size_t n;
};

static void
keep(void *arg, const struct compare_change *change)
{
	struct told *t = arg;
	assert_true(t->n < TOLD_MAX);
	t->all[t->n++] = *change;
}

static struct origin_set *
set_of(const struct wr *bytes)
{
	char path[] = "/tmp/tumen-compare-XXXXXX";
	const char *const paths[] = {path};
	struct fault f = {0};
	close(mkstemp(path));
	assert_true(replace_file(path, bytes->p, bytes->len, &f));
	struct origin_set *set = origin_set_open(paths, 1, &f);
	assert_string_equal(f.text, "");
	unlink(path);
	return set;
}

/* Two days of a seed, compared. */
struct pair {
	struct compare c;
	struct told *told;
};

static void
make_pair(uint64_t seed, const uint32_t *asns, size_t n, struct pair *p)
{
	uint64_t x = seed * UINT64_C(0x9e3779b97f4a7c15);
	struct days_table *t = xcalloc(1, sizeof(*t));
	struct wr before = {0}, after = {0};
	days_first(&x, t);
	days_pack(t, seed, 1000000, &before);
	days_second(&x, t);
	days_pack(t, seed, 2000000, &after);
	p->told = xcalloc(1, sizeof(*p->told));
	p->c = (struct compare){.before = {set_of(&before), 1000000},
	    .after = {set_of(&after), 2000000},
	    .asns = asns,
	    .n = n,
	    .sink = keep,
	    .arg = p->told};
	compare_run(&p->c);
	wr_free(&before);
	wr_free(&after);
	free(t);
}

static void
clear_pair(struct pair *p)
{
	origin_set_close(p->c.before.set);
	origin_set_close(p->c.after.set);
	free(p->told);
}

static bool
has(const uint32_t *set, size_t n, uint32_t asn)
{
	bool found = false;
	for (size_t i = 0; i < n; i++)
		found |= set[i] == asn;
	return found;
}

static bool
same(const struct origin_answer *a, const struct origin_answer *b)
{
	bool equal = a->layer == b->layer && a->nasns == b->nasns;
	for (size_t i = 0; equal && i < a->nasns; i++)
		equal = has(b->asns, b->nasns, a->asns[i]);
	return equal;
}

static const struct compare_change *
told_of(const struct told *t, uint32_t addr)
{
	const struct compare_change *found = NULL;
	for (size_t i = 0; i < t->n; i++)
		if (t->all[i].kind == COMPARE_PREFIX &&
		    prefix_contains(&t->all[i].prefix, addr)) {
			assert_null(found); /* none twice */
			found = &t->all[i];
		}
	return found;
}

static bool
is_state(const struct compare_state *s, const struct origin_answer *a)
{
	struct origin_answer b = {.layer = s->layer, .nasns = s->nasns};
	memcpy(b.asns, s->asns, sizeof(b.asns));
	return s->there == (a->layer != ORIGIN_NONE) &&
	       (!s->there || same(&b, a));
}

static void
ask(const struct pair *p, uint64_t seed, uint32_t addr)
{
	struct origin_answer a, b;
	const struct compare *c = &p->c;
	origin_lookup(c->before.set, addr, c->before.at_us, &a);
	origin_lookup(c->after.set, addr, c->after.at_us, &b);
	const struct compare_change *told = told_of(p->told, addr);
	bool wanted = !same(&a, &b);
	for (size_t i = 0; wanted && c->asns != NULL; i++) {
		wanted = i < c->n;
		if (wanted && (has(a.asns, a.nasns, c->asns[i]) ||
				  has(b.asns, b.nasns, c->asns[i])))
			break;
	}
	if (wanted != (told != NULL) ||
	    (told != NULL &&
		(!is_state(&told->before, &a) || !is_state(&told->after, &b))))
		fail_msg("seed %" PRIu64 ": address %08" PRIx32, seed, addr);
}

static void
ask_ends(const struct pair *p, uint64_t seed)
{
	for (size_t i = 0; i < p->told->n; i++) {
		const struct prefix *q = &p->told->all[i].prefix;
		uint32_t last = q->addr | ~prefix_mask(q->len);
		if (p->told->all[i].kind != COMPARE_PREFIX)
			continue;
		ask(p, seed, q->addr - 1);
		ask(p, seed, q->addr);
		ask(p, seed, last);
		ask(p, seed, last + 1);
	}
}

static void
every_change_and_no_other(void **state)
{
	(void)state;
	static const uint32_t some[] = {3, 7, 12};
	size_t told = 0;
	for (uint64_t seed = 1; seed <= SEEDS; seed++) {
		struct pair p;
		uint64_t x = seed;
		make_pair(seed, seed % 2 ? NULL : some, 3, &p);
		ask_ends(&p, seed);
		for (int i = 0; i < 2000; i++)
			ask(&p, seed, (uint32_t)days_next(&x));
		for (uint32_t a = 0; a < 4096; a++) /* where rows crowd */
			ask(&p, seed, 0x0b0b0000 + a);
		told += p.told->n;
		clear_pair(&p);
	}
	assert_true(told > SEEDS);
}

static bool
same_state(const struct compare_state *a, const struct compare_state *b)
{
	bool equal = a->there == b->there && a->layer == b->layer &&
		     a->nasns == b->nasns;
	for (size_t i = 0; equal && i < a->nasns; i++)
		equal = has(b->asns, b->nasns, a->asns[i]);
	return equal;
}

/* A prefix is as large as can be: its other half did not change alike. */
static void
largest_prefixes(void **state)
{
	(void)state;
	for (uint64_t seed = 1; seed <= SEEDS; seed++) {
		struct pair p;
		make_pair(seed, NULL, 0, &p);
		for (size_t i = 1; i < p.told->n; i++) {
			const struct compare_change *a = &p.told->all[i - 1];
			const struct compare_change *b = &p.told->all[i];
			bool halves = a->kind == COMPARE_PREFIX &&
				      b->kind == COMPARE_PREFIX &&
				      a->prefix.len == b->prefix.len &&
				      (a->prefix.addr ^ b->prefix.addr) ==
					  UINT32_C(1) << (32 - a->prefix.len);
			if (halves)
				assert_false(
				    same_state(&a->before, &b->before) &&
				    same_state(&a->after, &b->after));
		}
		clear_pair(&p);
	}
}

static size_t
count(const struct told *t, enum compare_kind kind)
{
	size_t n = 0;
	for (size_t i = 0; i < t->n; i++)
		n += t->all[i].kind == kind;
	return n;
}

/* Seeds differ in which of relations, VRPs and organisations are others. */
static void
beside_the_addresses(void **state)
{
	(void)state;
	static const uint32_t both[] = {2, 3}, org[] = {1}, none[] = {9};
	size_t relations = 0, vrps = 0, orgs = 0;
	for (uint64_t seed = 1; seed <= SEEDS; seed++) {
		struct pair p;
		make_pair(seed, seed % 3 ? both : NULL, 2, &p);
		size_t n = count(p.told, COMPARE_RELATION);
		assert_true(n <= 1); /* one side of it */
		relations += n;
		assert_int_equal(n, p.c.sum.came[COMPARE_RELATION]);
		clear_pair(&p);
		make_pair(seed, org, 1, &p);
		assert_int_equal(count(p.told, COMPARE_RELATION), 0);
		n = count(p.told, COMPARE_ORG);
		assert_int_equal(n, p.c.sum.changed[COMPARE_ORG]);
		orgs += n;
		clear_pair(&p);
		make_pair(seed, NULL, 0, &p);
		n = count(p.told, COMPARE_VRP); /* one came, one went */
		assert_true(n == 0 || n == 2);
		vrps += n;
		clear_pair(&p);
		make_pair(seed, none, 1, &p);
		assert_int_equal(count(p.told, COMPARE_RELATION) +
				     count(p.told, COMPARE_VRP) +
				     count(p.told, COMPARE_ORG),
		    0);
		clear_pair(&p);
	}
	assert_true(relations > 10 && vrps > 10 && orgs > 10);
}

/* Who hands over to 10.0.0.0/8 is AS3 and AS7, or on the second day AS8. */
static void
upstreams(void **state)
{
	(void)state;
	static const uint32_t still[] = {3}, some[] = {8};
	size_t told = 0;
	for (uint64_t seed = 1; seed <= SEEDS; seed++) {
		struct pair p;
		make_pair(seed, NULL, 0, &p);
		size_t n = count(p.told, COMPARE_UPSTREAM);
		assert_true(n == 0 || n == 2); /* one came, one went */
		assert_int_equal(n / 2, p.c.sum.came[COMPARE_UPSTREAM]);
		assert_int_equal(n / 2, p.c.sum.went[COMPARE_UPSTREAM]);
		assert_int_equal(p.c.sum.changed[COMPARE_UPSTREAM], 0);
		const struct compare_change *last = &p.told->all[p.told->n - 1];
		if (n > 0) {
			assert_int_equal(last->prefix.addr, 0x0a000000);
			assert_int_equal(last->asn, 8);
			assert_int_equal(last->after.peers, 4);
		}
		told += n;
		clear_pair(&p);
		make_pair(seed, some, 1, &p);
		assert_int_equal(count(p.told, COMPARE_UPSTREAM), n / 2);
		clear_pair(&p);
		make_pair(seed, still, 1, &p); /* more peers: no change */
		assert_int_equal(count(p.told, COMPARE_UPSTREAM), 0);
		clear_pair(&p);
	}
	assert_true(told > 10);
}

/* Of an origin of interest every upstream is told. */
static void
upstreams_of_an_origin(void **state)
{
	(void)state;
	static const uint32_t star[] = {131279}, other[] = {7};
	struct told *told = xcalloc(1, sizeof(*told));
	struct prefix p = {0xaf2db000, 24};
	struct compare c = {.asns = star, .n = 1, .sink = keep, .arg = told};
	for (int day = 1; day <= 2; day++) {
		struct table t = {0};
		struct wr bytes = {0};
		table_begin(&t, ORIGIN_BGP)->name = xstrdup("dump");
		table_source(&t)->kind = xstrdup("mrt");
		table_add_prefix(&t, &p, star, 1, NULL);
		table_upstream(&t, &p, 4837, 20);
		if (day == 2)
			table_upstream(&t, &p, 20485, 3);
		snapshot_pack(&t, day, &bytes);
		*(day == 1 ? &c.before : &c.after) =
		    (struct compare_view){set_of(&bytes), day};
		wr_free(&bytes);
		table_clear(&t);
	}
	compare_run(&c);
	assert_int_equal(told->n, 1);
	assert_int_equal(told->all[0].kind, COMPARE_UPSTREAM);
	assert_int_equal(told->all[0].asn, 20485);
	assert_false(told->all[0].before.there);
	c.asns = other;
	compare_run(&c);
	assert_int_equal(told->n, 1); /* no more of them */
	assert_false(compare_differs(&c.sum));
	origin_set_close(c.before.set);
	origin_set_close(c.after.set);
	free(told);
}

/* What one of the two does not know of is not called gone. */
static void
unknown_is_no_change(void **state)
{
	(void)state;
	struct pair p;
	struct table t = {0};
	struct wr bytes = {0};
	make_pair(1, NULL, 0, &p);
	table_begin(&t, ORIGIN_BGP)->name = xstrdup("empty");
	table_source(&t)->kind = xstrdup("empty");
	snapshot_pack(&t, 2000000, &bytes);
	table_clear(&t);
	origin_set_close(p.c.after.set);
	p.c.after.set = set_of(&bytes);
	p.told->n = 0;
	compare_run(&p.c);
	assert_true(compare_differs(&p.c.sum));
	assert_int_equal(count(p.told, COMPARE_PREFIX), p.told->n);
	assert_int_equal(p.c.sum.went[COMPARE_PREFIX], p.told->n);
	for (int k = COMPARE_RELATION; k < COMPARE_KINDS; k++)
		assert_true(p.c.sum.unknown[k]);
	origin_set_close(p.c.before.set);
	p.c.before = p.c.after;
	compare_run(&p.c);
	assert_false(compare_differs(&p.c.sum));
	p.c.before.set = NULL;
	clear_pair(&p);
	wr_free(&bytes);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(every_change_and_no_other),
	    cmocka_unit_test(largest_prefixes),
	    cmocka_unit_test(beside_the_addresses),
	    cmocka_unit_test(upstreams),
	    cmocka_unit_test(upstreams_of_an_origin),
	    cmocka_unit_test(unknown_is_no_change),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
