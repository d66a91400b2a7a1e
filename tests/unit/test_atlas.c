/* SPDX-License-Identifier: ISC */
#include "tests/unit/atlas_given.h"
#include "tests/unit/store_same.h"

static void
containers_hold_the_same(void **state)
{
	static const char *const name[] = {"array.json", "pretty.json",
	    "lines.json.gz", "lines.json.bz2", "lines.json.zst"};
	struct given *lines = given_by("lines.json");
	(void)state;
	assert_int_equal(lines->n, 3);
	for (size_t i = 0; i < sizeof(name) / sizeof(*name); i++) {
		struct given *g = given_by(name[i]);
		assert_int_equal(g->n, 3);
		assert_int_equal(g->nbroken, 0);
		for (size_t k = 0; k < 3; k++) {
			struct record *a = &lines->record[k],
				      *b = &g->record[k];
			assert_string_equal(b->source.format, "atlas");
			assert_null(strchr(b->source.text, '\n'));
			if (i >= 2) /* the same octets, too */
				assert_string_equal(
				    b->source.text, a->source.text);
			free(b->source.text);
			b->source = (struct record_source){0};
			b->source.text = xstrdup(a->source.text);
			b->source.len = a->source.len;
			strcpy(b->source.format, "atlas");
			assert_true(same_record(a, b, true));
		}
		free_given(g);
	}
	free_given(lines);
}

static void
what_is_broken_is_told(void **state)
{
	static const char *const why[] = {"hop: 0 is not in 1..255",
	    "hop: 256 is not in 1..255", "result: a hop without \"hop\"",
	    "hop 4: from: \"192.0.2.256\" is no IPv4 address",
	    "hop 4: rtt: no number", "hop 4: ttl: 256 is not in 0..255",
	    "hop 4: err: \"h\" is no code of ICMP",
	    "hop 4: flags: other letters than FSRPAU",
	    "proto: \"SCTP\" is none of UDP, ICMP and TCP", "prb_id: missing",
	    "timestamp: missing", "result: missing",
	    "dst_addr: \"175.45.176.999\" is no address", "prb_id: no number",
	    "hop 1: more than 32 probes",
	    "ttl 1, attempt 1, reply 0: two probes have this place",
	    "timestamp: -5 is not in 0..2305843009", "result: no list of hops",
	    "hop 2: label: 1048576 is not in 0..1048575",
	    "hop 2: late: -1 is not in 0..65535"};
	struct given *g = given_by("broken.json");
	size_t n = sizeof(why) / sizeof(*why);
	(void)state;
	for (size_t i = 0; i < g->nbroken && i < n; i++)
		assert_string_equal(g->why[i], why[i]);
	assert_int_equal(g->nbroken, n);
	assert_int_equal(g->n, 0);
	free_given(g);
}

/* --- facts ---------------------------------------------------------------- */

static bool
has_fact(const struct given *g, const char *name, const char *value)
{
	for (size_t i = 0; i < g->nfacts; i++)
		if (strcmp(g->fact[i].name, name) == 0 &&
		    strcmp(g->fact[i].value, value) == 0)
			return true;
	return false;
}

static void
expect_facts(const struct given *g, const char *const (*facts)[2], size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (!has_fact(g, facts[i][0], facts[i][1]))
			fail_msg("no %s=%s", facts[i][0], facts[i][1]);
}

static void
results_tell_of_their_probe(void **state)
{
	static const char *const facts[][2] = {{"platform", "ripe-atlas"},
	    {"probe", "7"}, {"address", "192.0.2.10"},
	    {"local-address", "10.0.0.20"}, {"firmware", "5080"},
	    {"measurement", "5006"}};
	struct given *g = given_by("v5000.json");
	(void)state;
	assert_string_equal(g->vantage, "atlas-7");
	assert_int_equal(g->nfacts, 6);
	expect_facts(g, facts, 6);
	free_given(g);
}

static void
lists_of_probes_tell_of_vantages(void **state)
{
	static const char *const both[][2] = {{"platform", "ripe-atlas"},
	    {"probe", "7"}, {"address", "192.0.2.10"},
	    {"prefix", "192.0.2.0/24"}, {"asn", "64496"}, {"country", "NL"},
	    {"latitude", "52.3705"}, {"longitude", "4.8955"}, {"tag", "nat"},
	    {"tag", "home"}};
	static const char *const api[][2] = {
	    {"firmware", "5080"}, {"description", "a \"probe\" at home"}};
	struct given *g = given_by("probes-archive.json");
	(void)state;
	assert_string_equal(g->vantage, "atlas-7");
	assert_int_equal(g->nothers, 1);
	assert_int_equal(g->nfacts, 10);
	expect_facts(g, both, 10);
	free_given(g);
	g = given_by("probes-api.json");
	assert_string_equal(g->vantage, "atlas-8");
	assert_int_equal(g->nothers, 2);
	assert_int_equal(g->nfacts, 12 + 4); /* the second lacks most */
	expect_facts(g, both, 10);
	expect_facts(g, api, 2);
	assert_int_equal(g->nbroken, 0);
	free_given(g);
}

