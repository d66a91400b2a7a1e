/* SPDX-License-Identifier: ISC */
#include "analysis/exchange/json_read.h"
#include "analysis/exchange/own.h"
#include "analysis/exchange/shaped.h"

#include "probe/base/clock.h"
#include "probe/base/ext.h"
#include "probe/base/record_name.h"
#include "probe/base/record_reply.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/*
 * Keys as sc_warts2json(1) documents them, of format 0.1. Keys of what a
 * record does not hold are not there: userid, hoplimit, wait, wait_probe, tos,
 * sizes, reply_tos, icmp_q_ipl. probe_id counts from 0, as the manual has it.
 * ftime, which scamper prints in local time, is UTC: what scamper would print
 * with TZ=UTC. rtt has more decimals than three when it was measured finer.
 */

/* --- a probe -------------------------------------------------------------- */

/* Whether icmpext has all octets: label stacks and nothing else. */
static bool
only_labels(const struct record_bytes *ext)
{
	struct rd list = rd_make(ext->p, ext->len);
	struct ext_object o;
	size_t told = 0;
	while (ext_next(&list, &o)) {
		size_t len = o.body.left;
		if (o.class != 1 || o.type != 1 || len == 0 || len % 4 != 0)
			return false;
		told += 4 + len;
	}
	return told == ext->len;
}

static void
labels(struct ext_object *o, struct json *j)
{
	struct ext_label l;
	json_array(j, "mpls_labels");
	while (ext_label(o, &l)) {
		json_object(j, NULL);
		json_int(j, "mpls_ttl", l.ttl);
		json_int(j, "mpls_s", l.s);
		json_int(j, "mpls_exp", l.tc);
		json_int(j, "mpls_label", l.label);
		json_object_end(j);
	}
	json_array_end(j);
}

static void
extensions(const struct record_bytes *ext, struct json *j)
{
	struct rd list = rd_make(ext->p, ext->len);
	struct ext_object o;
	json_array(j, "icmpext");
	while (ext_next(&list, &o)) {
		json_object(j, NULL);
		json_int(j, "ie_cn", o.class);
		json_int(j, "ie_ct", o.type);
		json_int(j, "ie_dl", (int64_t)o.body.left);
		if (o.class == 1 && o.type == 1)
			labels(&o, j);
		json_object_end(j);
	}
	json_array_end(j);
}

static void
number(struct json *j, const char *key, int64_t v)
{
	if (v >= 0)
		json_int(j, key, v);
}

static void
moment(struct json *j, const char *key, int64_t us)
{
	json_object(j, key);
	json_int(j, "sec", us / US_PER_S);
	json_int(j, "usec", us % US_PER_S);
}

/* Milliseconds, exactly. */
static void
rtt(int64_t ns, struct json *j)
{
	char text[32];
	if (ns >= 0 && ns % 1000 == 0) {
		json_thousandths(j, "rtt", ns / 1000);
	} else if (ns >= 0) {
		int n = snprintf(text, sizeof(text), "%" PRId64 ".%06d",
		    ns / NS_PER_MS, (int)(ns % NS_PER_MS));
		json_raw(j, "rtt", text, (size_t)n);
	}
}

static void
sent(const struct record_probe *p, struct json *j)
{
	json_int(j, "probe_ttl", p->ttl);
	json_int(j, "probe_id", p->attempt - 1);
	if (p->tx_ns >= 0) {
		moment(j, "tx", p->tx_ns / 1000);
		json_object_end(j);
	}
}

/* What scamper has no key for, and expected_no is not the reply's number. */
static void
own_probe(const struct record_probe *p, int expected_no, struct json *j)
{
	bool finer = p->tx_ns >= 0 && p->tx_ns % 1000 != 0;
	bool ext = p->ext.len > 0 && !only_labels(&p->ext);
	bool proof = p->answered && p->proof != PROOF_UNTOLD;
	bool why = !p->answered && p->silent != SILENT_UNKNOWN;
	bool nth = p->reply_no != expected_no;
	if (!finer && !ext && !proof && !why && !nth && !p->late &&
	    p->reply_ttl != 0)
		return;
	json_object(j, "tumen");
	if (proof)
		json_text(j, "proof", record_proof_name(p->proof));
	if (why)
		json_text(j, "silent", record_silent_name(p->silent));
	if (p->late)
		json_bool(j, "late", true);
	if (nth)
		json_int(j, "reply_no", p->reply_no);
	if (finer)
		json_int(j, "tx_ns", p->tx_ns % 1000);
	if (p->reply_ttl == 0)
		json_int(j, "reply_ttl", 0);
	if (ext)
		json_hex(j, "ext", p->ext.p, p->ext.len);
	json_object_end(j);
}

