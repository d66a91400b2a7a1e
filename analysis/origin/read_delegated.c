/* SPDX-License-Identifier: ISC */
#include "analysis/origin/holders.h"
#include "analysis/origin/line.h"
#include "analysis/origin/reader.h"

#include <stdio.h>
#include <string.h>

/*
 * `registry|cc|type|start|value|date|status[|opaque-id]`, the delegated files
 * of the registries. The opaque-id of the extended form is the same for
 * everything that one holder has, so it joins addresses to ASNs; the plain form
 * has none. An IPv4 value is a number of addresses of any size and alignment,
 * an ASN value a number of ASNs.
 */

enum { HOLDER_LEN = 96 }; /* "registry|opaque-id": a UUID or 32 hex digits */

/*
 * `version|registry|serial|records|first date|last date|UTC offset`. Of several
 * files one behind the other the latest date stays.
 */
static void
version(struct source *s, char **field)
{
	int64_t us = 0;
	if ((source_day(field[5], &us) || source_day(field[2], &us)) &&
	    us > s->asof_us)
		s->asof_us = us;
}

/* Takes a record of ASNs or IPv4 addresses; false when it makes no sense. */
static bool
holding(struct holders *h, struct source *s, char **field, bool asn)
{
	char holder[HOLDER_LEN];
	struct holding b = {0};
	if (!line_asn(field[4], &b.count) || b.count == 0 ||
	    !(asn ? line_asn : addr_parse)(field[3], &b.first) ||
	    b.count - 1 > UINT32_MAX - b.first)
		return false;
	bool used = strcmp(field[6], "allocated") == 0 ||
		    strcmp(field[6], "assigned") == 0;
	bool held = used && *field[7] != '\0';
	s->counts[COUNT_STATUS] += !used;
	s->counts[COUNT_NO_HOLDER] += used && !held && !asn;
	snprintf(holder, sizeof(holder), "%.15s|%.79s", field[0], field[7]);
	if (held && asn)
		holders_asns(h, holder, b.first, b.count);
	else if (held)
		holders_block(h, holder, &b, "");
	return true;
}

/* False when the line is not understood. */
static bool
record(struct holders *h, struct source *s, char *line)
{
	char none[] = "";
	char *field[9] = {[7] = none};
	size_t n = line_split(line, '|', field, 9);
	if (n == 6 && strcmp(field[5], "summary") == 0)
		return true;
	if (n == 7 && *field[0] >= '0' && *field[0] <= '9') {
		version(s, field);
		return true;
	}
	if (n < 7)
		return false;
	bool asn = strcmp(field[2], "asn") == 0;
	if (asn || strcmp(field[2], "ipv4") == 0)
		return holding(h, s, field, asn);
	bool ipv6 = strcmp(field[2], "ipv6") == 0;
	s->counts[COUNT_IPV6] += ipv6;
	return ipv6;
}

void
read_delegated(const struct input *in, struct table *t)
{
	char line[LINE_MAX_LEN];
	struct holders h = {0};
	struct source *s = table_source(t);
	struct rd r = input_rd(in);
	while (line_next(&r, line)) {
		if (line_is_comment(line))
			source_remark(s, line);
		else if (!record(&h, s, line))
			s->counts[COUNT_SYNTAX]++;
	}
	holders_join(&h, t);
	holders_clear(&h);
}
