/* SPDX-License-Identifier: ISC */
#include "analysis/exchange/atlas_result.h"

#include "probe/base/record_reply.h"

#include <string.h>

/*
 * RIPE Atlas tells the class and the type of each object (RFC 4884, section 7),
 * and of the body only MPLS label stacks (RFC 4950): the other bodies are
 * empty here, too.
 */

enum { OBJECT_HEADER = 4, LSE_LEN = 4 };

struct octets {
	uint8_t p[RECORD_BYTES_MAX];
	size_t len;
};

/* Room for len octets more, or NULL and broken. */
static uint8_t *
room(struct json_read *in, struct octets *o, size_t len)
{
	if (o->len + len > sizeof(o->p)) {
		json_read_bad(
		    in, "icmpext: more than %d octets", RECORD_BYTES_MAX);
		return NULL;
	}
	o->len += len;
	return o->p + o->len - len;
}

/* {"label":24011,"exp":0,"s":1,"ttl":1} */
static void
read_label(struct json_read *in, struct octets *o)
{
	struct json_word key;
	uint32_t label = 0, exp = 0, s = 0, ttl = 0;
	for (json_read_object(in); json_read_member(in, &key);) {
		if (json_read_is(&key, "label"))
			label = (uint32_t)json_read_integer(in, 0, 0xfffff);
		else if (json_read_is(&key, "exp"))
			exp = (uint32_t)json_read_integer(in, 0, 7);
		else if (json_read_is(&key, "s"))
			s = (uint32_t)json_read_integer(in, 0, 1);
		else if (json_read_is(&key, "ttl"))
			ttl = (uint32_t)json_read_integer(in, 0, 255);
		else
			json_read_skip(in);
	}
	uint32_t lse = label << 12 | exp << 9 | s << 8 | ttl;
	uint8_t *p = room(in, o, LSE_LEN);
	for (int i = 0; p != NULL && i < LSE_LEN; i++)
		p[i] = (uint8_t)(lse >> (24 - 8 * i));
}

/* {"class":1,"type":1,"mpls":[...]} */
static void
read_object(struct json_read *in, struct octets *o)
{
	struct json_word key;
	uint8_t class = 0, type = 0;
	size_t at = o->len;
	if (room(in, o, OBJECT_HEADER) == NULL)
		return;
	for (json_read_object(in); json_read_member(in, &key);) {
		if (json_read_is(&key, "class"))
			class = (uint8_t)json_read_integer(in, 0, 255);
		else if (json_read_is(&key, "type"))
			type = (uint8_t)json_read_integer(in, 0, 255);
		else if (json_read_is(&key, "mpls"))
			for (json_read_array(in); json_read_item(in);)
				read_label(in, o);
		else
			json_read_skip(in);
	}
	size_t len = o->len - at;
	o->p[at] = (uint8_t)(len >> 8);
	o->p[at + 1] = (uint8_t)len;
	o->p[at + 2] = class;
	o->p[at + 3] = type;
}

struct record_bytes
atlas_ext(struct json_read *in)
{
	struct json_word key;
	struct octets o;
	o.len = 0;
	for (json_read_object(in); json_read_member(in, &key);) {
		if (json_read_is(&key, "obj"))
			for (json_read_array(in); json_read_item(in);)
				read_object(in, &o);
		else
			json_read_skip(in);
	}
	if (!json_read_ok(in))
		return (struct record_bytes){0};
	return record_keep(o.p, o.len);
}
