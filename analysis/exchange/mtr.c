/* SPDX-License-Identifier: ISC */
#include "analysis/exchange/foreign.h"

#include "probe/base/hash.h"

#include <arpa/inet.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/*
 * What `mtr --json` prints, of mtr 0.92 to 0.95 and after: one object,
 *
 *	{"report": {"mtr": {"src", "dst", "tos", "tests", "psize",
 *	    "bitpattern"}, "hubs": [{"count", "host", "ASN", "Loss%", "Snt",
 *	    "Last", "Avg", "Best", "Wrst", "StDev"}, ...]}}
 *
 * with whatever columns -o chose. Until 0.93 it was printed by hand: numbers
 * with two decimals, count, tos and tests as strings; then by a library:
 * numbers with three decimals at most. A hub is one TTL: its statistics over
 * all rounds, one of its addresses, no time. It becomes one probe; its round
 * trip is Best, which was measured, as Avg was not.
 *
 * The object tells neither the method (-u, -T; ICMP is the default and is
 * taken) nor the address that was probed from: src is the host's own name.
 */

enum { HOST_MAX = 255 };

/* An hour: mtr waits 10 s for an answer and less. */
#define RTT_MAX_NS 3600000000000

struct hub {
	int64_t ttl, sent, best_ns; /* -1: no such key */
	int64_t lost;		    /* thousandths of a per cent; -1 */
	char host[HOST_MAX + 1];
};

struct report {
	char src[HOST_MAX + 1], dst[HOST_MAX + 1];
	bool mtr, hubs, ipv6;
	uint32_t last_addr; /* of the last hub, 0: silent */
	int64_t last_ttl;   /* 0: there are none */
	int64_t cut;	    /* hubs with a TTL that no record has */
};

/* A number, or one in a string, as it was until 0.93. */
static int64_t
number(struct json_read *in, int64_t lo, int64_t hi)
{
	char text[16], *end;
	if (json_read_kind(in) != JSON_STRING)
		return json_read_integer(in, lo, hi);
	if (json_read_text(in, text, sizeof(text)) == 0 ||
	    text[strspn(text, "0123456789")] != '\0') {
		json_read_bad(in, "\"%s\": not a number", text);
		return 0;
	}
	int64_t v = strtoll(text, &end, 10);
	if (v < lo || v > hi)
		json_read_bad(
		    in, "%s: not in %" PRId64 "..%" PRId64, text, lo, hi);
	return v;
}

static void
read_hub(struct json_read *in, struct hub *hub)
{
	struct json_word key;
	*hub = (struct hub){.ttl = -1, .sent = -1, .best_ns = -1, .lost = -1};
	for (json_read_object(in); json_read_member(in, &key);)
		if (json_read_is(&key, "count"))
			hub->ttl = number(in, 1, 255);
		else if (json_read_is(&key, "host"))
			json_read_text(in, hub->host, sizeof(hub->host));
		else if (json_read_is(&key, "Snt"))
			hub->sent = number(in, 0, INT32_MAX);
		else if (json_read_is(&key, "Loss%"))
			hub->lost = json_read_scaled(in, 3, 0, 100000);
		else if (json_read_is(&key, "Best"))
			hub->best_ns = json_read_scaled(in, 6, 0, RTT_MAX_NS);
		else
			json_read_skip(in);
	if (hub->ttl < 0)
		json_read_bad(in, "hubs: one without count");
	if (hub->host[0] == '\0')
		json_read_bad(in, "hub %" PRId64 ": no host", hub->ttl);
}

static bool
is_ipv6(const char *s)
{
	struct in6_addr addr;
	return inet_pton(AF_INET6, s, &addr) == 1;
}

/* The address in "192.0.2.1" or "name (192.0.2.1)"; both end up in s. */
static const char *
address_in(char *s)
{
	size_t len = strlen(s);
	char *open = strrchr(s, '(');
	if (open == NULL || s[len - 1] != ')')
		return s;
	s[len - 1] = '\0';
	return open + 1;
}

/* 0 for a hub that did not answer, and on failure. */
static uint32_t
responder(struct json_read *in, struct report *report, struct hub *hub)
{
	uint32_t addr = 0;
	if (strcmp(hub->host, "\?\?\?") == 0)
		return 0;
	const char *text = address_in(hub->host);
	if (is_ipv6(text))
		report->ipv6 = true;
	else if (!addr_parse(text, &addr) || addr == 0)
		json_read_bad(in,
		    "hub %" PRId64 ": %.30s is no address: use mtr -n or -b",
		    hub->ttl, text);
	return addr;
}

static void
add_hub(struct json_read *in, struct foreign *f, struct report *report,
    struct hub *hub)
{
	uint32_t addr = responder(in, report, hub);
	if (hub->ttl > report->last_ttl) {
		report->last_ttl = hub->ttl;
		report->last_addr = addr;
	}
	if (!json_read_ok(in) || hub->ttl > RECORD_TTL_MAX) {
		report->cut++;
		return;
	}
	struct record_probe *p = foreign_probe(f, (int)hub->ttl, 1);
	if (p == NULL) {
		json_read_bad(in, "more than %d hubs", RECORD_PROBES_MAX);
	} else if (addr != 0) {
		p->answered = true;
		p->silent = 0;
		p->addr = addr;
		p->proof = PROOF_UNTOLD;
		if (hub->best_ns > 0 && hub->sent != 0 && hub->lost != 100000)
			p->rtt_ns = hub->best_ns;
	} else if (hub->sent == 0) {
		p->silent = SILENT_NOT_SENT;
	}
}

