/* SPDX-License-Identifier: ISC */
#include "analysis/origin/line.h"
#include "analysis/origin/reader.h"

#include <string.h>

/* `prefix  # name of the exchange point`: LANs, which vote for no AS. */
static bool
row(struct table *t, char *line)
{
	char *field[2] = {line, NULL};
	struct prefix p;
	line_split(line, '#', field, 2);
	if (strchr(field[0], ':') != NULL) {
		table_source(t)->counts[COUNT_IPV6]++;
		return true;
	}
	if (!prefix_parse(field[0], &p))
		return false;
	table_add_prefix(t, &p, NULL, 0, field[1]);
	return true;
}

void
read_prefixes(const struct input *in, struct table *t)
{
	line_each(in, t, row);
}
