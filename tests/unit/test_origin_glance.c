/* SPDX-License-Identifier: ISC */
#include "analysis/origin/changes.h"
#include "analysis/origin/origin_ases.h"
#include "analysis/origin/replace.h"
#include "analysis/origin/snapshot.h"
#include "analysis/origin/snapshot_ases.h"
#include "probe/base/mem.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

/*
 * What is seen at a glance decides which files of a set are opened for one
 * time: the answers have to be those of the whole set.
 */

static char folder[] = "/tmp/tumen-glance-XXXXXX";

/* What a table of a test has; each of one record. */
enum { LINKS = 1, RELATIONS = 2, VRPS = 4, ORGS = 8, UPSTREAMS = 16, ALL = 31 };

static const struct prefix net = {0xaf2db000, 24};

static void
fill(struct table *t, unsigned has, uint32_t asn)
{
	table_begin(t, ORIGIN_BGP)->name = xstrdup("a file");
	table_source(t)->kind = xstrdup("test");
	table_add_prefix(t, &net, &asn, 1, NULL);
	if (has & LINKS)
		table_adjacent(t, 131279, 10 + asn);
	if (has & RELATIONS)
		table_relate(t, asn, 131279, ORIGIN_PROVIDER);
	if (has & VRPS)
		table_vrp(t, &net, 24, asn);
	if (has & ORGS)
		table_org(t, 131279, "STAR", NULL);
	if (has & UPSTREAMS)
		table_upstream(t, &net, asn, 1);
}

static char *
path_of(const char *name)
{
	return xasprintf("%s/%s", folder, name);
}

static void
save(const char *name, const struct wr *bytes)
{
	struct fault f = {0};
	char *path = path_of(name);
	assert_true(replace_file(path, bytes->p, bytes->len, &f));
	free(path);
}

/* A table of a day; asn tells which answered. */
static void
day(const char *name, int64_t days, unsigned has, uint32_t asn)
{
	struct table t = {0};
	struct wr bytes = {0};
	fill(&t, has, asn);
	snapshot_pack(&t, days * 86400000000, &bytes);
	save(name, &bytes);
	wr_free(&bytes);
	table_clear(&t);
}

/* The same table a day later, but for one more prefix, as changes. */
static void
next_day(const char *name, const char *base_name, int64_t days, unsigned has,
    uint32_t asn)
{
	struct table t = {0};
	struct wr whole = {0}, changes = {0};
	struct fault f = {0};
	struct prefix more = {0xaf2db100, 24};
	char *path = path_of(base_name);
	fill(&t, has, asn);
	table_add_prefix(&t, &more, &asn, 1, NULL);
	snapshot_pack(&t, days * 86400000000, &whole);
	struct snapshot *base = snapshot_open(path, &f);
	struct snapshot *s = snapshot_borrow(whole.p, whole.len, "day", &f);
	assert_true(base != NULL && s != NULL);
	changes_pack(base, s, &changes);
	save(name, &changes);
	snapshot_close(s);
	snapshot_close(base);
	wr_free(&changes);
	wr_free(&whole);
	table_clear(&t);
	free(path);
}

static struct origin_set *
open_files(const char *const *names, size_t n, int64_t at_us)
{
	char *paths[4] = {NULL};
	struct fault f = {0};
	for (size_t i = 0; i < n; i++)
		paths[i] = path_of(names[i]);
	const char *const *p = (const char *const *)paths;
	struct origin_set *set = at_us < 0
				     ? origin_set_open(p, n, &f)
				     : origin_set_open_at(p, n, at_us, &f);
	if (set == NULL)
		fail_msg("%s", f.text);
	for (size_t i = 0; i < n; i++)
		free(paths[i]);
	return set;
}

/* Whatever tells who answered, in one number. */
static void
ask(const struct origin_set *set, int64_t at, int64_t answers[static 6])
{
	struct origin_upstream u = {0};
	struct origin_org org;
	uint32_t neighbours[4] = {0};
	origin_upstreams(set, net.addr, at, &u, 1);
	origin_neighbours(set, 131279, at, neighbours, 4);
	answers[0] = u.asn;
	answers[1] = neighbours[0] + 1000 * neighbours[1];
	answers[2] = origin_relate(set, 1, 131279, at) * 10 +
		     origin_relate(set, 2, 131279, at);
	answers[3] = origin_rpki(set, &net, 1, at);
	answers[4] = origin_rpki(set, &net, 2, at);
	answers[5] = origin_org(set, 131279, at, &org);
}