static void
reply(const struct record_probe *p, int expected_no, struct json *j)
{
	char addr[ADDR_STRLEN];
	json_object(j, NULL);
	json_text(j, "addr", addr_format(p->addr, addr));
	sent(p, j);
	rtt(p->rtt_ns, j);
	number(j, "reply_ttl", p->reply_ttl);
	number(j, "reply_ipid", p->reply_ipid);
	number(j, "icmp_type", p->icmp_type);
	number(j, "icmp_code", p->icmp_code);
	number(j, "icmp_q_ttl", p->quoted_ttl);
	number(j, "icmp_q_tos", p->quoted_tos);
	number(j, "tcp_flags", p->tcp_flags);
	if (p->ext.len > 0)
		extensions(&p->ext, j);
	own_probe(p, expected_no, j);
	json_object_end(j);
}

/* --- the probes ----------------------------------------------------------- */

enum list { ANSWERED, UNANSWERED, NOT_SENT };

static enum list
list_of(const struct record_probe *p)
{
	return p->answered		      ? ANSWERED
	       : p->silent == SILENT_NOT_SENT ? NOT_SENT
					      : UNANSWERED;
}

static bool
same_probe(const struct record_probe *a, const struct record_probe *b)
{
	return a != NULL && a->ttl == b->ttl && a->attempt == b->attempt;
}

/* scamper has no empty lists. */
static void
list(const struct record *r, enum list which, const char *key, struct json *j)
{
	const struct record_probe *last = NULL;
	for (size_t i = 0; i < r->nprobes; i++) {
		const struct record_probe *p = &r->probes[i];
		if (list_of(p) != which)
			continue;
		if (last == NULL)
			json_array(j, key);
		if (which == ANSWERED) {
			reply(
			    p, same_probe(last, p) ? last->reply_no + 1 : 0, j);
		} else {
			json_object(j, NULL);
			sent(p, j);
			own_probe(p, 0, j);
			json_object_end(j);
		}
		last = p;
	}
	if (last != NULL)
		json_array_end(j);
}

static void
counts(const struct record *r, struct json *j)
{
	const struct record_probe *last = NULL;
	int attempts = 0, sent = 0;
	for (size_t i = 0; i < r->nprobes; i++) {
		const struct record_probe *p = &r->probes[i];
		if (list_of(p) == NOT_SENT)
			continue;
		attempts = p->attempt > attempts ? p->attempt : attempts;
		sent += !same_probe(last, p);
		last = p;
	}
	json_int(j, "hop_count", last != NULL ? last->ttl : 0);
	json_int(j, "attempts", attempts);
	json_int(j, "firsthop", r->nprobes > 0 ? r->probes[0].ttl : 1);
	json_int(j, "probe_count", sent);
}

/* --- the trace ------------------------------------------------------------ */

/* A traceroute whose every probe is another flow. */
static bool
classic(const struct record *r)
{
	const char *word = strrchr(r->tool, ' ');
	if (strncmp(r->tool, "ripe-atlas", 10) == 0)
		return r->flow == 0;
	if (strncmp(r->tool, "scamper ", 8) == 0)
		return strstr(r->tool, " lb ") == NULL &&
		       (strcmp(word, " udp") == 0 ||
			   strcmp(word, " icmp-echo") == 0);
	return strncmp(r->tool, "mtr", 3) == 0;
}

static const char *
method(const struct record *r)
{
	switch (r->method) {
	case METHOD_UDP:
		return classic(r) ? "udp" : "udp-paris";
	case METHOD_ICMP:
		return classic(r) ? "icmp-echo" : "icmp-echo-paris";
	case METHOD_TCP:
		return "tcp";
	}
	return "?";
}

