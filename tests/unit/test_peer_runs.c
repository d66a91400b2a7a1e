/* SPDX-License-Identifier: ISC */
#include "analysis/control/peer_runs.h"
#include "tests/unit/control_rows.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

/* "0:1 20485 (a b) 10..20; " of each: peer, path id, what, when. */
static void
runs(struct rows *r, const struct cover *cover, const char *want)
{
	const struct cover none = COVER_NONE;
	struct peer_runs p;
	char text[2048];
	size_t n = 0;
	qsort(r->row, r->n, sizeof(*r->row), rows_order);
	peer_runs_open(&p, cover != NULL ? cover : &none, 0);
	for (size_t i = 0; i < r->n; i++)
		peer_runs_add(&p, &r->row[i]);
	peer_runs_end(&p);
	text[0] = '\0';
	for (size_t i = 0; i < p.n; i++) {
		const struct peer_run *run = &p.run[i];
		n += (size_t)snprintf(text + n, sizeof(text) - n,
		    "%u:%u %lld (%s) %lld..%lld; ",
		    p.silences.peers.peer[run->peer].asn - 64500, run->path_id,
		    run->known ? (long long)run->upstream_as : -2,
		    run->as_path != NULL ? run->as_path : "",
		    (long long)(run->since_us / 1000000),
		    (long long)(run->until_us < 0 ? -1
						  : run->until_us / 1000000));
	}
	assert_string_equal(text, want);
	peer_runs_free(&p);
	rows_free(r);
}

static void
a_run_for_each_state(void **state)
{
	(void)state;
	struct rows r = {0};
	rows_tell(&r, 10, 1, 4837)->as_path = "64501 4837 131279";
	rows_tell(&r, 20, 1, 4837)->as_path = "64501 9 4837 131279";
	rows_tell(&r, 30, 1, 20485)->as_path = "64501 20485 131279";
	rows_drop(&r, 40, 1);
	rows_drop(&r, 50, 1);
	rows_drop(&r, 15, 0);
	runs(&r, NULL,
	    "0:0 -1 () 15..-1; 1:0 4837 (64501 4837 131279) 10..30; "
	    "1:0 20485 (64501 20485 131279) 30..40; 1:0 -1 () 40..-1; ");
}

static void
a_session_ends_all_paths(void **state)
{
	(void)state;
	struct rows r = {0};
	rows_tell(&r, 10, 1, 4837)->path_id = 1;
	rows_tell(&r, 11, 1, 20485)->path_id = 2;
	rows_add(&r, 20, 1, ROUTE_DOWN);
	rows_add(&r, 25, 1, ROUTE_UP);
	rows_tell(&r, 30, 1, 4837)->path_id = 1;
	rows_add(&r, 40, 1, ROUTE_ABSENT);
	runs(&r, NULL,
	    "1:1 4837 () 10..20; 1:1 -2 () 20..30; 1:1 4837 () 30..40; "
	    "1:1 -1 () 40..-1; 1:2 20485 () 11..20; 1:2 -2 () 20..40; "
	    "1:2 -1 () 40..-1; ");
}

static void
files_end(void **state)
{
	(void)state;
	struct rows r = {0};
	struct cover cover = COVER_NONE;
	struct store_route_source file = {
	    .collector = "rrc00", .messages = 1, .last_us = 100000000};
	cover_add(&cover, &file);
	snprintf(file.collector, sizeof(file.collector), "rrc01");
	file.last_us = INT64_C(9000000000);
	cover_add(&cover, &file);
	cover_close(&cover);
	rows_tell(&r, 10, 1, 4837);
	snprintf(rows_tell(&r, 12, 2, 4837)->collector, 6, "rrc01");
	runs(&r, &cover,
	    "1:0 4837 () 10..100; 1:0 -2 () 100..-1; 2:0 4837 () 12..-1; ");
	cover_free(&cover);
}

static void
prefixes_are_apart(void **state)
{
	(void)state;
	struct rows r = {0};
	rows_tell(&r, 10, 1, 4837);
	rows_tell(&r, 11, 1, 4837)->prefix.addr += 256;
	rows_add(&r, 20, 1, ROUTE_DOWN);
	runs(&r, NULL,
	    "1:0 4837 () 10..20; 1:0 -2 () 20..-1; 1:0 4837 () 11..20; "
	    "1:0 -2 () 20..-1; ");
}

static void
peers_have_addresses(void **state)
{
	(void)state;
	char text[PEER_STRLEN];
	struct peer p = {.addr = {192, 0, 2, 1}, .addr_len = 4};
	assert_string_equal(peer_format(&p, text), "192.0.2.1");
	p = (struct peer){
	    .addr = {0x20, 1, 0xd, 0xb8, [15] = 1}, .addr_len = 16};
	assert_string_equal(peer_format(&p, text), "2001:db8::1");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_run_for_each_state),
	    cmocka_unit_test(a_session_ends_all_paths),
	    cmocka_unit_test(files_end),
	    cmocka_unit_test(prefixes_are_apart),
	    cmocka_unit_test(peers_have_addresses),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
