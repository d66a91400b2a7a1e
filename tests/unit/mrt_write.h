/* SPDX-License-Identifier: ISC */
#ifndef TESTS_UNIT_MRT_WRITE_H
#define TESTS_UNIT_MRT_WRITE_H

#include "probe/base/addr.h"
#include "probe/base/wr.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

/* Writes MRT for tests; a path is text: "1 2 3", "1 {2 3}", "(9) 1". */

enum { MRT_TIME = 1795291666 };

/* A record; frees its body. */
static inline void
mrt_record(struct wr *out, uint16_t type, uint16_t subtype, struct wr *body)
{
	wr_u32(out, MRT_TIME);
	wr_u16(out, type);
	wr_u16(out, subtype);
	wr_u32(out, (uint32_t)body->len);
	wr_bytes(out, body->p, body->len);
	wr_free(body);
}

/* { } is AS_SET (1), ( ) CONFED_SEQUENCE (3), anything else AS_SEQUENCE. */
static inline void
mrt_path(struct wr *w, const char *path, size_t width)
{
	while (*path != '\0') {
		struct wr asns = {0};
		uint8_t type = *path == '{' ? 1 : *path == '(' ? 3 : 2;
		path += strspn(path, "{( ");
		while (*path >= '0' && *path <= '9') {
			char *end = NULL;
			uint32_t asn = (uint32_t)strtoul(path, &end, 10);
			if (width == 4)
				wr_u32(&asns, asn);
			else
				wr_u16(&asns,
				    asn > UINT16_MAX ? 23456 : (uint16_t)asn);
			path = end + strspn(end, " ");
		}
		path += strspn(path, ")} ");
		wr_u8(w, type);
		wr_u8(w, (uint8_t)(asns.len / width));
		wr_bytes(w, asns.p, asns.len);
		wr_free(&asns);
	}
}

/* An attribute of up to 255 octets; frees its value. */
static inline void
mrt_attr(struct wr *w, uint8_t type, struct wr *value)
{
	wr_u8(w, 0x40);
	wr_u8(w, type);
	wr_u8(w, (uint8_t)value->len);
	wr_bytes(w, value->p, value->len);
	wr_free(value);
}

/* What goes into attributes; NULL: is not there. */
struct mrt_route_text {
	const char *path; /* of `width` octets an ASN */
	size_t width;
	const char *path4;   /* AS4_PATH */
	uint32_t aggregator; /* an AS of 2 octets; 0: none */
};

static inline void
mrt_attrs(struct wr *w, const struct mrt_route_text *r)
{
	struct wr origin = {0}, path = {0}, hop = {0};
	wr_u8(&origin, 0);
	mrt_attr(w, 1, &origin);
	mrt_path(&path, r->path, r->width);
	mrt_attr(w, 2, &path);
	wr_u32(&hop, 0x0a000009);
	mrt_attr(w, 3, &hop);
	if (r->aggregator != 0) {
		struct wr who = {0};
		wr_u16(&who, (uint16_t)r->aggregator);
		wr_u32(&who, 0x0a000009);
		mrt_attr(w, 7, &who);
	}
	if (r->path4 != NULL) {
		struct wr path4 = {0};
		mrt_path(&path4, r->path4, 4);
		mrt_attr(w, 17, &path4);
	}
}

/* TABLE_DUMP: the route of one peer. */
static inline void
mrt_table_dump(struct wr *out, const char *prefix, uint16_t peer,
    const struct mrt_route_text *r)
{
	struct wr body = {0}, attrs = {0};
	struct prefix p;
	prefix_parse(prefix, &p);
	mrt_attrs(&attrs, r);
	wr_u32(&body, 0);
	wr_u32(&body, p.addr);
	wr_u8(&body, p.len);
	wr_u8(&body, 1);
	wr_u32(&body, MRT_TIME);
	wr_u32(&body, 0x0a000000u + peer);
	wr_u16(&body, (uint16_t)(100 + peer));
	wr_u16(&body, (uint16_t)attrs.len);
	wr_bytes(&body, attrs.p, attrs.len);
	wr_free(&attrs);
	mrt_record(out, 12, 1, &body);
}

#endif
