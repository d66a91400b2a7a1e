/* SPDX-License-Identifier: ISC */
#include "analysis/origin/line.h"
#include "analysis/origin/reader.h"
#include "probe/base/clock.h"

#include <stdio.h>

/*
 * The curated and the registry table:
 * `prefix | ASN[ ASN]... | holder | date | source`, all five present. The date
 * is that of the source; tumen-origin(1) has the grammar.
 */

static bool
holders(char *text, uint32_t *asns, size_t *n)
{
	char *word[ORIGIN_ASNS_MAX];
	*n = line_split(text, ' ', word, ORIGIN_ASNS_MAX);
	for (size_t i = 0; i < *n; i++)
		if (!line_asn(word[i], &asns[i]))
			return false;
	return *n > 0;
}

static bool
row(struct table *t, char *line)
{
	char *field[5];
	char note[LINE_MAX_LEN];
	uint32_t asns[ORIGIN_ASNS_MAX];
	size_t n = 0;
	int64_t us = 0;
	struct prefix p;
	if (line_split(line, '|', field, 5) != 5 ||
	    !prefix_parse(field[0], &p) || !holders(field[1], asns, &n) ||
	    !clock_parse_us(field[3], &us) || *field[4] == '\0')
		return false;
	snprintf(note, sizeof(note), "%.1500s (%.32s)", field[4], field[3]);
	if (table_add_prefix(t, &p, asns, n, note) && n == 1)
		table_name(t, asns[0], field[2]);
	return true;
}

void
read_rows(const struct input *in, struct table *t)
{
	line_each(in, t, row);
}
