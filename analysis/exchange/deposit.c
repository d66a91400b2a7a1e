/* SPDX-License-Identifier: ISC */
#include "analysis/exchange/deposit.h"

#include "analysis/origin/keymap.h"
#include "probe/base/clock.h"
#include "probe/base/mem.h"
#include "probe/base/record_json.h"
#include "sql/load.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

enum {
	FACTS_HELD = 1000,	 /* until they are stored */
	FACTS_KNOWN = 1 << 18,	 /* that are not asked for again; 12 MiB */
	BROKEN_OCTETS = 1 << 20, /* until they are stored */
	BROKEN_TEXT = 64 << 10,	 /* that are kept of one */
	PLACES = 1 << 14,	 /* more than there are rows on their way */
};

/* While the next rows are read, others have their turn as well. */
#define TURN_EVERY_NS INT64_C(250000000)

struct held_fact {
	char vantage[RECORD_NAME_MAX + 1];
	struct fact fact;
	struct deposit_place at;
};

struct held_broken {
	struct store_broken b;
	char *why;
	void *text; /* both are borrowed by b */
};

/* Where a row on its way came from. */
struct source {
	uint64_t mark;
	struct deposit_place at;
};

struct deposit {
	struct deposit_to to;
	struct load *load;
	struct load_part part;
	struct deposit_count count;
	uint8_t key[HASH_KEY_LEN];
	struct keymap known;	/* fingerprints of facts */
	struct held_fact *fact; /* FACTS_HELD */
	size_t nfacts;
	struct held_broken *broken;
	size_t nbroken, room, octets;
	struct source *source; /* a ring of PLACES */
	size_t nsources;
	struct mono turned; /* when others had their turn */
};

static void
hold_broken(struct deposit *d, const struct store_broken *b)
{
	struct held_broken held = {.b = *b, .why = xstrdup(b->why)};
	if (d->nbroken == d->room) {
		d->room = d->room == 0 ? 64 : 2 * d->room;
		d->broken =
		    xreallocarray(d->broken, d->room, sizeof(*d->broken));
	}
	if (held.b.len > BROKEN_TEXT)
		held.b.len = BROKEN_TEXT;
	held.text = held.b.len > 0 ? xmemdup(b->text, held.b.len) : NULL;
	held.b.file = d->to.file;
	held.b.at_us = wall_now().ns / 1000;
	held.b.why = held.why;
	held.b.text = held.text;
	d->octets += held.b.len + sizeof(held);
	d->broken[d->nbroken++] = held;
}

static void
drop_broken(struct deposit *d)
{
	for (size_t i = 0; i < d->nbroken; i++) {
		free(d->broken[i].why);
		free(d->broken[i].text);
	}
	d->nbroken = d->octets = 0;
}

/* As it was read; without its source, as tumen prints it. */
static void
refuse(struct deposit *d, const struct record *r,
    const struct deposit_place *at, const char *why)
{
	struct json j = {0};
	struct store_broken b = {.format = foreign_format_name(at->format),
	    .why = why,
	    .offset = at->offset,
	    .octets = at->octets,
	    .text = r->source.text,
	    .len = r->source.len};
	if (r->source.text == NULL) {
		record_json(r, &j);
		b.text = j.out.p;
		b.len = j.out.len;
	}
	hold_broken(d, &b);
	json_clear(&j);
	d->count.refused++;
	d->to.told(d->to.arg, &(struct deposit_told){*at, why});
}

/* What it is, and whose: either alone may be that of another row. */
static uint64_t
mark_of(const struct row *row)
{
	uint64_t id;
	memcpy(&id, row->trace_id, sizeof(id));
	return id ^ (uint64_t)row->hash;
}

static struct deposit_place
place_of(const struct deposit *d, uint64_t mark)
{
	size_t n = d->nsources < PLACES ? d->nsources : PLACES;
	for (size_t i = 1; i <= n; i++) {
		const struct source *s = &d->source[(d->nsources - i) % PLACES];
		if (s->mark == mark)
			return s->at;
	}
	return (struct deposit_place){0};
}

static void
refused(void *arg, const struct load_item *item, const struct fault *f)
{
	struct deposit *d = arg;
	struct deposit_place at = place_of(d, mark_of(&item->row));
	refuse(d, &item->row.r, &at, f->text);
}

struct deposit *
deposit_open(const struct deposit_to *to)
{
	struct deposit *d = xcalloc(1, sizeof(*d));
	d->to = *to;
	d->load = load_open(to->store);
	d->part = (struct load_part){.refused = refused, .arg = d};
	d->fact = xcalloc(FACTS_HELD, sizeof(*d->fact));
	d->source = xcalloc(PLACES, sizeof(*d->source));
	hash_random(d->key, sizeof(d->key));
	return d;
}

void
deposit_free(struct deposit *d)
{
	if (d == NULL)
		return;
	load_free(d->load);
	drop_broken(d);
	keymap_clear(&d->known);
	free(d->broken);
	free(d->fact);
	free(d->source);
	free(d);
}

