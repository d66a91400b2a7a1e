/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_BASE_RECORD_SOURCE_H
#define TUMEN_BASE_RECORD_SOURCE_H

#include <stdbool.h>
#include <stddef.h>

enum {
	RECORD_FORMAT_MAX = 15,
	RECORD_SOURCE_MAX = 1 << 20, /* a longer one is not kept */
};

/*
 * What another tool wrote of a trace: one JSON object on one line, UTF-8,
 * heap-owned; text is NULL for our own. A further trace of an object that
 * holds several has {"part_of":"<id of the first>"}.
 */
struct record_source {
	char format[RECORD_FORMAT_MAX + 1]; /* atlas, scamper, mtr */
	char *text;
	size_t len;
};

/* Whether it may be a format's word: of a-z, 0-9 and -, not too long. */
bool record_format_ok(const char *word, size_t len);

#endif
