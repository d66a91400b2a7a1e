/* SPDX-License-Identifier: ISC */
#include "analysis/origin/line.h"
#include "analysis/origin/reader.h"

#include <string.h>

/*
 * CAIDA's serial-1 and serial-2: `provider|customer|-1` and `peer|peer|0`, in
 * serial-2 with a fourth column that says how it was inferred; scamper's bdrmap
 * knows `customer|provider|1`, too.
 */
static bool
relation(const char *text, enum origin_relation *kind)
{
	*kind = strcmp(text, "-1") == 0	 ? ORIGIN_PROVIDER
		: strcmp(text, "0") == 0 ? ORIGIN_PEER
		: strcmp(text, "1") == 0 ? ORIGIN_CUSTOMER
					 : ORIGIN_UNRELATED;
	return *kind != ORIGIN_UNRELATED;
}

static bool
row(struct table *t, char *line)
{
	char *field[4];
	uint32_t a = 0, b = 0;
	enum origin_relation kind;
	if (line_split(line, '|', field, 4) < 3 || !line_asn(field[0], &a) ||
	    !line_asn(field[1], &b) || a == 0 || b == 0 || a == b ||
	    !relation(field[2], &kind))
		return false;
	table_relate(t, a, b, kind);
	return true;
}

void
read_as_rel(const struct input *in, struct table *t)
{
	line_each(in, t, row);
}
