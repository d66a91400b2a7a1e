/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_ORIGIN_REPLACE_H
#define TUMEN_ORIGIN_REPLACE_H

#include "probe/base/fault.h"

#include <stdbool.h>
#include <stddef.h>

/*
 * Makes a file with this content, or leaves the old one: written beside it
 * under another name, synced, renamed, and the folder synced. EX_IOERR with
 * the system's reason.
 */
bool
replace_file(const char *path, const void *bytes, size_t len, struct fault *f);

#endif
