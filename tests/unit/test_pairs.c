/* SPDX-License-Identifier: ISC */
#include "analysis/change/pairs.h"
#include "probe/base/mem.h"
#include "probe/base/record_json.h"
#include "tests/unit/store_sample.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

/* A sample of a flow, started so many seconds after the others. */
struct flow {
	const char *vantage;
	uint64_t seq;
	uint32_t flow;
	int later_s;
};

static struct record
sample(const struct flow *flow)
{
	struct record r = sample_record(flow->vantage, 77, flow->seq);
	r.flow = flow->flow;
	r.method = METHOD_UDP;
	r.port = -1;
	r.start_us += INT64_C(1000000) * flow->later_s;
	return r;
}

static void
add(struct side *s, struct flow flow)
{
	struct fault f = {0};
	struct record r = sample(&flow);
	if (!side_add(s, &r, &f))
		fail_msg("%s", f.text);
	record_clear(&r);
}

/* "a:b" of each pair: the sequence numbers, nothing where a side has none. */
static bool
note(void *arg, const struct pair *pair, struct fault *f)
{
	FILE *out = arg;
	(void)f;
	if (pair->a != NULL)
		fprintf(out, "%d", (int)pair->a->head.seq);
	fputc(':', out);
	if (pair->b != NULL)
		fprintf(out, "%d", (int)pair->b->head.seq);
	fputc(' ', out);
	return true;
}

static void
assert_pairs(struct side *a, struct side *b, const char *expected)
{
	char text[256] = "";
	struct fault f = {0};
	FILE *out = fmemopen(text, sizeof(text), "w");
	side_sort(a);
	side_sort(b);
	assert_true(pairs(a, b, note, out, &f));
	fclose(out);
	assert_string_equal(text, expected);
	side_close(a);
	side_close(b);
}

static void
the_newest_of_a_flow(void **state)
{
	struct side a = {0}, b = {0};
	(void)state;
	add(&a, (struct flow){"sel", 1, 0, 10});
	add(&a, (struct flow){"sel", 2, 0, 30});
	add(&a, (struct flow){"sel", 3, 0, 20});
	add(&b, (struct flow){"sel", 4, 0, 20});
	add(&b, (struct flow){"sel", 6, 0, 20});
	add(&b, (struct flow){"sel", 5, 0, 20});
	assert_int_equal(a.n, 1);
	assert_int_equal(a.ntraces, 3);
	assert_pairs(&a, &b, "2:6 ");
}

static void
flows_of_one_side(void **state)
{
	struct side a = {0}, b = {0};
	(void)state;
	add(&a, (struct flow){"mow", 1, 0, 0});
	add(&a, (struct flow){"sel", 2, 1, 0});
	add(&a, (struct flow){"sel", 3, 0, 0});
	add(&b, (struct flow){"sel", 4, 1, 0});
	add(&b, (struct flow){"fra", 5, 0, 0});
	add(&b, (struct flow){"sel", 6, 2, 0});
	assert_pairs(&a, &b, ":5 1: 3: 2:4 :6 ");
}

static void
nothing_at_all(void **state)
{
	struct side a = {0}, b = {0};
	(void)state;
	assert_pairs(&a, &b, "");
	add(&b, (struct flow){"sel", 1, 0, 0});
	assert_pairs(&a, &b, ":1 ");
}

/* Each field of the key makes another flow. */
static void
what_a_flow_is(void **state)
{
	struct side a = {0}, b = {0};
	struct fault f = {0};
	(void)state;
	add(&a, (struct flow){"sel", 1, 0, 0});
	for (int i = 0; i < 4; i++) {
		struct record r = sample(&(struct flow){"sel", 2, 0, 0});
		r.seq += (uint64_t)i;
		r.target += i == 0;
		r.method = i == 1 ? METHOD_ICMP : r.method;
		r.port = i == 2 ? 443 : r.port;
		r.flow += i == 3;
		assert_true(side_add(&b, &r, &f));
		record_clear(&r);
	}
	assert_int_equal(b.n, 4);
	assert_pairs(&a, &b, "1: :5 :4 :3 :2 ");
}

