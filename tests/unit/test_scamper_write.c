/* SPDX-License-Identifier: ISC */
#include "analysis/exchange/foreign.h"
#include "analysis/exchange/shaped.h"
#include "probe/base/mem.h"
#include "probe/base/record_json.h"
#include "probe/base/record_pack.h"
#include "tests/unit/store_sample.h"

#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define CORPUS "tests/data/scamper/"

static char *
shape(const struct record *r)
{
	struct json j = {0};
	assert_true(shaped_scamper(r, &j));
	return json_take(&j);
}

static char *
ndjson_of(const struct record *r)
{
	struct json j = {0};
	record_json(r, &j);
	return json_take(&j);
}

/* All that tumen-record(5) tells, and all that is packed. */
static void
same(const struct record *a, const struct record *b)
{
	char *one = ndjson_of(a), *other = ndjson_of(b);
	struct wr packed = {0}, again = {0};
	assert_string_equal(one, other);
	record_pack(a, &packed);
	record_pack(b, &again);
	assert_int_equal(packed.len, again.len);
	assert_memory_equal(packed.p, again.p, packed.len);
	wr_free(&packed);
	wr_free(&again);
	free(one);
	free(other);
}

/* The record that the shape gives when it is read. */
static void
read_back(const char *text, struct foreign *f)
{
	struct json_read in = json_read_make(text, strlen(text), true);
	scamper_read(&in, f);
	if (!json_read_ok(&in))
		fail_msg("%s\n%s", in.why, text);
	assert_int_equal(f->n, 1);
	assert_int_equal(f->format, FORMAT_TUMEN);
	assert_int_equal(f->nfacts, 0);
}

static void
comes_back(const struct record *r)
{
	struct foreign f = {.hints.start_us = -1};
	char *text = shape(r);
	read_back(text, &f);
	same(r, &f.record[0]);
	assert_string_equal(f.vantage, r->vantage);
	char *again = shape(&f.record[0]);
	assert_string_equal(text, again);
	free(again);
	free(text);
	foreign_free(&f);
}

static void
give_source(struct record *r, const char *format, const char *text)
{
	free(r->source.text);
	snprintf(r->source.format, sizeof(r->source.format), "%s", format);
	r->source.text = xstrdup(text);
	r->source.len = strlen(text);
}

/* A record packs, unpacks and packs again as it was. */
static void
packs(const struct record *r)
{
	struct record back = {.start_us = r->start_us};
	struct wr w = {0}, again = {0};
	record_pack(r, &w);
	assert_true(record_unpack(w.p, w.len, &back));
	record_pack(&back, &again);
	assert_int_equal(w.len, again.len);
	assert_memory_equal(w.p, again.p, w.len);
	record_clear(&back);
	wr_free(&w);
	wr_free(&again);
}

static void
one_object(const char *line)
{
	struct foreign f = {.hints.start_us = -1};
	struct json_read in = json_read_make(line, strlen(line), true);
	struct json j = {0};
	scamper_read(&in, &f);
	for (size_t i = 0; json_read_ok(&in) && i < f.n; i++) {
		struct record *r = &f.record[i];
		packs(r);
		comes_back(r);
		give_source(
		    r, "scamper", i == 0 ? line : "{\"part_of\":\"x\"}");
		if (i > 0) {
			assert_false(shaped_scamper(r, &j));
			continue;
		}
		char *text = shape(r);
		assert_string_equal(text, line);
		free(text);
	}
	json_clear(&j);
	free(j.out.p);
	foreign_free(&f);
}

static void
the_corpus(void **state)
{
	(void)state;
	DIR *dir = opendir(CORPUS);
	size_t n = 0;
	assert_non_null(dir);
	for (struct dirent *e; (e = readdir(dir)) != NULL;) {
		char path[512], *line = NULL;
		size_t room = 0;
		snprintf(path, sizeof(path), CORPUS "%s", e->d_name);
		FILE *in = e->d_name[0] == '.' ? NULL : fopen(path, "r");
		for (ssize_t len; in && (len = getline(&line, &room, in)) > 0;
		     n++) {
			line[len - 1] = '\0';
			one_object(line);
		}
		if (in != NULL)
			fclose(in);
		free(line);
	}
	closedir(dir);
	assert_true(n > 60);
}

