/* SPDX-License-Identifier: ISC */
#include "analysis/infer/round.h"
#include "analysis/origin/snapshot.h"
#include "tests/unit/infer_path.h"

#include <stdio.h>
#include <unistd.h>

/*
 * The same last hops on different days, with the neighbours of those days: in
 * 2019 AS4837 bordered on AS131279, in 2026 AS134544 and AS20485 do.
 */

static void
row(struct table *t, const char *prefix, uint32_t asn)
{
	struct prefix p;
	assert_true(prefix_parse(prefix, &p));
	assert_true(table_add_prefix(t, &p, &asn, 1, NULL));
}

/* In 2012 a satellite carried a part; in 2026 the prefixes go their own ways.
 */
enum era { IN_2012, IN_2019, IN_2026 };

static void
upstream(struct table *t, const char *prefix, uint32_t asn)
{
	struct prefix p;
	assert_true(prefix_parse(prefix, &p));
	table_upstream(t, &p, asn, 30);
}

static void
fill(struct table *t, enum era era)
{
	table_begin(t, ORIGIN_BGP)->name = xstrdup("rib");
	table_source(t)->kind = xstrdup("test");
	row(t, "112.174.0.0/16", 4766);
	row(t, "213.239.224.0/19", 24940);
	row(t, "219.158.0.0/16", 4837);
	row(t, "188.43.0.0/16", 20485);
	row(t, "103.35.252.0/23", 134544);
	row(t, "175.45.176.0/22", 131279);
	row(t, "64.86.0.0/16", 22351);
	table_begin(t, ORIGIN_REGISTRY)->name = xstrdup("registry");
	table_source(t)->kind = xstrdup("test");
	row(t, "103.35.252.0/22", 134544);
	table_begin(t, ORIGIN_NONE)->name = xstrdup("as-rel");
	table_source(t)->kind = xstrdup("test");
	table_relate(t, 4837, 4766, ORIGIN_PEER);
	table_relate(t, 24940, 20485, ORIGIN_PEER);
	table_relate(t, 4837, 134544, ORIGIN_PROVIDER);
	table_relate(t, 20485, 131279, ORIGIN_PROVIDER);
	table_relate(
	    t, era == IN_2026 ? 134544 : 4837, 131279, ORIGIN_PROVIDER);
	if (era == IN_2012)
		table_relate(t, 22351, 131279, ORIGIN_PROVIDER);
	if (era == IN_2026) {
		upstream(t, "175.45.178.0/24", 20485);
		upstream(t, "175.45.179.0/24", 134544);
	}
}

static void
pack(const char *path, const char *day, enum era era)
{
	struct table t = {0};
	struct wr bytes = {0};
	int64_t us = 0;
	assert_true(clock_parse_us(day, &us));
	fill(&t, era);
	snapshot_pack(&t, us, &bytes);
	FILE *f = fopen(path, "w");
	assert_non_null(f);
	assert_int_equal(fwrite(bytes.p, 1, bytes.len, f), bytes.len);
	assert_int_equal(fclose(f), 0);
	wr_free(&bytes);
	table_clear(&t);
}

struct days {
	struct origin_set *tables;
	struct carriers classes;
};

static int
open_days(void **state)
{
	char folder[] = "/tmp/days-XXXXXX", first[64], old[64], new[64];
	const char *paths[] = {first, old, new};
	struct days *d = xcalloc(1, sizeof(*d));
	struct fault f = {0};
	assert_non_null(mkdtemp(folder));
	snprintf(first, sizeof(first), "%s/2012.origin", folder);
	snprintf(old, sizeof(old), "%s/2019.origin", folder);
	snprintf(new, sizeof(new), "%s/2026.origin", folder);
	pack(first, "2012-12-01", IN_2012);
	pack(old, "2019-06-01", IN_2019);
	pack(new, "2026-06-17", IN_2026);
	d->tables = origin_set_open(paths, 3, &f);
	unlink(first);
	unlink(old);
	unlink(new);
	rmdir(folder);
	if (d->tables == NULL || !carriers_load(&d->classes, NULL, &f))
		fail_msg("%s", f.text);
	*state = d;
	return 0;
}

static int
close_days(void **state)
{
	struct days *d = *state;
	origin_set_close(d->tables);
	carriers_free(&d->classes);
	free(d);
	return 0;
}

static struct verdict
judge(const struct days *d, const char *day, const char *hops)
{
	struct record r = infer_path("175.45.176.71", day, hops);
	struct basis basis = {d->tables, &d->classes, NULL, NULL};
	struct verdict v;
	infer(&r, &basis, &v);
	record_clear(&r);
	return v;
}

static bool
fired(const struct verdict *v, const char *rule)
{
	return verdict_fired(v, rule);
}

static const char tail[] =
    "112.174.200.1 219.158.100.1 219.158.39.42 * * * 175.45.176.71";

