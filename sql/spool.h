/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_SQL_SPOOL_H
#define TUMEN_SQL_SPOOL_H

#include "probe/base/fault.h"

#include <stddef.h>
#include <stdint.h>

/*
 * What lies in a spool folder: NNNNNN.open (at most one, being written, with
 * SQLite's side files), NNNNNN.db (sealed), NNNNNN.db.sig (its signature, when
 * the vantage has a key), `epoch`, `runs`, `held`, `reserve`, `lock`,
 * quarantine/.
 */
enum {
	SPOOL_NO_MAX = 999999999, /* six digits at least, nine at most */
	SPOOL_NAME_LEN = 20,	  /* "123456789.db.sig" */
};

enum spool_kind { SPOOL_OPEN, SPOOL_SEALED, SPOOL_SIGNATURE };

/* "000042.open", "000042.db" or "000042.db.sig". */
char *spool_name(
    int64_t segment_no, enum spool_kind kind, char name[static SPOOL_NAME_LEN]);

/*
 * The numbers of all files of a kind, ascending, heap-owned. EX_UNAVAILABLE no
 * such folder, EX_NOPERM.
 */
bool spool_list(const char *dir, enum spool_kind kind, int64_t **numbers,
    size_t *n, struct fault *f);

/*
 * Puts DIR/NAME (and NAME-wal, NAME.sig) away into DIR/quarantine with the
 * reason in NAME.reason beside it. Nothing is lost, and it stands in nobody's
 * way.
 */
bool spool_quarantine(
    const char *dir, const char *name, const char *reason, struct fault *f);

/*
 * Unlinks a sealed segment and then its signature. What is gone already is
 * fine.
 */
bool spool_unlink(const char *dir, const char *name, struct fault *f);

/*
 * Unlinks signatures without a segment, which a crash between the two unlinks
 * leaves.
 */
bool spool_tidy(const char *dir, struct fault *f);

/*
 * The spool's memory of what it gave out, so that nothing is given out twice,
 * whatever was unlinked meanwhile. It belongs to one machine: on another
 * /etc/machine-id (a copied disk image) it starts anew with another epoch.
 */
struct spool_epoch {
	uint64_t epoch;	   /* random, 1..2^53-1 */
	uint64_t next_seq; /* nothing at or above was ever given out */
	int64_t next_segment;
};
bool spool_epoch_read(
    const char *dir, struct spool_epoch *e, bool *is_new, struct fault *f);
bool spool_epoch_write(
    const char *dir, const struct spool_epoch *e, struct fault *f);

#endif
