/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_IMPORT_REPORT_H
#define TUMEN_IMPORT_REPORT_H

#include "analysis/exchange/manifest.h"

/* What tumen import did with one file, and how it says so. */
struct import_report {
	const char *file;
	bool dry;      /* nothing was stored */
	bool database; /* no stream of objects: a segment, ... */
	int64_t added, present, runs, refused, facts;
	const char *signature; /* NULL: no segment */
	struct manifest holds; /* of a database only in a dry run */
};

/* One object, one line, on standard output. */
void import_report_json(const struct import_report *r);

/*
 * A line, and one more for each format of another tool. lacking[] is set for
 * formats of which was said what they lack.
 */
void import_report_text(const struct import_report *r, bool lacking[FORMATS]);

#endif
