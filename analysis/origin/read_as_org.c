/* SPDX-License-Identifier: ISC */
#include "analysis/origin/intern.h"
#include "analysis/origin/json_scan.h"
#include "analysis/origin/line.h"
#include "analysis/origin/reader.h"
#include "probe/base/mem.h"

#include <stdlib.h>
#include <string.h>

/*
 * CAIDA's as2org: ASes and organisations, in any order. As text in two parts,
 * `aut|changed|aut_name|org_id|...` and `org_id|changed|org_name|...`, each
 * announced by a comment "# format:..."; or as an object a line with `type`
 * "ASN" or "Organization". An AS may have an organisation that is not listed.
 */

struct aut {
	uint32_t asn, org; /* text */
};

struct org {
	uint32_t id, name; /* texts */
};

struct as_org {
	struct wr text;
	struct intern known;
	struct aut *auts;
	struct org *orgs;
	size_t nauts, aut_room, norgs, org_room;
};

static void
add_org(struct as_org *a, const char *id, const char *name)
{
	if (a->norgs == a->org_room) {
		a->org_room = a->org_room ? a->org_room * 2 : 256;
		a->orgs = xreallocarray(a->orgs, a->org_room, sizeof(*a->orgs));
	}
	uint32_t at = intern_put(&a->known, &a->text, id);
	a->orgs[a->norgs++] =
	    (struct org){at, intern_put(&a->known, &a->text, name)};
}

static void
add_aut(struct as_org *a, uint32_t asn, const char *org)
{
	if (a->nauts == a->aut_room) {
		a->aut_room = a->aut_room ? a->aut_room * 2 : 256;
		a->auts = xreallocarray(a->auts, a->aut_room, sizeof(*a->auts));
	}
	a->auts[a->nauts++] =
	    (struct aut){asn, intern_put(&a->known, &a->text, org)};
}

static int
by_id(const void *x, const void *y)
{
	const struct org *a = x, *b = y;
	return (a->id > b->id) - (a->id < b->id);
}

static void
join(struct as_org *a, struct table *t)
{
	if (a->norgs > 0)
		qsort(a->orgs, a->norgs, sizeof(*a->orgs), by_id);
	for (size_t i = 0; i < a->nauts; i++) {
		struct org key = {.id = a->auts[i].org};
		const struct org *org =
		    key.id == 0 || a->norgs == 0
			? NULL
			: bsearch(&key, a->orgs, a->norgs, sizeof(key), by_id);
		if (org == NULL)
			table_source(t)->counts[COUNT_NO_ORG]++;
		if (key.id != 0)
			table_org(t, a->auts[i].asn,
			    intern_at(&a->text, key.id),
			    org && org->name ? intern_at(&a->text, org->name)
					     : NULL);
	}
	wr_free(&a->text);
	intern_clear(&a->known);
	free(a->auts);
	free(a->orgs);
}

/* What a record says: of an AS when asn is not 0, else of an organisation. */
struct said {
	uint32_t asn;
	const char *name, *org;
};

/* False when it makes no sense. */
static bool
take(struct as_org *a, struct table *t, const struct said *said)
{
	if (said->asn != 0) {
		table_name(t, said->asn, said->name);
		add_aut(a, said->asn, said->org);
	} else if (*said->org != '\0') {
		add_org(a, said->org, said->name);
	}
	return said->asn != 0 || *said->org != '\0';
}

/* The part that the comment announces: 'a' ASes, 'o' organisations, or 0. */
static char
part(const char *comment, char now)
{
	const char *at = strstr(comment, "format:");
	if (at == NULL)
		return now;
	at += strlen("format:");
	at += strspn(at, " \t");
	return (char)(strncmp(at, "aut", 3) == 0      ? 'a'
		      : strncmp(at, "org_id", 6) == 0 ? 'o'
						      : 0);
}

static bool
row(struct as_org *a, struct table *t, char *line, char kind)
{
	char *field[6];
	size_t n = line_split(line, '|', field, 6);
	struct said said = {.name = n > 2 ? field[2] : ""};
	if (kind == 'o' && n >= 3)
		said.org = field[0];
	else if (kind == 'a' && n >= 4 && line_asn(field[0], &said.asn) &&
		 said.asn != 0)
		said.org = field[3];
	return said.org != NULL && take(a, t, &said);
}

void
read_as_org(const struct input *in, struct table *t)
{
	char line[LINE_MAX_LEN], kind = 0;
	struct as_org a = {0};
	struct rd r = input_rd(in);
	while (line_next(&r, line)) {
		if (line_is_comment(line)) {
			kind = part(line, kind);
			source_remark(table_source(t), line);
		} else if (!row(&a, t, line, kind)) {
			table_source(t)->counts[COUNT_SYNTAX]++;
		}
	}
	join(&a, t);
}

/* One object; false when it is not understood. */
static bool
object(struct as_org *a, struct table *t, struct json_scan *j)
{
	char name[JSON_TEXT_LEN] = "", org[JSON_TEXT_LEN] = "";
	struct said said = {.name = name, .org = org};
	bool is_as = false;
	while (json_scan_value(j)) {
		if (json_scan_is(j, "name"))
			memcpy(name, j->text, sizeof(name));
		else if (json_scan_is(j, "organizationId"))
			memcpy(org, j->text, sizeof(org));
		else if (json_scan_is(j, "asn"))
			line_asn(j->text, &said.asn);
		else if (json_scan_is(j, "type"))
			is_as = strcmp(j->text, "ASN") == 0;
	}
	return !j->broken && is_as == (said.asn != 0) && take(a, t, &said);
}

void
read_as_org_json(const struct input *in, struct table *t)
{
	struct as_org a = {0};
	struct json_scan j = {.r = input_rd(in), .lines = true};
	while (json_scan_record(&j))
		if (!object(&a, t, &j))
			table_source(t)->counts[COUNT_SYNTAX]++;
	join(&a, t);
}
