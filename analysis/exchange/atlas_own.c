/* SPDX-License-Identifier: ISC */
#include "analysis/exchange/atlas_result.h"

#include "analysis/exchange/ndjson_field.h"
#include "analysis/exchange/ndjson_probe.h"
#include "probe/base/mem.h"
#include "probe/base/record_name.h"

#include <inttypes.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/*
 * The keys of ours in an object in the shape of RIPE Atlas, as shaped_atlas()
 * writes them. Target, method, flow and source address are Atlas's own keys.
 */

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

enum { ID = 0, PREFIX = 6, STOP = 12, SOURCE = 19 };

static const struct ndjson_field fields[] = {
    [ID] = {OWN("id"), .needed = 1},
    {TEXT("vantage", vantage), .needed = 1},
    {TEXT("campaign", campaign)},
    {NUMBER("run", run, INT64_MAX)},
    {NUMBER("epoch", epoch, SAFE_MAX), .needed = 1},
    {NUMBER("seq", seq, SAFE_MAX), .lo = 1, .needed = 1},
    [PREFIX] = {OWN("prefix"), .needed = 1},
    {NUMBER("port", port, UINT16_MAX)},
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
};

void
atlas_own_probe(struct json_read *in, int hop, struct record_probe *p)
{
	ndjson_probe(in, p);
	p->ttl = (uint8_t)hop;
}

static void
read_word(struct json_read *in, int field, struct record *r)
{
	char word[PREFIX_STRLEN];
	json_read_text(in, word, sizeof(word));
	if (field == PREFIX && !prefix_parse(word, &r->prefix))
		json_read_bad(in, "prefix: not an IPv4 prefix");
	if (field == STOP && !record_stop_parse(word, &r->stop))
		json_read_bad(in, "stop: \"%s\" is none", word);
}

static void
read_source(struct json_read *in, struct record_source *to)
{
	json_read_kind(in);
	const char *text = in->p;
	json_read_skip(in);
	size_t len = (size_t)(in->p - text);
	if (!json_read_ok(in) || len > RECORD_SOURCE_MAX)
		return;
	free(to->text);
	to->text = xcalloc(len + 1, 1);
	to->len = len;
	for (size_t i = 0; i < len; i++)
		to->text[i] = (unsigned char)text[i] < ' ' ? ' ' : text[i];
}

void
atlas_own_trace(struct json_read *in, struct atlas_result *a, struct record *r)
{
	struct ndjson_fields f = {.field = fields,
	    .n = sizeof(fields) / sizeof(*fields),
	    .into = r,
	    .kind = 1};
	r->duration_us = -1;
	a->own = true;
	json_read_object(in);
	for (int i; (i = ndjson_field(&f, in)) >= 0;)
		if (i == ID)
			json_read_text(in, a->id, sizeof(a->id));
		else if (i == SOURCE)
			read_source(in, &r->source);
		else
			read_word(in, i, r);
}

static void
check_id(
    struct json_read *in, const struct atlas_result *a, const struct record *r)
{
	uint8_t id[UUID_LEN];
	char own[UUID_STRLEN];
	record_id(r, id);
	uuid_format(id, own);
	if (strcmp(a->id, own) != 0)
		json_read_bad(in,
		    "tumen: id: not %s, as vantage, epoch, seq and start make "
		    "it",
		    own);
}

static void
check_places(struct json_read *in, const struct record *r)
{
	for (size_t i = 1; i < r->nprobes; i++) {
		const struct record_probe *p = &r->probes[i];
		if (p[-1].ttl == p->ttl && p[-1].attempt == p->attempt &&
		    p[-1].reply_no == p->reply_no)
			json_read_bad(in, "hop %u: attempt %u, reply %u twice",
			    p->ttl, p->attempt, p->reply_no);
	}
}

void
atlas_own_end(struct json_read *in, struct foreign *f, struct atlas_result *a)
{
	struct record *r = &f->record[f->n - 1];
	if (a->dst.len == 0 || !atlas_addr(&a->dst, &r->target))
		json_read_bad(in, "dst_addr: not an IPv4 address");
	if (a->src.len > 0 && !atlas_addr(&a->src, &r->src))
		json_read_bad(in, "src_addr: not an IPv4 address");
	if (a->method == 0)
		json_read_bad(in, "proto: missing");
	if (r->vantage[0] == '\0')
		json_read_bad(in, "tumen: vantage: \"\"");
	r->method = a->method;
	r->flow = a->paris_id < 0 ? 0 : (uint32_t)a->paris_id;
	for (size_t i = 0; i < r->nprobes; i++) {
		a->item[i].gone = !a->item[i].told;
		if (a->item[i].told && r->probes[i].ttl > RECORD_TTL_MAX)
			json_read_bad(in, "hop %u: tumen: beyond %d",
			    r->probes[i].ttl, RECORD_TTL_MAX);
	}
	atlas_leave_out(r, a);
	record_sort(r);
	check_places(in, r);
	check_id(in, a, r);
	f->format = FORMAT_TUMEN;
}
