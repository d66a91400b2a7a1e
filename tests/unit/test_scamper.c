/* SPDX-License-Identifier: ISC */
#include "analysis/exchange/foreign.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* The corpus is described in tests/data/README.md. */
#define CORPUS "tests/data/scamper/"

/* --- reading -------------------------------------------------------------- */

static struct json_read
read_text(const char *text, struct foreign *f)
{
	struct json_read in = json_read_make(text, strlen(text), true);
	scamper_read(&in, f);
	return in;
}

/* Line n, from 1, of a file of the corpus; NULL behind the last one. */
static char *
line_of(const char *name, size_t n)
{
	char path[128];
	char *line = NULL;
	size_t room = 0, at = 0;
	snprintf(path, sizeof(path), CORPUS "%s", name);
	FILE *in = fopen(path, "r");
	assert_non_null(in);
	ssize_t len = 0;
	while (at < n && (len = getline(&line, &room, in)) >= 0)
		at++;
	fclose(in);
	if (len < 0) {
		free(line);
		return NULL;
	}
	line[len - 1] = '\0';
	return line;
}

/* What it became, which must be right. */
static void
take(const char *name, size_t n, struct foreign *f)
{
	char *line = line_of(name, n);
	assert_non_null(line);
	struct json_read in = read_text(line, f);
	if (!json_read_ok(&in))
		fail_msg("%s:%zu: %s", name, n, in.why);
	assert_ptr_equal(in.p, in.end);
	free(line);
}

static const struct record *
trace_of(const char *name, size_t n, struct foreign *f)
{
	take(name, n, f);
	assert_int_equal(f->n, 1);
	assert_int_equal(f->format, FORMAT_SCAMPER);
	return &f->record[0];
}

/* The probes in short: "1.1 192.0.2.1 412; 2.1 -; 2.2+1 ..." ttl, attempt,
 * reply_no, address, microseconds. */
static char *
probes_of(const struct record *r)
{
	static char text[4096];
	char addr[ADDR_STRLEN];
	size_t len = 0;
	text[0] = '\0';
	for (size_t i = 0; i < r->nprobes; i++) {
		const struct record_probe *p = &r->probes[i];
		len += (size_t)snprintf(text + len, sizeof(text) - len,
		    "%s%d.%d", i > 0 ? "; " : "", p->ttl, p->attempt);
		if (p->reply_no > 0)
			len += (size_t)snprintf(
			    text + len, sizeof(text) - len, "+%d", p->reply_no);
		if (!p->answered)
			len += (size_t)snprintf(
			    text + len, sizeof(text) - len, " -");
		else
			len += (size_t)snprintf(text + len, sizeof(text) - len,
			    " %s %d", addr_format(p->addr, addr),
			    (int)(p->rtt_ns / 1000));
		assert_true(len < sizeof(text));
	}
	return text;
}

static uint32_t
addr(const char *text)
{
	uint32_t a = 0;
	assert_true(addr_parse(text, &a));
	return a;
}

/* --- trace ---------------------------------------------------------------- */

static void
methods(void **state)
{
	(void)state;
	static const struct {
		enum record_method method;
		uint32_t flow;
		uint16_t sport, dport;
		int32_t port;
		const char *tool;
	} want[] = {
	    {METHOD_UDP, 0, 33181, 33435, -1, "scamper 0.1 udp"},
	    {METHOD_UDP, 0, 33181, 33435, -1, "scamper 0.1 udp-paris"},
	    {METHOD_ICMP, 0, 0, 0, -1, "scamper 0.1 icmp-echo"},
	    {METHOD_ICMP, 33187, 0, 0, -1, "scamper 0.1 icmp-echo-paris"},
	    {METHOD_TCP, 0, 33181, 80, 80, "scamper 0.1 tcp"},
	    {METHOD_TCP, 0, 33181, 443, 443, "scamper 0.1 tcp-ack"},
	};
	struct foreign f = {.hints.start_us = -1};
	for (size_t i = 0; i < sizeof(want) / sizeof(want[0]); i++) {
		const struct record *r = trace_of("methods.json", i + 2, &f);
		assert_int_equal(r->method, want[i].method);
		assert_int_equal(r->flow, want[i].flow);
		assert_int_equal(r->sport, want[i].sport);
		assert_int_equal(r->dport, want[i].dport);
		assert_int_equal(r->port, want[i].port);
		assert_string_equal(r->tool, want[i].tool);
		assert_int_equal(r->stop, STOP_REACHED);
		assert_string_equal(r->stop_detail, "");
		assert_string_equal(probes_of(r),
		    "1.1 192.0.2.1 412; 2.1 198.51.100.1 11030; "
		    "3.1 175.45.176.71 171200");
	}
	assert_int_equal(f.record[0].probes[2].tcp_flags, 20);
	assert_int_equal(f.record[0].probes[2].icmp_type, -1);
	foreign_free(&f);
}

