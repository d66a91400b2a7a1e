/* SPDX-License-Identifier: ISC */
#include "analysis/exchange/own.h"

#include "probe/base/record_name.h"

#include <stddef.h>
#include <string.h>

/* --- written -------------------------------------------------------------- */

static void
write_identity(const struct record *r, struct json *j)
{
	uint8_t id[UUID_LEN];
	char text[UUID_STRLEN], prefix[PREFIX_STRLEN];
	record_id(r, id);
	json_text(j, "id", uuid_format(id, text));
	json_text(j, "vantage", r->vantage);
	json_text(j, "campaign", r->campaign[0] ? r->campaign : NULL);
	json_int_or_null(j, "run", r->run);
	json_int(j, "epoch", (int64_t)r->epoch);
	json_int(j, "seq", (int64_t)r->seq);
	json_text(j, "prefix", prefix_format(&r->prefix, prefix));
}

void
own_write(const struct record *r, struct json *j)
{
	write_identity(r, j);
	json_int_or_null(j, "port", r->port);
	json_int(j, "flow", r->flow);
	json_int(j, "sport", r->sport);
	json_int(j, "dport", r->dport);
	json_int(j, "start_us", r->start_us);
	if (r->duration_us == -1)
		json_null(j, "duration_us");
	else
		json_int(j, "duration_us", r->duration_us);
	json_text(j, "stop", record_stop_name(r->stop));
	json_text(j, "stop_detail", r->stop_detail[0] ? r->stop_detail : NULL);
	json_text(j, "tool", r->tool);
	json_bool(j, "clock_step", r->clock_step);
	json_int(j, "drops", r->drops);
	json_bool(j, "control", r->control);
	if (r->source.text != NULL) {
		json_text(j, "source_format", r->source.format);
		json_raw(j, "source", r->source.text, r->source.len);
	}
}

/* --- read ----------------------------------------------------------------- */

#define SAFE_MAX    ((INT64_C(1) << 53) - 1)
#define TIME_US_MAX (INT64_MAX / 4000)

#define MEMBER(m)                                                              \
	.at = offsetof(struct record, m),                                      \
	.size = sizeof(((struct record *)0)->m)
#define NUMBER(key, m, high)                                                   \
	.name = (key), .type = NDJSON_NUMBER, MEMBER(m), .hi = (high)
#define TEXT(key, m) .name = (key), .type = NDJSON_TEXT, MEMBER(m)
#define BOOL(key, m) .name = (key), .type = NDJSON_BOOL, MEMBER(m)
#define OWN(key)     .name = (key), .type = NDJSON_OWN

enum { ID = 0, PREFIX = 6, STOP = 13, SOURCE = 20, NOT_SENT };

static const struct ndjson_field members[] = {
    [ID] = {OWN("id"), .needed = 1},
    {TEXT("vantage", vantage), .needed = 1},
    {TEXT("campaign", campaign)},
    {NUMBER("run", run, INT64_MAX)},
    {NUMBER("epoch", epoch, SAFE_MAX), .needed = 1},
    {NUMBER("seq", seq, SAFE_MAX), .lo = 1, .needed = 1},
    [PREFIX] = {OWN("prefix"), .needed = 1},
    {NUMBER("port", port, UINT16_MAX)},
    {NUMBER("flow", flow, UINT32_MAX)},
    {NUMBER("sport", sport, UINT16_MAX)},
    {NUMBER("dport", dport, UINT16_MAX)},
    {NUMBER("start_us", start_us, TIME_US_MAX), .needed = 1},
    {NUMBER("duration_us", duration_us, SAFE_MAX), .lo = -SAFE_MAX},
    [STOP] = {OWN("stop"), .needed = 1},
    {TEXT("stop_detail", stop_detail)},
    {TEXT("tool", tool)},
    {BOOL("clock_step", clock_step)},
    {NUMBER("drops", drops, UINT32_MAX)},
    {BOOL("control", control)},
    {TEXT("source_format", source.format)},
    [SOURCE] = {OWN("source")},
    [NOT_SENT] = {OWN("not_sent")},
};

static void
read_word(struct json_read *in, int member, struct record *r)
{
	char word[PREFIX_STRLEN];
	json_read_text(in, word, sizeof(word));
	if (member == PREFIX && !prefix_parse(word, &r->prefix))
		json_read_bad(in, "prefix: not an IPv4 prefix");
	if (member == STOP && !record_stop_parse(word, &r->stop))
		json_read_bad(in, "stop: \"%s\" is none", word);
}

void
own_begin(struct json_read *in, struct own *o, struct record *r)
{
	*o = (struct own){.r = r};
	o->fields = (struct ndjson_fields){.field = members,
	    .n = sizeof(members) / sizeof(*members),
	    .into = r,
	    .kind = 1};
	r->run = r->port = -1;
	r->duration_us = -1;
	json_read_object(in);
}

bool
own_read(struct json_read *in, struct own *o)
{
	for (int i; (i = ndjson_field(&o->fields, in)) >= 0;)
		if (i == NOT_SENT)
			return true;
		else if (i == ID)
			json_read_text(in, o->id, sizeof(o->id));
		else if (i == SOURCE)
			ndjson_field_source(in, &o->r->source);
		else
			read_word(in, i, o->r);
	return false;
}

void
own_check(struct json_read *in, const char *id, const struct record *r)
{
	uint8_t bytes[UUID_LEN];
	char own[UUID_STRLEN];
	if (r->vantage[0] == '\0')
		json_read_bad(in, "tumen: vantage: \"\"");
	record_id(r, bytes);
	uuid_format(bytes, own);
	if (strcmp(id, own) != 0)
		json_read_bad(in,
		    "tumen: id: not %s, as vantage, epoch, seq and start make "
		    "it",
		    own);
}
