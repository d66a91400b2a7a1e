/* SPDX-License-Identifier: ISC */
#include "analysis/exchange/csv.h"

#include "analysis/exchange/csv_hop.h"
#include "analysis/exchange/csv_path.h"
#include "analysis/exchange/csv_probe.h"
#include "analysis/exchange/csv_trace.h"
#include "probe/base/mem.h"
#include "probe/base/record_reply.h"
#include "tests/unit/store_place.h"
#include "tests/unit/store_sample.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { COLUMNS = 48, FIELD = 256 };

/* The text so far; the buffer is empty afterwards. */
static char *
text_of(struct wr *out)
{
	wr_u8(out, 0);
	char *text = (char *)out->p;
	*out = (struct wr){0};
	return text;
}

/* One line of CSV taken apart, and what follows it. */
static const char *
fields_of(const char *line, char fields[COLUMNS][FIELD], size_t *n)
{
	const char *p = line;
	for (*n = 0; *n < COLUMNS; p++) {
		size_t len = 0;
		bool quoted = *p == '"';
		for (p += quoted; *p != '\0'; p++) {
			if (quoted && p[0] == '"' && p[1] != '"')
				break;
			if (!quoted && (*p == ',' || *p == '\n'))
				break;
			p += quoted && *p == '"';
			assert_true(len + 1 < FIELD);
			fields[*n][len++] = *p;
		}
		p += quoted;
		fields[(*n)++][len] = '\0';
		if (*p == '\n')
			return p + 1;
		assert_int_equal(*p, ',');
	}
	fail_msg("more than %d columns: %s", COLUMNS, line);
	return NULL;
}

struct table {
	size_t ncolumns, nrows;
	char name[COLUMNS][FIELD];
	char (*row)[COLUMNS][FIELD];
};

/* Every row has as many fields as there are names. */
static struct table
table_of(struct wr *out)
{
	struct table t = {0};
	size_t n = 0;
	char *text = text_of(out);
	const char *p = fields_of(text, t.name, &t.ncolumns);
	while (*p != '\0') {
		t.row = xreallocarray(t.row, t.nrows + 1, sizeof(*t.row));
		p = fields_of(p, t.row[t.nrows++], &n);
		assert_int_equal(n, t.ncolumns);
	}
	free(text);
	return t;
}

static const char *
at(const struct table *t, size_t row, const char *column)
{
	assert_true(row < t->nrows);
	for (size_t i = 0; i < t->ncolumns; i++)
		if (strcmp(t->name[i], column) == 0)
			return t->row[row][i];
	fail_msg("no column %s", column);
	return NULL;
}

static void
assert_at(const struct table *t, size_t row, const char *column, const char *is)
{
	if (strcmp(at(t, row, column), is) != 0)
		fail_msg("row %zu, %s: %s, not %s", row, column,
		    at(t, row, column), is);
}

static void
fields_are_those_of_the_rfc(void **state)
{
	static const struct {
		const char *text, *field;
	} cases[] = {{NULL, ""}, {"", ""}, {"a b", "a b"}, {"a,b", "\"a,b\""},
	    {"a\"b", "\"a\"\"b\""}, {"a\nb", "\"a\nb\""}, {"\r", "\"\r\""}};
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct wr out = {0};
		csv_text(&out, cases[i].text);
		csv_end(&out);
		char *text = text_of(&out), *end = strchr(text, '\0') - 1;
		assert_int_equal(*end, '\n');
		*end = '\0';
		assert_string_equal(text, cases[i].field);
		free(text);
	}
}

static void
numbers(void **state)
{
	(void)state;
	struct wr out = {0};
	csv_number(&out, 0);
	csv_number(&out, INT64_MIN);
	csv_number(&out, INT64_MAX);
	csv_number_or_none(&out, -1);
	csv_number_or_none(&out, 7);
	csv_share(&out, NAN);
	csv_share(&out, 0.97);
	csv_addr(&out, 0x0a000701);
	csv_end(&out);
	char *text = text_of(&out);
	assert_string_equal(text, "0,-9223372036854775808,9223372036854775807,"
				  ",7,,0.970000,10.0.7.1\n");
	free(text);
}

static void
a_line_for_each_probe(void **state)
{
	(void)state;
	for (uint64_t seq = 1; seq <= 40; seq++) {
		struct record r = sample_record("sel", 77, seq);
		struct wr out = {0};
		snprintf(r.stop_detail, sizeof(r.stop_detail), "a \"b\", c");
		csv_probe_names(&out);
		csv_probe(&out, &r);
		struct table t = table_of(&out);
		assert_int_equal(t.nrows, r.nprobes);
		for (size_t i = 0; i < t.nrows; i++) {
			const struct record_probe *p = &r.probes[i];
			assert_at(&t, i, "stop_detail", "a \"b\", c");
			assert_int_equal(atoi(at(&t, i, "ttl")), p->ttl);
			assert_int_equal(strlen(at(&t, i, "ext")),
			    p->ext.p != NULL ? 2 * p->ext.len : 0);
			assert_at(&t, i, "control", r.control ? "1" : "0");
		}
		free(t.row);
		record_clear(&r);
	}
}

