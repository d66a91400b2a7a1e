/* SPDX-License-Identifier: ISC */
#include "analysis/origin/line.h"
#include "analysis/origin/reader.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/*
 * `prefix/len ORIGINS` (pyasn, bdrmapIT) or `prefix len ORIGINS` (CAIDA's
 * pfx2as), split by blanks. ORIGINS is an ASN, a MOAS `A_B`, an AS_SET `A,B` or
 * `{A,B}`, or a mixture; bdrmapIT's negative numbers are no ASNs.
 */

enum { ORIGINS_MAX = 64 }; /* more members than sets in real tables have */

static bool
origins(const char *text, uint32_t *asns, size_t *n)
{
	for (*n = 0; *text != '\0' && *n < ORIGINS_MAX; (*n)++) {
		char *end = NULL;
		text += strspn(text, "{}_, \t");
		unsigned long long v = strtoull(text, &end, 10);
		if (*text < '0' || *text > '9' || v > UINT32_MAX)
			return false;
		asns[*n] = (uint32_t)v;
		text = end + strspn(end, "{}_, \t");
	}
	return *n > 0;
}

/* Cuts the next word off the line. */
static char *
word(char **line)
{
	char *start = *line + strspn(*line, " \t");
	char *end = start + strcspn(start, " \t");
	*line = end + strspn(end, " \t");
	*end = '\0';
	return start;
}

static bool
row(struct table *t, char *line)
{
	char text[64];
	uint32_t asns[ORIGINS_MAX];
	size_t n = 0;
	struct prefix p;
	const char *prefix = word(&line);
	if (strchr(prefix, ':') != NULL) {
		table_source(t)->counts[COUNT_IPV6]++;
		return true;
	}
	if (strchr(prefix, '/') == NULL) {
		snprintf(text, sizeof(text), "%s/%s", prefix, word(&line));
		prefix = text;
	}
	if (*line == '-') {
		table_source(t)->counts[COUNT_NO_ORIGIN]++;
		return true;
	}
	if (!prefix_parse(prefix, &p) || !origins(line, asns, &n))
		return false;
	table_add_prefix(t, &p, asns, n, NULL);
	return true;
}

void
read_pairs(const struct input *in, struct table *t)
{
	line_each(in, t, row);
}
