/* SPDX-License-Identifier: ISC */
#include "analysis/exchange/ndjson.h"

#include "analysis/exchange/ndjson_field.h"
#include "analysis/exchange/ndjson_probe.h"
#include "probe/base/record_name.h"

#include <inttypes.h>
#include <stddef.h>
#include <string.h>
#include <sysexits.h>

/* --- what a record is ----------------------------------------------------- */

enum kind { NONE, TRACE = 1, REPLY = 2, OTHER = 4 };

static enum kind
kind_of(const char *record)
{
	if (strcmp(record, "trace") == 0)
		return TRACE;
	return strcmp(record, "reply") == 0 ? REPLY : OTHER;
}

/* What of an object says how the rest is to be read. */
struct head {
	char record[FOREIGN_OTHER_MAX + 1];
	enum kind kind;
	int64_t v;
};

static bool
complete(const struct head *h)
{
	return h->kind == OTHER || (h->kind != NONE && h->v >= 0);
}

static void
member(struct json_read *in, const struct json_word *key, struct head *h)
{
	if (json_read_is(key, "record")) {
		json_read_text(in, h->record, sizeof(h->record));
		h->kind = kind_of(h->record);
	} else if (json_read_is(key, "v")) {
		h->v = json_read_null(in) ? -1
					  : json_read_integer(in, 0, INT64_MAX);
	} else {
		json_read_skip(in);
	}
}

/* Looks ahead: ours have these keys first, others need not. */
static enum kind
look(struct json_read *in, struct head *h)
{
	struct json_read ahead = *in;
	struct json_word key;
	*h = (struct head){.v = -1};
	json_read_object(&ahead);
	while (!complete(h) && json_read_member(&ahead, &key))
		member(&ahead, &key, h);
	if (h->record[0] == '\0')
		json_read_bad(
		    &ahead, "record: missing; is this a tumen record?");
	if (h->kind != OTHER && h->v != 1)
		json_read_bad(
		    &ahead, "v: not 1, the version that this program reads");
	if (json_read_ok(&ahead))
		return h->kind;
	in->state = ahead.state;
	memcpy(in->why, ahead.why, sizeof(in->why));
	return NONE;
}

/* --- traces and replies --------------------------------------------------- */

#define SAFE_MAX    ((INT64_C(1) << 53) - 1)
#define TIME_US_MAX (INT64_MAX / 4000)

#define MEMBER(m)                                                              \
	.at = offsetof(struct record, m),                                      \
	.size = sizeof(((struct record *)0)->m)
#define NUMBER(key, m, high)                                                   \
	.name = (key), .type = NDJSON_NUMBER, MEMBER(m), .hi = (high)
#define TEXT(key, m) .name = (key), .type = NDJSON_TEXT, MEMBER(m)
#define ADDR(key, m) .name = (key), .type = NDJSON_ADDR, MEMBER(m)
#define BOOL(key, m) .name = (key), .type = NDJSON_BOOL, MEMBER(m)
#define OWN(key)     .name = (key), .type = NDJSON_OWN
#define PASS(key)    .name = (key), .type = NDJSON_PASS

/* Those that are read here; a reply has the last two, a trace the others. */
enum {
	ID = 2,
	PREFIX = 9,
	METHOD,
	STOP = 19,
	HOPS = 21,
	SOURCE = 27,
	TTL = 29,
	PROBES,
};

static const struct ndjson_field fields[] = {
    {PASS("record")},
    {PASS("v")},
    [ID] = {OWN("id"), .needed = TRACE},
    {TEXT("vantage", vantage), .needed = TRACE | REPLY},
    {TEXT("campaign", campaign)},
    {NUMBER("run", run, INT64_MAX)},
    {NUMBER("epoch", epoch, SAFE_MAX), .needed = TRACE | REPLY},
    {NUMBER("seq", seq, SAFE_MAX), .needed = TRACE | REPLY},
    {ADDR("target", target), .needed = TRACE | REPLY},
    [PREFIX] = {OWN("prefix"), .needed = TRACE | REPLY},
    [METHOD] = {OWN("method"), .needed = TRACE | REPLY},
    {NUMBER("port", port, UINT16_MAX)},
    {NUMBER("flow", flow, UINT32_MAX), .needed = TRACE | REPLY},
    {ADDR("src", src)},
    {NUMBER("sport", sport, UINT16_MAX)},
    {NUMBER("dport", dport, UINT16_MAX)},
    {PASS("start")},
    {NUMBER("start_us", start_us, TIME_US_MAX), .needed = TRACE},
    {NUMBER("duration_us", duration_us, SAFE_MAX), .lo = -SAFE_MAX},
    [STOP] = {OWN("stop"), .needed = TRACE},
    {TEXT("stop_detail", stop_detail)},
    [HOPS] = {OWN("hops"), .needed = TRACE},
    {TEXT("tool", tool)},
    {BOOL("clock_step", clock_step)},
    {NUMBER("drops", drops, UINT32_MAX), .needed = TRACE},
    {BOOL("control", control)},
    {TEXT("source_format", source.format)},
    [SOURCE] = {OWN("source")},
    {PASS("joins")},
    [TTL] = {OWN("ttl"), .needed = REPLY},
    [PROBES] = {OWN("probes"), .needed = REPLY},
};

/* A line while it is read. */
struct line {
	struct foreign *f; /* the record is its last one */
	struct record *r;
	enum kind kind;
	char id[UUID_STRLEN];
	uint8_t ttl; /* of a reply */
	bool source; /* there was one, kept or not */
};

