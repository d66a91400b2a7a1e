/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_ORIGIN_INPUT_H
#define TUMEN_ORIGIN_INPUT_H

#include "analysis/origin/digest.h"
#include "probe/base/fault.h"
#include "probe/base/rd.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * The whole content of one source file: as stored it is known by its length
 * and SHA-256, then it is decompressed (gzip, bzip2 and zstd, told by their
 * magic).
 */
struct input {
	char *name; /* the path as it was given */
	uint8_t *bytes;
	size_t len;
	size_t stored_len;
	bool unpacked;	       /* bytes are not those that are stored */
	struct digest *digest; /* of it as stored; NULL: it is no file */
};

/* A full table of today as MRT has 2 GB; more is no address table. */
#define INPUT_LEN_MAX ((size_t)4 << 30)

/*
 * False with EX_IOERR when the file cannot be read, EX_DATAERR when it does not
 * decompress. The caller clears the input either way.
 */
bool input_load(const char *path, struct input *in, struct fault *f);
void input_clear(struct input *in);

/*
 * The SHA-256 of the file as stored; zeros for bytes that are no file. It is
 * taken by another thread: ask late.
 */
void input_sha256(const struct input *in, uint8_t out[static HASH_SHA256_LEN]);

/* A reader over the whole content. */
struct rd input_rd(const struct input *in);

#endif
