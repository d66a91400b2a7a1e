/* SPDX-License-Identifier: ISC */
#ifndef TESTS_UNIT_MRT_ROWS_H
#define TESTS_UNIT_MRT_ROWS_H

#include "analysis/origin/reader.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Adds what MRT has to a table. */
static inline void
mrt_read(struct table *t, const void *bytes, size_t len)
{
	struct input in = {.len = len};
	in.bytes = malloc(len ? len : 1);
	memcpy(in.bytes, bytes, len);
	table_begin(t, ORIGIN_BGP);
	read_mrt(&in, t);
	free(in.bytes);
}

/* Reads MRT into a table of its own; every octet beyond the end is out. */
static inline void
mrt_load(struct table *t, const void *bytes, size_t len)
{
	*t = (struct table){0};
	mrt_read(t, bytes, len);
}

/* "1.0.0.0/8 7,8; 2.0.0.0/8 9; ", in the order of the table. */
static inline const char *
mrt_rows(const struct table *t, char *text, size_t room)
{
	text[0] = '\0';
	for (size_t i = 0, used = 0; i < t->nrows && used + 200 < room; i++) {
		const struct table_row *row = &t->rows[i];
		char prefix[PREFIX_STRLEN];
		struct prefix p = {row->first, 32};
		while (
		    p.len > 0 && ~prefix_mask(p.len) < row->last - row->first)
			p.len--;
		prefix_format(&p, prefix);
		used +=
		    (size_t)snprintf(text + used, room - used, "%s ", prefix);
		for (size_t k = 0; k < row->nasns; k++)
			used += (size_t)snprintf(text + used, room - used,
			    "%s%u", k ? "," : "", t->asns[row->asn_at + k]);
		used += (size_t)snprintf(text + used, room - used, "; ");
	}
	return text;
}

#endif
