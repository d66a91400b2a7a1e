/* SPDX-License-Identifier: ISC */
#include "tests/unit/foreign_file.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#define START INT64_C(1700000000000000)

static uint32_t
addr(const char *text)
{
	uint32_t a = 0;
	assert_true(addr_parse(text, &a));
	return a;
}

/* Reads a text; the rest of what is expected of it is the test's. */
static struct json_read
read_text(struct foreign *f, const char *text)
{
	struct json_read in = json_read_make(text, strlen(text), true);
	mtr_read(&in, f);
	return in;
}

static const struct record *
read_file(struct foreign *f, const char *name)
{
	char path[64];
	snprintf(path, sizeof(path), "tests/data/mtr/%s.json", name);
	char *text = foreign_file(path, NULL);
	struct json_read in = read_text(f, text);
	if (!json_read_ok(&in))
		fail_msg("%s: %s", path, in.why);
	free(text);
	assert_int_equal(f->format, FORMAT_MTR);
	assert_int_equal(f->n, 1);
	return &f->record[0];
}

static void
same_hub(const struct record_probe *p, int ttl, const char *from, int64_t rtt)
{
	assert_int_equal(p->ttl, ttl);
	assert_int_equal(p->attempt, 1);
	assert_int_equal(p->reply_no, 0);
	assert_int_equal(p->answered, from != NULL);
	assert_int_equal(p->addr, from == NULL ? 0 : addr(from));
	assert_int_equal(p->rtt_ns, rtt);
	assert_int_equal(p->proof, from == NULL ? 0 : PROOF_UNTOLD);
	assert_int_equal(p->silent, from == NULL ? SILENT_UNKNOWN : 0);
	assert_false(p->late);
	assert_int_equal(p->tx_ns, -1);
	assert_int_equal(p->reply_ttl, -1);
	assert_int_equal(p->reply_ipid, -1);
	assert_int_equal(p->quoted_ttl, -1);
	assert_int_equal(p->quoted_tos, -1);
	assert_int_equal(p->icmp_type, -1);
	assert_int_equal(p->icmp_code, -1);
	assert_int_equal(p->tcp_flags, -1);
	assert_null(p->ext.p);
	assert_null(p->sent.p);
	assert_null(p->reply.p);
}

/* What every trace of mtr has in common. */
static void
same_trace(const struct record *r, const char *vantage, const char *target)
{
	assert_string_equal(r->vantage, vantage);
	assert_int_equal(r->target, addr(target));
	assert_int_equal(r->prefix.addr, addr(target) & prefix_mask(24));
	assert_int_equal(r->prefix.len, 24);
	assert_int_equal(r->start_us, START);
	assert_int_equal(r->duration_us, -1);
	assert_int_equal(r->method, METHOD_ICMP);
	assert_string_equal(r->campaign, "");
	assert_int_equal(r->run, -1);
	assert_int_equal(r->epoch, 0);
	assert_in_range(r->seq, 1, (UINT64_C(1) << 53) - 1);
	assert_int_equal(r->port, -1);
	assert_int_equal(r->flow, 0);
	assert_int_equal(r->src, 0);
	assert_int_equal(r->sport, 0);
	assert_int_equal(r->dport, 0);
	assert_int_equal(r->drops, 0);
	assert_false(r->clock_step);
	assert_false(r->control);
	assert_string_equal(r->tool, "mtr");
}

static void
of_0_92(void **state)
{
	(void)state;
	struct foreign f = {.hints.start_us = START};
	const struct record *r = read_file(&f, "0.92-report");
	same_trace(r, "mtr-probe-1.example.net", "198.51.100.9");
	assert_int_equal(r->nprobes, 4);
	same_hub(&r->probes[0], 1, "192.0.2.1", 380000);
	same_hub(&r->probes[1], 2, NULL, -1);
	same_hub(&r->probes[2], 3, "203.0.113.65", 10980000);
	same_hub(&r->probes[3], 4, "198.51.100.9", 170030000);
	assert_int_equal(r->stop, STOP_REACHED);
	assert_string_equal(r->stop_detail, "");
	assert_string_equal(f.vantage, r->vantage);
	assert_int_equal(f.nfacts, 2);
	assert_string_equal(f.fact[0].name, "platform");
	assert_string_equal(f.fact[0].value, "mtr");
	assert_string_equal(f.fact[1].name, "monitor");
	assert_string_equal(f.fact[1].value, "probe-1.example.net");
	foreign_free(&f);
}

