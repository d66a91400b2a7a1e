/* SPDX-License-Identifier: ISC */
#include "analysis/origin/show.h"

#include "analysis/origin/changes.h"
#include "analysis/origin/origin_ases.h"
#include "analysis/origin/snapshot_ases.h"
#include "probe/base/clock.h"
#include "probe/base/json.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum { DATE_STRLEN = 11 };

enum {
	UPSTREAMS_MAX = 256, /* of one prefix */
	UPSTREAMS_FEW = 64,  /* of a table, of which all are listed */
};

static char *
date(int64_t us, char buf[static DATE_STRLEN])
{
	char full[CLOCK_STRLEN];
	snprintf(buf, DATE_STRLEN, "%.10s",
	    us < 0 ? "-" : clock_format_us(us, full));
	return buf;
}

void
show_answer_head(void)
{
	printf("%-15s  %-8s  %-18s  %-12s  %-10s  %4s  %s\n", "address",
	    "layer", "prefix", "origin", "table of", "days", "name");
}

/* Only a route has a state: other layers know of none. */
static enum origin_rpki
rpki(const struct origin_set *set, const struct origin_answer *a, size_t i)
{
	if (a->layer != ORIGIN_BGP || i >= a->nasns)
		return ORIGIN_RPKI_UNKNOWN;
	return origin_rpki(set, &a->prefix, a->asns[i], a->at_us);
}

static void
rpki_json(
    const struct origin_set *set, const struct origin_answer *a, struct json *j)
{
	if (rpki(set, a, 0) == ORIGIN_RPKI_UNKNOWN) {
		json_null(j, "rpki");
		return;
	}
	json_array(j, "rpki");
	for (size_t i = 0; i < a->nasns; i++)
		json_text(j, NULL, origin_rpki_name(rpki(set, a, i)));
	json_array_end(j);
}

static void
org_json(
    const struct origin_set *set, const struct origin_answer *a, struct json *j)
{
	json_array(j, "org");
	for (size_t i = 0; i < a->nasns; i++) {
		struct origin_org org;
		if (!origin_org(set, a->asns[i], a->at_us, &org)) {
			json_null(j, NULL);
			continue;
		}
		json_object(j, NULL);
		json_text(j, "id", org.id);
		json_text(j, "name", org.name);
		json_object_end(j);
	}
	json_array_end(j);
}

/*
 * The upstreams of the route in the answer; those of another prefix around the
 * address say nothing about it.
 */
static size_t
upstreams(const struct origin_set *set, uint32_t addr,
    const struct origin_answer *a, struct origin_upstream *all)
{
	int n = a->layer == ORIGIN_BGP
		    ? origin_upstreams(set, addr, a->at_us, all, UPSTREAMS_MAX)
		    : 0;
	if (n <= 0 || all->prefix.addr != a->prefix.addr ||
	    all->prefix.len != a->prefix.len)
		return 0;
	return (size_t)n < UPSTREAMS_MAX ? (size_t)n : UPSTREAMS_MAX;
}

static void
upstreams_json(const struct origin_set *set, uint32_t addr,
    const struct origin_answer *a, struct json *j)
{
	struct origin_upstream all[UPSTREAMS_MAX];
	size_t n = upstreams(set, addr, a, all);
	if (n == 0)
		return;
	json_array(j, "upstreams");
	for (size_t i = 0; i < n; i++) {
		json_object(j, NULL);
		json_int(j, "asn", all[i].asn);
		json_int(j, "peers", all[i].peers);
		json_object_end(j);
	}
	json_array_end(j);
}

static void
upstreams_text(
    const struct origin_set *set, uint32_t addr, const struct origin_answer *a)
{
	struct origin_upstream all[UPSTREAMS_MAX];
	size_t n = upstreams(set, addr, a, all);
	for (size_t i = 0; i < n; i++)
		printf("%sAS%" PRIu32 " at %" PRIu32 " peer%s%s",
		    i == 0 ? " [from " : ", ", all[i].asn, all[i].peers,
		    all[i].peers == 1 ? "" : "s", i + 1 == n ? "]" : "");
}

