/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_ORIGIN_SNAPSHOT_PACK_H
#define TUMEN_ORIGIN_SNAPSHOT_PACK_H

#include "probe/base/wr.h"

#include <stddef.h>
#include <stdint.h>

/* A section before it is in its file. */
struct snapshot_part {
	uint32_t tag;
	struct wr body;
};

/* Appends a file of n sections, in their order, and frees their bodies. */
void snapshot_put_file(
    struct snapshot_part *parts, size_t n, int64_t asof_us, struct wr *out);

#endif
