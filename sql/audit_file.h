/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_SQL_AUDIT_FILE_H
#define TUMEN_SQL_AUDIT_FILE_H

#include "sql/held.h"
#include "sql/ledger.h"

/* The segments that an audit finds in spools and archives. */

struct audit_work;

/* A segment in a spool, its quarantine, or an archive. */
enum audit_place { AUDIT_SPOOL, AUDIT_QUARANTINE, AUDIT_ARCHIVE };

struct audit_file {
	char *path;
	const char *plain; /* where it can be read; NULL: at path */
	enum audit_place place;
	int64_t segment_no;
	size_t spool;	    /* its index, not of an archive */
	bool readable;	    /* line is filled in */
	struct ledger line; /* what the segment says about itself */
	char why[160];	    /* it is in quarantine, or cannot be read */
};

/* What a spool gave out when it was looked at. */
struct audit_spool {
	bool known; /* on this machine, since its epoch began */
	int64_t epoch, next_seq, next_segment;
	int64_t *open; /* numbers, heap-owned */
	size_t nopen;
	struct held_runs *held; /* rows that the full disk had no room for */
};

/*
 * audit_files.c: what lies in the spools is noted before the ledger is read,
 * and held against the database afterwards, together with the archive.
 */
bool audit_list_files(struct audit_work *w, struct fault *f);
bool audit_compare_files(struct audit_work *w, struct fault *f);
void audit_forget_files(struct audit_work *w);

/*
 * audit_list.c: the segments of a folder, with what they say about themselves.
 * A file that has gone since it was listed is none.
 */
typedef bool
audit_each_file(struct audit_work *w, struct audit_file *file, struct fault *f);
bool audit_list_spool(
    struct audit_work *w, size_t spool, audit_each_file *each, struct fault *f);
bool audit_list_archive(
    struct audit_work *w, audit_each_file *each, struct fault *f);

/* audit_compare.c: the traces of a segment against those of its account. */
struct audit_compare {
	struct audit_work *w;
	const struct audit_file *file;
	bool ledgered; /* this very segment was taken in */
};
bool audit_compare(const struct audit_compare *c, struct fault *f);

#endif