/* The last hop of 2019 in China Unicom's space (nk.md). */
static void
unicom_itself_in_2019(void **state)
{
	struct verdict v = judge(*state, "2019-08-01", tail);
	assert_int_equal(v.entry_as, 4837);
	assert_string_equal(v.carrier, "unicom");
	assert_true(v.p > 0.9);
	assert_int_equal(v.days, 61);
}

/* The same hops when only Cenbong and TransTeleCom border on the target. */
static void
hidden_front_in_2026(void **state)
{
	struct verdict v = judge(*state, "2026-08-01", tail);
	assert_int_equal(v.entry_as, 134544);
	assert_string_equal(v.carrier, "unicom");
	assert_string_equal(evidence_name(v.evidence), "hidden-inferred");
	assert_true(fired(&v, "hidden-neighbour"));
	assert_true(fired(&v, "carrier-behind-front"));
	assert_true(v.carrier_p > 0.9);
	assert_int_equal(v.ntables, 2);
	assert_string_equal(v.table[0].kind, "bgp");
	assert_string_equal(v.table[1].kind, "as-rel");
}

static void
the_registry_names_the_deciding_hop(void **state)
{
	struct verdict v = judge(*state, "2026-08-01",
	    "112.174.200.1 219.158.100.1 219.158.5.6 103.35.255.254 * * * "
	    "175.45.176.71");
	assert_int_equal(v.entry_as, 134544);
	assert_string_equal(v.carrier, "unicom");
	assert_string_equal(evidence_name(v.evidence), "unrouted-registry");
	assert_true(v.p > 0.9);
	/* Unicom carries only where it is on the path. */
	v = judge(*state, "2026-08-01",
	    "112.174.200.1 * 103.35.252.9 103.35.255.254 * * * 175.45.176.71");
	assert_int_equal(v.entry_as, 134544);
}

/* Whose router 188.43.225.153 is, one path does not tell; the AS it does. */
static void
the_russian_side(void **state)
{
	struct verdict v = judge(*state, "2026-08-01",
	    "213.239.224.1 188.43.10.2 188.43.11.2 10.99.99.9 "
	    "188.43.225.153 * * * 175.45.176.71");
	assert_int_equal(v.entry_as, 20485);
	assert_string_equal(v.carrier, "ttk");
	assert_string_equal(evidence_name(v.evidence), "gap-adjacent");
	assert_true(v.p > 0.95);
	assert_int_equal(v.border_lo, 5);
	assert_int_equal(v.border_hi, 9);
	assert_int_equal(v.silent_hops, 3);
	assert_int_equal(v.hop[3].owner, 20485);
}

/* 2013: a forged end, whose replies bring no identity back. */
static void
a_forged_end_is_not_believed(void **state)
{
	const struct days *d = *state;
	struct record r = infer_path("175.45.177.217", "2026-08-01",
	    "213.239.224.1 188.43.10.2 219.158.39.42 175.45.177.1 "
	    "175.45.177.217");
	struct basis basis = {d->tables, &d->classes, NULL, NULL};
	struct verdict v;
	for (size_t i = 2; i < r.nprobes; i++)
		r.probes[i].proof = PROOF_NONE;
	infer(&r, &basis, &v);
	assert_false(v.reached);
	assert_int_not_equal(v.entry_as, 4837);
	assert_true(fired(&v, "unproved-reply-ignored"));
	assert_string_not_equal(v.carrier, "unicom");
	record_clear(&r);
}

static void
tables_that_do_not_fit_are_said(void **state)
{
	struct verdict v = judge(*state, "2010-01-01", tail);
	assert_int_equal(v.entry_as, -1);
	assert_true(fired(&v, "tables-all-later"));
	v = judge(*state, "2023-01-01", tail);
	assert_int_equal(v.entry_as, -1);
	assert_true(fired(&v, "tables-too-old"));
	assert_int_equal(v.ntables, 0);
}

/* Three vantages know the way in; a fourth sees nothing behind its own AS. */
static bool
count(void *arg, const struct round_result *result, struct fault *f)
{
	struct verdict *last = arg;
	(void)f;
	*last = *result->verdict;
	return true;
}

static void
vantages_vote(void **state)
{
	const struct days *d = *state;
	struct basis basis = {d->tables, &d->classes, NULL, NULL};
	static const char weak[] = "112.174.200.1 219.158.100.1 * * * * *";
	struct verdict alone = judge(d, "2026-08-01", weak), last;
	struct fault f = {0};
	struct round *round = round_new(&basis, count, &last);
	for (int i = 0; i < 4; i++) {
		struct record r = infer_path("175.45.176.71", "2026-08-01",
		    i == 3 ? weak
			   : "112.174.200.1 219.158.100.1 219.158.5.6 "
			     "103.35.252.9 103.35.255.254 * * 175.45.176.71");
		snprintf(r.vantage, sizeof(r.vantage), "v%d", i);
		assert_true(round_add(round, &r, &f));
		record_clear(&r);
	}
	assert_true(round_end(round, &f));
	assert_string_equal(last.vantage, "v3");
	assert_int_equal(last.votes, 3);
	assert_int_equal(last.entry_as, 134544);
	assert_int_equal(last.agree, 3);
	assert_true(alone.entry_as < 0 || last.p > alone.p);
	round_free(round);
}