static void
names_before_addresses(void **state)
{
	(void)state;
	struct foreign f = {.hints.start_us = START};
	const struct record *r = read_file(&f, "0.92-show-ips-aslookup");
	same_trace(r, "mtr-probe_1", "198.51.100.9");
	assert_int_equal(r->nprobes, 3);
	same_hub(&r->probes[0], 1, "192.0.2.1", 380000);
	same_hub(&r->probes[1], 2, NULL, -1);
	same_hub(&r->probes[2], 3, "203.0.113.65", 10980000);
	assert_int_equal(r->stop, STOP_GAP);
	assert_string_equal(
	    r->stop_detail, "the last hop of mtr, TTL 3, is not the target");

	r = read_file(&f, "0.95-show-ips");
	same_trace(r, "mtr-vm", "175.45.176.71");
	assert_int_equal(r->nprobes, 4);
	same_hub(&r->probes[0], 1, "112.174.200.1", 43000);
	same_hub(&r->probes[1], 2, "112.174.48.2", 53000);
	same_hub(&r->probes[2], 3, "203.160.80.2", 53000);
	same_hub(&r->probes[3], 4, "219.158.103.2", 70000);
	foreign_free(&f);
}

static void
of_0_95(void **state)
{
	(void)state;
	static const struct {
		const char *addr;
		int64_t us;
	} hub[] = {{"112.174.200.1", 52}, {"112.174.48.2", 61},
	    {"203.160.80.2", 49}, {"219.158.103.2", 58}, {"219.158.96.6", 79},
	    {"219.158.98.6", 81}, {"219.158.99.6", 89}, {"219.158.100.6", 96},
	    {"219.158.110.10", 94}, {"103.35.253.2", 108},
	    {"103.35.255.254", 147}, {NULL, -1}, {NULL, -1}, {NULL, -1},
	    {"175.45.176.71", 155}};
	struct foreign f = {.hints.start_us = START, .hints.vantage = "sel"};
	const struct record *r = read_file(&f, "0.95-no-dns");
	same_trace(r, "sel", "175.45.176.71");
	assert_int_equal(r->nprobes, 15);
	for (int i = 0; i < 15; i++)
		same_hub(&r->probes[i], i + 1, hub[i].addr,
		    hub[i].addr == NULL ? -1 : 1000 * hub[i].us);
	assert_int_equal(r->stop, STOP_REACHED);
	foreign_free(&f);
}

static void
with_other_columns(void **state)
{
	(void)state;
	struct foreign f = {.hints.start_us = START};
	const struct record *r = read_file(&f, "0.95-aslookup");
	assert_int_equal(r->nprobes, 3);
	same_hub(&r->probes[2], 3, "203.160.80.2", 61000);
	r = read_file(&f, "0.95-fields");
	assert_int_equal(r->nprobes, 4);
	same_hub(&r->probes[0], 1, "112.174.200.1", 42000);
	/* Best was not asked for: Avg and Last are there, and not taken. */
	r = read_file(&f, "0.95-fields-no-best");
	assert_int_equal(r->nprobes, 2);
	same_hub(&r->probes[0], 1, "112.174.200.1", -1);
	same_hub(&r->probes[1], 2, "112.174.48.2", -1);
	r = read_file(&f, "0.95-first-ttl");
	assert_int_equal(r->nprobes, 3);
	same_hub(&r->probes[0], 13, NULL, -1);
	same_hub(&r->probes[2], 15, "175.45.176.71", 202000);
	assert_int_equal(r->stop, STOP_REACHED);
	foreign_free(&f);
}

static void
nobody_there(void **state)
{
	(void)state;
	struct foreign f = {.hints.start_us = START};
	const struct record *r = read_file(&f, "0.95-empty-hubs");
	same_trace(r, "mtr-vm", "10.9.0.99");
	assert_int_equal(r->nprobes, 0);
	assert_int_equal(r->stop, STOP_GAP);
	assert_string_equal(r->stop_detail, "mtr saw no hop at all");
	r = read_file(&f, "0.93-empty-hubs");
	same_trace(r, "mtr-probe-1.example.net", "192.0.2.4");
	assert_int_equal(r->nprobes, 0);
	foreign_free(&f);
}

static void
ipv6_is_another_thing(void **state)
{
	(void)state;
	static const char *const name[] = {"0.95-ipv6", "0.92-ipv6"};
	for (size_t i = 0; i < 2; i++) {
		struct foreign f = {.hints.start_us = START};
		char path[64];
		snprintf(path, sizeof(path), "tests/data/mtr/%s.json", name[i]);
		char *text = foreign_file(path, NULL);
		struct json_read in = read_text(&f, text);
		assert_true(json_read_ok(&in));
		assert_int_equal(f.n, 0);
		assert_string_equal(f.other, "IPv6 mtr");
		assert_int_equal(f.format, FORMAT_MTR);
		free(text);
		foreign_free(&f);
	}
}

#define HEAD	   "{\"report\": {\"mtr\": {\"src\": \"s\", \"dst\": \"192.0.2.9\"}"
#define HUBS(hubs) HEAD ", \"hubs\": [" hubs "]}}"