/* Its vantage cannot be there: its id belongs to another one. */
static void
refuse_fact(struct deposit *d, const struct held_fact *h, const char *why)
{
	char text[RECORD_NAME_MAX + FACT_NAME_MAX + FACT_VALUE_MAX + 3];
	int len = snprintf(text, sizeof(text), "%s %s=%s", h->vantage,
	    h->fact.name, h->fact.value);
	hold_broken(d,
	    &(struct store_broken){.format = foreign_format_name(h->at.format),
		.why = why,
		.offset = h->at.offset,
		.octets = h->at.octets,
		.text = text,
		.len = (size_t)len});
	d->count.refused++;
	d->to.told(d->to.arg, &(struct deposit_told){h->at, why});
}

static bool
add_facts(struct deposit *d, struct fault *f)
{
	for (size_t i = 0; i < d->nfacts; i++) {
		const struct held_fact *h = &d->fact[i];
		struct fault why = {0};
		bool added = false;
		if (store_add_fact(d->to.store,
			&(struct store_fact){
			    h->vantage, h->fact.name, h->fact.value},
			&added, &why)) {
			d->count.facts += added;
		} else if (why.status == EX_DATAERR) {
			refuse_fact(d, h, why.text);
		} else {
			*f = why;
			return false;
		}
	}
	d->nfacts = 0;
	return true;
}

static bool
add_broken(struct deposit *d, struct fault *f)
{
	for (size_t i = 0; i < d->nbroken; i++)
		if (!store_add_broken(d->to.store, &d->broken[i].b, NULL, f))
			return false;
	drop_broken(d);
	return true;
}

/* What is no row of load's, when all rows before it are stored. */
static bool
settle(struct deposit *d, struct fault *f)
{
	if (!load_drain(d->load, f))
		return false;
	if (d->nfacts == 0 && d->nbroken == 0)
		return true;
	if (!store_begin(d->to.store, f))
		return false;
	if (add_facts(d, f) && add_broken(d, f) && store_commit(d->to.store, f))
		return true;
	store_rollback(d->to.store);
	return false;
}

static bool
send(struct deposit *d, struct fault *f)
{
	if (!load_send(d->load, &d->part, f))
		return false;
	struct mono now = mono_now();
	if (now.ns - d->turned.ns >= TURN_EVERY_NS) {
		load_turn(d->load);
		d->turned = mono_now();
	}
	return true;
}

static bool
settle_when_full(struct deposit *d, struct fault *f)
{
	bool full = d->nfacts == FACTS_HELD || d->octets >= BROKEN_OCTETS;
	return !full || (send(d, f) && settle(d, f));
}

bool
deposit_trace(struct deposit *d, const struct record *r,
    const struct deposit_place *at, struct fault *f)
{
	struct record own;
	struct row row;
	struct fault why = {0};
	if (keys_has(d->to.keys, r->vantage)) {
		fault_set(&why, EX_DATAERR,
		    "vantage %s has a key: only its signed segments are taken",
		    r->vantage);
		refuse(d, r, at, why.text);
		return settle_when_full(d, f);
	}
	record_copy(&own, r);
	if (!row_of_record(&row, &own, &why)) {
		refuse(d, r, at, why.text);
		record_clear(&own);
		return settle_when_full(d, f);
	}
	if (!load_fits(d->load, &row) && !send(d, f)) {
		row_free(&row);
		return false;
	}
	d->source[d->nsources++ % PLACES] = (struct source){mark_of(&row), *at};
	load_row(d->load, &row);
	if (load_is_full(d->load) && !send(d, f))
		return false;
	return settle_when_full(d, f);
}

static uint64_t
fingerprint(
    const struct deposit *d, const char *vantage, const struct fact *fact)
{
	struct wr w = {0};
	wr_bytes(&w, vantage, strlen(vantage) + 1);
	wr_bytes(&w, fact->name, strlen(fact->name) + 1);
	wr_bytes(&w, fact->value, strlen(fact->value) + 1);
	uint64_t print = hash_sip(d->key, w.p, w.len);
	wr_free(&w);
	return print;
}

bool
deposit_fact(struct deposit *d, const char *vantage, const struct fact *fact,
    const struct deposit_place *at, struct fault *f)
{
	if (keys_has(d->to.keys, vantage))
		return true;
	if (d->known.n >= FACTS_KNOWN)
		keymap_clear(&d->known);
	uint32_t *seen = keymap_at(&d->known, fingerprint(d, vantage, fact));
	if (*seen != UINT32_MAX)
		return true;
	*seen = 1;
	struct held_fact *held = &d->fact[d->nfacts++];
	snprintf(held->vantage, sizeof(held->vantage), "%s", vantage);
	held->fact = *fact;
	held->at = *at;
	return settle_when_full(d, f);
}

bool
deposit_broken(struct deposit *d, const struct store_broken *b, struct fault *f)
{
	hold_broken(d, b);
	return settle_when_full(d, f);
}

bool
deposit_flush(struct deposit *d, struct fault *f)
{
	return load_send(d->load, &d->part, f) && settle(d, f);
}

struct deposit_count
deposit_count(const struct deposit *d)
{
	struct deposit_count n = d->count;
	n.added = d->part.added;
	n.present = d->part.present;
	return n;
}
