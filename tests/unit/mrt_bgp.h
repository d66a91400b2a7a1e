/* SPDX-License-Identifier: ISC */
#ifndef TESTS_UNIT_MRT_BGP_H
#define TESTS_UNIT_MRT_BGP_H

#include "tests/unit/mrt_write.h"

#include <stdbool.h>
#include <stdio.h>

/* Prefixes split by blanks; with add-path as "7:1.0.0.0/8". */
static inline void
mrt_nlri(struct wr *w, const char *prefixes, bool add_path)
{
	char text[64];
	for (int used = 0; sscanf(prefixes, "%63s%n", text, &used) == 1;
	     prefixes += used) {
		struct prefix p = {0};
		char *at = text;
		if (add_path) {
			wr_u32(w, (uint32_t)strtoul(text, &at, 10));
			at++;
		}
		if (!prefix_parse(at, &p))
			abort(); /* the test's own bug */
		wr_u8(w, p.len);
		for (int i = 0; i < (p.len + 7) / 8; i++)
			wr_u8(w, (uint8_t)(p.addr >> (24 - 8 * i)));
	}
}

/* A record of BGP4MP; everything but the peer may be missing. */
struct mrt_message {
	uint16_t subtype, peer;
	const char *withdrawn, *announced;
	struct mrt_route_text route; /* path NULL: no attributes */
	const struct wr *more_attrs;
};

static inline bool
mrt_is_as4(uint16_t subtype)
{
	return subtype == 4 || subtype == 5 || subtype == 7 || subtype == 9 ||
	       subtype == 11;
}

static inline void
mrt_session(struct wr *body, uint16_t subtype, uint16_t peer)
{
	if (mrt_is_as4(subtype)) {
		wr_u32(body, 100u + peer);
		wr_u32(body, 64500);
	} else {
		wr_u16(body, (uint16_t)(100 + peer));
		wr_u16(body, 64500);
	}
	wr_u16(body, 0); /* interface */
	wr_u16(body, 1); /* IPv4 */
	wr_u32(body, 0x0a000000u + peer);
	wr_u32(body, 0x0a0000fe);
}

static inline void
mrt_update(struct wr *out, uint16_t type, const struct mrt_message *m)
{
	bool add_path = m->subtype >= 8;
	struct wr body = {0}, gone = {0}, attrs = {0}, nlri = {0};
	mrt_nlri(&gone, m->withdrawn ? m->withdrawn : "", add_path);
	mrt_nlri(&nlri, m->announced ? m->announced : "", add_path);
	if (m->route.path != NULL)
		mrt_attrs(&attrs, &m->route);
	if (m->more_attrs != NULL)
		wr_bytes(&attrs, m->more_attrs->p, m->more_attrs->len);
	if (type == 17)
		wr_u32(&body, 500000);
	mrt_session(&body, m->subtype, m->peer);
	for (int i = 0; i < 16; i++)
		wr_u8(&body, 0xff);
	wr_u16(&body, (uint16_t)(23 + gone.len + attrs.len + nlri.len));
	wr_u8(&body, 2);
	wr_u16(&body, (uint16_t)gone.len);
	wr_bytes(&body, gone.p, gone.len);
	wr_u16(&body, (uint16_t)attrs.len);
	wr_bytes(&body, attrs.p, attrs.len);
	wr_bytes(&body, nlri.p, nlri.len);
	wr_free(&gone);
	wr_free(&attrs);
	wr_free(&nlri);
	mrt_record(out, type, m->subtype, &body);
}

static inline void
mrt_state(
    struct wr *out, uint16_t subtype, uint16_t peer, const uint16_t states[2])
{
	struct wr body = {0};
	mrt_session(&body, subtype, peer);
	wr_u16(&body, states[0]);
	wr_u16(&body, states[1]);
	mrt_record(out, 16, subtype, &body);
}

#endif