static void
broken(void **state)
{
	(void)state;
	static const char *const text[][2] = {
	    {"{}", "no report of mtr"},
	    {"{\"report\": {}}", "report: no mtr"},
	    {HEAD "}}", "report: no hubs"},
	    {"{\"report\": {\"mtr\": {\"src\": \"s\"}, \"hubs\": []}}",
		"dst null: no address, and mtr does not tell which it was"},
	    {"{\"report\": {\"mtr\": {\"src\": \"s\", \"dst\": \"a.example\"}, "
	     "\"hubs\": []}}",
		"dst a.example: no address, and mtr does not tell which it "
		"was"},
	    {"{\"report\": {\"mtr\": {\"dst\": \"192.0.2.9\"}, \"hubs\": []}}",
		"no src: --vantage NAME says who ran mtr"},
	    {HUBS("{\"host\": \"???\"}"), "hubs: one without count"},
	    {HUBS("{\"count\": 3}"), "hub 3: no host"},
	    {HUBS("{\"count\": 3, \"host\": \"a.example\"}"),
		"hub 3: a.example is no address: use mtr -n or -b"},
	    {HUBS("{\"count\": 3, \"host\": \"a.example (192.0.2\"}"),
		"hub 3: a.example (192.0.2 is no address: use mtr -n or -b"},
	    {HUBS("{\"count\": \"x\", \"host\": \"???\"}"),
		"\"x\": not a number"},
	    {HUBS("{\"count\": \"\", \"host\": \"???\"}"),
		"\"\": not a number"},
	    {HUBS("{\"count\": \"256\", \"host\": \"???\"}"),
		"256: not in 1..255"},
	    {HUBS("{\"count\": 2, \"host\": \"???\"}, "
		  "{\"count\": 2, \"host\": \"192.0.2.1\"}"),
		"ttl 2, attempt 1, reply 0: two probes have this place"},
	};
	struct foreign f = {.hints.start_us = START};
	for (size_t i = 0; i < sizeof(text) / sizeof(text[0]); i++) {
		struct json_read in = read_text(&f, text[i][0]);
		assert_int_equal(in.state, JSON_READ_BROKEN);
		assert_string_equal(in.why, text[i][1]);
	}
	foreign_free(&f);
}

/* Numbers that the JSON reader refuses; its texts are its own. */
static void
out_of_range(void **state)
{
	(void)state;
	static const char *const hub[] = {
	    HUBS("{\"count\": 0, \"host\": \"???\"}"),
	    HUBS("{\"count\": 256, \"host\": \"???\"}"),
	    HUBS("{\"count\": 1.5, \"host\": \"???\"}"),
	    HUBS("{\"count\": 1, \"host\": 7}"),
	    HUBS("{\"count\": 1, \"host\": \"192.0.2.1\", \"Best\": -1}"),
	    HUBS("{\"count\": 1, \"host\": \"192.0.2.1\", \"Best\": 1e9}"),
	    HUBS("{\"count\": 1, \"host\": \"192.0.2.1\", \"Loss%\": 100.1}"),
	    HUBS("{\"count\": 1, \"host\": \"192.0.2.1\", \"Snt\": -1}"),
	    HUBS("7"),
	    HEAD ", \"hubs\": {}}}",
	};
	struct foreign f = {.hints.start_us = START};
	for (size_t i = 0; i < sizeof(hub) / sizeof(hub[0]); i++) {
		struct json_read in = read_text(&f, hub[i]);
		assert_int_equal(in.state, JSON_READ_BROKEN);
		assert_string_not_equal(in.why, "");
	}
	foreign_free(&f);
}

static void
files_that_are_broken(void **state)
{
	(void)state;
	static const char *const file[][2] = {
	    {"0.95-names",
		"hub 1: gw.kt.example is no address: use mtr -n or -b"},
	    {"0.95-dst-name",
		"dst cu.example: no address, and mtr does not tell which it "
		"was"},
	    {"0.92-empty-hubs", NULL}, /* is no JSON */
	};
	struct foreign f = {.hints.start_us = START};
	for (size_t i = 0; i < 3; i++) {
		char path[64];
		snprintf(
		    path, sizeof(path), "tests/data/mtr/%s.json", file[i][0]);
		char *text = foreign_file(path, NULL);
		struct json_read in = read_text(&f, text);
		assert_int_equal(in.state, JSON_READ_BROKEN);
		if (file[i][1] != NULL)
			assert_string_equal(in.why, file[i][1]);
		free(text);
	}
	foreign_free(&f);
}

static void
no_time(void **state)
{
	(void)state;
	struct foreign f = {.hints.start_us = -1};
	struct json_read in = read_text(&f, HUBS(""));
	assert_int_equal(in.state, JSON_READ_BROKEN);
	assert_string_equal(
	    in.why, "mtr does not tell when it ran: --start TIME does");
	foreign_free(&f);
}

