/* SPDX-License-Identifier: ISC */
#include "analysis/exchange/ndjson_field.h"

#include "probe/base/addr.h"
#include "probe/base/mem.h"

#include <stdlib.h>
#include <string.h>

/* Writers keep to one order, so the next field is mostly the one that comes. */
static size_t
find(struct ndjson_fields *f, const struct json_word *key)
{
	for (size_t i = 0; i < f->n; i++) {
		size_t at = (f->next + i) % f->n;
		if (!json_read_is(key, f->field[at].name))
			continue;
		f->next = at + 1;
		return at;
	}
	return f->n;
}

static void
store(void *to, size_t size, int64_t v)
{
	switch (size) {
	case sizeof(uint8_t):
		*(uint8_t *)to = (uint8_t)v;
		return;
	case sizeof(uint16_t):
		*(uint16_t *)to = (uint16_t)v;
		return;
	case sizeof(uint32_t):
		*(uint32_t *)to = (uint32_t)v;
		return;
	default:
		*(uint64_t *)to = (uint64_t)v;
		return;
	}
}

bool
ndjson_field_addr(struct json_read *in, const char *key, uint32_t *addr)
{
	char text[ADDR_STRLEN];
	struct json_word w = json_read_word(in);
	size_t len = w.len < sizeof(text) ? w.len : 0;
	memcpy(text, w.p, len);
	text[len] = '\0';
	if (!json_read_ok(in) || w.escaped || !addr_parse(text, addr))
		json_read_bad(in, "%s: not an IPv4 address", key);
	return json_read_ok(in);
}

static void
read_plain(const struct ndjson_field *field, void *into, struct json_read *in)
{
	void *to = (char *)into + field->at;
	switch (field->type) {
	case NDJSON_NUMBER:
		store(to, field->size,
		    json_read_integer(in, field->lo, field->hi));
		return;
	case NDJSON_BOOL:
		*(bool *)to = json_read_bool(in);
		return;
	case NDJSON_TEXT:
		json_read_text(in, to, field->size);
		return;
	case NDJSON_ADDR:
		ndjson_field_addr(in, field->name, to);
		return;
	case NDJSON_PASS:
		json_read_skip(in);
		return;
	case NDJSON_OWN:
		return;
	}
}

static void
check(const struct ndjson_fields *f, struct json_read *in)
{
	for (size_t i = 0; i < f->n; i++)
		if ((f->field[i].needed & f->kind) && !(f->told >> i & 1))
			json_read_bad(in, "%s: missing", f->field[i].name);
}

int
ndjson_field(struct ndjson_fields *f, struct json_read *in)
{
	struct json_word key;
	while (json_read_member(in, &key)) {
		size_t i = find(f, &key);
		if (i == f->n) {
			json_read_skip(in);
			continue;
		}
		const struct ndjson_field *field = &f->field[i];
		if (f->seen >> i & 1)
			json_read_bad(in, "%s: a duplicate key", field->name);
		f->seen |= UINT64_C(1) << i;
		if (json_read_null(in))
			continue;
		f->told |= UINT64_C(1) << i;
		if (field->type == NDJSON_OWN && json_read_ok(in))
			return (int)i;
		read_plain(field, f->into, in);
	}
	if (json_read_ok(in))
		check(f, in);
	return -1;
}

void
ndjson_field_source(struct json_read *in, struct record_source *to)
{
	json_read_kind(in); /* to its first octet */
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
