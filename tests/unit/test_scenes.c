/* SPDX-License-Identifier: ISC */
#include "analysis/infer/round.h"
#include "analysis/infer/scenes.h"
#include "analysis/origin/snapshot.h"
#include "tests/unit/infer_path.h"
#include "tests/unit/infer_scene.h"

#include <stdio.h>
#include <unistd.h>

static void
same(const struct scene *a, const struct scene *b)
{
	size_t head = offsetof(struct scene, habit);
	size_t rest = offsetof(struct scene, rtt);
	assert_memory_equal(a, b, head);
	assert_memory_equal(
	    &a->rtt, &b->rtt, offsetof(struct scene, spot) - rest);
	for (size_t t = 0; t < a->nspots; t++) {
		const struct spot *x = &a->spot[t], *y = &b->spot[t];
		assert_int_equal(x->ttl, y->ttl);
		assert_int_equal(x->probed, y->probed);
		assert_int_equal(x->again, y->again);
		assert_int_equal(x->shared, y->shared);
		assert_int_equal(x->n, y->n);
		assert_memory_equal(
		    x->sight, y->sight, x->n * sizeof(x->sight[0]));
		assert_true(x->reputes == y->reputes);
	}
}

/* Kept in any number and size, they come back; and after a clear, others. */
static void
what_was_kept_comes_back(void **state)
{
	(void)state;
	enum { N = 300 };
	struct scenes *k = scenes_new();
	struct scene *s = xcalloc(N, sizeof(*s)),
		     *back = xcalloc(1, sizeof(*s));
	uint64_t x = 7;
	for (int turn = 0; turn < 2; turn++) {
		for (size_t i = 0; i < N; i++) {
			size_t nas = 2 + infer_draw(&x) % 20;
			infer_scene_draw(
			    &s[i], nas, infer_draw(&x) % 20 + 1, &x);
			assert_true(scenes_keep(k, &s[i]));
		}
		for (size_t i = N; i-- > 0;) {
			memset(back, 0xa5, sizeof(*back));
			assert_true(scenes_get(k, i, back));
			same(&s[i], back);
		}
		assert_false(scenes_get(k, N, back));
		scenes_clear(k);
		assert_false(scenes_get(k, 0, back));
	}
	free(back);
	free(s);
	scenes_free(k);
	scenes_free(NULL);
}

/* A table with two networks, the target's and another. */
static struct origin_set *
tables(void)
{
	char path[] = "/tmp/scenes-XXXXXX";
	const char *name = path;
	const char *const rows[] = {"219.158.0.0/16", "175.45.176.0/22"};
	const uint32_t asns[] = {4837, 131279};
	struct table t = {0};
	struct wr bytes = {0};
	struct fault f = {0};
	int64_t us = 0;
	int fd = mkstemp(path);
	assert_true(fd >= 0);
	table_begin(&t, ORIGIN_BGP)->name = xstrdup("rib");
	table_source(&t)->kind = xstrdup("test");
	for (size_t i = 0; i < 2; i++) {
		struct prefix p;
		assert_true(prefix_parse(rows[i], &p));
		assert_true(table_add_prefix(&t, &p, &asns[i], 1, NULL));
	}
	assert_true(clock_parse_us("2026-01-01", &us));
	snapshot_pack(&t, us, &bytes);
	assert_int_equal(write(fd, bytes.p, bytes.len), bytes.len);
	close(fd);
	struct origin_set *set = origin_set_open(&name, 1, &f);
	assert_non_null(set);
	unlink(path);
	wr_free(&bytes);
	table_clear(&t);
	return set;
}

/* Every TTL shows four addresses: the largest scene there is. */
static struct record
largest(unsigned n)
{
	struct record r = infer_path("175.45.176.1", "2026-01-02", "*");
	struct record_probe silent = r.probes[0];
	r.seq = n;
	free(r.probes);
	r.nprobes = (size_t)RECORD_TTL_MAX * 4;
	r.probes = xcalloc(r.nprobes, sizeof(*r.probes));
	for (size_t i = 0; i < r.nprobes; i++) {
		struct record_probe *p = &r.probes[i];
		*p = silent;
		p->ttl = (uint8_t)(1 + i / 4);
		p->attempt = (uint8_t)(1 + i % 4);
		p->answered = true;
		p->silent = 0;
		p->proof = PROOF_BOTH;
		p->icmp_type = 11;
		p->addr =
		    UINT32_C(0xdb9e0000) + (uint32_t)i + (n << 8 & 0xff00);
	}
	return r;
}

struct held {
	const struct basis *basis;
	unsigned n;
};

/* The verdict of a round is that of a scene made for it alone. */
static bool
held(void *arg, const struct round_result *result, struct fault *f)
{
	struct held *h = arg;
	struct verdict v;
	struct json a = {0}, b = {0};
	(void)f;
	infer_voted(
	    result->record, h->basis, result->votes, result->ballot, &v);
	verdict_json(&v, &a);
	verdict_json(result->verdict, &b);
	char *x = json_take(&a), *y = json_take(&b);
	assert_string_equal(x, y);
	free(x);
	free(y);
	h->n++;
	return true;
}

static void
a_round_with_no_room_for_all_scenes(void **state)
{
	(void)state;
	struct fault f = {0};
	struct carriers classes;
	assert_true(carriers_load(&classes, NULL, &f));
	struct origin_set *set = tables();
	struct basis basis = {set, &classes, NULL, NULL};
	struct held h = {&basis, 0};
	size_t sights = sizeof(((struct scene *)NULL)->spot[0].sight);
	unsigned n = (unsigned)(SCENES_BYTES_MAX / RECORD_TTL_MAX / sights);
	struct scenes *k = scenes_new();
	struct scene *s = xcalloc(1, sizeof(*s));
	struct round *round = round_new(&basis, held, &h);
	bool room = true;
	assert_true(n < ROUND_MAX); /* though no other byte were kept */
	for (unsigned i = 0; i < n; i++) {
		struct record r = largest(i);
		scene_make(s, &r, &basis);
		room = room && scenes_keep(k, s);
		assert_true(round_add(round, &r, &f));
		record_clear(&r);
	}
	assert_false(room);
	assert_true(scenes_get(k, 0, s));
	assert_false(scenes_get(k, n - 1, s));
	assert_true(round_end(round, &f));
	assert_int_equal(h.n, n);
	round_free(round);
	free(s);
	scenes_free(k);
	origin_set_close(set);
	carriers_free(&classes);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(what_was_kept_comes_back),
	    cmocka_unit_test(a_round_with_no_room_for_all_scenes),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