static void
read_hubs(struct json_read *in, struct foreign *f, struct report *report)
{
	struct hub hub;
	report->hubs = true;
	for (json_read_array(in); json_read_item(in);) {
		read_hub(in, &hub);
		if (json_read_ok(in))
			add_hub(in, f, report, &hub);
	}
}

static void
read_head(struct json_read *in, struct report *report)
{
	struct json_word key;
	report->mtr = true;
	for (json_read_object(in); json_read_member(in, &key);)
		if (json_read_is(&key, "src"))
			json_read_text(in, report->src, sizeof(report->src));
		else if (json_read_is(&key, "dst"))
			json_read_text(in, report->dst, sizeof(report->dst));
		else
			json_read_skip(in);
}

static void
read_report(struct json_read *in, struct foreign *f, struct report *report)
{
	struct json_word key;
	for (json_read_object(in); json_read_member(in, &key);)
		if (json_read_is(&key, "mtr"))
			read_head(in, report);
		else if (json_read_is(&key, "hubs"))
			read_hubs(in, f, report);
		else
			json_read_skip(in);
	if (!report->mtr || !report->hubs)
		json_read_bad(
		    in, "report: no %s", report->mtr ? "hubs" : "mtr");
}

/* What the caller and the head tell; broken when that does not suffice. */
static void
begin(struct json_read *in, struct foreign *f, struct record *r,
    const struct report *report)
{
	if (f->hints.start_us < 0)
		json_read_bad(
		    in, "mtr does not tell when it ran: --start TIME does");
	if (!addr_parse(report->dst, &r->target))
		json_read_bad(in,
		    "dst %.30s: no address, and mtr does not tell which it "
		    "was",
		    report->dst[0] == '\0' ? "null" : report->dst);
	r->start_us = f->hints.start_us;
	r->duration_us = -1;
	r->method = METHOD_ICMP;
	snprintf(r->tool, sizeof(r->tool), "mtr");
	if (f->hints.vantage != NULL)
		foreign_vantage(f, NULL, f->hints.vantage);
	else if (report->src[0] != '\0')
		foreign_vantage(f, "mtr", report->src);
	else
		json_read_bad(in, "no src: --vantage NAME says who ran mtr");
	snprintf(r->vantage, sizeof(r->vantage), "%s", f->vantage);
	foreign_fact(f, "platform", "mtr");
	foreign_fact(f, "monitor", report->src);
}

/* mtr tells how far it came, and not what ended it. */
static void
stop(struct record *r, const struct report *report)
{
	r->stop = STOP_GAP;
	if (report->last_ttl == 0)
		snprintf(r->stop_detail, sizeof(r->stop_detail),
		    "mtr saw no hop at all");
	else if (report->last_addr == r->target)
		r->stop = STOP_REACHED;
	else
		snprintf(r->stop_detail, sizeof(r->stop_detail),
		    "the last hop of mtr, TTL %" PRId64 ", is not the target",
		    report->last_ttl);
	size_t len = strlen(r->stop_detail);
	if (report->cut > 0)
		snprintf(r->stop_detail + len, sizeof(r->stop_detail) - len,
		    "%s%" PRId64 " hops with a TTL above %d left out",
		    len > 0 ? "; " : "", report->cut, RECORD_TTL_MAX);
}

/*
 * The object's SHA-256 without its white space: pretty or on one line, as it
 * is kept, it is the same.
 */
static void
identify(
    const char *p, const char *end, char text[static 2 * HASH_SHA256_LEN + 1])
{
	uint8_t out[HASH_SHA256_LEN];
	struct hash *h = hash_open();
	bool quoted = false;
	const char *from = p;
	for (; p < end; p++) {
		if (quoted && *p == '\\')
			p++;
		else if (*p == '"')
			quoted = !quoted;
		else if (!quoted && strchr(" \t\r\n", *p) != NULL) {
			hash_add(h, from, (size_t)(p - from));
			from = p + 1;
		}
	}
	if (from < end)
		hash_add(h, from, (size_t)(end - from));
	hash_close(h, out);
	hash_hex(out, sizeof(out), text);
}

static void
other(struct foreign *f, const char *what)
{
	foreign_reset(f);
	f->format = FORMAT_MTR;
	snprintf(f->other, sizeof(f->other), "%s", what);
}

void
mtr_read(struct json_read *in, struct foreign *f)
{
	struct report report = {0};
	struct json_word key;
	json_read_kind(in); /* white space before it is not of it */
	const char *from = in->p;
	foreign_reset(f);
	f->format = FORMAT_MTR;
	struct record *r = foreign_trace(f);
	for (json_read_object(in); json_read_member(in, &key);)
		if (json_read_is(&key, "report"))
			read_report(in, f, &report);
		else
			json_read_skip(in);
	if (json_read_ok(in) && (report.ipv6 || is_ipv6(report.dst))) {
		other(f, "IPv6 mtr");
		return;
	}
	if (!report.mtr)
		json_read_bad(in, "no report of mtr");
	begin(in, f, r, &report);
	if (!json_read_ok(in))
		return;
	char identity[2 * HASH_SHA256_LEN + 1];
	identify(from, in->p, identity);
	stop(r, &report);
	foreign_end(f, r, identity, in);
}
