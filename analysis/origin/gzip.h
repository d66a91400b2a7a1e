/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_ORIGIN_GZIP_H
#define TUMEN_ORIGIN_GZIP_H

#include "analysis/origin/unpack.h"
#include "analysis/origin/unpack_stream.h"
#include "probe/base/rd.h"
#include "probe/base/wr.h"

/* The only place that knows zlib and libdeflate. */

/*
 * Appends the content of all members (RFC 1952, section 2.2), until out holds
 * more than max octets.
 */
enum unpack gzip_read(struct rd *r, size_t max, struct wr *out);

/* The same piece by piece; the caller closes it. */
struct unpack_stream gzip_stream(void);

/* The CRC-32 of ISO 3309 (that of gzip, zip and PNG). */
uint32_t gzip_crc32(const void *bytes, size_t len);

#endif
