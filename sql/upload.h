/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_SQL_UPLOAD_H
#define TUMEN_SQL_UPLOAD_H

#include "sql/store.h"

/*
 * Carries sealed segments from a spool into the shared database, oldest first,
 * and unlinks or archives each when all of it is stored. Whatever interrupts
 * it, the next run does the rest: what is stored already is seen and left. Any
 * number of uploaders may work on one spool or into one database.
 */
struct upload {
	struct store *to;
	const char *archive; /* move there instead of unlinking; NULL */
	bool keep;	     /* leave segments where they are */
	/* After each transaction; NULL none. */
	void (*progress)(const struct upload *u, int64_t traces);
	const char *spool; /* at work */
	int64_t segment_no;
	/* What was done, over all spools. */
	int64_t segments, added, present, runs, quarantined;
};

/*
 * A damaged segment, or one with rows that contradict stored ones, goes to
 * SPOOL/quarantine with its reasons; the rest of it and of the spool still
 * goes. False when the work cannot go on: the database, the disk, access.
 */
bool upload_spool(struct upload *u, const char *spool, struct fault *f);

#endif
