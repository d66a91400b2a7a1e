/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_CAMPAIGN_SECTION_H
#define TUMEN_CAMPAIGN_SECTION_H

#include "probe/base/fault.h"

#include <stddef.h>

/*
 * Lines [SECTION] and KEY = VALUE as one program writes them for another; '#'
 * begins a line of comment. Not by inih, which cuts a value at " ;" and a line
 * at 200 bytes: what is read here goes to the end of its line and is no
 * longer than SECTION_LINE_MAX.
 */
enum { SECTION_LINE_MAX = 1023 };

struct section_line {
	int number;	     /* 1, 2, ... */
	const char *section; /* "" before the first one */
	const char *key, *value;
};

/* True goes on. */
typedef bool
section_each(void *arg, const struct section_line *l, struct fault *f);

/*
 * Hands over each line with a key. EX_DATAERR with "NAME:LINE: why", also for
 * the text that `each` gives.
 */
struct section_text {
	const char *name, *text;
	size_t len;
};
bool section_read(const struct section_text *t, section_each *each, void *arg,
    struct fault *f);

#endif
