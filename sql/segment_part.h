/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_SQL_SEGMENT_PART_H
#define TUMEN_SQL_SEGMENT_PART_H

#include "sql/held.h"
#include "sql/segment.h"
#include "sql/spool.h"

/* What the files of the segment share among themselves. */

struct segment {
	char *spool;
	char vantage[RECORD_NAME_MAX + 1];
	const struct sign_key *key; /* NULL: unsigned */
	int lock_fd;
	struct spool_epoch written; /* what the epoch file says */
	uint64_t next_seq;	    /* below written.next_seq */
	struct begun_runs begun;
	bool begun_owed; /* what was written of it is older */
	struct held_runs held;
	struct {
		char campaign[RECORD_NAME_MAX + 1];
		int64_t slot;
	} no_room;	    /* the last run whose health found none */
	bool settled;	    /* nothing of a process before is left */
	bool recovering;    /* runs without an end have lost their process */
	struct store *open; /* NULL: nothing written yet */
};

/* segment.c: s->open is there to be written. */
bool segment_ensure_open(struct segment *s, struct fault *f);
bool segment_write_begun(struct segment *s, struct fault *f);
bool segment_write_epoch(struct segment *s, uint64_t next_seq,
    int64_t next_segment, struct fault *f);

/* segment_write.c: the row of a run as it is, whatever health it has. */
bool segment_end_run(
    struct segment *s, const struct store_run *run, struct fault *f);

/* segment_held.c: the rows that a process before could not write. */
bool segment_read_held(struct segment *s, struct fault *f);

#endif
