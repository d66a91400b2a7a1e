/* SPDX-License-Identifier: ISC */
#include "analysis/origin/changes.h"
#include "analysis/origin/origin_ases.h"
#include "analysis/origin/replace.h"
#include "analysis/origin/show.h"
#include "analysis/origin/snapshot.h"
#include "probe/base/clock.h"
#include "probe/base/mem.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <unistd.h>

#include <cmocka.h>

/*
 * Sets of tables: layers of their own pace, VRPs and organisations, and the
 * bases of files of changes.
 */

static char folder[] = "/tmp/tumen-set-XXXXXX";

static uint32_t
addr(const char *text)
{
	uint32_t a = 0;
	assert_true(addr_parse(text, &a));
	return a;
}

static struct prefix
prefix(const char *text)
{
	struct prefix p;
	assert_true(prefix_parse(text, &p));
	return p;
}

static int64_t
when(const char *text)
{
	int64_t us = 0;
	assert_true(clock_parse_us(text, &us));
	return us;
}

static void
begin(struct table *t, enum origin_layer layer)
{
	struct source *s = table_begin(t, layer);
	s->name = xasprintf("a file of %s", origin_layer_name(layer));
	s->kind = xstrdup("test");
}

static void
add(struct table *t, const char *text, uint32_t asn)
{
	struct prefix p = prefix(text);
	assert_true(table_add_prefix(t, &p, &asn, 1, NULL));
	table_name(t, asn, "a name");
}

static void
save(const char *name, const struct wr *bytes)
{
	struct fault f = {0};
	char *path = xasprintf("%s/%s", folder, name);
	assert_true(replace_file(path, bytes->p, bytes->len, &f));
	free(path);
}

static void
pack(struct table *t, const char *asof, const char *name)
{
	struct wr bytes = {0};
	snapshot_pack(t, when(asof), &bytes);
	save(name, &bytes);
	wr_free(&bytes);
	table_clear(t);
}

/* Opens files of the folder, up to the NULL; at_us < 0: for all times. */
static struct origin_set *
open_at(int64_t at_us, const char *const *names, struct fault *f)
{
	char *paths[8] = {NULL};
	size_t n = 0;
	*f = (struct fault){0};
	for (; names[n] != NULL; n++)
		paths[n] = xasprintf("%s/%s", folder, names[n]);
	const char *const *p = (const char *const *)paths;
	struct origin_set *set = at_us < 0 ? origin_set_open(p, n, f)
					   : origin_set_open_at(p, n, at_us, f);
	for (size_t i = 0; i < n; i++)
		free(paths[i]);
	return set;
}

static const char *const paced[] = {"bgp1.origin", "bgp2.origin",
    "registry.origin", "ixp.origin", "old.origin", "vrps.origin", NULL};

/*
 * BGP of two days, a registry of an earlier one, an IXP in between; long before
 * them a table of everything; VRPs, relations and organisations between.
 */
static int
make_tables(void **state)
{
	(void)state;
	struct table t = {0};
	assert_non_null(mkdtemp(folder));
	begin(&t, ORIGIN_BGP);
	add(&t, "1.0.0.0/16", 11);
	add(&t, "1.2.0.0/16", 12);
	pack(&t, "2026-06-10", "bgp1.origin");
	begin(&t, ORIGIN_BGP);
	add(&t, "1.0.0.0/16", 21);
	pack(&t, "2026-06-20", "bgp2.origin");
	begin(&t, ORIGIN_REGISTRY);
	add(&t, "1.0.0.0/8", 30);
	pack(&t, "2026-06-01", "registry.origin");
	begin(&t, ORIGIN_IXP);
	add(&t, "1.0.8.0/24", 40);
	pack(&t, "2026-06-15", "ixp.origin");
	begin(&t, ORIGIN_BGP);
	add(&t, "1.0.0.0/8", 50);
	add(&t, "9.0.0.0/8", 50);
	begin(&t, ORIGIN_CURATED);
	add(&t, "8.0.0.0/8", 51);
	pack(&t, "2025-06-01", "old.origin");
	begin(&t, ORIGIN_NONE);
	struct prefix p = prefix("175.45.176.0/22");
	table_vrp(&t, &p, 22, 131279);
	p = prefix("175.45.0.0/16");
	table_vrp(&t, &p, 20, 7);
	p = prefix("10.0.0.0/8");
	table_vrp(&t, &p, 32, 0);
	p = prefix("0.0.0.0/1");
	table_vrp(&t, &p, 1, 5);
	table_org(&t, 4837, "ORG-CU", "China Unicom");
	table_org(&t, 9929, "ORG-CU", "China Unicom");
	table_org(&t, 20485, "ORG-TTK", NULL);
	table_relate(&t, 20485, 131279, ORIGIN_PROVIDER);
	pack(&t, "2026-06-12", "vrps.origin");
	return 0;
}

