/* SPDX-License-Identifier: ISC */
#include "analysis/origin/snapshot.h"
#include "analysis/origin/snapshot_ases.h"
#include "tests/unit/mrt_bgp.h"
#include "tests/unit/mrt_rib.h"
#include "tests/unit/mrt_rows.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* Who hands over to the origins that were asked for, by records of every kind.
 */

enum { BGP4MP = 16, TEXT_LEN = 4096 };

/* STAR-KP, one that only AS4_PATH can name, and one of the same asn % 64. */
static const uint32_t towards[] = {131279, 401111, 131279 % 64 + 640};

/* "1.0.0.0/8 5x2 7x1; 2.0.0.0/8 5x1; " in the order of the table. */
static const char *
upstreams(const struct table *t, char text[static TEXT_LEN])
{
	size_t used = 0;
	text[0] = '\0';
	for (size_t i = 0; i < t->nupstreams && used + 64 < TEXT_LEN; i++) {
		const struct table_upstream *u = &t->upstreams[i];
		const struct table_upstream *v = i > 0 ? u - 1 : NULL;
		struct prefix p = {u->addr, u->len};
		char prefix[PREFIX_STRLEN];
		prefix_format(&p, prefix);
		bool same = v != NULL && v->addr == u->addr && v->len == u->len;
		used += (size_t)snprintf(text + used, TEXT_LEN - used,
		    "%s%s %ux%u", same || i == 0 ? "" : "; ",
		    same ? "" : prefix, (unsigned)u->asn, u->peers);
	}
	return text;
}

/* Reads what was written, forgets it, and holds the upstreams against text. */
static void
expect(struct wr *w, const char *text)
{
	char have[TEXT_LEN];
	struct table t = {.towards = towards,
	    .ntowards = sizeof(towards) / sizeof(towards[0])};
	mrt_read(&t, w->p, w->len);
	wr_free(w);
	assert_string_equal(upstreams(&t, have), text);
	assert_int_equal(
	    table_source(&t)->counts[COUNT_UPSTREAMS], t.nupstreams);
	table_clear(&t);
}

/* Paths of ASNs of 4 octets, and who hands over; 0: nobody is known. */
static const struct {
	const char *path;
	uint32_t upstream;
} paths[] = {
    {"3356 4837 131279", 4837},
    {"4837 131279", 4837},
    {"131279", 0},	  /* the peer is the origin */
    {"131279 131279", 0}, /* and repeats itself */
    {"", 0},		  /* no path */
    {"4837 20485", 0},	  /* to another origin */
    {"131279 20485", 0},  /* one that was asked for, but on the way */
    {"4837 15", 0},	  /* the same asn % 64 */
    {"20485 655", 20485}, /* that one is asked for, too */
    {"3356 4837 4837 131279 131279 131279", 4837},
    {"131279 4837 131279", 4837}, /* poisoned */
    {"4837 131279 3356 131279", 3356},
    {"4837 64512 131279", 4837}, /* a private ASN between */
    {"4837 131279 64512", 4837}, /* and behind */
    {"4200000000 131279", 0},
    {"4837 23456 131279", 0}, /* an AS that nobody can name */
    {"4837 131279 23456", 4837},
    {"(64512 65001) 131279", 0}, /* confederation */
    {"(65001) 4837 131279", 4837},
    {"4837 (65001 65002) 131279", 4837},
    {"4837 {131279 7}", 4837}, /* a set at the end: each is an origin */
    {"4837 131279 {7 131279}", 4837},
    {"4837 {7 8}", 0},
    {"4837 {131279}", 4837},
    {"131279 {131279 7}", 0},
    {"{131279 7}", 0},
    {"4837 {7 8} 131279", 0}, /* which of them, nobody knows */
    {"4837 {7} 131279", 7},
    {"4837 {7 8} 20485 131279", 20485},
};

enum { PATHS = sizeof(paths) / sizeof(paths[0]) };

static void
want(char *text, size_t i)
{
	char prefix[PREFIX_STRLEN];
	prefix_format(&(struct prefix){((uint32_t)i + 11) << 24, 8}, prefix);
	if (paths[i].upstream != 0)
		snprintf(text + strlen(text), TEXT_LEN - strlen(text),
		    "%s%s %ux1", *text ? "; " : "", prefix,
		    (unsigned)paths[i].upstream);
}

