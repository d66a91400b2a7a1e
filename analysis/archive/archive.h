/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_ARCHIVE_ARCHIVE_H
#define TUMEN_ARCHIVE_ARCHIVE_H

#include "sql/sealed.h"

/*
 * The archive of stored segments: DIR/VANTAGE-EPOCH-000042.db.zst (one zstd
 * frame with a checksum; modified when the segment was sealed) and, of a signed
 * segment, VANTAGE-EPOCH-000042.db.sig, which signs the octets before they were
 * compressed. Where another content has the name already, it is ....db.1.zst,
 * ....db.2.zst and so on: nothing is ever replaced.
 */

/* Whether the folder can be written; EX_UNAVAILABLE, EX_NOPERM. */
bool archive_check(const char *dir, struct fault *f);

/*
 * Unlinks temporary files that nobody writes any more: those of a process that
 * was killed when another had just put the same segment away. The same faults.
 */
bool archive_tidy(const char *dir, struct fault *f);

/*
 * Compresses the segment into the archive (dir; see struct upload): read back
 * and compared before it has its name, durable when this returns true. A copy
 * that is there already is verified and left. Whatever a crash leaves, the next
 * try takes over. Any number of processes at once.
 */
bool
archive_put(const char *dir, const struct sealed *segment, struct fault *f);

#endif
