/* SPDX-License-Identifier: ISC */
#ifndef TESTS_UNIT_MRT_RIB_H
#define TESTS_UNIT_MRT_RIB_H

#include "tests/unit/mrt_write.h"

/* TABLE_DUMP_V2 for tests; who includes it uses all of it. */

enum { MRT_PEERS = 12, MRT_RIB = 2, MRT_RIB_ADD_PATH = 8 };

/* One route of a record: through a peer, with this AS_PATH attribute. */
struct mrt_rib_route {
	uint16_t peer;
	const char *path; /* as in mrt_write.h; NULL: no path */
};

static inline void
mrt_index(struct wr *out)
{
	struct wr body = {0};
	wr_u32(&body, 0x0a000001);
	wr_u16(&body, 0); /* view name */
	wr_u16(&body, MRT_PEERS);
	for (uint32_t i = 0; i < MRT_PEERS; i++) {
		wr_u8(&body, 2); /* IPv4, 4-octet AS */
		wr_u32(&body, i);
		wr_u32(&body, i);
		wr_u32(&body, 64512 + i);
	}
	mrt_record(out, 13, 1, &body);
}

static inline void
mrt_rib_put(struct wr *w, const struct mrt_rib_route *r, bool add_path)
{
	struct wr attrs = {0}, path = {0};
	wr_u8(&attrs, 0x40); /* ORIGIN: IGP */
	wr_u8(&attrs, 1);
	wr_u8(&attrs, 1);
	wr_u8(&attrs, 0);
	if (r->path != NULL) {
		mrt_path(&path, r->path, 4);
		wr_u8(&attrs, 0x50); /* extended length */
		wr_u8(&attrs, 2);
		wr_u16(&attrs, (uint16_t)path.len);
		wr_bytes(&attrs, path.p, path.len);
	}
	wr_u16(w, r->peer);
	wr_u32(w, MRT_TIME);
	if (add_path)
		wr_u32(w, 7);
	wr_u16(w, (uint16_t)attrs.len);
	wr_bytes(w, attrs.p, attrs.len);
	wr_free(&attrs);
	wr_free(&path);
}

static inline void
mrt_rib(struct wr *out, const char *prefix, const struct mrt_rib_route *routes,
    size_t n, uint16_t subtype)
{
	struct wr body = {0};
	struct prefix p;
	if (!prefix_parse(prefix, &p))
		abort(); /* the test's own bug */
	wr_u32(&body, 0);
	wr_u8(&body, p.len);
	for (int i = 0; i < (p.len + 7) / 8; i++)
		wr_u8(&body, (uint8_t)(p.addr >> (24 - 8 * i)));
	wr_u16(&body, (uint16_t)n);
	for (size_t i = 0; i < n; i++)
		mrt_rib_put(&body, &routes[i], subtype == MRT_RIB_ADD_PATH);
	mrt_record(out, 13, subtype, &body);
}

#endif