static void
head_and_hop(void **state)
{
	(void)state;
	struct foreign f = {.hints.start_us = -1};
	const struct record *r = trace_of("methods.json", 2, &f);
	assert_string_equal(r->vantage, "scamper-192.0.2.10");
	assert_string_equal(r->campaign, "");
	assert_int_equal(r->run, -1);
	assert_int_equal(r->epoch, 0);
	assert_int_equal(r->src, addr("192.0.2.10"));
	assert_int_equal(r->target, addr("175.45.176.71"));
	assert_int_equal(r->prefix.addr, addr("175.45.176.0"));
	assert_int_equal(r->prefix.len, 24);
	assert_int_equal(r->start_us, 1700000000250000);
	assert_int_equal(r->duration_us, -1);
	const struct record_probe *p = &r->probes[0];
	assert_int_equal(p->tx_ns, 1700000000250100000);
	assert_int_equal(p->rtt_ns, 412000);
	assert_int_equal(p->reply_ttl, 64);
	assert_int_equal(p->reply_ipid, 6523);
	assert_int_equal(p->icmp_type, 11);
	assert_int_equal(p->icmp_code, 0);
	assert_int_equal(p->quoted_ttl, 1);
	assert_int_equal(p->quoted_tos, 0);
	assert_int_equal(p->tcp_flags, -1);
	assert_int_equal(p->proof, PROOF_UNTOLD);
	assert_false(p->late);
	/* An echo reply quotes nothing. */
	p = &trace_of("methods.json", 4, &f)->probes[2];
	assert_int_equal(p->icmp_type, 0);
	assert_int_equal(p->quoted_ttl, -1);
	assert_int_equal(p->quoted_tos, -1);
	foreign_free(&f);
}

static void
stops(void **state)
{
	(void)state;
	static const struct {
		enum record_stop stop;
		const char *detail;
	} want[] = {
	    {STOP_REACHED, ""},
	    {STOP_UNREACHABLE, "UNREACH, stop_data 1"},
	    {STOP_UNREACHABLE, "ICMP, stop_data 12"},
	    {STOP_LOOP, "LOOP, stop_data 0"},
	    {STOP_GAP, "GAPLIMIT, stop_data 0"},
	    {STOP_MAX_TTL, "HOPLIMIT, stop_data 0"},
	    {STOP_MAX_TTL, "GSS, stop_data 0"},
	    /* cut between characters */
	    {STOP_ERROR, "ERROR, stop_data 1: sendto: Operation not "
			 "permitted, as "},
	    {STOP_ERROR, "NONE, stop_data 0"},
	    {STOP_ERROR, "HALTED, stop_data 0"},
	    {STOP_ERROR, "INPROGRESS, stop_data 0"},
	};
	struct foreign f = {.hints.start_us = -1};
	for (size_t i = 0; i < sizeof(want) / sizeof(want[0]); i++) {
		const struct record *r = trace_of("stops.json", i + 1, &f);
		assert_int_equal(r->stop, want[i].stop);
		assert_string_equal(r->stop_detail, want[i].detail);
	}
	/* Nothing is said to have been sent when probe_count is 0. */
	assert_int_equal(trace_of("stops.json", 8, &f)->nprobes, 0);
	foreign_free(&f);
}

