/* SPDX-License-Identifier: ISC */
#include "analysis/origin/holders.h"
#include "analysis/origin/reader.h"
#include "analysis/origin/rpsl.h"

#include <stdio.h>
#include <string.h>

/*
 * Whois databases (RPSL, RFC 2622): `route:` objects say themselves which AS
 * may originate them; an `inetnum:` gets the ASNs whose `aut-num:` in the same
 * file has the same `org:`. Objects come in any order.
 */

enum {
	CLASS,
	NAME,
	ORIGIN,
	ORG,
	DESCR,
	MNT_BY,
	SOURCE,
	NETNAME,
	AS_NAME,
	PARTS
};
enum { PART_LEN = 96 };

struct object {
	char part[PARTS][PART_LEN]; /* "" for what is missing */
};

static void
put(struct object *ob, int i, const char *text)
{
	if (*ob->part[i] == '\0')
		snprintf(ob->part[i], PART_LEN, "%.*s", PART_LEN - 1, text);
}

/* Reads an object; of what it has several times the first counts. */
static void
collect(struct rpsl *o, struct object *ob)
{
	static const char *const keys[PARTS] = {[ORIGIN] = "origin",
	    [ORG] = "org",
	    [DESCR] = "descr",
	    [MNT_BY] = "mnt-by",
	    [SOURCE] = "source",
	    [NETNAME] = "netname",
	    [AS_NAME] = "as-name"};
	for (int i = 0; i < PARTS; i++)
		*ob->part[i] = '\0';
	while (rpsl_attribute(o)) {
		if (*ob->part[CLASS] == '\0') {
			put(ob, CLASS, o->key);
			put(ob, NAME, o->value);
		}
		for (int i = ORIGIN; i < PARTS; i++)
			if (strcmp(o->key, keys[i]) == 0)
				put(ob, i, o->value);
	}
}

/* A prefix; LACNIC leaves zero octets out ("200.7.84/22"). */
static bool
prefix_of(const char *text, struct prefix *p)
{
	char full[PART_LEN + 8];
	size_t len = strcspn(text, "/"), dots = 0;
	for (size_t i = 0; i < len; i++)
		dots += text[i] == '.';
	snprintf(full, sizeof(full), "%.*s%s%s", (int)len, text,
	    dots < 3 ? &".0.0.0"[2 * dots] : "", text + len);
	return prefix_parse(full, p);
}

/* "route object of MNT-STAR-KP, STAR-KP, APNIC" */
static void
route_note(const struct object *ob, char *note, size_t room)
{
	const char *part[] = {ob->part[MNT_BY],
	    ob->part[*ob->part[ORG] ? ORG : DESCR], ob->part[SOURCE]};
	const char *sep = " of ";
	size_t used = (size_t)snprintf(note, room, "route object");
	for (size_t i = 0; i < sizeof(part) / sizeof(part[0]); i++) {
		if (*part[i] == '\0' || used >= room)
			continue;
		used += (size_t)snprintf(
		    note + used, room - used, "%s%s", sep, part[i]);
		sep = ", ";
	}
}

static bool
route(struct table *t, const struct object *ob)
{
	char note[4 * PART_LEN];
	uint32_t asn = 0;
	struct prefix p;
	if (!prefix_of(ob->part[NAME], &p) ||
	    (*ob->part[ORIGIN] != '\0' && !line_asn(ob->part[ORIGIN], &asn)))
		return false;
	route_note(ob, note, sizeof(note));
	table_add_prefix(t, &p, &asn, 1, note);
	return true;
}

/* "first - last" or a prefix. */
static bool
range_of(const char *text, uint32_t *first, uint32_t *last)
{
	char copy[PART_LEN], *end[2];
	struct prefix p;
	snprintf(copy, sizeof(copy), "%s", text);
	if (line_split(copy, '-', end, 2) == 2)
		return addr_parse(end[0], first) && addr_parse(end[1], last) &&
		       *first <= *last;
	if (!prefix_of(text, &p))
		return false;
	*first = p.addr;
	*last = p.addr | ~prefix_mask(p.len);
	return true;
}

static bool
inetnum(struct holders *h, struct source *s, const struct object *ob)
{
	char note[PART_LEN + 16];
	uint32_t last = 0;
	struct holding b = {0};
	if (!range_of(ob->part[NAME], &b.first, &last))
		return false;
	if (b.first == 0 && last == UINT32_MAX) {
		s->counts[COUNT_DEFAULT]++;
		return true;
	}
	if (*ob->part[ORG] == '\0') {
		s->counts[COUNT_NO_HOLDER]++;
		return true;
	}
	b.count = last - b.first + 1;
	snprintf(note, sizeof(note), "inetnum %s", ob->part[NETNAME]);
	holders_block(h, ob->part[ORG], &b, note);
	return true;
}

static bool
aut_num(struct holders *h, struct table *t, const struct object *ob)
{
	uint32_t asn = 0;
	if (!line_asn(ob->part[NAME], &asn) || asn == 0)
		return false;
	table_name(t, asn, ob->part[*ob->part[AS_NAME] ? AS_NAME : DESCR]);
	if (*ob->part[ORG] != '\0')
		holders_asns(h, ob->part[ORG], asn, 1);
	return true;
}

/* False when the object is not understood. */
static bool
take(struct holders *h, struct table *t, const struct object *ob)
{
	struct source *s = table_source(t);
	const char *class = ob->part[CLASS];
	if (strcmp(class, "route") == 0)
		return route(t, ob);
	if (strcmp(class, "inetnum") == 0)
		return inetnum(h, s, ob);
	if (strcmp(class, "aut-num") == 0)
		return aut_num(h, t, ob);
	if (*class == '\0')
		return true; /* its lines are counted */
	bool ipv6 =
	    strcmp(class, "route6") == 0 || strcmp(class, "inet6num") == 0;
	s->counts[ipv6 ? COUNT_IPV6 : COUNT_OTHER]++;
	return true;
}

void
read_rpsl(const struct input *in, struct table *t)
{
	struct rpsl o;
	struct object ob;
	struct holders h = {0};
	rpsl_begin(&o, input_rd(in), table_source(t));
	while (rpsl_object(&o)) {
		collect(&o, &ob);
		if (!take(&h, t, &ob))
			table_source(t)->counts[COUNT_SYNTAX]++;
	}
	holders_join(&h, t);
	holders_clear(&h);
}