/* The vantage was told by --vantage: what is printed tells it by itself. */
static void
told_vantage(void **state)
{
	static const char end[] = ",\"monitor\":\"lab\"}";
	char *line = NULL;
	size_t room = 0, n = 0;
	FILE *in = fopen(CORPUS "lab-tracelb.json", "r");
	(void)state;
	assert_non_null(in);
	for (ssize_t len; (len = getline(&line, &room, in)) > 0; n++) {
		struct foreign f = {.hints = {"lab", -1}},
			       again = {.hints.start_us = -1};
		struct json_read text = json_read_make(line, len, true);
		scamper_read(&text, &f);
		if (f.n == 0)
			continue;
		line[len - 1] = '\0';
		give_source(&f.record[0], "scamper", line);
		char *out = shape(&f.record[0]);
		assert_memory_equal(out, line, len - 2);
		assert_string_equal(out + len - 2, end);
		text = json_read_make(out, strlen(out), true);
		scamper_read(&text, &again);
		assert_true(json_read_ok(&text));
		assert_int_equal(again.n, f.n);
		for (size_t i = 0; i < f.n; i++) {
			assert_string_equal(again.record[i].vantage, "lab");
			assert_int_equal(again.record[i].seq, f.record[i].seq);
		}
		free(out);
		foreign_free(&f);
		foreign_free(&again);
	}
	assert_true(n > 0);
	fclose(in);
	free(line);
}

static void
own_records(void **state)
{
	(void)state;
	for (uint64_t seq = 1; seq <= 300; seq++) {
		struct record r = sample_record("sel", 77, seq);
		comes_back(&r);
		give_source(&r, "atlas", "{\"fw\": 5080,\t\"x\":[\"\\n\"]}");
		for (char *c = r.source.text; *c != '\0'; c++)
			*c = *c == '\t' ? ' ' : *c;
		comes_back(&r);
		record_clear(&r);
	}
}

/* tests/golden/traces.ndjson: of the probe in the laboratory. */
static void
golden_records(void **state)
{
	(void)state;
	char *line = NULL;
	size_t room = 0, n = 0;
	FILE *in = fopen("tests/golden/traces.ndjson", "r");
	assert_non_null(in);
	for (ssize_t len; (len = getline(&line, &room, in)) > 0; n++) {
		struct foreign f = {.hints.start_us = -1};
		struct json_read text = json_read_make(line, (size_t)len, true);
		tumen_read(&text, &f);
		assert_true(json_read_ok(&text));
		if (f.n > 0)
			comes_back(&f.record[0]);
		foreign_free(&f);
	}
	assert_true(n > 10);
	fclose(in);
	free(line);
}

/* What no sample has. */
static void
rare_values(void **state)
{
	(void)state;
	struct record r = sample_record("sel", 77, 9);
	struct record_probe *p = r.probes;
	while (!p->answered)
		p++;
	p->reply_ttl = 0;
	p->tx_ns = 7; /* in the first second of 1970 */
	p->rtt_ns = 1234567;
	p->late = true;
	free(p->ext.p);
	p->ext = (struct record_bytes){xmemdup("\0\6\1\1ab", 6), 6};
	r.src = 0;
	r.duration_us = -1;
	comes_back(&r);
	char *text = shape(&r);
	assert_non_null(strstr(text, "\"rtt\":1.234567"));
	assert_non_null(strstr(text, "\"ie_dl\":2"));
	assert_null(strstr(text, "\"src\""));
	free(text);
	record_clear(&r);
}

