/* SPDX-License-Identifier: ISC */
#include "analysis/exchange/ndjson.h"

#include "probe/base/mem.h"
#include "probe/base/record_name.h"
#include "probe/base/record_reply.h"
#include "probe/base/wr.h"

#include <errno.h>
#include <inttypes.h>
#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

/*
 * A reader of objects whose failure sticks, as rd's does for bytes: read
 * straight down, ask once. The first fault is kept.
 */
struct in {
	bool failed;
	unsigned ttl; /* 0: outside the hops */
	struct fault *f;
};

enum { HEX_MAX = 2 * RECORD_BYTES_MAX };

static const int64_t SAFE_MAX = (INT64_C(1) << 53) - 1;

static void __attribute__((format(printf, 3, 4)))
bad(struct in *in, const char *key, const char *fmt, ...)
{
	char why[160], hop[24] = "";
	va_list ap;
	if (in->failed)
		return;
	in->failed = true;
	va_start(ap, fmt);
	vsnprintf(why, sizeof(why), fmt, ap);
	va_end(ap);
	if (in->ttl > 0)
		snprintf(hop, sizeof(hop), "hop %u: ", in->ttl);
	fault_set(in->f, EX_DATAERR, "%s%s: %s", hop, key, why);
}

static bool
absent(const json_t *o, const char *key)
{
	const json_t *v = json_object_get(o, key);
	return v == NULL || json_is_null(v);
}

static int64_t
number(struct in *in, const json_t *o, const char *key, int64_t lo, int64_t hi)
{
	const json_t *v = json_object_get(o, key);
	int64_t n = json_is_integer(v) ? json_integer_value(v) : lo;
	if (!json_is_integer(v) || n < lo || n > hi) {
		bad(in, key, "not an integer in %" PRId64 "..%" PRId64, lo, hi);
		return lo;
	}
	return n;
}

/* -1 when missing or null. */
static int64_t
number_or_none(struct in *in, const json_t *o, const char *key, int64_t hi)
{
	return absent(o, key) ? -1 : number(in, o, key, 0, hi);
}

static bool
boolean(struct in *in, const json_t *o, const char *key)
{
	const json_t *v = json_object_get(o, key);
	if (!absent(o, key) && !json_is_boolean(v))
		bad(in, key, "not true or false");
	return json_is_true(v);
}

/* "" when it is missing, which is for the caller to mind. */
static const char *
text(struct in *in, const json_t *o, const char *key, size_t max)
{
	const json_t *v = json_object_get(o, key);
	if (absent(o, key))
		return "";
	if (!json_is_string(v) || json_string_length(v) > max) {
		bad(in, key, "not a text of at most %zu octets", max);
		return "";
	}
	return json_string_value(v);
}

static void
copy_text(
    struct in *in, const json_t *o, const char *key, char *to, size_t room)
{
	snprintf(to, room, "%s", text(in, o, key, room - 1));
}

static uint32_t
address(struct in *in, const json_t *o, const char *key)
{
	uint32_t addr = 0;
	if (!addr_parse(text(in, o, key, ADDR_STRLEN), &addr))
		bad(in, key, "not an IPv4 address");
	return addr;
}

/* Microseconds with decimals, in nanoseconds; -1 when missing. */
static int64_t
rtt(struct in *in, const json_t *o)
{
	const json_t *v = json_object_get(o, "rtt_us");
	double us = json_number_value(v);
	if (absent(o, "rtt_us"))
		return -1;
	if (!json_is_number(v) || us < 0 || us > 1e12) {
		bad(in, "rtt_us", "not a number in 0..1e12");
		return -1;
	}
	return llround(us * 1000);
}

static int
nibble(char c)
{
	const char *digits = "0123456789abcdef", *at = strchr(digits, c);
	return c == '\0' || at == NULL ? -1 : (int)(at - digits);
}

static void
hexadecimal(struct in *in, const char *key, const char *hex, struct wr *out)
{
	size_t len = strlen(hex);
	for (size_t i = 0; i + 1 < len; i += 2) {
		int hi = nibble(hex[i]), lo = nibble(hex[i + 1]);
		if (hi < 0 || lo < 0)
			bad(in, key, "not hexadecimal");
		wr_u8(out, (uint8_t)((unsigned)hi << 4 | (unsigned)lo));
	}
	if (len % 2 != 0)
		bad(in, key, "an odd number of digits");
}