void
show_answer_json(
    const struct origin_set *set, uint32_t addr, const struct origin_answer *a)
{
	struct json j = {0};
	char text[PREFIX_STRLEN], day[DATE_STRLEN], reason[ORIGIN_REASON_LEN];
	json_object(&j, NULL);
	json_text(&j, "record", "origin");
	json_int(&j, "v", 1);
	json_text(&j, "addr", addr_format(addr, text));
	json_int(&j, "at_us", a->at_us);
	json_array(&j, "origins");
	for (size_t i = 0; i < a->nasns; i++)
		json_int(&j, NULL, a->asns[i]);
	json_array_end(&j);
	json_text(&j, "layer", origin_layer_name(a->layer));
	json_text(&j, "prefix",
	    a->layer == ORIGIN_NONE ? NULL : prefix_format(&a->prefix, text));
	json_array(&j, "names");
	for (size_t i = 0; i < a->nasns; i++)
		json_text(&j, NULL, a->names[i]);
	json_array_end(&j);
	json_text(&j, "asof", a->asof_us < 0 ? NULL : date(a->asof_us, day));
	json_int_or_null(&j, "days", a->days);
	json_text(&j, "source", a->source);
	json_text(&j, "source_asof",
	    a->source_asof_us < 0 ? NULL : date(a->source_asof_us, day));
	json_text(&j, "reason", origin_reason(a, reason));
	rpki_json(set, a, &j);
	org_json(set, a, &j);
	upstreams_json(set, addr, a, &j);
	json_object_end(&j);
	json_line(&j, stdout);
}

static void
rpki_text(const struct origin_set *set, const struct origin_answer *a)
{
	for (size_t i = 0; i < a->nasns; i++)
		if (rpki(set, a, i) != ORIGIN_RPKI_UNKNOWN)
			printf("%s%s%s", i == 0 ? " [RPKI " : ", ",
			    origin_rpki_name(rpki(set, a, i)),
			    i + 1 == a->nasns ? "]" : "");
}

void
show_answer(
    const struct origin_set *set, uint32_t addr, const struct origin_answer *a)
{
	char text[PREFIX_STRLEN], day[DATE_STRLEN], days[24] = "-";
	char reason[ORIGIN_REASON_LEN];
	char origins[ORIGIN_ASNS_MAX * 13] = "-";
	size_t used = 0;
	for (size_t i = 0; i < a->nasns; i++)
		used += (size_t)snprintf(origins + used, sizeof(origins) - used,
		    "%sAS%" PRIu32, i ? "," : "", a->asns[i]);
	if (a->days >= 0)
		snprintf(days, sizeof(days), "%" PRId64, a->days);
	printf("%-15s  %-8s  ", addr_format(addr, text),
	    origin_layer_name(a->layer));
	printf("%-18s  %-12s  %-10s  %4s  ",
	    a->layer == ORIGIN_NONE ? "-" : prefix_format(&a->prefix, text),
	    origins, date(a->asof_us, day), days);
	for (size_t i = 0; i < a->nasns; i++)
		printf("%s%s", i ? "; " : "", a->names[i] ? a->names[i] : "-");
	if (a->layer == ORIGIN_NONE)
		printf("%s", origin_reason(a, reason));
	else if (a->layer != ORIGIN_BGP)
		printf("%s[not BGP: %s]", a->nasns > 0 ? " " : "", a->source);
	rpki_text(set, a);
	upstreams_text(set, addr, a);
	putchar('\n');
}

/* Whether a source has its date from the name of its file. */
static bool
date_of_name(const struct snapshot_source *s)
{
	const char *name = source_count_name(COUNT_NAME_DATE);
	for (size_t i = 0; i < s->ncounts; i++)
		if (strcmp(s->count_names[i], name) == 0)
			return s->counts[i] > 0;
	return false;
}

static void
digest_text(const char *label, const uint8_t digest[static HASH_SHA256_LEN])
{
	char text[2 * HASH_SHA256_LEN + 1];
	printf("%s %s\n", label, hash_hex(digest, HASH_SHA256_LEN, text));
}

static void
source_text(const struct snapshot_source *s)
{
	char day[DATE_STRLEN];
	printf("  %s: %s, %s, %" PRIu64 " bytes, as of %s%s\n", s->name,
	    origin_layer_name(s->layer), s->kind, s->bytes,
	    date(s->asof_us, day), date_of_name(s) ? " (of its name)" : "");
	if (s->title != NULL)
		printf("    title    %s\n", s->title);
	printf("    licence  %s\n", s->licence ? s->licence : "unknown");
	if (s->credits != NULL)
		printf("    credits  %s\n", s->credits);
	digest_text("    sha-256 ", s->sha256);
	printf("    records ");
	for (size_t i = 0; i < s->ncounts; i++)
		if (s->counts[i] > 0)
			printf(" %s=%" PRIu64, s->count_names[i], s->counts[i]);
	putchar('\n');
}

static void
source_json(const struct snapshot_source *s, struct json *j)
{
	char day[DATE_STRLEN];
	json_object(j, NULL);
	json_text(j, "name", s->name);
	json_text(j, "layer", origin_layer_name(s->layer));
	json_text(j, "kind", s->kind);
	json_text(j, "title", s->title);
	json_text(j, "licence", s->licence);
	json_text(j, "credits", s->credits);
	json_text(j, "asof", s->asof_us < 0 ? NULL : date(s->asof_us, day));
	json_int(j, "bytes", (int64_t)s->bytes);
	json_hex(j, "sha256", s->sha256, sizeof(s->sha256));
	json_object(j, "counts");
	for (size_t i = 0; i < s->ncounts; i++)
		json_int(j, s->count_names[i], (int64_t)s->counts[i]);
	json_object_end(j);
	json_object_end(j);
}