/* What is kept is the trace, but for the raw packets. */
static void
the_trace_comes_back(void **state)
{
	struct side s = {0};
	struct record r = sample(&(struct flow){"sel", 9, 3, 0}), back;
	struct json before = {0}, after = {0};
	struct fault f = {0};
	(void)state;
	assert_true(side_add(&s, &r, &f));
	side_sort(&s);
	side_record(s.flow[0], &back);
	record_json(&r, &before);
	record_json(&back, &after);
	char *p = json_take(&before), *q = json_take(&after);
	assert_string_equal(p, q);
	free(p);
	free(q);
	record_clear(&r);
	record_clear(&back);
	side_close(&s);
}

static void
answer(struct record *r, uint8_t ttl, uint32_t addr)
{
	for (size_t i = 0; i < r->nprobes; i++)
		if (r->probes[i].ttl == ttl && r->probes[i].answered)
			r->probes[i].addr = addr;
}

/* All flows of a place are seen, also of traces that are not compared. */
static void
what_is_beside(void **state)
{
	struct side s = {0};
	struct fault f = {0};
	struct flows all;
	(void)state;
	for (uint32_t i = 0; i < 4; i++) {
		struct record r = sample(&(struct flow){"sel", 10, i, 0});
		r.seq += i;
		answer(&r, 2, 0x0a000210u + i);
		if (i < 3)
			assert_true(side_add(&s, &r, &f));
		else
			side_see(&s, &r);
		record_clear(&r);
	}
	add(&s, (struct flow){"mow", 20, 0, 0});
	side_sort(&s);
	assert_int_equal(s.n, 4);
	for (size_t i = 0; i < s.n; i++) {
		bool sel = strcmp(s.flow[i]->head.vantage, "sel") == 0;
		side_flows(s.flow[i], &all);
		for (uint32_t k = 0; k < 4; k++)
			assert_int_equal(
			    flows_show(&all, 2, 0x0a000210u + k), sel);
		assert_int_equal(all.n[1], sel ? 4 : 1);
	}
	side_close(&s);
}

/* Of every flow the newest says what is beside it; or that next to one. */
static void
only_one_of_each(void **state)
{
	struct fault f = {0};
	struct flows all;
	(void)state;
	for (int around = 0; around < 2; around++) {
		struct side s = {0};
		for (uint32_t i = 0; i < 20; i++) {
			struct record r = sample(&(struct flow){
			    "sel", 10 + i, i % 2, (int)(i / 2 * 60)});
			if (around && i == 0)
				s.near_us = r.start_us + 130000000;
			answer(&r, 2, 0x0a000210u + i);
			assert_true(side_add(&s, &r, &f));
			record_clear(&r);
		}
		side_sort(&s);
		side_flows(s.flow[0], &all);
		assert_int_equal(s.n, 2);
		assert_int_equal(all.n[1], 2);
		for (uint32_t i = 0; i < 20; i++)
			assert_int_equal(flows_show(&all, 2, 0x0a000210u + i),
			    i / 2 == (around ? 2 : 9));
		side_close(&s);
	}
}

/* What a side keeps of its flows is all that they show: also how far. */
static void
what_flows_show_is_kept(void **state)
{
	struct side s = {0};
	struct fault f = {0};
	struct flows all[2], direct = {0};
	(void)state;
	for (uint32_t i = 0; i < FLOWS_ADDRS_MAX + 3; i++) {
		struct trail t;
		struct record r = sample(&(struct flow){"sel", 10 + i, i, 0});
		answer(&r, 2, 0x0a000210u + i);
		assert_true(side_add(&s, &r, &f));
		trail_make(&t, &r);
		flows_add(&direct, &t);
		record_clear(&r);
	}
	side_sort(&s);
	for (int again = 0; again < 2; again++) {
		side_flows(s.flow[0], &all[again]);
		assert_true(direct.sure[0] != 0);
		assert_true(all[again].sure[0] == direct.sure[0]);
		assert_int_equal(all[again].n[1], FLOWS_ADDRS_MAX);
		assert_true(all[again].more == direct.more);
	}
	assert_memory_equal(&all[0], &all[1], sizeof(all[0]));
	side_close(&s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(the_newest_of_a_flow),
	    cmocka_unit_test(flows_of_one_side),
	    cmocka_unit_test(nothing_at_all),
	    cmocka_unit_test(what_a_flow_is),
	    cmocka_unit_test(the_trace_comes_back),
	    cmocka_unit_test(what_is_beside),
	    cmocka_unit_test(only_one_of_each),
	    cmocka_unit_test(what_flows_show_is_kept),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