static void
unanswered_probes_as_far_as_told(void **state)
{
	(void)state;
	static const char *const want[] = {
	    "1.1 198.51.100.1 1000; 2.1 -; 2.2 -; 3.1 -; "
	    "3.2 198.51.100.3 3000; 4.1 175.45.176.71 4000",
	    "1.1 198.51.100.1 1000; 1.2 198.51.100.1 1000; 2.1 -; 2.2 -; "
	    "3.1 175.45.176.71 3000; 3.2 -",
	    "1.1 198.51.100.1 1000; 2.1 -; 2.2 198.51.100.2 2000; 3.1 -; 4.1 -",
	    "1.1 198.51.100.1 1000; 2.1 -; 2.2 -; 3.1 -; "
	    "3.2 175.45.176.71 3000",
	    "3.1 198.51.100.3 3000; 4.1 -; 4.2 -; 5.1 175.45.176.71 5000",
	    "1.1 198.51.100.1 1000; 2.1 -; 3.1 175.45.176.71 3000",
	};
	struct foreign f = {.hints.start_us = -1};
	for (size_t i = 0; i < sizeof(want) / sizeof(want[0]); i++)
		assert_string_equal(
		    probes_of(trace_of("gaps.json", i + 1, &f)), want[i]);
	const struct record_probe *p = &f.record[0].probes[1];
	assert_int_equal(p->ttl, 2);
	assert_int_equal(p->silent, SILENT_UNKNOWN);
	assert_int_equal(p->tx_ns, -1);
	assert_non_null(strstr(probes_of(trace_of("lab-udp-paris.json", 2, &f)),
	    "; 12.1 -; 12.2 -; 13.1 -; 13.2 -; 14.1 -; 14.2 -; "
	    "15.1 175.45.176.71 161"));
	foreign_free(&f);
}

static const char *
fact(const struct foreign *f, const char *name)
{
	for (size_t i = 0; i < f->nfacts; i++)
		if (strcmp(f->fact[i].name, name) == 0)
			return f->fact[i].value;
	return "";
}

static void
newer_versions(void **state)
{
	(void)state;
	struct foreign f = {.hints = {.start_us = -1, .vantage = "unused"}};
	const struct record *r = trace_of("new.json", 1, &f);
	assert_string_equal(r->vantage, "sea-us.ark");
	assert_string_equal(f.vantage, "sea-us.ark");
	assert_string_equal(fact(&f, "platform"), "scamper");
	assert_string_equal(fact(&f, "monitor"), "Sea-US.Ark");
	assert_string_equal(fact(&f, "user"), "77");
	assert_string_equal(fact(&f, "address"), "192.0.2.10");
	assert_string_equal(probes_of(r),
	    "1.1 192.0.2.1 412; 2.1 -; 2.2 198.51.100.1 11030; "
	    "3.1 175.45.176.71 171200; 3.2 -; 4.1 175.45.176.71 172000; "
	    "4.2 -; 5.1 -");
	assert_int_equal(r->probes[1].tx_ns, 1700000000400000000);
	assert_int_equal(r->probes[4].tx_ns, -1);
	assert_int_equal(r->probes[3].quoted_ttl, 2);
	/* Path MTU discovery comes after the trace and is none of it. */
	r = trace_of("new.json", 2, &f);
	assert_string_equal(r->vantage, "unused");
	assert_string_equal(probes_of(r), "1.1 192.0.2.1 412");
	assert_int_equal(trace_of("new.json", 3, &f)->nprobes, 0);
	foreign_free(&f);
}

static void
replies_and_what_they_lack(void **state)
{
	(void)state;
	struct foreign f = {.hints.start_us = -1};
	const struct record *r = trace_of("replies.json", 1, &f);
	assert_string_equal(probes_of(r),
	    "1.1 192.0.2.1 412; 1.1+1 192.0.2.1 913; "
	    "1.1+2 192.0.2.2 5000001; 2.1 175.45.176.71 0");
	assert_int_equal(r->probes[2].tx_ns, r->probes[0].tx_ns);
	assert_int_equal(r->probes[1].reply_ipid, 2);
	assert_int_equal(r->probes[3].reply_ttl, -1);
	assert_int_equal(r->probes[3].rtt_ns, 0);
	r = trace_of("replies.json", 2, &f); /* -O ICMP-rxerr */
	assert_int_equal(r->probes[0].reply_ipid, -1);
	assert_int_equal(r->probes[0].quoted_ttl, -1);
	assert_int_equal(r->probes[0].tx_ns, -1);
	assert_int_equal(r->probes[1].icmp_type, 3);
	foreign_free(&f);
}

