/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_ARCHIVE_PLAIN_H
#define TUMEN_ARCHIVE_PLAIN_H

#include "probe/base/fault.h"

#include <stdint.h>

/*
 * The content of a .zst file, unpacked into a file in a folder of its own below
 * $TMPDIR (/tmp), which nobody else can read. plain_close() removes both.
 */
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

#endif
