/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_ORIGIN_GZIP_H
#define TUMEN_ORIGIN_GZIP_H

#include "probe/base/wr.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The only place that knows zlib. */

/*
 * Appends the content of all members (RFC 1952, section 2.2). False when the
 * bytes are no whole members or hold more than max bytes; out then has what
 * came before.
 */
bool gzip_read(const void *bytes, size_t len, size_t max, struct wr *out);

/* The CRC-32 of ISO 3309 (that of gzip, zip and PNG). */
uint32_t gzip_crc32(const void *bytes, size_t len);

#endif
