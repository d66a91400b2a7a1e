/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_ORIGIN_COMPRESS_H
#define TUMEN_ORIGIN_COMPRESS_H

#include "analysis/origin/unpack.h"
#include "probe/base/rd.h"
#include "probe/base/wr.h"

/* The only place that knows libzstd. */

/* Appends one frame at the strongest level; the same bytes in, the same out. */
void compress_zstd(const void *bytes, size_t len, struct wr *out);

/* Appends the content of all frames, until out holds more than max octets. */
enum unpack decompress_zstd(struct rd *r, size_t max, struct wr *out);

#endif
