/* SPDX-License-Identifier: ISC */
#include "analysis/origin/json_scan.h"
#include "analysis/origin/line.h"
#include "analysis/origin/reader.h"
#include "analysis/origin/reserved.h"

#include <string.h>
#include <strings.h>

/*
 * Validated ROA payloads. CSV with a header that names the columns (rpki-client
 * and Routinator: `ASN,IP Prefix,Max Length,Trust Anchor,Expires`; the archives
 * of the RIPE NCC have a `URI` first), or JSON {"metadata":{...},"roas":[
 * {"asn":...,"prefix":...,"maxLength":...},...]} of rpki-client, Routinator and
 * StayRTR, with an asn of 64500 or "AS64500".
 */

enum { COLUMNS_MAX = 8, FIELD_LEN = 64 };

struct vrp {
	char asn[FIELD_LEN], prefix[FIELD_LEN];
	char max_len[FIELD_LEN]; /* "": that of the prefix */
};

/* False when it is not understood. */
static bool
take(struct table *t, const struct vrp *v)
{
	struct source *s = table_source(t);
	struct prefix p;
	uint32_t asn = 0, max_len = 0;
	if (strchr(v->prefix, ':') != NULL) {
		s->counts[COUNT_IPV6]++;
		return true;
	}
	if (!prefix_parse(v->prefix, &p) || !line_asn(v->asn, &asn))
		return false;
	if (*v->max_len == '\0')
		max_len = p.len;
	else if (!line_asn(v->max_len, &max_len) || max_len < p.len ||
		 max_len > 32)
		return false;
	if (p.len == 0)
		s->counts[COUNT_DEFAULT]++;
	else if (reserved_range(p.addr, p.addr | ~prefix_mask(p.len)))
		s->counts[COUNT_BOGON]++;
	else
		table_vrp(t, &p, (uint8_t)max_len, asn);
	return true;
}

/* Where the columns are; behind the last when there is none. */
struct columns {
	size_t asn, prefix, max_len;
};

static void
keep(char to[static FIELD_LEN], const char *from)
{
	size_t len = strnlen(from, FIELD_LEN - 1);
	memcpy(to, from, len);
	to[len] = '\0';
}

static bool
header(char *const *field, size_t n, struct columns *c)
{
	struct columns found = {COLUMNS_MAX, COLUMNS_MAX, COLUMNS_MAX};
	for (size_t i = 0; i < n; i++) {
		if (strcasecmp(field[i], "ASN") == 0)
			found.asn = i;
		else if (strcasecmp(field[i], "IP Prefix") == 0)
			found.prefix = i;
		else if (strcasecmp(field[i], "Max Length") == 0)
			found.max_len = i;
	}
	if (found.asn == COLUMNS_MAX || found.prefix == COLUMNS_MAX)
		return false;
	*c = found;
	return true;
}

static bool
row(struct table *t, char *line, struct columns *c)
{
	char *field[COLUMNS_MAX];
	struct vrp v = {0};
	size_t n = line_split(line, ',', field, COLUMNS_MAX);
	if (header(field, n, c))
		return true;
	if (c->asn >= n || c->prefix >= n)
		return false;
	keep(v.asn, field[c->asn]);
	keep(v.prefix, field[c->prefix]);
	if (c->max_len < n)
		keep(v.max_len, field[c->max_len]);
	return take(t, &v);
}

void
read_vrps_csv(const struct input *in, struct table *t)
{
	char line[LINE_MAX_LEN];
	struct columns c = {COLUMNS_MAX, COLUMNS_MAX, COLUMNS_MAX};
	struct rd r = input_rd(in);
	while (line_next(&r, line)) {
		if (line_is_comment(line))
			source_remark(table_source(t), line);
		else if (!row(t, line, &c))
			table_source(t)->counts[COUNT_SYNTAX]++;
	}
}

/* The first time of several: rpki-client says when it was built. */
static void
meta(struct json_scan *j, struct source *s)
{
	int64_t us = 0;
	while (json_scan_value(j))
		if (s->asof_us < 0 &&
		    (json_scan_is(j, "buildtime") ||
			json_scan_is(j, "generated") ||
			json_scan_is(j, "generatedTime")) &&
		    json_scan_time(j->text, &us))
			s->asof_us = us;
}

/* One record of "roas"; false when it is not understood. */
static bool
roa(struct json_scan *j, struct table *t)
{
	struct vrp v = {0};
	while (json_scan_value(j)) {
		if (json_scan_is(j, "asn"))
			keep(v.asn, j->text);
		else if (json_scan_is(j, "prefix"))
			keep(v.prefix, j->text);
		else if (json_scan_is(j, "maxLength"))
			keep(v.max_len, j->text);
	}
	return !j->broken && take(t, &v);
}

void
read_vrps_json(const struct input *in, struct table *t)
{
	static const char *const sections[] = {
	    "roas", "bgpsec_keys", "aspas", "routerKeys", NULL};
	struct source *s = table_source(t);
	struct json_scan j = {.r = input_rd(in), .sections = sections};
	while (json_scan_record(&j)) {
		if (j.meta)
			meta(&j, s);
		else if (strcmp(j.section, "roas") != 0)
			s->counts[COUNT_OTHER]++;
		else if (!roa(&j, t))
			s->counts[COUNT_SYNTAX]++;
	}
}