static void
same_answers(const char *const *names, size_t n, int64_t at, size_t tables)
{
	int64_t want[6] = {0}, have[6] = {0};
	const struct snapshot *const *all = NULL;
	struct origin_set *whole = open_files(names, n, -1);
	struct origin_set *some = open_files(names, n, at);
	ask(whole, at, want);
	ask(some, at, have);
	assert_memory_equal(want, have, sizeof(want));
	assert_int_equal(origin_set_tables(some, &all), tables);
	origin_set_close(whole);
	origin_set_close(some);
}

/*
 * An old table of everything, a base that has this or that, and changes that
 * have the same: what the base lacks comes from the old one.
 */
static void
through_the_base(void **state)
{
	(void)state;
	static const char *const near[] = {
	    "old.origin", "base.origin", "day.origin"};
	static const char *const far[] = {"old.origin", "day.origin"};
	const int64_t at = 20005 * INT64_C(86400000000);
	day("old.origin", 20000, ALL, 1);
	for (unsigned has = 0; has <= ALL; has++) {
		day("base.origin", 20001, has, 2);
		next_day("day.origin", "base.origin", 20002, has, 2);
		bool needed = has != ALL;
		same_answers(near, 3, at, needed ? 3 : 2);
		same_answers(far, 2, at, needed ? 2 : 1);
	}
}

/*
 * The day has what its base lacks and nothing else: the base, where it is a
 * table of the set, has the rest.
 */
static void
beside_the_base(void **state)
{
	(void)state;
	static const char *const near[] = {
	    "old.origin", "base.origin", "day.origin"};
	static const char *const far[] = {"old.origin", "day.origin"};
	const int64_t at = 20005 * INT64_C(86400000000);
	day("old.origin", 20000, ALL, 1);
	for (unsigned has = 0; has <= ALL; has++) {
		day("base.origin", 20001, has, 2);
		next_day("day.origin", "base.origin", 20002, ALL - has, 2);
		same_answers(near, 3, at, 2);
		same_answers(far, 2, at, has == 0 ? 1 : 2);
	}
}

static void
glance_at(const char *name, struct snapshot_glance *g)
{
	struct fault f = {0};
	char *path = path_of(name);
	assert_true(snapshot_glance(path, g, &f));
	free(path);
}

/* So many that what was once read behind them is no longer the process's. */
static void
relations_alone(void **state)
{
	(void)state;
	for (int kind = 0; kind < 2; kind++) {
		struct table t = {0};
		struct wr bytes = {0};
		struct snapshot_glance g;
		table_begin(&t, ORIGIN_NONE)->name = xstrdup("a file");
		table_source(&t)->kind = xstrdup("test");
		for (uint32_t a = 1; a <= 400000; a++)
			table_relate(&t, a, a + 1,
			    kind == 0 ? ORIGIN_ADJACENT : ORIGIN_PEER);
		snapshot_pack(&t, 1, &bytes);
		save("relations.origin", &bytes);
		glance_at("relations.origin", &g);
		assert_int_equal(
		    g.holds, 1u << (kind == 0 ? HOLDS_LINKS : HOLDS_RELATIONS));
		assert_false(g.changes);
		wr_free(&bytes);
		table_clear(&t);
	}
}

/* Each of what there is, and no more. */
static void
what_it_holds(void **state)
{
	(void)state;
	static const unsigned bits[] = {HOLDS_LINKS, HOLDS_RELATIONS,
	    HOLDS_VRPS, HOLDS_ORGS, HOLDS_UPSTREAMS};
	for (unsigned has = 0; has <= ALL; has++) {
		struct snapshot_glance g;
		unsigned want = 1u << ORIGIN_BGP;
		day("some.origin", 20001, has, 2);
		glance_at("some.origin", &g);
		for (size_t i = 0; i < 5; i++)
			want |= has >> i & 1 ? 1u << bits[i] : 0;
		assert_int_equal(g.holds, want);
	}
}

static int
make_folder(void **state)
{
	(void)state;
	assert_non_null(mkdtemp(folder));
	return 0;
}

static int
remove_folder(void **state)
{
	(void)state;
	static const char *const names[] = {"old.origin", "base.origin",
	    "day.origin", "some.origin", "relations.origin"};
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		char *path = path_of(names[i]);
		unlink(path);
		free(path);
	}
	return rmdir(folder);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(through_the_base),
	    cmocka_unit_test(beside_the_base),
	    cmocka_unit_test(relations_alone),
	    cmocka_unit_test(what_it_holds),
	};
	return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