static void
base_json(const struct snapshot *s, struct json *j)
{
	char day[DATE_STRLEN];
	struct changes_base base;
	if (s->base == NULL) {
		json_null(j, "base");
		return;
	}
	changes_base(s, &base);
	json_object(j, "base");
	json_text(j, "name", base.name);
	json_text(j, "file", s->base->name);
	json_text(j, "asof", date(base.asof_us, day));
	json_hex(j, "identity", base.identity, sizeof(base.identity));
	json_int(j, "changed", (int64_t)changes_count(s));
	json_int(j, "segments", (int64_t)s->base->nsegments);
	json_object_end(j);
}

static void
table_upstreams_json(const struct snapshot *s, struct json *j)
{
	char text[PREFIX_STRLEN];
	json_int(j, "upstreams", (int64_t)s->nupstreams);
	if (s->nupstreams == 0 || s->nupstreams > UPSTREAMS_FEW)
		return;
	json_array(j, "upstream_list");
	for (size_t i = 0; i < s->nupstreams; i++) {
		struct table_upstream u = snapshot_upstream(s, i);
		struct prefix p = {u.addr, u.len};
		json_object(j, NULL);
		json_text(j, "prefix", prefix_format(&p, text));
		json_int(j, "asn", u.asn);
		json_int(j, "peers", u.peers);
		json_object_end(j);
	}
	json_array_end(j);
}

static void
table_upstreams_text(const struct snapshot *s)
{
	char text[PREFIX_STRLEN];
	if (s->nupstreams > 0)
		printf("  %zu upstreams of prefixes\n", s->nupstreams);
	for (size_t i = 0; s->nupstreams <= UPSTREAMS_FEW && i < s->nupstreams;
	     i++) {
		struct table_upstream u = snapshot_upstream(s, i);
		struct prefix p = {u.addr, u.len};
		printf("    %s from AS%" PRIu32 " at %u peer%s\n",
		    prefix_format(&p, text), u.asn, u.peers,
		    u.peers == 1 ? "" : "s");
	}
}

static void
base_text(const struct snapshot *s)
{
	char day[DATE_STRLEN];
	if (s->base != NULL)
		printf("  changes of %s (as of %s, %zu segments): %zu segments "
		       "differ\n",
		    s->base->name, date(s->base->asof_us, day),
		    s->base->nsegments, changes_count(s));
	if (s->nrelations + s->nvrps + s->norgs > 0)
		printf("  %zu relations, %zu VRPs, %zu organisations\n",
		    s->nrelations / 2, s->nvrps, s->norgs);
	table_upstreams_text(s);
}

static void
identity_json(const struct snapshot *s, struct json *j)
{
	uint8_t identity[HASH_SHA256_LEN];
	changes_identity(s, identity);
	json_hex(j, "identity", identity, sizeof(identity));
}

void
show_table_json(const struct snapshot *s)
{
	struct json j = {0};
	char day[DATE_STRLEN];
	json_object(&j, NULL);
	json_text(&j, "record", "origin-table");
	json_int(&j, "v", 1);
	json_text(&j, "file", s->name);
	json_text(&j, "asof", date(s->asof_us, day));
	json_int(&j, "asof_us", s->asof_us);
	identity_json(s, &j);
	json_int(&j, "bytes", (int64_t)s->len);
	json_int(&j, "segments", (int64_t)s->nsegments);
	json_int(&j, "rows", (int64_t)s->nrows);
	json_int(&j, "ases", (int64_t)s->nases);
	json_int(&j, "relations", (int64_t)s->nrelations / 2);
	json_int(&j, "vrps", (int64_t)s->nvrps);
	json_int(&j, "orgs", (int64_t)s->norgs);
	table_upstreams_json(s, &j);
	base_json(s, &j);
	json_array(&j, "sources");
	for (size_t i = 0; i < s->nsources; i++)
		source_json(&s->sources[i], &j);
	json_array_end(&j);
	json_object_end(&j);
	json_line(&j, stdout);
}

void
show_table(const struct snapshot *s)
{
	char day[DATE_STRLEN];
	uint8_t identity[HASH_SHA256_LEN];
	changes_identity(s, identity);
	printf("%s: as of %s, %zu segments, %zu rows, %zu ASes, %zu bytes\n",
	    s->name, date(s->asof_us, day), s->nsegments, s->nrows, s->nases,
	    s->len);
	digest_text("  identity", identity);
	base_text(s);
	for (size_t i = 0; i < s->nsources; i++)
		source_text(&s->sources[i]);
}
