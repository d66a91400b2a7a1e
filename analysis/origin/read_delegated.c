/* SPDX-License-Identifier: ISC */
#include "analysis/origin/line.h"
#include "analysis/origin/reader.h"
#include "probe/base/mem.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/*
 * `registry|cc|type|start|value|date|status|opaque-id`, the extended form of
 * the registries' delegated files. The opaque-id is the same for everything
 * that one holder has, so it joins addresses to ASNs. An IPv4 value is a number
 * of addresses of any size and alignment, an ASN value a number of ASNs.
 */

enum { HOLDER_LEN = 96 }; /* "registry|opaque-id": a UUID or 32 hex digits */

struct holding {
	char holder[HOLDER_LEN];
	uint32_t start, count;
};

struct list {
	struct holding *p;
	size_t n, room;
};

struct delegated {
	struct list asns, blocks;
};

static void
append(struct list *l, const struct holding *h)
{
	if (l->n == l->room) {
		l->room = l->room ? l->room * 2 : 256;
		l->p = xreallocarray(l->p, l->room, sizeof(*l->p));
	}
	l->p[l->n++] = *h;
}

static int
by_holder(const void *a, const void *b)
{
	const struct holding *x = a, *y = b;
	int order = strcmp(x->holder, y->holder);
	if (order != 0)
		return order;
	return (x->start > y->start) - (x->start < y->start);
}

/* The holder's ASNs, at most ORIGIN_ASNS_MAX + 1: enough to see the cut. */
static size_t
asns_of(const struct list *l, const char *holder, uint32_t *asns)
{
	size_t lo = 0, hi = l->n, n = 0;
	while (lo < hi) {
		size_t mid = (lo + hi) / 2;
		if (strcmp(l->p[mid].holder, holder) < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	uint32_t i = 0;
	while (n <= ORIGIN_ASNS_MAX && lo < l->n &&
	       strcmp(l->p[lo].holder, holder) == 0) {
		asns[n++] = l->p[lo].start + i;
		if (++i == l->p[lo].count) {
			lo++;
			i = 0;
		}
	}
	return n;
}

/* False when the line is not understood. */
static bool
record(struct delegated *d, struct source *s, char *line)
{
	char *field[9];
	struct holding h;
	size_t n = line_split(line, '|', field, 9);
	if (n == 6 && strcmp(field[5], "summary") == 0)
		return true;
	if (n == 7 && *field[0] >= '0' && *field[0] <= '9')
		return true; /* the version line */
	bool asn = n >= 7 && strcmp(field[2], "asn") == 0;
	bool ipv4 = n >= 7 && strcmp(field[2], "ipv4") == 0;
	if (!asn && !ipv4) {
		bool ipv6 = n >= 7 && strcmp(field[2], "ipv6") == 0;
		s->counts[COUNT_IPV6] += ipv6;
		return ipv6;
	}
	if (!line_asn(field[4], &h.count) || h.count == 0 ||
	    !(asn ? line_asn : addr_parse)(field[3], &h.start) ||
	    h.count - 1 > UINT32_MAX - h.start)
		return false;
	bool used = strcmp(field[6], "allocated") == 0 ||
		    strcmp(field[6], "assigned") == 0;
	bool held = used && n >= 8 && *field[7] != '\0';
	s->counts[COUNT_STATUS] += !used;
	s->counts[COUNT_NO_HOLDER] += used && !held && ipv4;
	snprintf(h.holder, sizeof(h.holder), "%.15s|%.79s", field[0],
	    held ? field[7] : "");
	if (held)
		append(asn ? &d->asns : &d->blocks, &h);
	return true;
}

static void
join(const struct delegated *d, struct table *t)
{
	char note[HOLDER_LEN + 16];
	uint32_t asns[ORIGIN_ASNS_MAX + 1];
	for (size_t i = 0; i < d->blocks.n; i++) {
		const struct holding *b = &d->blocks.p[i];
		size_t n = asns_of(&d->asns, b->holder, asns);
		if (n == 0) {
			table_source(t)->counts[COUNT_NO_HOLDER]++;
			continue;
		}
		snprintf(note, sizeof(note), "holder %s", b->holder);
		table_add(t, &(struct table_seen){
				 .first = b->start,
				 .last = b->start + (b->count - 1),
				 .asns = asns,
				 .nasns = n,
				 .note = note,
			     });
	}
}

void
read_delegated(const struct input *in, struct table *t)
{
	char line[LINE_MAX_LEN];
	struct delegated d = {0};
	struct source *s = table_source(t);
	struct rd r = input_rd(in);
	while (line_next(&r, line))
		if (!line_is_comment(line) && !record(&d, s, line))
			s->counts[COUNT_SYNTAX]++;
	if (d.asns.n > 0)
		qsort(d.asns.p, d.asns.n, sizeof(*d.asns.p), by_holder);
	join(&d, t);
	free(d.asns.p);
	free(d.blocks.p);
}
