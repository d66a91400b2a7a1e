/* SPDX-License-Identifier: ISC */
#include "analysis/exchange/scamper_head.h"

#include "probe/base/clock.h"

#include <arpa/inet.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define START_SEC_MAX                                                          \
	(INT64_MAX / 4000 / US_PER_S) /* as in tumen-record(5)                 \
				       */

enum { ERRMSG_MAX = 38 }; /* octets of it in stop_detail */

/* What a flowid of tracelb is; a trace of scamper has none. */
enum varied { VARIED_NONE, VARIED_SPORT, VARIED_DPORT, VARIED_SUM };

/*
 * The words of scamper_trace_type and scamper_tracelb_type. udp and icmp-echo
 * of trace are classic traceroute: the destination port or the sequence
 * number, and with it the flow, is another one in every probe. All others keep
 * what balancers look at; tcp and tcp-ack do by themselves.
 */
static const struct probing {
	const char *word;
	bool tracelb;
	enum record_method method;
	enum varied varied;
} probings[] = {
    {"udp", false, METHOD_UDP, VARIED_NONE},
    {"udp-paris", false, METHOD_UDP, VARIED_NONE},
    {"icmp-echo", false, METHOD_ICMP, VARIED_NONE},
    {"icmp-echo-paris", false, METHOD_ICMP, VARIED_NONE},
    {"tcp", false, METHOD_TCP, VARIED_NONE},
    {"tcp-ack", false, METHOD_TCP, VARIED_NONE},
    {"udp-dport", true, METHOD_UDP, VARIED_DPORT},
    {"udp-sport", true, METHOD_UDP, VARIED_SPORT},
    {"icmp-echo", true, METHOD_ICMP, VARIED_SUM},
    {"tcp-sport", true, METHOD_TCP, VARIED_SPORT},
    {"tcp-ack-sport", true, METHOD_TCP, VARIED_SPORT},
};

static const struct probing *
probing_of(const struct scamper_head *head)
{
	for (size_t i = 0; i < sizeof(probings) / sizeof(probings[0]); i++)
		if (probings[i].tracelb == head->tracelb &&
		    strcmp(probings[i].word, head->method) == 0)
			return &probings[i];
	return NULL;
}

struct scamper_head
scamper_head_make(bool tracelb)
{
	struct scamper_head head = {.tracelb = tracelb, .start_us = -1};
	for (int i = 0; i < SCAMPER_NUMBERS; i++)
		head.number[i] = -1;
	return head;
}

struct scamper_addr
scamper_addr_read(struct json_read *in)
{
	struct scamper_addr a = {.told = true};
	struct in6_addr v6;
	char text[INET6_ADDRSTRLEN + 16]; /* fe80::1%eth0 */
	struct json_word key = in->key;
	if (json_read_text(in, text, sizeof(text)) == 1 && text[0] == '*')
		return (struct scamper_addr){0};
	if (addr_parse(text, &a.addr))
		return a;
	text[strcspn(text, "%")] = '\0';
	a.ipv6 = true;
	if (inet_pton(AF_INET6, text, &v6) != 1) {
		json_read_bad(in, "%.*s: \"%.40s\" is no address", (int)key.len,
		    key.p, text);
	} else if (IN6_IS_ADDR_V4MAPPED(&v6)) {
		a.ipv6 = false;
		for (int i = 12; i < 16; i++)
			a.addr = a.addr << 8 | v6.s6_addr[i];
	}
	return a;
}

int64_t
scamper_time_read(struct json_read *in, int64_t sec_max)
{
	struct json_word key;
	int64_t sec = -1, usec = 0;
	for (json_read_object(in); json_read_member(in, &key);)
		if (json_read_is(&key, "sec"))
			sec = json_read_integer(in, 0, sec_max);
		else if (json_read_is(&key, "usec"))
			usec = json_read_integer(in, 0, US_PER_S - 1);
		else
			json_read_skip(in);
	return sec < 0 ? -1 : sec * US_PER_S + usec;
}