static void
odd_hubs(void **state)
{
	(void)state;
	struct foreign f = {.hints.start_us = START};
	struct json_read in = read_text(&f,
	    HUBS("{\"count\": 1, \"host\": \"???\", \"Snt\": 0}, "
		 "{\"count\": 2, \"host\": \"192.0.2.1\", \"Loss%\": 100.0, "
		 "\"Best\": 3.0}, "
		 "{\"count\": 3, \"host\": \"192.0.2.2\", \"Best\": 0.0}, "
		 "{\"count\": 64, \"host\": \"192.0.2.3\", \"Best\": 0.001}, "
		 "{\"count\": 65, \"host\": \"192.0.2.9\", \"Best\": 9.0}"));
	assert_true(json_read_ok(&in));
	const struct record *r = &f.record[0];
	assert_int_equal(r->nprobes, 4);
	assert_int_equal(r->probes[0].silent, SILENT_NOT_SENT);
	same_hub(&r->probes[1], 2, "192.0.2.1", -1);
	same_hub(&r->probes[2], 3, "192.0.2.2", -1);
	same_hub(&r->probes[3], 64, "192.0.2.3", 1000);
	assert_int_equal(r->stop, STOP_REACHED);
	assert_string_equal(
	    r->stop_detail, "1 hops with a TTL above 64 left out");
	foreign_free(&f);
}

/* Its keys in any order, pretty or not: the same trace is the same number. */
static void
what_it_is_known_by(void **state)
{
	(void)state;
	static const char *const one =
	    HUBS("{\"count\":1,\"host\":\"a (192.0.2.1)\"}");
	static const char *const text[] = {
	    HUBS("  {\"count\" : 1,\n\"host\":\t\"a (192.0.2.1)\"}\r\n"),
	    HUBS("{\"count\":1,\"host\":\"a  (192.0.2.1)\"}"),
	    HUBS("{\"count\":2,\"host\":\"a (192.0.2.1)\"}"),
	};
	struct foreign f = {.hints.start_us = START};
	read_text(&f, one);
	uint64_t seq = f.record[0].seq;
	read_text(&f, text[0]);
	assert_int_equal(f.record[0].seq, seq);
	read_text(&f, text[1]);
	assert_int_not_equal(f.record[0].seq, seq);
	read_text(&f, text[2]);
	assert_int_not_equal(f.record[0].seq, seq);
	f.hints.start_us++;
	read_text(&f, one);
	assert_int_not_equal(f.record[0].seq, seq);
	foreign_free(&f);
}

/* Wherever the text is cut off, more of it is asked for, or it is broken. */
static void
cut_off(void **state)
{
	(void)state;
	size_t len;
	char *text = foreign_file("tests/data/mtr/0.95-show-ips.json", &len);
	struct foreign f = {.hints.start_us = START};
	while (text[len - 1] != '}')
		len--;
	for (size_t n = 0; n < len; n++) {
		char *part = xmemdup(text, n + 1);
		struct json_read in = json_read_make(part, n, false);
		mtr_read(&in, &f);
		assert_int_equal(in.state, JSON_READ_SHORT);
		in = json_read_make(part, n, true);
		mtr_read(&in, &f);
		assert_int_equal(in.state, JSON_READ_BROKEN);
		free(part);
	}
	free(text);
	foreign_free(&f);
}

/* mtr -F: one object behind the other; each is read to its end. */
static void
one_behind_the_other(void **state)
{
	(void)state;
	char *text = foreign_file("tests/data/mtr/0.95-two.json", NULL);
	struct foreign f = {.hints.start_us = START};
	struct json_read in = read_text(&f, text);
	assert_true(json_read_ok(&in));
	same_trace(&f.record[0], "mtr-vm", "175.45.176.71");
	in = read_text(&f, in.p);
	assert_true(json_read_ok(&in));
	same_trace(&f.record[0], "mtr-vm", "175.45.177.10");
	free(text);
	foreign_free(&f);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(of_0_92),
	    cmocka_unit_test(names_before_addresses),
	    cmocka_unit_test(of_0_95),
	    cmocka_unit_test(with_other_columns),
	    cmocka_unit_test(nobody_there),
	    cmocka_unit_test(ipv6_is_another_thing),
	    cmocka_unit_test(broken),
	    cmocka_unit_test(out_of_range),
	    cmocka_unit_test(files_that_are_broken),
	    cmocka_unit_test(no_time),
	    cmocka_unit_test(odd_hubs),
	    cmocka_unit_test(what_it_is_known_by),
	    cmocka_unit_test(cut_off),
	    cmocka_unit_test(one_behind_the_other),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
