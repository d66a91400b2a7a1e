/* SPDX-License-Identifier: ISC */
#include "analysis/origin/line.h"
#include "analysis/origin/reader.h"

#include <string.h>

/*
 * CAIDA's serial-1 and serial-2: `provider|customer|-1` and `peer|peer|0`, in
 * serial-2 with a fourth column that says how it was inferred.
 */
static bool
row(struct table *t, char *line)
{
	char *field[4];
	uint32_t a = 0, b = 0;
	if (line_split(line, '|', field, 4) < 3 || !line_asn(field[0], &a) ||
	    !line_asn(field[1], &b) || a == 0 || b == 0 || a == b)
		return false;
	if (strcmp(field[2], "-1") == 0)
		table_relate(t, a, b, ORIGIN_PROVIDER);
	else if (strcmp(field[2], "0") == 0)
		table_relate(t, a, b, ORIGIN_PEER);
	else
		return false;
	return true;
}

void
read_as_rel(const struct input *in, struct table *t)
{
	line_each(in, t, row);
}
