/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_IMPORT_FILE_H
#define TUMEN_IMPORT_FILE_H

#include "analysis/exchange/exchange.h"
#include "analysis/import_report.h"
#include "sql/keys.h"

#include <stdio.h>

/* Where tumen import puts what it reads, and how it is asked to read. */
struct import_how {
	struct store *to;	 /* NULL: nothing is stored */
	const struct keys *keys; /* NULL none */
	struct foreign_hints hints;
	bool without_source;
	const struct prefix *prefix; /* only targets in it; NULL all */
	bool progress;		     /* told on standard error meanwhile */
};

/* A file that was named, or what was compressed in it. */
struct import_file {
	const char *name, *path;
};

/*
 * A segment or another tumen database. Everything of it counts in the report,
 * which names the file already.
 */
bool
import_database(const struct import_how *how, const struct import_file *file,
    struct import_report *report, struct fault *f);

/*
 * A stream of JSON objects, compressed or not. What cannot be read or is
 * refused is told on standard error, the first few of them. False as
 * exchange_read() is, or when the database fails; what was read until the
 * stream ended is stored.
 */
bool import_stream(const struct import_how *how, FILE *in,
    struct import_report *report, struct fault *f);

#endif