static uint64_t
seq_of(const char *text)
{
	struct foreign f = {0};
	struct json_read in = json_read_make(text, strlen(text), true);
	atlas_read(&in, &f);
	assert_true(json_read_ok(&in));
	assert_int_equal(f.n, 1);
	assert_int_equal(f.record[0].epoch, 0);
	uint64_t seq = f.record[0].seq;
	foreign_free(&f);
	return seq;
}

/* What identifies a result, and what does not. */
static void
a_trace_has_one_number(void **state)
{
#define RESULT(dst, paris, msm, prb, time, size)                               \
	"{\"fw\":5020,\"dst_addr\":\"" dst "\",\"proto\":\"UDP\",\"af\":4,"    \
	"\"size\":" size ",\"paris_id\":" paris                                \
	",\"result\":[],\"msm_id\":" msm ",\"prb_id\":" prb                    \
	",\"timestamp\":" time ",\"type\":\"traceroute\"}"
	uint64_t is = seq_of(RESULT("192.0.2.1", "1", "2", "3", "4", "5"));
	(void)state;
	assert_true(
	    is == seq_of(RESULT("192.0.2.1", "1", "2", "3", "4", "50")));
	assert_true(is != seq_of(RESULT("192.0.2.2", "1", "2", "3", "4", "5")));
	assert_true(is != seq_of(RESULT("192.0.2.1", "0", "2", "3", "4", "5")));
	assert_true(is != seq_of(RESULT("192.0.2.1", "1", "0", "3", "4", "5")));
	assert_true(is != seq_of(RESULT("192.0.2.1", "1", "2", "0", "4", "5")));
	assert_true(is != seq_of(RESULT("192.0.2.1", "1", "2", "3", "0", "5")));
}

/* --- the worked example --------------------------------------------------- */

enum { OCTOBER = 720 };

struct october {
	size_t n, ttk, unlike;
};

/* Seconds of 1 and 2 October 2017 in which a prefix had TransTeleCom. */
static bool
had_ttk(uint32_t target, int64_t at)
{
	static const int64_t none = INT64_MAX;
	int64_t first = 1506848871, until = 1506852885, again = 1506860515;
	unsigned third = target >> 8 & 255;
	int64_t lost = third == 176   ? 1506930999
		       : third == 179 ? 1506935429
				      : none;
	return third != 177 &&
	       ((at >= first && at < until) || (at >= again && at < lost));
}

static bool
check_october(void *arg, const struct record *r, struct fault *f)
{
	struct october *o = arg;
	bool ttk = false;
	(void)f;
	o->n++;
	for (size_t i = 0; i < r->nprobes; i++)
		ttk |= r->probes[i].answered &&
		       r->probes[i].addr >> 16 == (188u << 8 | 43);
	o->ttk += ttk;
	/* Tokyo's network never prefers it, Moscow has it on its way. */
	if (strcmp(r->vantage, "atlas-99003") == 0)
		o->unlike += ttk;
	else
		o->unlike += ttk != had_ttk(r->target, r->start_us / 1000000);
	return true;
}

static bool
refuse_broken(void *arg, const struct exchange_broken *b, struct fault *f)
{
	(void)arg, (void)f;
	fail_msg("%s", b->why);
	return false;
}

static void
the_example_is_the_published_october(void **state)
{
	struct october o = {0};
	struct fault f = {0};
	const char *path = ATLAS_DATA "october-2017.json.gz";
	struct exchange x = {.name = path,
	    .hints = {.start_us = -1},
	    .sink = {
		.trace = check_october, .broken = refuse_broken, .arg = &o}};
	FILE *in = fopen(path, "rb");
	(void)state;
	struct feed *feed = feed_open(in, path, &f);
	if (feed == NULL || !exchange_read(&x, feed, &f))
		fail_msg("%s", f.text);
	feed_close(feed);
	fclose(in);
	assert_int_equal(o.n, OCTOBER);
	assert_true(o.ttk > 100);
	assert_int_equal(o.unlike, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(containers_hold_the_same),
	    cmocka_unit_test(what_is_broken_is_told),
	    cmocka_unit_test(results_tell_of_their_probe),
	    cmocka_unit_test(lists_of_probes_tell_of_vantages),
	    cmocka_unit_test(a_trace_has_one_number),
	    cmocka_unit_test(the_example_is_the_published_october),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