static int
remove_tables(void **state)
{
	(void)state;
	char *command = xasprintf("rm -r %s", folder);
	int status = system(command);
	free(command);
	return status;
}

struct expected {
	const char *at, *addr;
	enum origin_layer layer;
	uint32_t asn;
	const char *asof; /* NULL: no table */
};

static const struct expected by_layer[] = {
    {"2026-06-25", "1.0.1.1", ORIGIN_BGP, 21, "2026-06-20"},
    {"2026-06-25", "1.0.8.1", ORIGIN_IXP, 40, "2026-06-15"},
    {"2026-06-25", "1.2.1.1", ORIGIN_REGISTRY, 30, "2026-06-01"},
    {"2026-06-25", "9.1.1.1", ORIGIN_NONE, 0, "2026-06-20"},
    {"2026-06-25", "8.1.1.1", ORIGIN_CURATED, 51, "2025-06-01"},
    {"2026-06-14", "1.0.8.1", ORIGIN_BGP, 11, "2026-06-10"},
    {"2026-06-14", "1.2.1.1", ORIGIN_BGP, 12, "2026-06-10"},
    {"2026-06-05", "1.2.1.1", ORIGIN_BGP, 50, "2025-06-01"},
    {"2026-06-05", "9.1.1.1", ORIGIN_BGP, 50, "2025-06-01"},
    {"2025-05-31", "1.2.1.1", ORIGIN_NONE, 0, NULL},
};

static void
each_layer_at_its_pace(void **state)
{
	(void)state;
	const size_t n = sizeof(by_layer) / sizeof(by_layer[0]);
	for (size_t i = 0; i < n * 2; i++) {
		const struct expected *e = &by_layer[i % n];
		struct fault f;
		struct origin_answer a;
		int64_t at = when(e->at);
		struct origin_set *set = open_at(i < n ? -1 : at, paced, &f);
		assert_string_equal(f.text, "");
		bool found = origin_lookup(set, addr(e->addr), at, &a);
		assert_int_equal(found, e->layer != ORIGIN_NONE);
		assert_int_equal(a.layer, e->layer);
		assert_int_equal(a.nasns > 0 ? a.asns[0] : 0, e->asn);
		assert_int_equal(a.asof_us, e->asof ? when(e->asof) : -1);
		if (e->asof != NULL)
			assert_int_equal(
			    a.days, (at - when(e->asof)) / (86400 * US_PER_S));
		origin_set_close(set);
	}
}

/* The limit is for each layer; what was not asked for its age is told. */
static void
old_layers_are_not_asked(void **state)
{
	(void)state;
	struct fault f;
	struct origin_answer a;
	char reason[ORIGIN_REASON_LEN];
	struct origin_set *set = open_at(-1, paced, &f);
	const int64_t at = when("2026-07-15");
	origin_set_limit(set, 30);
	assert_true(origin_lookup(set, addr("1.0.1.1"), at, &a));
	assert_int_equal(a.asns[0], 21);
	assert_false(origin_lookup(set, addr("1.2.1.1"), at, &a));
	assert_int_equal(a.asof_us, when("2026-06-20"));
	assert_string_equal(origin_reason(&a, reason),
	    "no layer knows it; the newest registry table not later than "
	    "2026-07-15 is of 2026-06-01, 44 days before; the limit is 30 "
	    "(--max-days)");
	assert_false(origin_lookup(set, addr("1.0.1.1"), at * 2, &a));
	assert_int_equal(a.refusal, ORIGIN_ALL_OLD);
	origin_set_close(set);
}

static enum origin_rpki
route(const struct origin_set *set, const char *text, uint32_t asn,
    const char *at)
{
	struct prefix p = prefix(text);
	return origin_rpki(set, &p, asn, when(at));
}

/* RFC 6811; the ROA of 2025-03-18 made four /24 invalid. */
static void
routes_are_validated(void **state)
{
	(void)state;
	struct fault f;
	struct origin_set *set = open_at(-1, paced, &f);
	const char *at = "2026-06-20";
	assert_int_equal(
	    route(set, "175.45.176.0/22", 131279, at), ORIGIN_RPKI_VALID);
	assert_int_equal(
	    route(set, "175.45.177.0/24", 131279, at), ORIGIN_RPKI_INVALID);
	assert_int_equal(
	    route(set, "175.45.176.0/22", 7, at), ORIGIN_RPKI_INVALID);
	assert_int_equal(
	    route(set, "175.45.160.0/20", 7, at), ORIGIN_RPKI_VALID);
	assert_int_equal(
	    route(set, "175.44.0.0/15", 7, at), ORIGIN_RPKI_NOT_FOUND);
	assert_int_equal(route(set, "10.1.0.0/16", 0, at), ORIGIN_RPKI_INVALID);
	assert_int_equal(route(set, "10.0.0.0/8", 9, at), ORIGIN_RPKI_INVALID);
	assert_int_equal(route(set, "0.0.0.0/1", 5, at), ORIGIN_RPKI_VALID);
	assert_int_equal(route(set, "0.0.0.0/0", 5, at), ORIGIN_RPKI_NOT_FOUND);
	assert_int_equal(route(set, "175.45.176.0/22", 131279, "2026-06-11"),
	    ORIGIN_RPKI_UNKNOWN);
	origin_set_close(set);
}

