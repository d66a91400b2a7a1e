/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_CHANGE_TRACE_FILE_H
#define TUMEN_CHANGE_TRACE_FILE_H

#include "sql/store.h"

#include <stdio.h>

/* Who is handed the traces of a file. */
struct trace_file_to {
	store_each *each;
	void *arg;
	/* Reads what is no database; name is for faults. */
	bool (*stream)(struct trace_file_to *to, FILE *in, const char *name,
	    struct fault *f);
	int64_t broken; /* counted by stream: objects that cannot be read */
};

/*
 * Calls each for every trace of a file: a stream of JSON, a sealed segment or
 * another tumen database, also compressed with zstd; "-" is standard input (a
 * stream). What it is shows in its content. Nothing is written and no
 * signature is asked for. EX_DATAERR: it is not there, damaged, or something
 * else; EX_NOPERM; EX_IOERR.
 */
bool trace_file(struct trace_file_to *to, const char *name, struct fault *f);

/* Whether the first octets of a file, unpacked, are those of a database; then
 * it stands at its beginning again. Only for what can be read again. */
bool trace_file_is_database(FILE *in, const char *name);

#endif
