/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_SQL_PLACE_H
#define TUMEN_SQL_PLACE_H

#include "probe/base/fault.h"

#include <stdint.h>

/*
 * Whether a database file can be where it is said to be, found out before it
 * is opened, with a clear text: EX_UNAVAILABLE missing, EX_NOPERM no access to
 * file or folder, EX_DATAERR something else than a file.
 */
bool place_check(const char *where, bool writes, bool creates, struct fault *f);

/* "file:PATH?QUERY" with the path escaped (RFC 3986); the caller frees it. */
char *place_uri(const char *where, const char *query);

/*
 * Whether a file with this header (sqlite.org/fileformat2.html, 1.3; zeros: an
 * empty one) is a tumen database, or may become one; EX_DATAERR.
 */
enum { PLACE_HEADER_LEN = 100 };
bool
place_is_ours(const char *where, const uint8_t header[static PLACE_HEADER_LEN],
    bool may_create, struct fault *f);

#endif
