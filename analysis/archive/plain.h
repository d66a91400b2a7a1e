/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_ARCHIVE_PLAIN_H
#define TUMEN_ARCHIVE_PLAIN_H

#include "probe/base/fault.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

/*
 * The content of a .zst file, unpacked into a file in a folder of its own below
 * $TMPDIR (/tmp), which nobody else can read. plain_close() removes both.
 */
/* Hundreds of times what a vantage measures in an hour. */
#define PLAIN_SEGMENT_MAX (INT64_C(1) << 30)

struct plain {
	char *dir, *path;
};

/*
 * At most max octets, whatever the file says of itself. EX_DATAERR: damaged,
 * cut off, or longer; EX_IOERR: no room. Nothing is left behind on failure.
 */
bool
plain_open(struct plain *p, const char *name, int64_t max, struct fault *f);
void plain_close(struct plain *p);

/* Whether a file begins as those of zstd do; it is rewound. */
bool plain_packed(FILE *in);

/*
 * Unpacks a file (PLAIN_SEGMENT_MAX) for as long as read works on it; path is
 * where it lies meanwhile. A fault that names that path names the file instead.
 */
typedef bool
plain_reader(void *arg, const char *path, FILE *in, struct fault *f);
bool
plain_read(const char *name, plain_reader *read, void *arg, struct fault *f);

#endif
