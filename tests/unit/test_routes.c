/* SPDX-License-Identifier: ISC */
#include "sql/routes.h"

#include "probe/base/mem.h"
#include "tests/unit/sample_route.h"
#include "tests/unit/store_fill.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>

#include <cmocka.h>

static const struct prefix first = {0xaf2db000, 24}, second = {0xaf2db100, 24},
			   whole = {0xaf2db000, 22}, other = {0xcb007100, 24};

static struct store_route
session(enum route_kind kind, int64_t at_us)
{
	struct store_route r = sample_route(&(struct prefix){0}, at_us);
	r.kind = kind;
	r.as_path = NULL;
	r.origin_as = r.upstream_as = -1;
	return r;
}

static int64_t
add_routes(struct store *s, const struct store_route *r, size_t n)
{
	struct fault f = {0};
	int64_t added = -1;
	if (!store_add_routes(s, r, n, &added, &f))
		fail_msg("%s", f.text);
	return added;
}

struct seen {
	size_t n, stop_at;
	struct store_route r[16];
	char path[16][ROUTE_PATH_MAX];
};

static bool
collect(void *arg, const struct store_route *r, struct fault *f)
{
	struct seen *seen = arg;
	(void)f;
	assert_true(seen->n < 16);
	struct store_route *to = &seen->r[seen->n];
	*to = *r;
	if (r->as_path != NULL)
		to->as_path = memcpy(
		    seen->path[seen->n], r->as_path, strlen(r->as_path) + 1);
	return ++seen->n != seen->stop_at;
}

static void
routes(struct store *s, struct store_filter filter, struct seen *seen)
{
	struct fault f = {0};
	*seen = (struct seen){.stop_at = seen->stop_at};
	if (!store_routes(s, &filter, collect, seen, &f) && f.status != 0)
		fail_msg("%s", f.text);
}

static void
same(const struct store_route *a, const struct store_route *b)
{
	assert_string_equal(a->collector, b->collector);
	assert_int_equal(a->peer_addr_len, b->peer_addr_len);
	assert_memory_equal(a->peer_addr, b->peer_addr, sizeof(a->peer_addr));
	assert_int_equal(a->peer_asn, b->peer_asn);
	assert_int_equal(a->path_id, b->path_id);
	assert_int_equal(a->prefix.addr, b->prefix.addr);
	assert_int_equal(a->prefix.len, b->prefix.len);
	assert_int_equal(a->at_us, b->at_us);
	assert_int_equal(a->no, b->no);
	assert_int_equal(a->kind, b->kind);
	assert_int_equal(a->origin_as, b->origin_as);
	assert_int_equal(a->upstream_as, b->upstream_as);
	assert_int_equal(a->as_path == NULL, b->as_path == NULL);
	if (a->as_path != NULL)
		assert_string_equal(a->as_path, b->as_path);
}

static void
every_field_comes_back(void **state)
{
	struct store_route in[4];
	struct seen seen = {0};
	struct store *s = opened(*state, STORE_CREATE);
	in[0] = sample_route(&first, SAMPLE_ROUTE_US);
	in[0].path_id = in[0].peer_asn = UINT32_MAX;
	in[0].no = 7;
	in[1] = sample_route(&first, SAMPLE_ROUTE_US + 1);
	in[1].peer_addr_len = 16;
	memcpy(in[1].peer_addr, "\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\1", 16);
	in[1].kind = ROUTE_TABLE;
	in[1].as_path = "64500 {20485,4837}";
	in[1].origin_as = in[1].upstream_as = -1;
	in[2] = sample_route(&first, SAMPLE_ROUTE_US + 2);
	in[2].kind = ROUTE_WITHDRAWN;
	in[2].as_path = NULL;
	in[3] = sample_route(&first, SAMPLE_ROUTE_US + 3);
	in[3].as_path = "";
	assert_int_equal(add_routes(s, in, 4), 4);
	store_close(s);
	s = opened(*state, STORE_READ);
	routes(s, (struct store_filter){0}, &seen);
	assert_int_equal(seen.n, 4);
	for (size_t i = 0; i < 4; i++)
		same(&seen.r[i], &in[i]);
	store_close(s);
}