static bool
number(struct json_read *in, const struct json_word *key,
    struct scamper_head *head)
{
	static const struct {
		const char *key;
		int64_t most;
	} numbers[SCAMPER_NUMBERS] = {
	    [SCAMPER_USERID] = {"userid", UINT32_MAX},
	    [SCAMPER_SPORT] = {"sport", UINT16_MAX},
	    [SCAMPER_DPORT] = {"dport", UINT16_MAX},
	    [SCAMPER_ICMP_SUM] = {"icmp_sum", UINT16_MAX},
	    [SCAMPER_STOP_DATA] = {"stop_data", UINT16_MAX},
	    [SCAMPER_HOP_COUNT] = {"hop_count", UINT16_MAX},
	    [SCAMPER_ATTEMPTS] = {"attempts", UINT16_MAX},
	    [SCAMPER_FIRSTHOP] = {"firsthop", UINT16_MAX},
	    [SCAMPER_PROBE_COUNT] = {"probe_count", UINT32_MAX},
	};
	for (int i = 0; i < SCAMPER_NUMBERS; i++)
		if (json_read_is(key, numbers[i].key)) {
			head->number[i] =
			    json_read_integer(in, 0, numbers[i].most);
			return true;
		}
	return false;
}

bool
scamper_head_member(struct json_read *in, const struct json_word *key,
    struct scamper_head *head)
{
	if (json_read_is(key, "src"))
		head->src = scamper_addr_read(in);
	else if (json_read_is(key, "dst"))
		head->dst = scamper_addr_read(in);
	else if (json_read_is(key, "start"))
		head->start_us = scamper_time_read(in, START_SEC_MAX);
	else if (json_read_is(key, "version"))
		json_read_text(in, head->version, sizeof(head->version));
	else if (json_read_is(key, "method"))
		json_read_text(in, head->method, sizeof(head->method));
	else if (json_read_is(key, "stop_reason"))
		json_read_text(
		    in, head->stop_reason, sizeof(head->stop_reason));
	else if (json_read_is(key, "monitor"))
		json_read_text(in, head->monitor, sizeof(head->monitor));
	else if (json_read_is(key, "errmsg"))
		json_read_text(in, head->errmsg, sizeof(head->errmsg));
	else
		return number(in, key, head);
	return true;
}

bool
scamper_head_ipv6(const struct scamper_head *head, struct foreign *f)
{
	if (!head->dst.ipv6 && !head->src.ipv6)
		return false;
	foreign_reset(f);
	f->format = FORMAT_SCAMPER;
	snprintf(f->other, sizeof(f->other), "IPv6 %s",
	    head->tracelb ? "tracelb" : "trace");
	return true;
}

static void
vantage(
    struct json_read *in, const struct scamper_head *head, struct foreign *f)
{
	char src[ADDR_STRLEN], user[24] = "";
	addr_format(head->src.addr, src);
	if (head->monitor[0] != '\0')
		foreign_vantage(f, NULL, head->monitor);
	else if (f->hints.vantage != NULL)
		foreign_vantage(f, NULL, f->hints.vantage);
	else if (head->src.told)
		foreign_vantage(f, "scamper", src);
	else
		json_read_bad(in, "neither monitor nor src: --vantage NAME "
				  "says who ran scamper");
	if (head->number[SCAMPER_USERID] > 0)
		snprintf(user, sizeof(user), "%" PRId64,
		    head->number[SCAMPER_USERID]);
	foreign_fact(f, "platform", "scamper");
	foreign_fact(f, "monitor", head->monitor);
	foreign_fact(f, "user", user);
	foreign_fact(f, "address", head->src.told ? src : "");
}

void
scamper_head_check(
    struct json_read *in, const struct scamper_head *head, struct foreign *f)
{
	if (probing_of(head) == NULL)
		json_read_bad(in, "method: \"%s\" is none of %s", head->method,
		    head->tracelb ? "tracelb" : "trace");
	if (!head->dst.told)
		json_read_bad(in, "dst: missing");
	if (head->start_us < 0)
		json_read_bad(in, "start: missing");
	if (!head->tracelb && head->stop_reason[0] == '\0')
		json_read_bad(in, "stop_reason: missing");
	if (json_read_ok(in))
		vantage(in, head, f);
}

