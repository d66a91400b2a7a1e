/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_SQL_UPLOAD_H
#define TUMEN_SQL_UPLOAD_H

#include "sql/backoff.h"
#include "sql/sealed.h"

/*
 * Carries sealed segments from a spool into the shared database, oldest first,
 * and unlinks or archives each when all of it is stored. Whatever interrupts
 * it, the next run does the rest: what is stored already is seen and left. Any
 * number of uploaders may work on one spool or into one database.
 */
struct upload {
	struct store *to;
	struct keys *keys; /* who must have signed; NULL nobody */
	bool keep;	   /* leave segments where they are */
	/*
	 * Puts a copy of a stored segment away for good, before it is unlinked;
	 * durable when it returns true. NULL: no copy.
	 */
	bool (*archive)(
	    const char *dir, const struct sealed *segment, struct fault *f);
	const char *archive_dir;
	struct pace_of_rows pace; /* rate 0: as fast as it goes */
	/* After each transaction; NULL none. */
	void (*progress)(const struct upload *u, int64_t traces);
	const char *spool; /* at work */
	struct upload_work *work;
	int64_t segment_no;
	/* What was done, over all spools. */
	int64_t segments, added, present, runs, quarantined;
	int64_t verified, unverified; /* signatures; unknown keys */
};

/*
 * A damaged segment, one with rows that contradict stored ones, and one whose
 * signature is wrong, of an unknown key or missing, goes to
 * SPOOL/quarantine with its reasons; the rest of it and of the spool still
 * goes. False when the work cannot go on: the database, the disk, access.
 */
bool upload_spool(struct upload *u, const char *spool, struct fault *f);

#endif
