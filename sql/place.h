/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_SQL_PLACE_H
#define TUMEN_SQL_PLACE_H

#include "probe/base/fault.h"

/*
 * Whether a database file can be where it is said to be, found out before it
 * is opened, with a clear text: EX_UNAVAILABLE missing, EX_NOPERM no access to
 * file or folder, EX_DATAERR something else than a file.
 */
bool place_check(const char *where, bool writes, bool creates, struct fault *f);

/* "file:PATH?QUERY" with the path escaped (RFC 3986); the caller frees it. */
char *place_uri(const char *where, const char *query);

#endif
