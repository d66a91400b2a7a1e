/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_CHANGE_TRACE_FILE_H
#define TUMEN_CHANGE_TRACE_FILE_H

#include "sql/store.h"

/*
 * Calls each for every trace of a file: NDJSON, a sealed segment or another
 * tumen database, or one of these compressed with zstd; "-" is standard input
 * (NDJSON). What it is shows in its content. Nothing is written and no
 * signature is asked for. EX_DATAERR: it is not there, damaged, or something
 * else; EX_NOPERM; EX_IOERR.
 */
bool trace_file(const char *name, store_each *each, void *arg, struct fault *f);

#endif
