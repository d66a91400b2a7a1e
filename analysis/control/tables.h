/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_CONTROL_TABLES_H
#define TUMEN_CONTROL_TABLES_H

#include "analysis/control/intake.h"
#include "analysis/origin/mrt_record.h"

/*
 * Table dumps: TABLE_DUMP and TABLE_DUMP_V2 (RFC 6396, RFC 8050). Of a prefix
 * that is looked for each entry is a row; at the end each peer of the dump that
 * has other routes of IPv4, but not that prefix, has a row that says so: for
 * the prefixes that occur in the dump and those that are expected
 * (interest.h). Not of a dump with a gap: what is not there may have been
 * there.
 */
struct tables;

/* Borrowed; the source comes before the first record. */
struct tables *tables_open(struct intake *in);
void tables_of(struct tables *t, struct intake_source *source);

/* One record; at is its octet in the file. False when the store fails. */
bool tables_read(struct tables *t, const struct mrt_record *record, int64_t at,
    struct fault *f);

/* A part of the file is missing: nobody is said to have no route. */
void tables_gap(struct tables *t);

/* The end of the file. */
bool tables_end(struct tables *t, struct fault *f);
void tables_close(struct tables *t);

#endif