static void
extension_body(struct in *in, const json_t *o, struct wr *out)
{
	const char *hex = text(in, o, "data", HEX_MAX);
	wr_u16(out, (uint16_t)(strlen(hex) / 2 + 4));
	wr_u8(out, (uint8_t)number(in, o, "class", 0, 255));
	wr_u8(out, (uint8_t)number(in, o, "type", 0, 255));
	hexadecimal(in, "data", hex, out);
}

static void
objects(struct in *in, const json_t *list, struct wr *out)
{
	const json_t *item;
	size_t i;
	if (!json_is_array(list))
		bad(in, "ext", "not an array");
	json_array_foreach(list, i, item) if (out->len <= RECORD_BYTES_MAX)
	    extension_body(in, item, out);
	if (out->len > RECORD_BYTES_MAX)
		bad(in, "ext", "more than %d octets", RECORD_BYTES_MAX);
}

/*
 * The objects of RFC 4884 as they were on the wire; "mpls" repeats them. Where
 * they are not all octets, "ext_hex" has all.
 */
static void
extensions(struct in *in, const json_t *o, struct record_bytes *ext)
{
	struct wr w = {0};
	if (!absent(o, "ext_hex"))
		hexadecimal(in, "ext_hex", text(in, o, "ext_hex", HEX_MAX), &w);
	else if (!absent(o, "ext"))
		objects(in, json_object_get(o, "ext"), &w);
	if (in->failed || w.len == 0) {
		wr_free(&w);
		return;
	}
	ext->p = w.p;
	ext->len = (uint16_t)w.len;
}

static void
answer(struct in *in, const json_t *o, struct record_probe *p)
{
	p->answered = true;
	p->addr = address(in, o, "addr");
	if (!record_proof_parse(text(in, o, "proof", 16), &p->proof))
		bad(in, "proof", "not one of both, one, none");
	p->rtt_ns = rtt(in, o);
	p->reply_ttl = (int16_t)number_or_none(in, o, "reply_ttl", 255);
	p->reply_ipid = (int32_t)number_or_none(in, o, "reply_ipid", 65535);
	p->quoted_ttl = (int16_t)number_or_none(in, o, "quoted_ttl", 255);
	p->quoted_tos = (int16_t)number_or_none(in, o, "quoted_tos", 255);
	p->icmp_type = (int16_t)number_or_none(in, o, "icmp_type", 255);
	p->icmp_code = (int16_t)number_or_none(in, o, "icmp_code", 255);
	p->tcp_flags = (int16_t)number_or_none(in, o, "tcp_flags", 255);
	extensions(in, o, &p->ext);
}

static void
probe(struct in *in, const json_t *o, struct record_probe *p)
{
	*p = record_unanswered((uint8_t)in->ttl,
	    (uint8_t)number(in, o, "attempt", 1, RECORD_ATTEMPTS_MAX));
	p->reply_no = (uint8_t)(absent(o, "reply_no")
				    ? 0
				    : number(in, o, "reply_no", 0, 255));
	p->late = boolean(in, o, "late");
	int64_t us = number_or_none(in, o, "tx_us", INT64_MAX / 4000);
	int64_t ns = number_or_none(in, o, "tx_ns", 999);
	if (us >= 0)
		p->tx_ns = us * 1000 + (ns > 0 ? ns : 0);
	if (!absent(o, "addr"))
		answer(in, o, p);
	else if (!record_silent_parse(text(in, o, "silent", 16), &p->silent))
		bad(in, "silent", "neither an address nor a reason");
}

static struct record_probe *
another(struct in *in, struct record *r, size_t *room)
{
	if (r->nprobes == RECORD_PROBES_MAX) {
		bad(in, "hops", "more than %d probes", RECORD_PROBES_MAX);
		return NULL;
	}
	if (r->nprobes == *room) {
		*room = *room ? *room * 2 : 64;
		r->probes = xreallocarray(r->probes, *room, sizeof(*r->probes));
	}
	return &r->probes[r->nprobes++];
}

