/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_ORIGIN_COMPRESS_H
#define TUMEN_ORIGIN_COMPRESS_H

#include "analysis/origin/unpack.h"
#include "analysis/origin/unpack_stream.h"
#include "probe/base/hash.h"
#include "probe/base/rd.h"
#include "probe/base/wr.h"

/* The only place that knows libzstd. */

/* Appends one frame at the strongest level; the same bytes in, the same out. */
void compress_zstd(const void *bytes, size_t len, struct wr *out);

/* Appends the content of all frames, until out holds more than max octets. */
enum unpack decompress_zstd(struct rd *r, size_t max, struct wr *out);

/* All frames of a file, piece by piece; the caller closes it. */
struct unpack_stream zstd_stream(void);

/*
 * The same for files of any length, from where they stand to their end. Every
 * plain octet goes into h as well. compress_file() writes one frame with a
 * checksum; 0 or an errno. decompress_file() writes to no file when to is -1;
 * *error is an errno when the system failed, and then the answer means nothing.
 */
int compress_file(int from, int to, struct hash *h);
enum unpack
decompress_file(int from, int to, int64_t max, struct hash *h, int *error);

#endif
