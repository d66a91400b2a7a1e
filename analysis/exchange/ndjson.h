/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_EXCHANGE_NDJSON_H
#define TUMEN_EXCHANGE_NDJSON_H

#include "probe/base/fault.h"
#include "probe/base/record.h"

/*
 * Reads a line that record_json() wrote: tumen-record(5). Streams of them are
 * read as those of all other tools are (exchange.h).
 */

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

#endif
