/* SPDX-License-Identifier: ISC */
#include "analysis/origin/reader.h"
#include "analysis/origin/rpsl.h"

#include <stdio.h>
#include <string.h>

/*
 * What `location dump` prints of IPFire's libloc: blocks `net:` with `aut-num:`
 * (without one where the net is in no BGP table), and `aut-num:` with `name:`.
 */

enum { FIELD_LEN = 64 };

static bool
net(struct table *t, const char *text, const char *aut_num)
{
	uint32_t asn = 0;
	struct prefix p;
	if (strchr(text, ':') != NULL) {
		table_source(t)->counts[COUNT_IPV6]++;
		return true;
	}
	if (!prefix_parse(text, &p) ||
	    (*aut_num != '\0' && !line_asn(aut_num, &asn)))
		return false;
	table_add_prefix(t, &p, &asn, 1, NULL);
	return true;
}

/* Reads one block; false when it is not understood. */
static bool
block(struct rpsl *o, struct table *t)
{
	char prefix[FIELD_LEN] = "", aut_num[FIELD_LEN] = "";
	char name[RPSL_VALUE_LEN] = "";
	uint32_t asn = 0;
	while (rpsl_attribute(o)) {
		if (strcmp(o->key, "net") == 0)
			snprintf(prefix, FIELD_LEN, "%.63s", o->value);
		else if (strcmp(o->key, "aut-num") == 0)
			snprintf(aut_num, FIELD_LEN, "%.63s", o->value);
		else if (strcmp(o->key, "name") == 0)
			memcpy(name, o->value, sizeof(name));
	}
	if (*prefix != '\0')
		return net(t, prefix, aut_num);
	if (!line_asn(aut_num, &asn))
		return false;
	table_name(t, asn, name);
	return true;
}

void
read_location(const struct input *in, struct table *t)
{
	struct rpsl o;
	rpsl_begin(&o, input_rd(in), table_source(t));
	while (rpsl_object(&o))
		if (!block(&o, t))
			table_source(t)->counts[COUNT_SYNTAX]++;
}