/* Columns that others parse stay where they are. */
static void
columns_stay(void **state)
{
	static const char was[] =
	    "trace,vantage,campaign,run,epoch,seq,target,prefix,method,port,"
	    "flow,src,sport,dport,start,duration_us,stop,stop_detail,ttl,"
	    "attempt,reply_no,tx_ns,rtt_ns,addr,reply_ttl,reply_ipid,"
	    "quoted_ttl,quoted_tos,icmp_type,icmp_code,tcp_flags,proof,"
	    "silent,late,control,";
	(void)state;
	struct wr out = {0};
	csv_probe_names(&out);
	char *text = text_of(&out);
	assert_memory_equal(text, was, strlen(was));
	free(text);
}

/* What another tool does not tell is an empty field, never 0. */
static void
missing_is_empty(void **state)
{
	(void)state;
	struct record r = {.vantage = "atlas-1",
	    .run = -1,
	    .port = -1,
	    .method = METHOD_UDP,
	    .duration_us = -1,
	    .stop = STOP_GAP};
	struct record_probe p = record_unanswered(1, 1);
	struct wr out = {0};
	r.probes = &p;
	r.nprobes = 1;
	csv_probe_names(&out);
	csv_probe(&out, &r);
	struct table t = table_of(&out);
	static const char *const empty[] = {"campaign", "run", "port", "src",
	    "sport", "dport", "duration_us", "tx_ns", "rtt_ns", "addr",
	    "reply_ttl", "icmp_type", "proof", "mpls", "ext"};
	for (size_t i = 0; i < sizeof(empty) / sizeof(empty[0]); i++)
		assert_at(&t, 0, empty[i], "");
	assert_at(&t, 0, "epoch", "0");
	free(t.row);
	r.method = METHOD_ICMP; /* has an identifier, and no second port */
	r.sport = 9;
	r.duration_us = -5; /* the clock was set */
	csv_probe_names(&out);
	csv_probe(&out, &r);
	t = table_of(&out);
	assert_at(&t, 0, "sport", "9");
	assert_at(&t, 0, "dport", "0");
	assert_at(&t, 0, "duration_us", "-5");
	free(t.row);
}

static struct record_probe
answer(uint8_t ttl, uint8_t attempt, uint32_t addr, int64_t rtt_ns)
{
	struct record_probe p = record_unanswered(ttl, attempt);
	p.answered = true;
	p.silent = 0;
	p.proof = PROOF_BOTH;
	p.addr = addr;
	p.rtt_ns = rtt_ns;
	p.icmp_type = ICMP_T_TIME_EXCEEDED;
	p.icmp_code = 0;
	return p;
}

static void
hops_are_summed_up(void **state)
{
	static const uint8_t stack[] = {
	    0, 12, 1, 1, 0x05, 0xdc, 0xb2, 0x01, 0x00, 0x01, 0x01, 0xff};
	(void)state;
	struct record_probe p[] = {answer(1, 1, 1, 30), answer(1, 2, 2, 7),
	    answer(1, 3, 1, 10), answer(1, 3, 1, 20), answer(1, 4, 1, 40),
	    record_unanswered(2, 1), record_unanswered(2, 2),
	    record_unanswered(3, 1), record_unanswered(3, 2)};
	p[3].reply_no = 1;
	p[1].ext = record_keep(stack, sizeof(stack));
	p[6].silent = SILENT_NOT_SENT;
	p[5].silent = SILENT_LOST;
	p[7].silent = p[8].silent = SILENT_FILTERED;
	struct record r = {
	    .vantage = "sel", .nprobes = sizeof(p) / sizeof(p[0]), .probes = p};
	struct wr out = {0};
	csv_hop_names(&out);
	csv_hop(&out, &r);
	struct table t = table_of(&out);
	assert_int_equal(t.nrows, 4);
	assert_at(&t, 0, "addr", "0.0.0.1");
	assert_at(&t, 0, "sent", "4");
	assert_at(&t, 0, "replies", "4");
	assert_at(&t, 0, "rtt_min_ns", "10");
	assert_at(&t, 0, "rtt_median_ns", "20"); /* of 10 20 30 40 */
	assert_at(&t, 0, "rtt_max_ns", "40");
	assert_at(&t, 1, "addr", "0.0.0.2");
	assert_at(&t, 1, "replies", "1");
	assert_at(&t, 1, "mpls", "24011:1:0:1 16:0:1:255");
	assert_at(&t, 2, "addr", "");
	assert_at(&t, 2, "sent", "1");
	assert_at(&t, 2, "replies", "0");
	assert_at(&t, 2, "rtt_min_ns", "");
	assert_at(&t, 2, "silent", "unknown");
	assert_at(&t, 3, "silent", "filtered");
	free(t.row);
	free(p[1].ext.p);
}