static const char *
prefix_of(size_t i)
{
	static char text[PREFIX_STRLEN];
	return prefix_format(
	    &(struct prefix){((uint32_t)i + 11) << 24, 8}, text);
}

/* Every path in a table dump and in an update. */
static void
every_path(void **state)
{
	(void)state;
	char text[TEXT_LEN] = "";
	struct wr rib = {0}, add_path = {0}, update = {0};
	mrt_index(&rib);
	mrt_index(&add_path);
	for (size_t i = 0; i < PATHS; i++) {
		struct mrt_rib_route r = {3, paths[i].path};
		const char *prefix = prefix_of(i);
		mrt_rib(&rib, prefix, &r, 1, MRT_RIB);
		mrt_rib(&add_path, prefix, &r, 1, MRT_RIB_ADD_PATH);
		mrt_update(&update, BGP4MP,
		    &(struct mrt_message){.subtype = 4,
			.peer = 3,
			.announced = prefix,
			.route = {paths[i].path, 4, NULL, 0}});
		want(text, i);
	}
	expect(&rib, text);
	expect(&add_path, text);
	expect(&update, text);
}

/* Paths of ASNs of 2 octets beside AS4_PATH (RFC 6793 section 4.2.3). */
static void
merged_paths(void **state)
{
	(void)state;
	static const struct {
		struct mrt_route_text route;
		const char *upstream;
	} cases[] = {
	    {{"1 2 131279", 2, "2 131279", 0}, "1.0.0.0/8 2x1"},
	    {{"1 2 131279", 2, "131279", 0}, "1.0.0.0/8 2x1"},
	    {{"1 2 131279", 2, "1 2 131279", 0}, "1.0.0.0/8 2x1"},
	    {{"1 400000 131279", 2, "400000 131279", 0}, "1.0.0.0/8 400000x1"},
	    /* AS_TRANS before the merged part: who that is, it does not say */
	    {{"1 400000 131279 131279", 2, "131279 131279", 0}, ""},
	    {{"1 2 131279 131279", 2, "131279", 0}, ""},
	    {{"1 2 131279", 2, NULL, 0}, ""},		/* the origin is AS2 */
	    {{"1 2 131279", 2, "5 1 2 131279", 0}, ""}, /* longer: void */
	    {{"1 2 131279", 2, "2 131279", 9}, ""},	/* outdated */
	    {{"1 {2 3} 131279", 2, "131279", 0}, ""},
	    {{"1 2 {131279 7}", 2, "{131279 7}", 0}, "1.0.0.0/8 2x1"},
	    {{"1 (9) 2 131279", 2, "131279", 0}, "1.0.0.0/8 2x1"},
	    {{"1 2 655", 2, NULL, 0}, "1.0.0.0/8 2x1"},
	    {{"1 655 655", 2, NULL, 0}, "1.0.0.0/8 1x1"},
	    {{"1 2 3 655", 2, "655", 0}, "1.0.0.0/8 3x1"},
	    /* what AS4_PATH stands for is not looked at; a set is one hop */
	    {{"1 4 655", 2, "64512 655", 0}, "1.0.0.0/8 1x1"},
	    {{"1 {2 3} 4 655", 2, "64512 655", 0}, ""},
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct wr dump = {0}, update = {0};
		mrt_table_dump(&dump, "1.0.0.0/8", 1, &cases[i].route);
		mrt_update(&update, BGP4MP,
		    &(struct mrt_message){.subtype = 1,
			.peer = 1,
			.announced = "1.0.0.0/8",
			.route = cases[i].route});
		expect(&dump, cases[i].upstream);
		expect(&update, cases[i].upstream);
	}
}