static void
the_same_again_changes_nothing(void **state)
{
	struct seen seen = {0};
	struct store_route in[3] = {sample_route(&first, SAMPLE_ROUTE_US),
	    session(ROUTE_DOWN, SAMPLE_ROUTE_US),
	    sample_route(&first, SAMPLE_ROUTE_US)};
	struct store *s = opened(*state, STORE_CREATE);
	assert_int_equal(add_routes(s, in, 3), 2);
	assert_int_equal(add_routes(s, in, 3), 0);
	store_close(s);
	s = opened(*state, STORE_WRITE);
	assert_int_equal(add_routes(s, in, 3), 0);
	routes(s, (struct store_filter){0}, &seen);
	assert_int_equal(seen.n, 2);
	store_close(s);
}

/* The same key but for what was told: both stay. */
static void
nothing_is_replaced(void **state)
{
	struct seen seen = {0};
	struct store_route a = sample_route(&first, SAMPLE_ROUTE_US), b = a,
			   c = a, d = a;
	struct store *s = opened(*state, STORE_CREATE);
	b.as_path = "64500 4837 131279";
	b.upstream_as = 4837;
	c.kind = ROUTE_WITHDRAWN;
	c.as_path = NULL;
	d.path_id = 1;
	assert_int_equal(add_routes(s, &a, 1), 1);
	assert_int_equal(add_routes(s, &b, 1), 1);
	assert_int_equal(add_routes(s, &c, 1), 1);
	assert_int_equal(add_routes(s, &d, 1), 1);
	/* What another version derives of it is no other row. */
	a.upstream_as = -1;
	assert_int_equal(add_routes(s, &a, 1), 0);
	routes(s, (struct store_filter){0}, &seen);
	assert_int_equal(seen.n, 4);
	store_close(s);
}

static void
rows_come_in_their_order(void **state)
{
	struct seen seen = {0};
	struct store_route in[6] = {sample_route(&second, SAMPLE_ROUTE_US),
	    sample_route(&first, SAMPLE_ROUTE_US + 1),
	    sample_route(&first, SAMPLE_ROUTE_US),
	    sample_route(&first, SAMPLE_ROUTE_US),
	    session(ROUTE_UP, SAMPLE_ROUTE_US + 9),
	    sample_route(&whole, SAMPLE_ROUTE_US)};
	struct store *s = opened(*state, STORE_CREATE);
	in[2].no = 1;
	assert_int_equal(add_routes(s, in, 6), 6);
	routes(s, (struct store_filter){0}, &seen);
	static const int order[] = {4, 5, 3, 2, 1, 0};
	assert_int_equal(seen.n, 6);
	for (size_t i = 0; i < 6; i++)
		same(&seen.r[i], &in[order[i]]);
	seen.stop_at = 2;
	routes(s, (struct store_filter){0}, &seen);
	assert_int_equal(seen.n, 2);
	store_close(s);
}

static void
a_filter_takes_what_overlaps(void **state)
{
	struct seen seen = {0};
	struct store_route in[5] = {sample_route(&first, SAMPLE_ROUTE_US),
	    sample_route(&second, SAMPLE_ROUTE_US + 1),
	    sample_route(&whole, SAMPLE_ROUTE_US + 2),
	    sample_route(&other, SAMPLE_ROUTE_US),
	    session(ROUTE_UP, SAMPLE_ROUTE_US)};
	struct store *s = opened(*state, STORE_CREATE);
	assert_int_equal(add_routes(s, in, 5), 5);
	routes(s, (struct store_filter){.prefix = &first}, &seen);
	assert_int_equal(seen.n, 3); /* the session, the /22, the /24 */
	routes(s, (struct store_filter){.prefix = &whole}, &seen);
	assert_int_equal(seen.n, 4);
	routes(s,
	    (struct store_filter){
		.prefix = &whole, .until_us = SAMPLE_ROUTE_US + 2},
	    &seen);
	assert_int_equal(seen.n, 3);
	routes(
	    s, (struct store_filter){.since_us = SAMPLE_ROUTE_US + 1}, &seen);
	assert_int_equal(seen.n, 2);
	store_close(s);
}

static void
refused(struct store *s, const struct store_route *bad, const char *text)
{
	struct fault f = {0};
	struct store_route in[2] = {
	    sample_route(&other, SAMPLE_ROUTE_US), *bad};
	assert_false(store_add_routes(s, in, 2, NULL, &f));
	assert_int_equal(f.status, EX_DATAERR);
	if (strstr(f.text, text) == NULL)
		fail_msg("%s", f.text);
}

