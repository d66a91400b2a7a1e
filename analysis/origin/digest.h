/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_ORIGIN_DIGEST_H
#define TUMEN_ORIGIN_DIGEST_H

#include "probe/base/hash.h"

/*
 * The SHA-256 of a source file, taken by a thread of its own beside the reading
 * of the file. The only place that knows libnettle, which uses the processor's
 * instructions for it where there are some; libsodium (hash.h) does not, and
 * would need longer than all the rest.
 */
struct digest;

struct digest *digest_open(void);

/* What comes next. The bytes must stay as they are until digest_wait(). */
void digest_add(struct digest *d, const void *bytes, size_t len);

/* Returns when all bytes that were added are taken in. */
void digest_wait(struct digest *d);

/* The hash of all bytes that were added; nothing is added after it. */
void digest_sha256(struct digest *d, uint8_t out[static HASH_SHA256_LEN]);

void digest_close(struct digest *d);

#endif