/* The probes of an object with "ttl" and "probes". */
static void
hop(struct in *in, const json_t *o, struct record *r, size_t *room)
{
	const json_t *list = json_object_get(o, "probes"), *item;
	size_t i;
	in->ttl = (unsigned)number(in, o, "ttl", 1, RECORD_TTL_MAX);
	if (!json_is_array(list))
		bad(in, "probes", "not an array");
	json_array_foreach(list, i, item)
	{
		struct record_probe *p =
		    in->failed ? NULL : another(in, r, room);
		if (p == NULL)
			break;
		probe(in, item, p);
	}
	in->ttl = 0;
}

static void
hops(struct in *in, const json_t *o, struct record *r)
{
	const json_t *list = json_object_get(o, "hops"), *item;
	size_t i, room = 0;
	if (!json_is_array(list))
		bad(in, "hops", "not an array");
	json_array_foreach(list, i, item) if (!in->failed)
	    hop(in, item, r, &room);
	record_sort(r);
	for (size_t k = 1; k < r->nprobes; k++) {
		const struct record_probe *p = &r->probes[k];
		if (p->ttl == p[-1].ttl && p->attempt == p[-1].attempt &&
		    p->reply_no == p[-1].reply_no)
			bad(in, "hops", "ttl %u, attempt %u, reply %u twice",
			    p->ttl, p->attempt, p->reply_no);
	}
}

/* What replies and traces share. */
static void
identity(struct in *in, const json_t *o, struct record *r)
{
	copy_text(in, o, "vantage", r->vantage, sizeof(r->vantage));
	if (r->vantage[0] == '\0')
		bad(in, "vantage", "missing");
	copy_text(in, o, "campaign", r->campaign, sizeof(r->campaign));
	r->run = number_or_none(in, o, "run", INT64_MAX);
	r->epoch = (uint64_t)number(in, o, "epoch", 0, SAFE_MAX);
	r->seq = (uint64_t)number(in, o, "seq", 0, SAFE_MAX);
	r->target = address(in, o, "target");
	if (!prefix_parse(text(in, o, "prefix", PREFIX_STRLEN), &r->prefix))
		bad(in, "prefix", "not an IPv4 prefix without host bits");
	if (!record_method_parse(text(in, o, "method", 16), &r->method))
		bad(in, "method", "not one of udp, icmp, tcp");
	r->port = (int32_t)number_or_none(in, o, "port", 65535);
	r->flow = (uint32_t)number(in, o, "flow", 0, UINT32_MAX);
}

static void
same_id(struct in *in, const json_t *o, const struct record *r)
{
	uint8_t id[UUID_LEN];
	char own[UUID_STRLEN];
	record_id(r, id);
	uuid_format(id, own);
	if (strcmp(text(in, o, "id", UUID_STRLEN), own) != 0)
		bad(in, "id",
		    "not %s, which vantage, epoch, seq and start_us make", own);
}

static void
trace(struct in *in, const json_t *o, struct record *r)
{
	identity(in, o, r);
	if (r->seq == 0)
		bad(in, "seq", "0; the first trace of an epoch has 1");
	r->src = address(in, o, "src");
	r->sport = (uint16_t)number(in, o, "sport", 0, 65535);
	r->dport = (uint16_t)number(in, o, "dport", 0, 65535);
	r->start_us = number(in, o, "start_us", 0, INT64_MAX / 4000);
	r->duration_us = number(in, o, "duration_us", -SAFE_MAX, SAFE_MAX);
	if (!record_stop_parse(text(in, o, "stop", 16), &r->stop))
		bad(in, "stop",
		    "not one of reached, unreachable, gap, "
		    "max-ttl, loop, error");
	copy_text(in, o, "stop_detail", r->stop_detail, sizeof(r->stop_detail));
	copy_text(in, o, "tool", r->tool, sizeof(r->tool));
	r->clock_step = boolean(in, o, "clock_step");
	r->drops = (uint32_t)number(in, o, "drops", 0, UINT32_MAX);
	r->control = boolean(in, o, "control");
	hops(in, o, r);
	same_id(in, o, r);
}

