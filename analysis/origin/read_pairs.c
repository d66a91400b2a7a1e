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

/* "255.255.255.255/32 4294967295\n"; every number ends with its first digit too
   many. */
enum { USUAL_LEN_MAX = 48 };

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

/* A decimal without leading zeros; NULL when it is none or above max. */
static inline const uint8_t *
decimal(const uint8_t *s, uint64_t max, uint64_t *v)
{
	uint64_t sum = (uint64_t)*s - '0';
	if (sum > 9)
		return NULL;
	for (s++; (*s ^ '0') < 10 && sum - 1 < max; s++)
		sum = sum * 10 + (*s ^ '0');
	*v = sum;
	return sum > max || (*s ^ '0') < 10 ? NULL : s;
}

/*
 * The row of nearly all lines, of which there are a million: dotted quad, slash
 * or one blank, length, one blank, one ASN. Steps over it; false, with nothing
 * done, for any other line, which row() takes apart.
 */
static bool
usual(struct rd *r, struct prefix *p, uint32_t *asn)
{
	struct rd at = *r;
	const uint8_t *line = rd_bytes(&at, USUAL_LEN_MAX), *s = line;
	uint64_t v = 0, addr = 0;
	for (int i = 0; i < 4; i++) {
		s = s != NULL ? decimal(s, 255, &v) : NULL;
		if (s == NULL || (i < 3 && *s++ != '.'))
			return false;
		addr = addr << 8 | v;
	}
	if (*s != '/' && *s != '\t' && *s != ' ')
		return false;
	s = decimal(s + 1, 32, &v);
	if (s == NULL || (*s != '\t' && *s != ' '))
		return false;
	*p = (struct prefix){(uint32_t)addr, (uint8_t)v};
	s = decimal(s + 1, UINT32_MAX, &v);
	*asn = (uint32_t)v;
	if (s == NULL || *s != '\n' || (p->addr & ~prefix_mask(p->len)) != 0)
		return false;
	rd_skip(r, (size_t)(s + 1 - line));
	return true;
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
	struct prefix p;
	uint32_t asn = 0;
	struct rd r = input_rd(in);
	while (r.left > 0)
		if (usual(&r, &p, &asn))
			table_add_prefix(t, &p, &asn, 1, NULL);
		else
			line_take(&r, t, row);
}