/* The ICMP code that ended it. */
static int
unreachable(const struct record *r)
{
	for (size_t i = r->nprobes; i-- > 0;)
		if (r->probes[i].icmp_type == ICMP_T_UNREACHABLE &&
		    r->probes[i].icmp_code >= 0)
			return r->probes[i].icmp_code;
	return 0;
}

static void
stop(const struct record *r, struct json *j)
{
	static const char *const word[] = {
	    [STOP_REACHED] = "COMPLETED",
	    [STOP_UNREACHABLE] = "UNREACH",
	    [STOP_GAP] = "GAPLIMIT",
	    [STOP_MAX_TTL] = "HOPLIMIT",
	    [STOP_LOOP] = "LOOP",
	    [STOP_ERROR] = "ERROR",
	};
	json_text(j, "stop_reason", word[r->stop]);
	json_int(
	    j, "stop_data", r->stop == STOP_UNREACHABLE ? unreachable(r) : 0);
	if (r->stop == STOP_ERROR && r->stop_detail[0] != '\0')
		json_text(j, "errmsg", r->stop_detail);
}

static void
start(int64_t us, struct json *j)
{
	char text[CLOCK_STRLEN];
	clock_format_us(us, text);
	text[10] = ' ';
	text[19] = '\0';
	moment(j, "start", us);
	json_text(j, "ftime", text);
	json_object_end(j);
}

static void
head(const struct record *r, struct json *j)
{
	char addr[ADDR_STRLEN];
	json_text(j, "type", "trace");
	json_text(j, "version", "0.1");
	json_text(j, "method", method(r));
	if (r->src != 0)
		json_text(j, "src", addr_format(r->src, addr));
	json_text(j, "dst", addr_format(r->target, addr));
	if (r->method != METHOD_ICMP && (r->sport != 0 || r->dport != 0)) {
		json_int(j, "sport", r->sport);
		json_int(j, "dport", r->dport);
	}
	stop(r, j);
	start(r->start_us, j);
	counts(r, j);
	json_text(j, "monitor", r->vantage);
}

static void
own(const struct record *r, struct json *j)
{
	json_object(j, "tumen");
	own_write(r, j);
	list(r, NOT_SENT, "not_sent", j);
	json_object_end(j);
}

/* Whether reading the object again names the same vantage without help. */
static bool
names_vantage(const struct record *r)
{
	char src[ADDR_STRLEN], name[RECORD_NAME_MAX + 1];
	struct json_read in =
	    json_read_make(r->source.text, r->source.len, true);
	struct json_word key;
	snprintf(name, sizeof(name), "scamper-%s", addr_format(r->src, src));
	if (strcmp(name, r->vantage) == 0)
		return true;
	for (json_read_object(&in); json_read_member(&in, &key);) {
		if (json_read_is(&key, "monitor"))
			return true;
		json_read_skip(&in);
	}
	return !json_read_ok(&in);
}

/* As it came; a vantage that only --vantage told is told as scamper does. */
static void
as_it_came(const struct record *r, struct json *j)
{
	struct wr text = {0};
	struct json monitor = {0};
	if (names_vantage(r)) {
		json_raw(j, NULL, r->source.text, r->source.len);
		return;
	}
	json_text(&monitor, NULL, r->vantage);
	wr_bytes(&text, r->source.text, r->source.len - 1);
	wr_bytes(&text, ",\"monitor\":", 11);
	wr_bytes(&text, monitor.out.p, monitor.out.len);
	wr_u8(&text, '}');
	json_raw(j, NULL, (const char *)text.p, text.len);
	json_clear(&monitor);
	wr_free(&text);
}

bool
shaped_scamper(const struct record *r, struct json *j)
{
	const struct record_source *source = &r->source;
	if (source->text != NULL && strcmp(source->format, "scamper") == 0) {
		if (strncmp(source->text, "{\"part_of\":", 11) == 0)
			return false;
		as_it_came(r, j);
		return true;
	}
	json_object(j, NULL);
	head(r, j);
	list(r, ANSWERED, "hops", j);
	list(r, UNANSWERED, "no_hops", j);
	own(r, j);
	json_object_end(j);
	return true;
}
