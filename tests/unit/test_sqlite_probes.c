/* SPDX-License-Identifier: ISC */
#include "sql/sqlite_probes.h"

#include "probe/base/record_pack.h"
#include "probe/base/record_reply.h"

#include <setjmp.h>
#include <sqlite3.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { START_US = 1000000, FLIPS = 20000 };

struct rig {
	sqlite3 *h;
	sqlite3_stmt *st;
	struct wr rec;
};

/* One answered probe with everything, one silent. */
static void
pack_sample(struct wr *out)
{
	uint8_t ext[] = {0, 8, 1, 1, 0, 1, 1, 9};
	struct record_probe probes[2] = {
	    record_unanswered(1, 1), record_unanswered(2, 1)};
	struct record r = {.start_us = START_US, .nprobes = 2};
	r.probes = probes;
	probes[0].answered = true;
	probes[0].addr = 0x0a000701;
	probes[0].proof = PROOF_BOTH;
	probes[0].silent = 0;
	probes[0].tx_ns = START_US * 1000LL + 1234;
	probes[0].rtt_ns = 5500;
	probes[0].reply_ttl = 63;
	probes[0].reply_ipid = 65535;
	probes[0].quoted_ttl = 1;
	probes[0].icmp_type = ICMP_T_TIME_EXCEEDED;
	probes[0].icmp_code = 0;
	probes[0].tcp_flags = TCP_SYN;
	probes[0].ext = (struct record_bytes){ext, sizeof(ext)};
	probes[1].silent = SILENT_LOST;
	record_pack(&r, out);
}

static int
open_rig(void **state)
{
	struct rig *g = calloc(1, sizeof(*g));
	assert_non_null(g);
	pack_sample(&g->rec);
	assert_int_equal(sqlite3_open(":memory:", &g->h), SQLITE_OK);
	assert_int_equal(sqlite_probes_register(g->h), SQLITE_OK);
	assert_int_equal(
	    sqlite3_prepare_v2(
		g->h, "SELECT * FROM record_probes($1, $2)", -1, &g->st, NULL),
	    SQLITE_OK);
	*state = g;
	return 0;
}

static int
close_rig(void **state)
{
	struct rig *g = *state;
	sqlite3_finalize(g->st);
	assert_int_equal(sqlite3_close(g->h), SQLITE_OK);
	wr_free(&g->rec);
	free(g);
	return 0;
}

static void
ask(struct rig *g, const void *bytes, size_t len)
{
	sqlite3_reset(g->st);
	sqlite3_bind_blob64(g->st, 1, bytes, len, SQLITE_TRANSIENT);
	sqlite3_bind_int64(g->st, 2, START_US);
}

static const char *
text(struct rig *g, int i)
{
	return (const char *)sqlite3_column_text(g->st, i);
}

static void
every_field_comes_back(void **state)
{
	static const char *const first[] = {"1", "1", "0", "10.0.7.1", "5.5",
	    "1000001", "234", "63", "65535", "1", NULL, "11", "0", "2"};
	struct rig *g = *state;
	ask(g, g->rec.p, g->rec.len);
	assert_int_equal(sqlite3_step(g->st), SQLITE_ROW);
	for (int i = 0; i < (int)(sizeof(first) / sizeof(first[0])); i++) {
		if (first[i] == NULL)
			assert_null(text(g, i));
		else
			assert_string_equal(text(g, i), first[i]);
	}
	assert_int_equal(sqlite3_column_bytes(g->st, 14), 8);
	assert_string_equal(text(g, 15), "both");
	assert_null(text(g, 16));
	assert_int_equal(sqlite3_step(g->st), SQLITE_ROW);
	assert_null(text(g, 3));
	assert_null(text(g, 5));
	assert_string_equal(text(g, 16), "lost");
	assert_int_equal(sqlite3_step(g->st), SQLITE_DONE);
}

static void
an_untold_proof_is_null(void **state)
{
	struct rig *g = *state;
	struct record_probe p = record_unanswered(1, RECORD_ATTEMPT_TOP);
	struct record r = {.start_us = START_US, .nprobes = 1, .probes = &p};
	struct wr w = {0};
	p.answered = true;
	p.proof = PROOF_UNTOLD;
	record_pack(&r, &w);
	ask(g, w.p, w.len);
	assert_int_equal(sqlite3_step(g->st), SQLITE_ROW);
	assert_string_equal(text(g, 1), "32");
	assert_string_equal(text(g, 3), "0.0.0.0");
	assert_null(text(g, 15));
	assert_null(text(g, 16));
	wr_free(&w);
}

/* What record_unpack() takes, and nothing else, gives rows. */
static void
agrees(struct rig *g, const uint8_t *bytes, size_t len)
{
	struct record r = {.start_us = START_US};
	bool good = record_unpack(bytes, len, &r);
	size_t rows = 0;
	int rc;
	ask(g, bytes, len);
	while ((rc = sqlite3_step(g->st)) == SQLITE_ROW) {
		for (int i = 0; i < sqlite3_column_count(g->st); i++)
			sqlite3_column_text(g->st, i);
		rows++;
	}
	assert_int_equal(rc, good ? SQLITE_DONE : SQLITE_ERROR);
	assert_int_equal(rows, good ? r.nprobes : 0);
	record_clear(&r);
}

static void
damaged_records_are_refused(void **state)
{
	struct rig *g = *state;
	uint32_t random = 1;
	uint8_t copy[512];
	const size_t all = g->rec.len;
	if (all == 0 || all > sizeof(copy)) {
		fail_msg("%zu octets", all);
		return;
	}
	for (size_t len = 0; len <= all; len++)
		agrees(g, g->rec.p, len);
	for (int i = 0; i < FLIPS; i++) {
		memcpy(copy, g->rec.p, all);
		for (int k = 0; k <= i % 3; k++) {
			random = random * 1664525 + 1013904223;
			copy[(random >> 8) % all] ^= (uint8_t)(random >> 24);
		}
		agrees(g, copy, all);
	}
}

static void
arguments(void **state)
{
	struct rig *g = *state;
	const struct {
		const char *sql;
		int rc;
	} cases[] = {
	    {"SELECT * FROM record_probes(NULL, 1)", SQLITE_OK},
	    {"SELECT * FROM record_probes(x'01', NULL)", SQLITE_OK},
	    {"SELECT * FROM record_probes(x'', 1)", SQLITE_ERROR},
	    {"SELECT * FROM record_probes('text', 1)", SQLITE_ERROR},
	    {"SELECT * FROM record_probes(x'01')", SQLITE_ERROR},
	    {"SELECT * FROM record_probes", SQLITE_ERROR},
	    {"SELECT * FROM record_probes(x'01', 1, 2)", SQLITE_ERROR},
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_int_equal(
		    sqlite3_exec(g->h, cases[i].sql, NULL, NULL, NULL),
		    cases[i].rc);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(
		every_field_comes_back, open_rig, close_rig),
	    cmocka_unit_test_setup_teardown(
		an_untold_proof_is_null, open_rig, close_rig),
	    cmocka_unit_test_setup_teardown(
		damaged_records_are_refused, open_rig, close_rig),
	    cmocka_unit_test_setup_teardown(arguments, open_rig, close_rig),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
