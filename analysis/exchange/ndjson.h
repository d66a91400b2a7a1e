/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_EXCHANGE_NDJSON_H
#define TUMEN_EXCHANGE_NDJSON_H

#include "sql/store.h"

#include <stdio.h>

/* Reads what record_json() writes: tumen-record(5), one object a line. */

/* The longest record (2,048 probes with extensions of 1,500 octets) is less. */
enum { NDJSON_LINE_MAX = 16 << 20 };

enum ndjson_kind {
	NDJSON_TRACE,
	NDJSON_REPLY, /* one probe; no src, start, stop */
};

/*
 * One line, with or without its newline, into *r, which the caller clears.
 * Unknown keys are ignored; a missing or misplaced value, or a trace whose id
 * is not that of its vantage, epoch, seq and start, is EX_DATAERR and leaves
 * *r empty. The raw packets are not in the text.
 */
bool ndjson_parse(const char *line, size_t len, enum ndjson_kind *kind,
    struct record *r, struct fault *f);

/*
 * Calls each for every trace until the end; blank lines and records of other
 * kinds (replies, verdicts, ...) are passed over. The record changes with the
 * next call. Faults begin "NAME:LINE: "; EX_IOERR when reading fails.
 */
bool ndjson_read(
    FILE *in, const char *name, store_each *each, void *arg, struct fault *f);

#endif