static void
ases_of_that_time(void **state)
{
	(void)state;
	struct fault f;
	struct origin_org org;
	struct origin_set *set = open_at(-1, paced, &f);
	const int64_t at = when("2026-06-20"), before = when("2026-06-11");
	assert_true(origin_org(set, 4837, at, &org));
	assert_string_equal(org.id, "ORG-CU");
	assert_string_equal(org.name, "China Unicom");
	assert_true(origin_org(set, 20485, at, &org));
	assert_null(org.name);
	assert_false(origin_org(set, 1, at, &org));
	assert_true(origin_same_org(set, 4837, 9929, at));
	assert_false(origin_same_org(set, 4837, 20485, at));
	assert_false(origin_same_org(set, 4837, 9929, before));
	assert_int_equal(
	    origin_relate(set, 131279, 20485, at), ORIGIN_CUSTOMER);
	assert_int_equal(
	    origin_relate(set, 131279, 20485, before), ORIGIN_UNRELATED);
	origin_set_close(set);
}

/* What the two forms of an answer print, for an address at a time. */
static void
shown(const struct origin_set *set, const char *text, const char *at,
    char out[static 2048])
{
	struct origin_answer a;
	origin_lookup(set, addr(text), when(at), &a);
	FILE *capture = tmpfile();
	int saved = dup(STDOUT_FILENO);
	assert_non_null(capture);
	fflush(stdout);
	dup2(fileno(capture), STDOUT_FILENO);
	show_answer(set, addr(text), &a);
	show_answer_json(set, addr(text), &a);
	fflush(stdout);
	dup2(saved, STDOUT_FILENO);
	close(saved);
	rewind(capture);
	size_t n = fread(out, 1, 2047, capture);
	out[n] = '\0';
	fclose(capture);
}

static void
states_are_shown(void **state)
{
	(void)state;
	static const char *const names[] = {
	    "routes.origin", "vrps.origin", "registry.origin", NULL};
	static const uint32_t moas[] = {4837, 131279};
	struct fault f;
	char out[2048];
	struct table t = {0};
	struct prefix p = prefix("175.45.176.0/22");
	begin(&t, ORIGIN_BGP);
	table_add_prefix(&t, &p, moas, 2, NULL);
	pack(&t, "2026-06-05", "routes.origin");
	struct origin_set *set = open_at(-1, names, &f);
	shown(set, "175.45.176.1", "2026-06-20", out);
	assert_non_null(strstr(out, "AS4837,AS131279"));
	assert_non_null(strstr(out, " [RPKI invalid, valid]\n"));
	assert_non_null(strstr(out,
	    "\"rpki\":[\"invalid\",\"valid\"],\"org\":[{\"id\":\"ORG-CU\","
	    "\"name\":\"China Unicom\"},null]}\n"));
	shown(set, "175.45.176.1", "2026-06-11", out); /* no VRPs yet */
	assert_null(strstr(out, "RPKI"));
	assert_non_null(strstr(out, "\"rpki\":null,\"org\":[null,null]}\n"));
	shown(set, "1.2.3.4", "2026-06-20", out); /* no route */
	assert_non_null(strstr(out, "[not BGP: a file of registry]\n"));
	assert_non_null(strstr(out, "\"rpki\":null,"));
	origin_set_close(set);
}

/* --- bases -----------------------------------------------------------------
 */

/* day.origin, which holds the changes from base.origin to another table. */
static void
make_changes(void)
{
	struct table t = {0};
	struct fault f = {0};
	struct wr whole = {0}, changes = {0};
	char *path = xasprintf("%s/base.origin", folder);
	begin(&t, ORIGIN_BGP);
	add(&t, "1.0.0.0/16", 11);
	add(&t, "1.1.0.0/16", 12);
	pack(&t, "2026-06-10", "base.origin");
	begin(&t, ORIGIN_BGP);
	add(&t, "1.0.0.0/16", 11);
	add(&t, "1.1.0.0/16", 13);
	snapshot_pack(&t, when("2026-06-11"), &whole);
	struct snapshot *base = snapshot_open(path, &f);
	struct snapshot *day =
	    snapshot_borrow(whole.p, whole.len, "memory", &f);
	changes_pack(base, day, &changes);
	save("day.origin", &changes);
	snapshot_close(day);
	snapshot_close(base);
	wr_free(&whole);
	wr_free(&changes);
	table_clear(&t);
	free(path);
}