/* A peer counts once for each upstream, whatever paths and records it has. */
static void
distinct_peers(void **state)
{
	(void)state;
	static const struct mrt_rib_route plain[] = {{0, "1 4837 131279"},
	    {1, "2 4837 131279"}, {2, "3 20485 131279"}, {3, "4 20485"},
	    {99, "1 7 131279"}};
	static const struct mrt_rib_route more[] = {{2, "9 20485 131279"},
	    {2, "8 20485 131279 131279"}, {2, "4837 131279"},
	    {4, "20485 131279"}};
	struct wr w = {0};
	mrt_index(&w);
	mrt_rib(&w, "1.0.0.0/8", plain, 5, MRT_RIB);
	mrt_rib(&w, "1.0.0.0/8", more, 4, MRT_RIB_ADD_PATH);
	mrt_rib(&w, "1.0.0.0/16", plain, 1, MRT_RIB);
	mrt_rib(&w, "0.0.0.0/0", plain, 1, MRT_RIB);  /* not kept */
	mrt_rib(&w, "10.0.0.0/8", plain, 1, MRT_RIB); /* neither */
	mrt_rib(&w, "2.0.0.0/8", plain + 2, 2, MRT_RIB);
	expect(&w,
	    "1.0.0.0/8 4837x3 20485x2; 1.0.0.0/16 4837x1; 2.0.0.0/8 20485x1");
	for (uint16_t peer = 1; peer <= 3; peer++)
		mrt_table_dump(&w, "1.0.0.0/8", peer,
		    &(struct mrt_route_text){
			peer < 3 ? "1 2 131279" : "4 3 131279", 2,
			peer < 3 ? "2 131279" : "3 131279", 0});
	mrt_table_dump(&w, "1.0.0.0/8", 1, /* again, the same peer */
	    &(struct mrt_route_text){"2 131279", 2, "2 131279", 0});
	expect(&w, "1.0.0.0/8 2x2 3x1");
}

/* Of updates, what stands at the end. */
static void
what_stands(void **state)
{
	(void)state;
	static const uint16_t down[] = {6, 1};
	static const struct {
		uint16_t peer;
		const char *withdrawn, *announced, *path;
	} told[] = {
	    {1, NULL, "1.0.0.0/8 2.0.0.0/8 3.0.0.0/8", "9 4837 131279"},
	    {2, NULL, "1.0.0.0/8 2.0.0.0/8", "9 4837 131279"},
	    {1, NULL, "1.0.0.0/8", "9 20485 131279"}, /* in its place */
	    {1, "2.0.0.0/8", NULL, NULL},
	    {2, NULL, "3.0.0.0/8", "9 4837 20485"}, /* another origin */
	    {4, NULL, "1.0.0.0/8 4.0.0.0/8", "9 7 131279"},
	};
	struct wr w = {0};
	for (size_t i = 0; i < sizeof(told) / sizeof(told[0]); i++)
		mrt_update(&w, BGP4MP,
		    &(struct mrt_message){.subtype = 4,
			.peer = told[i].peer,
			.withdrawn = told[i].withdrawn,
			.announced = told[i].announced,
			.route = {told[i].path, 4, NULL, 0}});
	mrt_state(&w, 5, 4, down); /* takes its routes along */
	expect(
	    &w, "1.0.0.0/8 4837x1 20485x1; 2.0.0.0/8 4837x1; 3.0.0.0/8 4837x1");
}

/* Without an origin asked for there is none, and the rows are the same. */
static void
nothing_asked(void **state)
{
	(void)state;
	static const struct mrt_rib_route r[] = {
	    {0, "4837 131279"}, {1, "20485 131279"}};
	char with[TEXT_LEN], without[TEXT_LEN];
	struct wr w = {0};
	struct table t, u = {.towards = towards, .ntowards = 1};
	mrt_index(&w);
	mrt_rib(&w, "1.0.0.0/8", r, 2, MRT_RIB);
	mrt_load(&t, w.p, w.len);
	mrt_read(&u, w.p, w.len);
	assert_int_equal(t.nupstreams, 0);
	assert_int_equal(table_source(&t)->counts[COUNT_UPSTREAMS], 0);
	assert_int_equal(u.nupstreams, 2);
	assert_string_equal(
	    mrt_rows(&t, without, TEXT_LEN), mrt_rows(&u, with, TEXT_LEN));
	table_clear(&t);
	table_clear(&u);
	wr_free(&w);
}

