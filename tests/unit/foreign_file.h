/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_TEST_FOREIGN_FILE_H
#define TUMEN_TEST_FOREIGN_FILE_H

/* A file of tests/data, or any text, before a reader of foreign objects. */

#include "analysis/exchange/foreign.h"
#include "probe/base/mem.h"

#include <stdio.h>
#include <stdlib.h>

/* Heap-owned, NUL-terminated; len may be NULL. */
static inline char *
foreign_file(const char *path, size_t *len)
{
	FILE *in = fopen(path, "r");
	if (in == NULL) {
		perror(path);
		abort();
	}
	char *text = xcalloc(1, 1 << 16);
	size_t n = fread(text, 1, (1 << 16) - 1, in);
	fclose(in);
	if (len != NULL)
		*len = n;
	return text;
}

#endif