static void
distinct_paths(void **state)
{
	(void)state;
	struct csv_path *paths = csv_path_open();
	struct wr out = {0};
	/* Backwards, and each twice: as many lines as there are ways. */
	for (int i = 2999; i >= 0; i--) {
		struct record_probe p[] = {
		    answer(1, 1, (uint32_t)(i % 1500), 1),
		    record_unanswered(2, 1), answer(3, 1, 9, 1)};
		struct record r = {.vantage = "sel",
		    .start_us = i,
		    .target = 9,
		    .method = METHOD_UDP,
		    .port = -1,
		    .nprobes = 3,
		    .probes = p};
		p[2].icmp_type = ICMP_T_UNREACHABLE;
		p[2].icmp_code = ICMP_C_PORT;
		csv_path_add(paths, &r);
	}
	csv_path_names(&out);
	assert_int_equal(csv_path_sort(paths), 1500);
	for (size_t i = 0; i < 1500; i++)
		csv_path_line(paths, i, &out);
	csv_path_close(paths);
	struct table t = table_of(&out);
	assert_int_equal(t.nrows, 1500);
	assert_at(&t, 258, "hops", "1:0.0.1.2 2:* 3:0.0.0.9!unreachable-3");
	assert_at(&t, 258, "first", "1970-01-01T00:00:00.000258Z");
	assert_at(&t, 258, "last", "1970-01-01T00:00:00.001758Z");
	assert_at(&t, 258, "traces", "2");
	assert_at(&t, 258, "port", "");
	free(t.row);
}

static void
add_with_verdict(struct store *s, const char *vantage, uint64_t seq)
{
	struct fault f = {0};
	char carrier[24];
	struct record r = sample_record(vantage, 77, seq);
	snprintf(carrier, sizeof(carrier), "other:%d", (int)seq);
	struct store_verdict v = {.target = r.target,
	    .prefix = r.prefix,
	    .method = r.method,
	    .flow = r.flow,
	    .start_us = r.start_us,
	    .entry_as = seq % 2 ? (int64_t)seq : -1,
	    .reach = "up",
	    .carrier = carrier,
	    .evidence = "gap-only",
	    .border_lo = 9,
	    .border_hi = -1,
	    .border_rtt_us = seq % 2 ? (int64_t)seq * 1000 : -1,
	    .p = seq % 5 == 0 ? (double)NAN : 0.125,
	    .json = "{}"};
	record_id(&r, v.trace);
	snprintf(v.vantage, sizeof(v.vantage), "%s", vantage);
	assert_true(store_add(s, &r, NULL, &f));
	if (seq % 3 != 0)
		assert_true(store_put_verdicts(s, &v, 1, &f));
	record_clear(&r);
}

struct lines {
	struct csv_trace *trace;
	struct wr out;
};

static bool
put_trace(void *arg, const struct record *r, struct fault *f)
{
	struct lines *l = arg;
	return csv_trace(l->trace, r, &l->out, f);
}

/* More traces than are held back at once, two vantages in each moment. */
static void
verdicts_stand_beside_their_traces(void **state)
{
	struct fault f = {0};
	const struct place *p = *state;
	struct store *s = store_open(p->db, STORE_CREATE, &f);
	enum { SEQS = 650 };
	assert_true(s != NULL && store_begin(s, &f));
	for (uint64_t seq = SEQS; seq > 0; seq--) {
		add_with_verdict(s, "sel", seq);
		add_with_verdict(s, "hkg", seq);
	}
	assert_true(store_commit(s, &f));
	struct store_filter filter = {0};
	struct lines l = {.trace = csv_trace_open(s, &filter)};
	csv_trace_names(&l.out);
	assert_true(store_traces(s, &filter, put_trace, &l, &f));
	assert_true(csv_trace_rest(l.trace, &l.out, &f));
	csv_trace_close(l.trace);
	struct table t = table_of(&l.out);
	assert_int_equal(t.nrows, 2 * SEQS);
	for (size_t i = 0; i < t.nrows; i++) {
		char carrier[24];
		int seq = (int)i / 2 + 1;
		bool judged = seq % 3 != 0;
		snprintf(carrier, sizeof(carrier), "other:%d", seq);
		assert_int_equal(atoi(at(&t, i, "seq")), seq);
		assert_at(&t, i, "carrier", judged ? carrier : "");
		assert_at(&t, i, "entry_as",
		    judged && seq % 2 ? carrier + strlen("other:") : "");
		assert_at(&t, i, "p", judged && seq % 5 ? "0.125000" : "");
		assert_at(&t, i, "border_lo_ttl", judged ? "9" : "");
		assert_at(&t, i, "border_hi_ttl", "");
		snprintf(carrier, sizeof(carrier), "%d000", seq);
		assert_at(
		    &t, i, "border_rtt_us", judged && seq % 2 ? carrier : "");
		assert_at(&t, i, "reach", judged ? "up" : "");
	}
	free(t.row);
	store_close(s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(fields_are_those_of_the_rfc),
	    cmocka_unit_test(numbers),
	    cmocka_unit_test(a_line_for_each_probe),
	    cmocka_unit_test(columns_stay),
	    cmocka_unit_test(missing_is_empty),
	    cmocka_unit_test(hops_are_summed_up),
	    cmocka_unit_test(distinct_paths),
	    PLACE_TEST(verdicts_stand_beside_their_traces),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