static void
label_stacks(void **state)
{
	(void)state;
	static const uint8_t one[] = {0, 8, 1, 1, 0x05, 0xdc, 0xb1, 0x01},
			     more[] = {0, 12, 1, 1, 0xff, 0xff, 0xfe, 0xff, 0,
				 1, 0x0b, 2, 0, 8, 1, 1, 0, 0, 0x31, 1};
	struct foreign f = {.hints.start_us = -1};
	const struct record *r = trace_of("icmpext.json", 1, &f);
	assert_int_equal(r->probes[0].ext.len, sizeof(one));
	assert_memory_equal(r->probes[0].ext.p, one, sizeof(one));
	/* Of the object of class 2 no octet is told. */
	assert_int_equal(r->probes[1].ext.len, sizeof(more));
	assert_memory_equal(r->probes[1].ext.p, more, sizeof(more));
	assert_null(r->probes[2].ext.p);
	foreign_free(&f);
}

static void
beyond_a_record(void **state)
{
	(void)state;
	struct foreign f = {.hints.start_us = -1};
	const struct record *r = trace_of("beyond.json", 1, &f);
	assert_string_equal(r->stop_detail, "3 beyond a record left out");
	assert_int_equal(r->stop, STOP_REACHED);
	assert_int_equal(r->nprobes, RECORD_TTL_MAX);
	foreign_free(&f);
}

/* --- tracelb -------------------------------------------------------------- */

static void
flow_of(const struct foreign *f, size_t i, uint32_t flow, const char *probes)
{
	assert_true(i < f->n);
	assert_int_equal(f->record[i].flow, flow);
	assert_string_equal(probes_of(&f->record[i]), probes);
}

static void
balancers(void **state)
{
	(void)state;
	struct foreign f = {.hints.start_us = -1};
	take("tracelb.json", 2, &f);
	assert_int_equal(f.n, 3);
	flow_of(&f, 0, 33435,
	    "2.1 198.51.100.1 1500; 2.2 198.51.100.1 1500; "
	    "3.1 198.51.100.3 1500; 4.1 175.45.176.71 1500");
	flow_of(&f, 1, 33436,
	    "2.1 198.51.100.2 1500; 3.1 -; 3.2 198.51.100.3 1500; "
	    "4.1 175.45.176.71 1500");
	flow_of(&f, 2, 33437, "2.1 198.51.100.1 1500; 3.1 198.51.100.3 1500");
	assert_int_equal(f.record[0].stop, STOP_REACHED);
	assert_int_equal(f.record[2].stop, STOP_MAX_TTL);
	assert_string_equal(
	    f.record[2].stop_detail, "no more of this flow in tracelb");
	for (size_t i = 0; i < f.n; i++) {
		const struct record *r = &f.record[i];
		assert_int_equal(r->sport, 33199);
		assert_int_equal(r->dport, r->flow);
		assert_int_equal(r->start_us, 1700000000000071);
		assert_string_equal(r->tool, "scamper 0.1 lb udp-dport");
	}
	const struct record_probe *p = &f.record[1].probes[2];
	assert_int_equal(p->tx_ns, 1700000000009000000);
	assert_int_equal(p->reply_ttl, 62);
	assert_int_equal(p->reply_ipid, 7);
	assert_int_equal(p->quoted_ttl, 1);
	assert_int_equal(p->quoted_tos, 0);
	foreign_free(&f);
}

static void
clumps_and_ends(void **state)
{
	(void)state;
	struct foreign f = {.hints.start_us = -1};
	take("tracelb.json", 3, &f);
	assert_int_equal(f.n, 2);
	flow_of(&f, 0, 33199, "2.1 198.51.100.1 1500; 4.1 175.45.176.71 1500");
	flow_of(&f, 1, 33200, "2.1 198.51.100.2 1500; 4.1 175.45.176.71 1500");
	assert_int_equal(f.record[1].sport, 33200);
	assert_int_equal(f.record[1].dport, 33435);
	take("tracelb.json", 4, &f);
	assert_int_equal(f.n, 2);
	flow_of(&f, 1, 2, "2.1 198.51.100.1 1500");
	assert_int_equal(f.record[0].stop, STOP_GAP);
	assert_int_equal(f.record[1].stop, STOP_GAP);
	take("tracelb.json", 5, &f);
	flow_of(&f, 0, 1, "2.1 198.51.100.1 1500; 3.1 198.51.100.2 1500");
	flow_of(&f, 1, 2, "2.1 198.51.100.1 1500");
	assert_int_equal(f.record[0].stop, STOP_GAP);
	assert_int_equal(f.record[1].stop, STOP_MAX_TTL);
	take("tracelb.json", 10, &f);
	flow_of(&f, 0, 1, "2.1 198.51.100.1 1500; 3.1 198.51.100.2 1500");
	assert_int_equal(f.record[0].stop, STOP_GAP);
	assert_int_equal(f.record[1].stop, STOP_MAX_TTL);
	foreign_free(&f);
}