/* Two collectors: their peers are different ones. */
static void
files_add_up(void **state)
{
	(void)state;
	static const struct mrt_rib_route r[] = {
	    {0, "4837 131279"}, {1, "4837 131279"}, {2, "20485 131279"}};
	struct origin_upstream have[4];
	struct fault f = {0};
	struct wr w = {0}, bytes = {0};
	struct table t = {.towards = towards, .ntowards = 1};
	mrt_index(&w);
	mrt_rib(&w, "1.0.0.0/8", r, 3, MRT_RIB);
	mrt_read(&t, w.p, w.len);
	table_source(&t)->name = strdup("first");
	mrt_read(&t, w.p, w.len);
	table_source(&t)->name = strdup("second");
	for (size_t i = 0; i < t.nsources; i++)
		t.sources[i].kind = strdup("mrt");
	snapshot_pack(&t, 1, &bytes);
	struct snapshot *s = snapshot_borrow(bytes.p, bytes.len, "two", &f);
	assert_non_null(s);
	assert_int_equal(snapshot_upstreams(s, 0x01020304, have, 4), 2);
	assert_int_equal(have[0].asn, 4837);
	assert_int_equal(have[0].peers, 4);
	assert_int_equal(have[1].asn, 20485);
	assert_int_equal(have[1].peers, 2);
	snapshot_close(s);
	wr_free(&bytes);
	wr_free(&w);
	table_clear(&t);
}

/* The longest prefix around an address that has any, by a look at all. */
static size_t
by_scan(const struct table *t, uint32_t addr, struct origin_upstream *all)
{
	size_t n = 0;
	uint8_t best = 0;
	for (size_t i = 0; i < t->nupstreams; i++) {
		const struct table_upstream *u = &t->upstreams[i];
		struct prefix p = {u->addr, u->len};
		if (!prefix_contains(&p, addr) || u->len < best)
			continue;
		n = u->len > best ? 0 : n;
		best = u->len;
		all[n++] = (struct origin_upstream){u->asn, u->peers, p};
	}
	return n;
}

/* Nested prefixes with a few upstreams each. */
static void
add_some(struct table *t, uint32_t *x)
{
	table_begin(t, ORIGIN_BGP)->name = strdup("some");
	table_source(t)->kind = strdup("mrt");
	for (int i = 0; i < 60; i++) {
		*x = *x * 1664525 + 1013904223;
		struct prefix p = {.len = (uint8_t)(24 + (*x >> 8) % 9)};
		p.addr = (0x01020000 | *x >> 24) & prefix_mask(p.len);
		table_upstream(t, &p, 1 + (*x >> 16) % 5, 1);
	}
}

static void
compare_at(const struct snapshot *s, const struct table *t, uint32_t addr)
{
	struct origin_upstream want[64], have[64];
	size_t n = by_scan(t, addr, want);
	assert_int_equal(snapshot_upstreams(s, addr, have, 64), n);
	for (size_t i = 0; i < n; i++) {
		assert_int_equal(have[i].asn, want[i].asn);
		assert_int_equal(have[i].peers, want[i].peers);
		assert_int_equal(have[i].prefix.len, want[i].prefix.len);
	}
}

static void
asked_as_scanned(void **state)
{
	(void)state;
	uint32_t x = 1;
	for (int round = 0; round < 50; round++) {
		struct table t = {0};
		struct wr bytes = {0};
		struct fault f = {0};
		add_some(&t, &x);
		snapshot_pack(&t, 1, &bytes);
		struct snapshot *s =
		    snapshot_borrow(bytes.p, bytes.len, "some", &f);
		assert_non_null(s);
		for (uint32_t a = 0x0101fff0; a < 0x01020110; a++)
			compare_at(s, &t, a);
		snapshot_close(s);
		wr_free(&bytes);
		table_clear(&t);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(every_path),
	    cmocka_unit_test(merged_paths),
	    cmocka_unit_test(distinct_peers),
	    cmocka_unit_test(what_stands),
	    cmocka_unit_test(nothing_asked),
	    cmocka_unit_test(files_add_up),
	    cmocka_unit_test(asked_as_scanned),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