/* The record of keys_of_scamper(), as far as its keys of ours. */
static const char shaped[] =
    "{\"type\":\"trace\",\"version\":\"0.1\",\"method\":\"udp-paris\","
    "\"src\":\"192.0.2.10\",\"dst\":\"175.45.176.71\",\"sport\":24576,"
    "\"dport\":33434,\"stop_reason\":\"ERROR\",\"stop_data\":0,"
    "\"errmsg\":\"no "
    "route\",\"start\":{\"sec\":1700000000,\"usec\":200,"
    "\"ftime\":\"2023-11-14 22:13:20\"},\"hop_count\":1,\"attempts\":2,"
    "\"firsthop\":1,\"probe_count\":2,\"monitor\":\"sel\",\"hops\":["
    "{\"addr\":\"192.0.2.1\",\"probe_ttl\":1,\"probe_id\":1,\"tx\":{"
    "\"sec\":1700000000,\"usec\":500250},\"rtt\":0.412,\"reply_ttl\":"
    "64,"
    "\"reply_ipid\":7,\"icmp_type\":11,\"icmp_code\":0,"
    "\"icmp_q_ttl\":1,\"icmp_q_tos\":0,\"tumen\":{\"proof\":\"both\","
    "\"tx_ns\":999}}],\"no_hops\":[{\"probe_ttl\":1,\"probe_id\":0,"
    "\"tx\":{\"sec\":1700000000,\"usec\":250},\"tumen\":{\"silent\":"
    "\"lost\"}}],\"tumen\":{\"id\":";

static void
keys_of_scamper(void **state)
{
	(void)state;
	struct record_probe probe[3] = {
	    {.ttl = 1,
		.attempt = 1,
		.tx_ns = 1700000000000250000,
		.rtt_ns = -1,
		.silent = SILENT_LOST,
		.reply_ttl = -1},
	    {.ttl = 1,
		.attempt = 2,
		.answered = true,
		.addr = 0xc0000201,
		.tx_ns = 1700000000500250999,
		.rtt_ns = 412000,
		.reply_ttl = 64,
		.reply_ipid = 7,
		.quoted_ttl = 1,
		.icmp_type = 11,
		.tcp_flags = -1,
		.proof = PROOF_BOTH},
	    {.ttl = 2,
		.attempt = 1,
		.tx_ns = -1,
		.rtt_ns = -1,
		.silent = SILENT_NOT_SENT,
		.reply_ttl = -1},
	};
	struct record r = {.vantage = "sel",
	    .run = -1,
	    .epoch = 5,
	    .seq = 1,
	    .target = 0xaf2db047,
	    .prefix = {0xaf2db000, 24},
	    .method = METHOD_UDP,
	    .port = -1,
	    .src = 0xc000020a,
	    .sport = 24576,
	    .dport = 33434,
	    .start_us = 1700000000000200,
	    .duration_us = 3,
	    .stop = STOP_ERROR,
	    .stop_detail = "no route",
	    .tool = "tumen-probe 0.1.0",
	    .nprobes = 3,
	    .probes = probe};
	char *text = shape(&r);
	assert_memory_equal(text, shaped, strlen(shaped));
	assert_non_null(strstr(text,
	    "\"not_sent\":[{\"probe_ttl\":2,\"probe_id\":0,\"tumen\":{"
	    "\"silent\":\"not-sent\"}}]"));
	free(text);
}

/* A changed object is not taken for the record that its id says. */
static void
another_start_is_another_trace(void **state)
{
	(void)state;
	struct record r = sample_record("sel", 77, 3);
	struct foreign f = {.hints.start_us = -1};
	char *text = shape(&r);
	char *usec = strstr(text, "\"usec\":");
	assert_non_null(usec);
	usec[7] = usec[7] == '1' ? '2' : '1';
	struct json_read in = json_read_make(text, strlen(text), true);
	scamper_read(&in, &f);
	assert_int_equal(in.state, JSON_READ_BROKEN);
	assert_memory_equal(in.why, "tumen: id: not ", 15);
	foreign_free(&f);
	free(text);
	record_clear(&r);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(the_corpus),
	    cmocka_unit_test(told_vantage),
	    cmocka_unit_test(own_records),
	    cmocka_unit_test(golden_records),
	    cmocka_unit_test(rare_values),
	    cmocka_unit_test(keys_of_scamper),
	    cmocka_unit_test(another_start_is_another_trace),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
