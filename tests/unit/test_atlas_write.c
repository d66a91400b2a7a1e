/* SPDX-License-Identifier: ISC */
#include "analysis/exchange/shaped.h"
#include "probe/base/record_pack.h"
#include "probe/base/record_reply.h"
#include "tests/unit/atlas_given.h"
#include "tests/unit/store_same.h"
#include "tests/unit/store_sample.h"

static char *
shaped(const struct record *r)
{
	struct json j = {0};
	assert_true(shaped_atlas(r, &j));
	return json_take(&j);
}

static void
same_packed(const struct record *a, const struct record *b)
{
	struct wr x = {0}, y = {0};
	uint8_t id[UUID_LEN], other[UUID_LEN];
	record_id(a, id);
	record_id(b, other);
	assert_memory_equal(id, other, UUID_LEN);
	record_pack(a, &x);
	record_pack(b, &y);
	assert_int_equal(x.len, y.len);
	assert_memory_equal(x.p, y.p, x.len);
	wr_free(&x);
	wr_free(&y);
}

/* Reads what shaped_atlas() wrote of r as a record of ours. */
static void
expect_back(const struct record *r)
{
	struct foreign f = {0};
	char *text = shaped(r);
	struct json_read in = json_read_make(text, strlen(text), true);
	atlas_read(&in, &f);
	if (!json_read_ok(&in) || f.n != 1)
		fail_msg("%s\n%s", in.why, text);
	assert_int_equal(f.format, FORMAT_TUMEN);
	if (!same_record(r, &f.record[0], false))
		fail_msg("another record:\n%s\n%s\n%s", show_record(r),
		    show_record(&f.record[0]), text);
	same_packed(r, &f.record[0]);
	foreign_free(&f);
	free(text);
}

/* What a reader that knows nothing of ours has of an item. */
static void
expect_seen(const struct record *r, const struct record_probe *p,
    const struct record_probe *own)
{
	assert_true(p->answered);
	assert_int_equal(p->addr, own->addr);
	assert_int_equal(p->reply_ttl, own->reply_ttl);
	assert_int_equal(p->late, own->late);
	if (!own->late) /* microseconds, as Atlas has them */
		assert_int_equal(p->rtt_ns, (own->rtt_ns + 500) / 1000 * 1000);
	assert_int_equal(p->icmp_type, own->icmp_type);
	assert_int_equal(p->icmp_code, own->icmp_code);
	assert_int_equal(p->quoted_ttl, own->quoted_ttl);
	assert_int_equal(r->method == METHOD_TCP ? p->tcp_flags : -1,
	    own->tcp_flags < 0 ? -1 : own->tcp_flags & 0x3f);
}

/* The shape without our keys, read as a result of RIPE Atlas. */
static void
expect_atlas(const struct record *r)
{
	struct foreign f = {0};
	char *text = shaped(r);
	for (char *p = text; (p = strstr(p, "\"tumen\"")) != NULL;)
		p[1] = 'x';
	char *id = strstr(text, "\"prb_id\":null");
	for (int i = 9; id != NULL && i < 13; i++)
		id[i] = '1';
	struct json_read in = json_read_make(text, strlen(text), true);
	atlas_read(&in, &f);
	if (!json_read_ok(&in) || f.n != 1)
		fail_msg("%s %s\n%s", in.why, f.other, text);
	assert_int_equal(f.format, FORMAT_ATLAS);
	const struct record *seen = &f.record[0];
	assert_int_equal(seen->target, r->target);
	assert_int_equal(seen->method, r->method);
	assert_int_equal(seen->flow, r->flow);
	assert_int_equal(seen->src, r->src);
	assert_int_equal(seen->start_us, r->start_us / 1000000 * 1000000);
	assert_int_equal(seen->nprobes, r->nprobes);
	for (size_t i = 0; i < r->nprobes; i++) {
		assert_int_equal(seen->probes[i].ttl, r->probes[i].ttl);
		if (r->probes[i].answered)
			expect_seen(r, &seen->probes[i], &r->probes[i]);
		else
			assert_false(seen->probes[i].answered);
	}
	foreign_free(&f);
	free(text);
}

static bool
check_golden(void *arg, const struct record *r, struct fault *f)
{
	size_t *n = arg;
	(void)f;
	++*n;
	expect_back(r);
	expect_atlas(r);
	return true;
}

static bool
refuse(void *arg, const struct exchange_broken *b, struct fault *f)
{
	(void)arg, (void)f;
	fail_msg("%s", b->why);
	return false;
}

static void
our_traces_come_back(void **state)
{
	struct fault f = {0};
	size_t n = 0;
	struct exchange x = {.name = "traces.ndjson",
	    .hints = {.start_us = -1},
	    .sink = {.trace = check_golden, .broken = refuse, .arg = &n}};
	FILE *in = fopen("tests/golden/traces.ndjson", "r");
	(void)state;
	assert_non_null(in);
	struct feed *feed = feed_open(in, x.name, &f);
	if (feed == NULL || !exchange_read(&x, feed, &f))
		fail_msg("%s", f.text);
	feed_close(feed);
	fclose(in);
	assert_true(n > 10);
	for (uint64_t seq = 1; seq <= 200; seq++) {
		struct record r = sample_record("sel", 77, seq);
		expect_back(&r);
		record_clear(&r);
	}
}

