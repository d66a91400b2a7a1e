/* SPDX-License-Identifier: ISC */
#ifndef TESTS_UNIT_ORIGIN_TEXT_H
#define TESTS_UNIT_ORIGIN_TEXT_H

#include "analysis/origin/reader.h"
#include "analysis/origin/snapshot.h"
#include "probe/base/mem.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A source that is text, what became of it, and what it answers. */
struct origin_text {
	struct table t;
	struct fault f;	 /* of the last source */
	struct wr bytes; /* the snapshot, once it was asked */
	struct snapshot *s;
	char counts[512], answer[512];
};

/* Reads one more source of that name; "rows=2 syntax=1", all counts of it. */
static inline const char *
origin_text_take(struct origin_text *o, enum origin_layer layer,
    const char *name, const char *text)
{
	struct input in = {.name = xstrdup(name),
	    .bytes = xmemdup(text, strlen(text)),
	    .len = strlen(text)};
	size_t used = 0;
	o->f = (struct fault){0};
	reader_take(&o->t, layer, &in, &o->f);
	input_clear(&in);
	*o->counts = '\0';
	const struct source *s = o->t.nsources ? table_source(&o->t) : NULL;
	for (int i = 0; s != NULL && i < COUNT_KINDS; i++)
		if (s->counts[i] > 0)
			used += (size_t)snprintf(o->counts + used,
			    sizeof(o->counts) - used, "%s%s=%" PRIu64,
			    used ? " " : "",
			    source_count_name((enum source_count)i),
			    s->counts[i]);
	return o->counts;
}

/* "LAYER PREFIX ASN,ASN [SOURCE]", or "none". */
static inline const char *
origin_text_ask(struct origin_text *o, const char *addr)
{
	struct origin_answer a = {0};
	char prefix[PREFIX_STRLEN], asns[128] = "";
	uint32_t x = 0;
	if (o->s == NULL) {
		snapshot_pack(&o->t, 0, &o->bytes);
		o->s = snapshot_borrow(o->bytes.p, o->bytes.len, "m", &o->f);
	}
	if (o->s == NULL || !addr_parse(addr, &x))
		abort(); /* the test's own bug */
	if (!snapshot_find(o->s, x, &a))
		return "none";
	for (size_t i = 0; i < a.nasns; i++)
		snprintf(asns + strlen(asns), sizeof(asns) - strlen(asns),
		    "%s%" PRIu32, i ? "," : "", a.asns[i]);
	snprintf(o->answer, sizeof(o->answer), "%s %s %s [%s]",
	    origin_layer_name(a.layer), prefix_format(&a.prefix, prefix), asns,
	    a.source);
	return o->answer;
}

/* The name of an AS in the table, or "". */
static inline const char *
origin_text_name(struct origin_text *o, uint32_t asn)
{
	return table_text_at(&o->t, asname_get(&o->t.names, asn)->text);
}

static inline void
origin_text_clear(struct origin_text *o)
{
	if (o->s != NULL)
		snapshot_close(o->s);
	wr_free(&o->bytes);
	table_clear(&o->t);
}

#endif