/* A trace that never left stands in a round with others and says nothing. */
static void
an_empty_trace_votes_for_nobody(void **state)
{
	const struct days *d = *state;
	struct basis basis = {d->tables, &d->classes, NULL, NULL};
	struct verdict last;
	struct fault f = {0};
	struct round *round = round_new(&basis, count, &last);
	struct record r = infer_path("175.45.176.71", "2026-08-01", "*");
	r.nprobes = 0;
	for (int i = 0; i < 2; i++) {
		snprintf(r.vantage, sizeof(r.vantage), "v%d", i);
		assert_true(round_add(round, &r, &f));
	}
	assert_true(round_end(round, &f));
	assert_int_equal(last.entry_as, -1);
	assert_int_equal(last.votes, 0);
	record_clear(&r);
	round_free(round);
}

/*
 * The same path, up to a last address in TTK's space, to two prefixes: one that
 * TTK takes to the target's network and one that is announced to the other
 * upstream only.
 */
static void
the_prefix_has_upstreams_of_its_own(void **state)
{
	const struct days *d = *state;
	struct basis basis = {d->tables, &d->classes, NULL, NULL};
	static const char *const targets[] = {
	    "175.45.178.129", "175.45.179.67"};
	double p[2];
	for (int i = 0; i < 2; i++) {
		struct record r = infer_path(targets[i], "2026-08-01",
		    "213.239.224.1 188.43.2.2 188.43.225.153 * * *");
		struct verdict v;
		infer(&r, &basis, &v);
		p[i] = 0;
		for (size_t k = 0; k < v.ncandidates; k++)
			if (v.candidate[k].entry_as == 20485)
				p[i] += v.candidate[k].p;
		assert_string_equal(v.table[v.ntables - 1].kind, "upstreams");
		record_clear(&r);
	}
	assert_true(p[0] > 0.9);
	assert_true(p[1] < p[0]);
}

struct pairing {
	struct verdict last[2]; /* of .176 and .177 */
};

static bool
keep(void *arg, const struct round_result *result, struct fault *f)
{
	struct pairing *to = arg;
	(void)f;
	to->last[result->record->prefix.addr >> 8 & 1] = *result->verdict;
	return true;
}

/* Of two prefixes, one over a satellite with this round trip. */
static struct pairing
winter_of_2012(const struct days *d, int64_t rtt_ms)
{
	struct basis basis = {d->tables, &d->classes, NULL, NULL};
	struct pairing to;
	struct fault f = {0};
	struct round *round = round_new(&basis, keep, &to);
	struct record r = infer_path("175.45.176.71", "2012-12-15",
	    "112.174.200.1 219.158.100.1 219.158.39.42 175.45.176.71");
	r.probes[3].rtt_ns = 235000000;
	assert_true(round_add(round, &r, &f));
	record_clear(&r);
	r = infer_path("175.45.177.1", "2012-12-15",
	    "112.174.200.1 64.86.1.1 175.45.177.1");
	r.probes[2].rtt_ns = rtt_ms * 1000000;
	assert_true(round_add(round, &r, &f));
	record_clear(&r);
	assert_true(round_end(round, &f));
	round_free(round);
	return to;
}

static void
a_satellite_only_where_there_is_time_for_it(void **state)
{
	struct pairing slow = winter_of_2012(*state, 570);
	struct pairing fast = winter_of_2012(*state, 240);
	assert_string_equal(slow.last[1].carrier, "intelsat");
	assert_false(fired(&slow.last[1], "too-fast-for-satellite"));
	assert_true(fired(&slow.last[1], "rtt-differs-by-prefix"));
	assert_true(fired(&fast.last[1], "too-fast-for-satellite"));
	assert_false(fired(&fast.last[1], "rtt-differs-by-prefix"));
	assert_true(fast.last[1].entry_as != 22351 ||
		    fast.last[1].p < slow.last[1].p - 0.1);
	assert_int_equal(slow.last[0].entry_as, 4837);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(unicom_itself_in_2019),
	    cmocka_unit_test(hidden_front_in_2026),
	    cmocka_unit_test(the_registry_names_the_deciding_hop),
	    cmocka_unit_test(the_russian_side),
	    cmocka_unit_test(a_forged_end_is_not_believed),
	    cmocka_unit_test(tables_that_do_not_fit_are_said),
	    cmocka_unit_test(vantages_vote),
	    cmocka_unit_test(an_empty_trace_votes_for_nobody),
	    cmocka_unit_test(the_prefix_has_upstreams_of_its_own),
	    cmocka_unit_test(a_satellite_only_where_there_is_time_for_it),
	};
	return cmocka_run_group_tests(tests, open_days, close_days);
}
