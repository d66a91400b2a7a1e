/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_ORIGIN_SEARCH_H
#define TUMEN_ORIGIN_SEARCH_H

#include <stddef.h>

/* Where tables are found that nobody named. */

#define SEARCH_STATE_DIR  "/var/lib/tumen/origin"
#define SEARCH_TABLE_NAME "tumen.origin"

/*
 * The paths of all *.origin files of a folder in the order of their names; 0
 * when it has none or cannot be read. The caller frees each and the list.
 */
size_t search_folder(const char *folder, char ***paths);

/*
 * The table that ships: in $TUMEN_DATADIR when that is set, else beside the
 * running program, else in the TUMEN_DATADIR of the build. NULL
 * when it is in none of them; the caller frees it.
 */
char *search_shipped(void);

#endif