static void
move(const char *from, const char *to)
{
	char *a = xasprintf("%s/%s", folder, from);
	char *b = xasprintf("%s/%s", folder, to);
	assert_int_equal(rename(a, b), 0);
	free(a);
	free(b);
}

static void
both_answer(const char *const *names, size_t tables)
{
	struct fault f;
	struct origin_answer a;
	const struct snapshot *const *all = NULL;
	struct origin_set *set = open_at(-1, names, &f);
	assert_string_equal(f.text, "");
	assert_int_equal(origin_set_tables(set, &all), tables);
	int64_t at = when("2026-06-12");
	assert_true(origin_lookup(set, addr("1.0.1.1"), at, &a));
	assert_int_equal(a.asns[0], 11);
	assert_int_equal(a.days, 1);
	assert_true(origin_lookup(set, addr("1.1.1.1"), at, &a));
	assert_int_equal(a.asns[0], 13);
	assert_false(/* the base is no table unless it is named */
	    origin_lookup(set, addr("1.1.1.1"), when("2026-06-10"), &a) &&
	    tables == 1);
	origin_set_close(set);
}

static void
bases_are_found(void **state)
{
	(void)state;
	static const char *const day[] = {"day.origin", NULL};
	static const char *const both[] = {"day.origin", "base.origin", NULL};
	static const char *const apart[] = {
	    "day.origin", "apart/base.origin", NULL};
	struct fault f;
	make_changes();
	both_answer(day, 1);
	both_answer(both, 2);
	move("base.origin", "renamed.origin");
	both_answer(day, 1);
	char *sub = xasprintf("%s/apart", folder);
	mkdir(sub, 0700);
	free(sub);
	move("renamed.origin", "apart/base.origin");
	both_answer(apart, 2);
	struct origin_set *set = open_at(when("2026-06-12"), apart, &f);
	assert_non_null(set); /* for one time, the base is opened, too */
	origin_set_close(set);
}

static void
bases_that_are_missed(void **state)
{
	(void)state;
	static const char *const day[] = {"day.origin", NULL};
	struct fault f;
	assert_null(open_at(-1, day, &f));
	assert_int_equal(f.status, EX_DATAERR);
	assert_non_null(strstr(f.text, "day.origin: byte "));
	assert_non_null(strstr(f.text, ": its base base.origin, of 2026-06-10 "
				       "with the identity "));
	assert_non_null(strstr(f.text, "is neither among the tables nor in "));
	assert_non_null(strstr(f.text, folder));
	/* a file of that name, but another table */
	struct table t = {0};
	begin(&t, ORIGIN_BGP);
	add(&t, "1.0.0.0/16", 99);
	pack(&t, "2026-06-10", "base.origin");
	assert_null(open_at(-1, day, &f));
	assert_int_equal(f.status, EX_DATAERR);
	assert_non_null(strstr(f.text, "is neither among the tables nor in "));
}

/* Damage is told when the file is needed; in the head it always is. */
static void
damaged_files(void **state)
{
	(void)state;
	static const char *const names[] = {"bgp1.origin", "bgp2.origin", NULL};
	char *path = xasprintf("%s/bgp2.origin", folder);
	struct fault f;
	struct stat st;
	assert_int_equal(stat(path, &st), 0);
	FILE *file = fopen(path, "r+e");
	assert_non_null(file);
	fseek(file, st.st_size / 2, SEEK_SET);
	fputc('X', file); /* in the index */
	fclose(file);
	struct origin_set *set = open_at(when("2026-06-14"), names, &f);
	assert_non_null(set);
	origin_set_close(set);
	assert_null(open_at(when("2026-06-24"), names, &f));
	assert_int_equal(f.status, EX_DATAERR);
	assert_non_null(strstr(f.text, "bgp2.origin: byte "));
	assert_int_equal(truncate(path, 40), 0);
	assert_null(open_at(when("2026-06-14"), names, &f));
	assert_int_equal(f.status, EX_DATAERR);
	assert_non_null(strstr(f.text, "bgp2.origin: byte 24: has 40 bytes"));
	free(path);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(each_layer_at_its_pace),
	    cmocka_unit_test(old_layers_are_not_asked),
	    cmocka_unit_test(routes_are_validated),
	    cmocka_unit_test(ases_of_that_time),
	    cmocka_unit_test(states_are_shown),
	    cmocka_unit_test(bases_are_found),
	    cmocka_unit_test(bases_that_are_missed),
	    cmocka_unit_test(damaged_files),
	};
	return cmocka_run_group_tests(tests, make_tables, remove_tables);
}