static void
reply(struct in *in, const json_t *o, struct record *r)
{
	size_t room = 0;
	identity(in, o, r);
	hop(in, o, r, &room);
	if (!in->failed && r->nprobes != 1)
		bad(in, "probes", "not just one");
}

enum kind { NONE, TRACE, REPLY, OTHER };

static enum kind
kind_of(struct in *in, const json_t *o)
{
	const char *name = text(in, o, "record", 32);
	bool is_trace = strcmp(name, "trace") == 0;
	bool is_reply = strcmp(name, "reply") == 0;
	if (name[0] == '\0') {
		bad(in, "record", "missing; is this a tumen record?");
		return NONE;
	}
	if (!is_trace && !is_reply)
		return OTHER;
	if (number(in, o, "v", 1, INT64_MAX) != 1) {
		bad(in, "v", "not 1, the version that this program reads");
		return NONE;
	}
	return is_trace ? TRACE : REPLY;
}

static enum kind
parse(const char *line, size_t len, struct record *r, struct fault *f)
{
	struct in in = {.f = f};
	json_error_t e;
	*r = (struct record){0};
	json_t *o = json_loadb(line, len, JSON_REJECT_DUPLICATES, &e);
	if (!json_is_object(o)) {
		fault_set(f, EX_DATAERR, "column %d: %s", o ? 1 : e.column,
		    o ? "not a JSON object" : e.text);
		json_decref(o);
		return NONE;
	}
	enum kind kind = kind_of(&in, o);
	if (kind == TRACE)
		trace(&in, o, r);
	else if (kind == REPLY)
		reply(&in, o, r);
	json_decref(o);
	if (!in.failed)
		return kind;
	record_clear(r);
	return NONE;
}

bool
ndjson_parse(const char *line, size_t len, enum ndjson_kind *kind,
    struct record *r, struct fault *f)
{
	enum kind k = parse(line, len, r, f);
	*kind = k == REPLY ? NDJSON_REPLY : NDJSON_TRACE;
	if (k == OTHER)
		return fault_set(
		    f, EX_DATAERR, "record: neither a trace nor a reply");
	return k != NONE;
}

/* The next line without its newline; false at the end or on a fault. */
static bool
next_line(FILE *in, struct wr *line, struct fault *f)
{
	int c = EOF;
	line->len = 0;
	errno = 0;
	while ((c = getc_unlocked(in)) != EOF && c != '\n') {
		if (line->len == NDJSON_LINE_MAX)
			return fault_set(f, EX_DATAERR, "longer than %d octets",
			    NDJSON_LINE_MAX);
		wr_u8(line, (uint8_t)c);
	}
	if (c == EOF && ferror(in))
		return fault_set(
		    f, EX_IOERR, "cannot be read: %s", strerror(errno));
	return c != EOF || line->len > 0;
}

static bool
blank(const struct wr *line)
{
	for (size_t i = 0; i < line->len; i++)
		if (strchr(" \t\r", line->p[i]) == NULL || line->p[i] == '\0')
			return false;
	return true;
}

static bool
one_line(const struct wr *line, store_each *each, void *arg, struct fault *f)
{
	struct record r;
	if (blank(line))
		return true;
	enum kind kind = parse((const char *)line->p, line->len, &r, f);
	bool ok = kind == TRACE ? each(arg, &r, f) : kind != NONE;
	record_clear(&r);
	return ok;
}

bool
ndjson_read(
    FILE *in, const char *name, store_each *each, void *arg, struct fault *f)
{
	struct fault at = {0};
	struct wr line = {0};
	size_t number_of_line = 0;
	bool ok = true;
	while (ok && next_line(in, &line, &at)) {
		number_of_line++;
		ok = one_line(&line, each, arg, &at);
	}
	wr_free(&line);
	if (ok && at.status == 0)
		return true;
	number_of_line += ok; /* the reader failed in the next line */
	if (at.status == 0) { /* each() wanted no more */
		*f = at;
		return false;
	}
	return fault_set(
	    f, at.status, "%s:%zu: %.400s", name, number_of_line, at.text);
}