static void
read_words(struct json_read *in, int field, struct record *r)
{
	char word[PREFIX_STRLEN];
	if (json_read_kind(in) != JSON_STRING)
		json_read_bad(in, "%s: no string", fields[field].name);
	struct json_word w = json_read_word(in);
	size_t len = w.len < sizeof(word) ? w.len : 0;
	memcpy(word, w.p, len);
	word[len] = '\0';
	if (field == PREFIX && !prefix_parse(word, &r->prefix))
		json_read_bad(
		    in, "prefix: not an IPv4 prefix without host bits");
	if (field == METHOD && !record_method_parse(word, &r->method))
		json_read_bad(in, "method: not one of udp, icmp, tcp");
	if (field == STOP && !record_stop_parse(word, &r->stop))
		json_read_bad(in, "stop: not one of reached, unreachable, gap, "
				  "max-ttl, loop, error");
}

static void
own(struct json_read *in, int field, struct line *l)
{
	bool of_reply = field == TTL || field == PROBES;
	if (of_reply != (l->kind == REPLY) && field != PREFIX &&
	    field != METHOD)
		json_read_skip(in);
	else if (field == ID)
		json_read_text(in, l->id, sizeof(l->id));
	else if (field == HOPS)
		ndjson_hops(in, l->f);
	else if (field == SOURCE) {
		l->source = true;
		ndjson_field_source(in, &l->r->source);
	} else if (field == TTL)
		l->ttl = (uint8_t)json_read_integer(in, 1, RECORD_TTL_MAX);
	else if (field == PROBES)
		ndjson_probes(in, l->f);
	else
		read_words(in, field, l->r);
}

static void
check_source(struct json_read *in, const struct line *l)
{
	struct record_source *source = &l->r->source;
	size_t len = strlen(source->format);
	if (l->source != (len > 0))
		json_read_bad(in, "source: it and source_format are there "
				  "together or not at all");
	if (len > 0 && !record_format_ok(source->format, len))
		json_read_bad(in, "source_format: not of a-z, 0-9 and -");
	if (source->text == NULL)
		source->format[0] = '\0';
}

static void
check_trace(struct json_read *in, const struct line *l)
{
	uint8_t id[UUID_LEN];
	char own_id[UUID_STRLEN];
	record_id(l->r, id);
	if (l->r->seq == 0)
		json_read_bad(in, "seq: 0; the first trace of an epoch has 1");
	if (strcmp(uuid_format(id, own_id), l->id) != 0)
		json_read_bad(in,
		    "id: not %s, which vantage, epoch, seq and start_us make",
		    own_id);
	check_source(in, l);
}

static void
check_reply(struct json_read *in, const struct line *l)
{
	for (size_t i = 0; i < l->r->nprobes; i++)
		l->r->probes[i].ttl = l->ttl;
	if (l->r->nprobes != 1)
		json_read_bad(in, "probes: not just one");
}

static void
read_line(struct json_read *in, enum kind kind, struct foreign *f)
{
	struct line l = {.f = f, .r = foreign_trace(f), .kind = kind};
	struct ndjson_fields members = {.field = fields,
	    .n = sizeof(fields) / sizeof(fields[0]),
	    .into = l.r,
	    .kind = kind};
	l.r->duration_us = -1;
	json_read_object(in);
	for (int i; (i = ndjson_field(&members, in)) >= 0;)
		own(in, i, &l);
	if (json_read_ok(in) && l.r->vantage[0] == '\0')
		json_read_bad(in, "vantage: missing");
	if (json_read_ok(in))
		(kind == TRACE ? check_trace : check_reply)(in, &l);
}

/* Names of records are words; others are not to be printed. */
static void
name_other(struct foreign *f, const char *record)
{
	bool word =
	    record[strspn(record, "abcdefghijklmnopqrstuvwxyz-")] == '\0';
	memcpy(f->other, word ? record : "unknown",
	    word ? strlen(record) + 1 : sizeof("unknown"));
}

void
tumen_read(struct json_read *in, struct foreign *f)
{
	struct head head;
	f->format = FORMAT_TUMEN;
	enum kind kind = look(in, &head);
	if (kind == TRACE) {
		read_line(in, kind, f);
	} else if (kind != NONE) {
		name_other(f, head.record);
		json_read_skip(in);
	}
}

static void
at_end(struct json_read *in)
{
	while (json_read_ok(in) && in->p < in->end &&
	       strchr(" \t\r\n", *in->p) != NULL && *in->p != '\0')
		in->p++;
	if (json_read_ok(in) && in->p < in->end)
		json_read_bad(in, "octet %td: something behind the object",
		    in->p - in->begin);
}

/* The object of a line into f, which was reset. */
static enum kind
parse(const char *line, size_t len, struct foreign *f, struct fault *fault)
{
	struct json_read in = json_read_make(line, len, true);
	struct head head;
	enum kind kind = look(&in, &head);
	if (kind == OTHER)
		json_read_skip(&in);
	else if (kind != NONE)
		read_line(&in, kind, f);
	at_end(&in);
	if (json_read_ok(&in))
		return kind;
	fault_set(fault, EX_DATAERR, "%s", in.why);
	return NONE;
}

bool
ndjson_parse(const char *line, size_t len, enum ndjson_kind *kind,
    struct record *r, struct fault *f)
{
	struct foreign at = {0};
	enum kind k = parse(line, len, &at, f);
	*kind = k == REPLY ? NDJSON_REPLY : NDJSON_TRACE;
	*r = (struct record){0};
	if (k == TRACE || k == REPLY) {
		*r = at.record[0];
		at.record[0] = (struct record){0};
	}
	foreign_free(&at);
	if (k == OTHER)
		return fault_set(
		    f, EX_DATAERR, "record: neither a trace nor a reply");
	return k != NONE;
}
