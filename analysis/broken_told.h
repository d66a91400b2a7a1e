/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_BROKEN_TOLD_H
#define TUMEN_BROKEN_TOLD_H

#include "analysis/change/trace_file.h"
#include "analysis/exchange/exchange.h"

#include <stdio.h>

/*
 * Objects of a file that cannot be read, or are refused: the first few are told
 * on standard error, the others counted.
 */
enum { BROKEN_TOLD_MAX = 5 };

struct broken_told {
	const char *file;
	int64_t n;
};

/* "tumen: FILE:LINE: octet OFFSET: why" */
void broken_tell(struct broken_told *t, const struct exchange_broken *b);

/* "tumen: FILE: and 1,234 more", with what stands behind it. */
void broken_tell_more(const struct broken_told *t, const char *behind);

/* The traces of a stream in any format. What is broken is told and counted. */
bool broken_told_read(
    struct trace_file_to *to, FILE *in, const char *name, struct fault *f);

/* The same of standard input; false at its end when something was broken. */
bool broken_told_filter(store_each *each, void *arg, struct fault *f);

/* EX_DATAERR unless n is 0. */
bool broken_told_none(int64_t n, struct fault *f);

#endif