static void
what_makes_no_sense_is_refused(void **state)
{
	struct seen seen = {0};
	struct store *s = opened(*state, STORE_CREATE);
	struct store_route r = sample_route(&first, SAMPLE_ROUTE_US);
	r.collector[0] = '\0';
	refused(s, &r, "without a collector");
	r = sample_route(&first, SAMPLE_ROUTE_US);
	r.peer_addr_len = 5;
	refused(s, &r, "5 octets, not 4 or 16");
	r = sample_route(&first, SAMPLE_ROUTE_US);
	r.kind = (enum route_kind)9;
	refused(s, &r, "kind 9, not in 1..6");
	r = session(ROUTE_UP, SAMPLE_ROUTE_US);
	r.prefix = first;
	refused(s, &r, "not a /24");
	routes(s, (struct store_filter){0}, &seen);
	assert_int_equal(seen.n, 0);
	store_close(s);
}

static bool
source_seen(void *arg, const struct store_route_source *source, struct fault *f)
{
	char *all = arg;
	size_t at = strlen(all);
	(void)f;
	snprintf(all + at, 512 - at,
	    "%s %s %s [%s] %02x %lld+%lld %lld=%lld+%lld\n", source->collector,
	    source->name, source->kind, source->prefixes, source->sha256[31],
	    (long long)(source->first_us - SAMPLE_ROUTE_US),
	    (long long)(source->last_us - SAMPLE_ROUTE_US),
	    (long long)source->messages, (long long)source->kept,
	    (long long)source->skipped);
	return true;
}

static void
files_are_remembered_once(void **state)
{
	struct fault f = {0};
	char all[512] = "";
	struct store_route_source x = {.collector = "rrc00",
	    .sha256 = {[31] = 7},
	    .name = "updates.gz",
	    .kind = "updates",
	    .prefixes = "175.45.176.0/22",
	    .first_us = SAMPLE_ROUTE_US + 2,
	    .last_us = SAMPLE_ROUTE_US + 3,
	    .messages = 10,
	    .kept = 4,
	    .skipped = 6};
	struct store *s = opened(*state, STORE_CREATE);
	assert_true(store_add_route_source(s, &x, &f));
	assert_true(store_add_route_source(s, &x, &f));
	x.kind = "table";
	x.first_us = x.last_us = SAMPLE_ROUTE_US;
	assert_true(store_add_route_source(s, &x, &f));
	x.sha256[31] = 8;
	snprintf(x.collector, sizeof(x.collector), "amsix");
	assert_true(store_add_route_source(s, &x, &f));
	x.kind = "nonsense";
	assert_false(store_add_route_source(s, &x, &f));
	x.collector[0] = '\0';
	assert_false(store_add_route_source(s, &x, &f));
	assert_true(store_route_sources(s, source_seen, all, &f));
	assert_string_equal(all,
	    "amsix updates.gz table [175.45.176.0/22] 08 0+0 10=4+6\n"
	    "rrc00 updates.gz table [175.45.176.0/22] 07 0+0 10=4+6\n"
	    "rrc00 updates.gz updates [175.45.176.0/22] 07 2+3 10=4+6\n");
	store_close(s);
}

/* As part of a transaction: all or nothing. */
static void
a_transaction_takes_them_back(void **state)
{
	struct fault f = {0};
	struct seen seen = {0};
	struct store_route r = sample_route(&first, SAMPLE_ROUTE_US);
	struct store *s = opened(*state, STORE_CREATE);
	assert_true(store_begin(s, &f));
	assert_int_equal(add_routes(s, &r, 1), 1);
	store_rollback(s);
	routes(s, (struct store_filter){0}, &seen);
	assert_int_equal(seen.n, 0);
	assert_int_equal(add_routes(s, &r, 1), 1);
	routes(s, (struct store_filter){0}, &seen);
	assert_int_equal(seen.n, 1);
	store_close(s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    PLACE_TEST(every_field_comes_back),
	    PLACE_TEST(the_same_again_changes_nothing),
	    PLACE_TEST(nothing_is_replaced),
	    PLACE_TEST(rows_come_in_their_order),
	    PLACE_TEST(a_filter_takes_what_overlaps),
	    PLACE_TEST(what_makes_no_sense_is_refused),
	    PLACE_TEST(files_are_remembered_once),
	    PLACE_TEST(a_transaction_takes_them_back),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
