/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_ORIGIN_COMPRESS_H
#define TUMEN_ORIGIN_COMPRESS_H

#include "probe/base/wr.h"

#include <stdbool.h>
#include <stddef.h>

/* The only place that knows libzstd. */

/* Appends one frame at the strongest level; the same bytes in, the same out. */
void compress_zstd(const void *bytes, size_t len, struct wr *out);

/*
 * Appends the content of all frames. False when the bytes are no whole zstd
 * frames or hold more than max bytes; out then has what came before.
 */
bool decompress_zstd(const void *bytes, size_t len, size_t max, struct wr *out);

#endif
