/* SPDX-License-Identifier: ISC */
#include "analysis/origin/line.h"
#include "analysis/origin/reader.h"

#include <string.h>

/*
 * `first,last,asn[,name]`: inclusive ranges of addresses, dotted or numeric, as
 * ip-location-db and DB-IP publish them; the name may be quoted (RFC 4180).
 */

static bool
address(const char *text, uint32_t *addr)
{
	return strchr(text, '.') ? addr_parse(text, addr)
				 : line_asn(text, addr);
}

/* Takes the quotes off in place: `"LLC ""X"""` is `LLC "X"`. */
static char *
unquote(char *s)
{
	if (*s != '"')
		return s;
	char *to = s;
	for (const char *from = s + 1; *from != '\0'; from++) {
		if (*from == '"' && *++from != '"')
			break;
		*to++ = *from;
	}
	*to = '\0';
	return s;
}

static bool
row(struct table *t, char *line)
{
	char *field[4];
	uint32_t first = 0, last = 0, asn = 0;
	size_t n = line_split(line, ',', field, 4);
	if (n < 3)
		return false;
	if (strchr(field[0], ':') != NULL) {
		table_source(t)->counts[COUNT_IPV6]++;
		return true;
	}
	if (!address(field[0], &first) || !address(field[1], &last) ||
	    !line_asn(field[2], &asn) || first > last)
		return false;
	const struct table_seen seen = {
	    .first = first, .last = last, .asns = &asn, .nasns = 1};
	if (table_add(t, &seen) && n == 4)
		table_name(t, asn, unquote(field[3]));
	return true;
}

void
read_ranges(const struct input *in, struct table *t)
{
	line_each(in, t, row);
}