static void
replies_of_two_nodes(void **state)
{
	(void)state;
	struct foreign f = {.hints.start_us = -1};
	take("tracelb.json", 6, &f);
	flow_of(&f, 0, 33199,
	    "2.1 198.51.100.2 500; 2.1+1 198.51.100.1 900; "
	    "2.1+2 198.51.100.2 1500; 2.2 198.51.100.1 1500; 3.1 175.45.176.71 "
	    "1500");
	assert_int_equal(f.record[0].method, METHOD_TCP);
	assert_int_equal(f.record[0].port, 80);
	assert_int_equal(f.record[0].probes[4].tcp_flags, 4);
	assert_int_equal(f.record[0].stop, STOP_REACHED);
	take("tracelb.json", 7, &f);
	assert_int_equal(f.record[0].stop, STOP_UNREACHABLE);
	assert_string_equal(fact(&f, "user"), "5");
	take("tracelb.json", 8, &f);
	assert_int_equal(f.n, 0);
	assert_string_equal(f.other, "tracelb without probes");
	take("tracelb.json", 9, &f); /* ::ffff:192.0.2.10 */
	assert_string_equal(f.vantage, "scamper-192.0.2.10");
	flow_of(&f, 0, 9, "2.1 175.45.178.161 1500");
	assert_int_equal(f.record[0].probes[0].quoted_tos, -1);
	foreign_free(&f);
}

/* --- what is none --------------------------------------------------------- */

static void
other_measurements(void **state)
{
	(void)state;
	static const char *const want[] = {"cycle-start", "cycle-def", "ping",
	    "dealias", "tbit", "IPv6 trace", "IPv6 tracelb", "cycle-stop"};
	struct foreign f = {.hints.start_us = -1};
	for (size_t i = 0; i < sizeof(want) / sizeof(want[0]); i++) {
		take("other.json", i + 1, &f);
		assert_int_equal(f.n, 0);
		assert_string_equal(f.other, want[i]);
	}
	foreign_free(&f);
}

static void
broken_ones_say_why(void **state)
{
	(void)state;
	static const char *const want[] = {"method: \"rsvp\" is none of trace",
	    "dst: missing", "dst: \"nowhere\" is no address", "start: missing",
	    "usec: 1000000 is not in 0..999999", "stop_reason: missing",
	    "probe_ttl: 0", "probe_id: missing", "hops: a reply without addr",
	    "hops: an IPv6 address towards an IPv4 one", "rtt: no number",
	    "icmp_type: 256 is not in 0..255",
	    "mpls_label: 1048576 is not in 0..1048575", "type: missing",
	    "neither monitor nor src: --vantage NAME says who ran scamper",
	    "probes: one without ttl or flowid", "links: a reply without addr",
	    "no JSON at its octet 453: nothing behind a comma"};
	struct foreign f = {.hints.start_us = -1};
	size_t i = 0;
	for (char *line; (line = line_of("broken.json", i + 1)) != NULL; i++) {
		struct json_read in = read_text(line, &f);
		assert_int_equal(in.state, JSON_READ_BROKEN);
		assert_true(i < sizeof(want) / sizeof(want[0]));
		assert_string_equal(in.why, want[i]);
		free(line);
	}
	assert_int_equal(i, sizeof(want) / sizeof(want[0]));
	foreign_free(&f);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(methods),
	    cmocka_unit_test(head_and_hop),
	    cmocka_unit_test(stops),
	    cmocka_unit_test(unanswered_probes_as_far_as_told),
	    cmocka_unit_test(newer_versions),
	    cmocka_unit_test(replies_and_what_they_lack),
	    cmocka_unit_test(label_stacks),
	    cmocka_unit_test(beyond_a_record),
	    cmocka_unit_test(balancers),
	    cmocka_unit_test(clumps_and_ends),
	    cmocka_unit_test(replies_of_two_nodes),
	    cmocka_unit_test(other_measurements),
	    cmocka_unit_test(broken_ones_say_why),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
