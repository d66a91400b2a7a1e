/* SPDX-License-Identifier: ISC */
#include "analysis/origin/json_scan.h"
#include "analysis/origin/lans.h"
#include "analysis/origin/line.h"
#include "analysis/origin/reader.h"
#include "probe/base/mem.h"

#include <stdlib.h>
#include <string.h>

/*
 * CAIDA's exchange points, an object a line: ixs_YYYYMM.jsonl has `name` and
 * `prefixes` with `ipv4` and `ipv6` of each, ix-asns_YYYYMM.jsonl an `asn` and
 * the addresses `ipv4` that it has there; that file goes behind the other.
 */

enum { LISTED_MAX = 256 }; /* prefixes or addresses of one record */

struct record {
	char name[JSON_TEXT_LEN];
	uint32_t asn;
	struct prefix p[LISTED_MAX]; /* length 32: a member's address */
	size_t n;
};

/* Takes one text of the list "ipv4"; false when it is not understood. */
static bool
listed(struct record *rec, const char *text)
{
	struct prefix p = {.len = 32};
	if (rec->n == LISTED_MAX ||
	    !(addr_parse(text, &p.addr) || prefix_parse(text, &p)))
		return false;
	rec->p[rec->n++] = p;
	return true;
}

static void
read(struct json_scan *j, struct source *s, struct record *rec)
{
	while (json_scan_value(j)) {
		if (json_scan_is(j, "name"))
			memcpy(rec->name, j->text, sizeof(rec->name));
		else if (json_scan_is(j, "asn"))
			s->counts[COUNT_SYNTAX] +=
			    !line_asn(j->text, &rec->asn);
		else if (strcmp(j->key, "ipv4") == 0 && *j->text != '\0')
			s->counts[COUNT_SYNTAX] += !listed(rec, j->text);
		else if (strcmp(j->key, "ipv6") == 0 && *j->text != '\0')
			s->counts[COUNT_IPV6]++;
	}
	s->counts[COUNT_SYNTAX] += j->broken;
}

void
read_ixs(const struct input *in, struct table *t)
{
	struct lans members = {0};
	struct record *rec = xcalloc(1, sizeof(*rec));
	struct json_scan j = {.r = input_rd(in), .lines = true};
	while (json_scan_record(&j)) {
		*rec->name = '\0';
		rec->asn = 0;
		rec->n = 0;
		read(&j, table_source(t), rec);
		for (size_t i = 0; !j.broken && i < rec->n; i++) {
			if (rec->p[i].len == 32)
				lans_member(&members, rec->p[i].addr, rec->asn);
			else
				table_add_prefix(
				    t, &rec->p[i], NULL, 0, rec->name);
		}
	}
	lans_join(&members, t);
	lans_clear(&members);
	free(rec);
}