static void
ports(const struct scamper_head *head, int64_t flow, struct record *r)
{
	enum varied varied = probing_of(head)->varied;
	int64_t sport = head->number[SCAMPER_SPORT];
	int64_t dport = head->number[SCAMPER_DPORT];
	int64_t sum = head->number[SCAMPER_ICMP_SUM];
	if (r->method == METHOD_ICMP) { /* the id of the echoes is untold */
		r->flow = (uint32_t)(flow >= 0 ? flow : sum > 0 ? sum : 0);
		return;
	}
	r->flow = (uint32_t)(flow >= 0 ? flow : 0);
	if (varied == VARIED_SPORT)
		sport = flow;
	if (varied == VARIED_DPORT)
		dport = flow;
	r->sport = (uint16_t)(sport > 0 ? sport : 0);
	r->dport = (uint16_t)(dport > 0 ? dport : 0);
	if (r->method == METHOD_TCP && dport > 0)
		r->port = (int32_t)dport;
}

void
scamper_head_record(const struct scamper_head *head, const struct foreign *f,
    int64_t flow, struct record *r)
{
	const struct probing *how = probing_of(head);
	snprintf(r->vantage, sizeof(r->vantage), "%s", f->vantage);
	snprintf(r->tool, sizeof(r->tool), "scamper %.5s%s %.15s",
	    head->version, head->tracelb ? " lb" : "", head->method);
	r->target = head->dst.addr;
	r->src = head->src.addr;
	r->method = how->method;
	r->start_us = head->start_us;
	r->duration_us = -1;
	ports(head, flow, r);
}

/*
 * GSS: stopped at an address of the global stop set (doubletree). What has no
 * end of its own kind was not finished: this host stopped it.
 */
static enum record_stop
stop_of(const char *word)
{
	static const struct {
		const char *word;
		enum record_stop stop;
	} stops[] = {
	    {"COMPLETED", STOP_REACHED},
	    {"UNREACH", STOP_UNREACHABLE},
	    {"ICMP", STOP_UNREACHABLE},
	    {"LOOP", STOP_LOOP},
	    {"GAPLIMIT", STOP_GAP},
	    {"HOPLIMIT", STOP_MAX_TTL},
	    {"GSS", STOP_MAX_TTL},
	};
	for (size_t i = 0; i < sizeof(stops) / sizeof(stops[0]); i++)
		if (strcmp(word, stops[i].word) == 0)
			return stops[i].stop;
	return STOP_ERROR; /* ERROR, NONE, HALTED, INPROGRESS */
}

/* As much of a text as fits: whole characters. */
static int
whole(const char *text)
{
	int n = ERRMSG_MAX;
	if (strlen(text) <= ERRMSG_MAX)
		return ERRMSG_MAX;
	while (n > 0 && ((unsigned char)text[n] & 0xc0) == 0x80)
		n--;
	return n;
}

void
scamper_head_stop(const struct scamper_head *head, struct record *r)
{
	int data = (int)head->number[SCAMPER_STOP_DATA];
	char more[24] = "";
	r->stop = stop_of(head->stop_reason);
	if (r->stop == STOP_REACHED && data <= 0 && head->errmsg[0] == '\0')
		return;
	if (data >= 0)
		snprintf(more, sizeof(more), ", stop_data %d", data % 65536);
	snprintf(r->stop_detail, sizeof(r->stop_detail), "%s%s%s%.*s",
	    head->stop_reason, more, head->errmsg[0] == '\0' ? "" : ": ",
	    whole(head->errmsg), head->errmsg);
}

char *
scamper_head_identity(
    const struct scamper_head *head, char text[static SCAMPER_IDENTITY_MAX + 1])
{
	char src[ADDR_STRLEN];
	snprintf(text, SCAMPER_IDENTITY_MAX + 1, "%s %s %s %" PRId64,
	    head->tracelb ? "tracelb" : "trace", head->method,
	    addr_format(head->src.addr, src), head->number[SCAMPER_USERID]);
	return text;
}

void
scamper_left_out(struct record *r, size_t n)
{
	size_t len = strlen(r->stop_detail);
	if (n > 0)
		snprintf(r->stop_detail + len, sizeof(r->stop_detail) - len,
		    "%s%zu beyond a record left out", len > 0 ? "; " : "", n);
}
