/* SPDX-License-Identifier: ISC */
#include "analysis/origin/intern.h"
#include "analysis/origin/json_scan.h"
#include "analysis/origin/lans.h"
#include "analysis/origin/line.h"
#include "analysis/origin/reader.h"
#include "probe/base/mem.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/*
 * A dump of PeeringDB, {"ix":{"data":[...]},"ixlan":...}, or an answer of its
 * API with one kind of object, {"data":[...]}. An `ixpfx` is a prefix of an
 * `ixlan`, which belongs to an `ix` that has the name; a `netixlan` is the port
 * of a network with its addresses. Objects come in any order.
 */

struct lan_prefix {
	struct prefix prefix;
	uint32_t ixlan;
};

struct dump {
	struct table *t;
	struct source *s;
	struct wr text;
	struct intern known;
	struct asname_map names;  /* of an ix: its name in text */
	struct asname_map ixlans; /* of an ixlan: its ix */
	struct lan_prefix *prefixes;
	size_t nprefixes, room;
	struct lans members;
};

/* What is read of an object; "" and 0 for what it has not. */
struct object {
	char name[JSON_TEXT_LEN], prefix[64], addr4[64], addr6[64], status[16];
	uint32_t id, ix, ixlan, asn;
	bool is_port; /* has "ipaddr4", even if it is null */
};

static void
text(char *to, size_t room, const char *from)
{
	snprintf(to, room, "%.*s", (int)room - 1, from);
}

static void
member(const struct json_scan *j, struct object *o)
{
	if (json_scan_is(j, "name"))
		text(o->name, sizeof(o->name), j->text);
	else if (json_scan_is(j, "prefix"))
		text(o->prefix, sizeof(o->prefix), j->text);
	else if (json_scan_is(j, "ipaddr4")) {
		text(o->addr4, sizeof(o->addr4), j->text);
		o->is_port = true;
	} else if (json_scan_is(j, "ipaddr6"))
		text(o->addr6, sizeof(o->addr6), j->text);
	else if (json_scan_is(j, "status"))
		text(o->status, sizeof(o->status), j->text);
	else if (json_scan_is(j, "id"))
		line_asn(j->text, &o->id);
	else if (json_scan_is(j, "ix_id"))
		line_asn(j->text, &o->ix);
	else if (json_scan_is(j, "ixlan_id"))
		line_asn(j->text, &o->ixlan);
	else if (json_scan_is(j, "asn"))
		line_asn(j->text, &o->asn);
}

static void
take_prefix(struct dump *d, const struct object *o)
{
	struct lan_prefix p = {.ixlan = o->ixlan};
	if (strchr(o->prefix, ':') != NULL) {
		d->s->counts[COUNT_IPV6]++;
		return;
	}
	if (!prefix_parse(o->prefix, &p.prefix)) {
		d->s->counts[COUNT_SYNTAX]++;
		return;
	}
	if (d->nprefixes == d->room) {
		d->room = d->room ? d->room * 2 : 256;
		d->prefixes =
		    xreallocarray(d->prefixes, d->room, sizeof(*d->prefixes));
	}
	d->prefixes[d->nprefixes++] = p;
}

static void
take_port(struct dump *d, const struct object *o)
{
	uint32_t addr = 0;
	if (*o->addr4 == '\0')
		d->s->counts[*o->addr6 ? COUNT_IPV6 : COUNT_OTHER]++;
	else if (addr_parse(o->addr4, &addr))
		lans_member(&d->members, addr, o->asn);
	else
		d->s->counts[COUNT_SYNTAX]++;
}

/* An object that is in use, told by its members, else by its list. */
static void
take(struct dump *d, const char *section, const struct object *o)
{
	if (*o->prefix != '\0' || strcmp(section, "ixpfx") == 0)
		take_prefix(d, o);
	else if (o->is_port || strcmp(section, "netixlan") == 0)
		take_port(d, o);
	else if (strcmp(section, "ixlan") == 0 && o->id != 0)
		asname_get(&d->ixlans, o->id)->text = o->ix;
	else if (strcmp(section, "ix") == 0 && o->id != 0 && o->asn == 0)
		asname_get(&d->names, o->id)->text =
		    intern_put(&d->known, &d->text, o->name);
	else
		d->s->counts[COUNT_OTHER]++;
}

static void
meta(struct dump *d, struct json_scan *j)
{
	int64_t us = 0;
	while (json_scan_value(j))
		if (json_scan_is(j, "generated") &&
		    json_scan_time(j->text, &us) && us > d->s->asof_us)
			d->s->asof_us = us;
}

static void
object(struct dump *d, struct json_scan *j)
{
	struct object o = {0};
	while (json_scan_value(j))
		member(j, &o);
	if (j->broken)
		d->s->counts[COUNT_SYNTAX]++;
	else if (strcmp(o.status, "deleted") == 0)
		d->s->counts[COUNT_DELETED]++;
	else if (*o.status != '\0' && strcmp(o.status, "ok") != 0)
		d->s->counts[COUNT_STATUS]++;
	else
		take(d, j->section, &o);
}

/* The rows of the LANs, now that all names are known. */
static void
name_prefixes(struct dump *d)
{
	char note[JSON_TEXT_LEN];
	for (size_t i = 0; i < d->nprefixes; i++) {
		const struct lan_prefix *p = &d->prefixes[i];
		uint32_t ix =
		    p->ixlan ? asname_get(&d->ixlans, p->ixlan)->text : 0;
		uint32_t name = ix ? asname_get(&d->names, ix)->text : 0;
		if (name != 0)
			text(note, sizeof(note), intern_at(&d->text, name));
		else
			snprintf(note, sizeof(note), "PeeringDB ixlan %u",
			    (unsigned)p->ixlan);
		table_add_prefix(d->t, &p->prefix, NULL, 0, note);
	}
}

void
read_peeringdb(const struct input *in, struct table *t)
{
	static const char *const sections[] = {"campus", "carrier",
	    "carrierfac", "fac", "ix", "ixfac", "ixlan", "ixpfx", "net",
	    "netfac", "netixlan", "org", "poc", NULL};
	struct dump d = {.t = t, .s = table_source(t)};
	struct json_scan j = {.r = input_rd(in), .sections = sections};
	while (json_scan_record(&j)) {
		if (j.meta)
			meta(&d, &j);
		else
			object(&d, &j);
	}
	name_prefixes(&d);
	lans_join(&d.members, t);
	lans_clear(&d.members);
	wr_free(&d.text);
	intern_clear(&d.known);
	asname_clear(&d.names);
	asname_clear(&d.ixlans);
	free(d.prefixes);
}