static struct record_probe
answer(int ttl, int attempt, int reply, const char *addr)
{
	struct record_probe p =
	    record_unanswered((uint8_t)ttl, (uint8_t)attempt);
	p.reply_no = (uint8_t)reply;
	p.answered = true;
	p.proof = PROOF_BOTH;
	p.tx_ns = INT64_C(1795294836001347394);
	p.rtt_ns = 22826123;
	p.icmp_type = ICMP_T_TIME_EXCEEDED;
	p.icmp_code = 0;
	p.quoted_ttl = 1;
	p.reply_ttl = 60;
	assert_true(addr_parse(addr, &p.addr));
	return p;
}

static struct record_probe
late(int ttl, int attempt, int reply, const char *addr)
{
	struct record_probe p = answer(ttl, attempt, reply, addr);
	p.late = true;
	return p;
}

static struct record_probe
silent(int ttl, int attempt, enum record_silent why)
{
	struct record_probe p =
	    record_unanswered((uint8_t)ttl, (uint8_t)attempt);
	p.silent = why;
	return p;
}

/* With the probes of a list instead of its own. */
static struct record
with_probes(const struct record_probe *list, size_t n)
{
	struct record r = sample_record("sel", 77, 1);
	struct record_probe *probes = xcalloc(n, sizeof(*probes));
	for (size_t i = 0; i < r.nprobes; i++) {
		free(r.probes[i].ext.p);
		free(r.probes[i].sent.p);
		free(r.probes[i].reply.p);
	}
	free(r.probes);
	memcpy(probes, list, n * sizeof(*probes));
	r.probes = probes;
	r.nprobes = n;
	return r;
}

/* Late answers, and several to one probe, as an Atlas reader sees them. */
static void
late_and_further_replies_come_back(void **state)
{
	(void)state;
	const struct record_probe list[] = {late(1, 1, 0, "192.0.2.1"),
	    late(1, 1, 1, "192.0.2.2"), answer(1, 2, 0, "192.0.2.1"),
	    answer(1, 2, 1, "192.0.2.3"), silent(1, 3, SILENT_RATE_LIMITED),
	    silent(2, 1, SILENT_NOT_SENT), late(2, 2, 0, "198.51.100.9"),
	    answer(3, 1, 0, "203.0.113.7"), late(3, 1, 1, "203.0.113.8"),
	    answer(64, 10, 0, "203.0.113.9")};
	struct record r = with_probes(list, sizeof(list) / sizeof(*list));
	expect_back(&r);
	expect_atlas(&r);
	record_clear(&r);
}

/* Of the last probe nothing can be late in Atlas, ours keep it. */
static void
a_late_last_answer_comes_back(void **state)
{
	(void)state;
	const struct record_probe list[] = {answer(1, 1, 0, "192.0.2.1"),
	    late(2, 1, 0, "198.51.100.9"), late(2, 1, 1, "198.51.100.8")};
	struct record r = with_probes(list, 3);
	expect_back(&r);
	record_clear(&r);
	r = with_probes(list, 0);
	expect_back(&r);
	record_clear(&r);
}

/* --- results that were read ----------------------------------------------- */

static void
results_come_back(void **state)
{
	static const char *const name[] = {"v1.json", "v4400.json",
	    "v4460.json", "v4610-tcp.json", "late.json", "dup.json",
	    "icmpext-other.json", "err-letters.json", "hop-70.json",
	    "error-item.json", "negative-rtt.json", "packets-16.json",
	    "no-endtime.json", "edst.json", "flags.json"};
	(void)state;
	for (size_t i = 0; i < sizeof(name) / sizeof(*name); i++) {
		struct given *g = given_by(name[i]);
		assert_true(g->n > 0);
		for (size_t k = 0; k < g->n; k++) {
			struct record *r = &g->record[k];
			char *text = shaped(r);
			assert_string_equal(text, r->source.text);
			free(text);
			free(r->source.text); /* import --no-source */
			r->source = (struct record_source){0};
			expect_back(r);
		}
		free_given(g);
	}
}

/* A trace of another tool is in this shape still that of the other tool. */
static void
other_sources_stay(void **state)
{
	struct record r = sample_record("sel", 77, 3);
	(void)state;
	strcpy(r.source.format, "mtr");
	r.source.text = xstrdup("{\"report\":{\"a\":[1,\"\\u00e9\"]}}");
	r.source.len = strlen(r.source.text);
	expect_back(&r);
	record_clear(&r);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(our_traces_come_back),
	    cmocka_unit_test(late_and_further_replies_come_back),
	    cmocka_unit_test(a_late_last_answer_comes_back),
	    cmocka_unit_test(results_come_back),
	    cmocka_unit_test(other_sources_stay),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
