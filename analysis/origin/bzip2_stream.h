/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_ORIGIN_BZIP2_STREAM_H
#define TUMEN_ORIGIN_BZIP2_STREAM_H

#include "analysis/origin/unpack.h"
#include "analysis/origin/unpack_stream.h"
#include "probe/base/rd.h"
#include "probe/base/wr.h"

/* The only place that knows libbz2. */

/*
 * Appends the content of the stream that r begins with and steps over it; stops
 * when out holds more than max octets.
 */
enum unpack bzip2_stream(struct rd *r, size_t max, struct wr *out);

/* All streams of a file, piece by piece; the caller closes it. */
struct unpack_stream bzip2_pieces(void);

#endif
