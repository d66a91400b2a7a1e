/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_ORIGIN_BZIP2_H
#define TUMEN_ORIGIN_BZIP2_H

#include "analysis/origin/unpack.h"
#include "probe/base/rd.h"
#include "probe/base/wr.h"

/*
 * Appends the content of all streams, of which there may be several (pbzip2
 * and joined files), until out holds more than max octets. All cores work on
 * blocks of their own; the result, and the place where something is wrong, are
 * those of one stream read after the other.
 */
enum unpack bzip2_read(struct rd *r, size_t max, struct wr *out);

#endif
