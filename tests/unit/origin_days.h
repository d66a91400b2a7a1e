/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_TESTS_UNIT_ORIGIN_DAYS_H
#define TUMEN_TESTS_UNIT_ORIGIN_DAYS_H

#include "analysis/origin/snapshot.h"
#include "probe/base/mem.h"

/*
 * Random tables of one day and of the next, most of whose rows are the same.
 * Include after cmocka.h; who includes it uses all of it.
 */

enum { DAYS_ROWS = 60, DAYS_ASES = 24 };

struct days_row {
	struct table_seen seen;
	uint32_t asns[3];
	int source;
};

struct days_table {
	struct days_row rows[DAYS_ROWS];
	size_t n;
	const char *names[DAYS_ASES + 1];
	bool relations, vrps, orgs; /* with others than the day before */
};

static uint64_t
days_next(uint64_t *x)
{
	*x ^= *x << 13;
	*x ^= *x >> 7;
	*x ^= *x << 17;
	return *x >> 16;
}

/* A range of any size, a prefix or not, often beside others. */
static void
days_row(uint64_t *x, struct days_row *row)
{
	static const uint32_t near[] = {0, 0x01000000, 0x0b0b0c00, 0x0b0b0cff,
	    0x80000000, 0x7fffff00, 0xfffffc00, 0xffffffff};
	static const char *const notes[] = {NULL, NULL, "a note", "another"};
	uint32_t size = (uint32_t)days_next(x) >> days_next(x) % 32;
	uint32_t first = near[days_next(x) % 8] ^
			 (uint32_t)days_next(x) >> (8 + days_next(x) % 24);
	if (days_next(x) % 2 == 0) {
		for (int i = 1; i < 32; i *= 2)
			size |= size >> i;
		first &= ~size;
	}
	row->seen.first = first;
	row->seen.last = first > UINT32_MAX - size ? UINT32_MAX : first + size;
	row->seen.nasns = 1 + (days_next(x) % 4 == 0) * (days_next(x) % 3);
	for (size_t k = 0; k < 3; k++)
		row->asns[k] = 1 + (uint32_t)(days_next(x) % DAYS_ASES);
	row->seen.note = notes[days_next(x) % 4];
	row->source = (int)(days_next(x) % 6);
}

static void
days_first(uint64_t *x, struct days_table *t)
{
	static const char *const names[] = {NULL, "one", "two", "three"};
	*t = (struct days_table){.n = 1 + days_next(x) % DAYS_ROWS};
	for (size_t i = 0; i < t->n; i++)
		days_row(x, &t->rows[i]);
	for (size_t i = 1; i <= DAYS_ASES; i++)
		t->names[i] = names[days_next(x) % 4];
}

/* Some rows come, go or change; some ASes are renamed. */
static void
days_second(uint64_t *x, struct days_table *t)
{
	for (size_t i = 0; i < t->n; i++) {
		struct days_row *row = &t->rows[i], other = *row;
		days_row(x, &other);
		switch (days_next(x) % 24) {
		case 0:
			*row = other;
			break;
		case 1: /* only where it ends */
			row->seen.last -=
			    (row->seen.last - row->seen.first) / 2;
			break;
		case 2:
			row->seen.note = other.seen.note;
			break;
		case 3:
			row->source = other.source;
			break;
		}
	}
	if (t->n > 1 && days_next(x) % 2 == 0) {
		t->n--;
		t->rows[days_next(x) % t->n] = t->rows[t->n];
	}
	for (size_t i = 1; i <= DAYS_ASES; i++)
		if (days_next(x) % 16 == 0)
			t->names[i] = days_next(x) % 2 ? "renamed" : NULL;
	t->relations = days_next(x) % 2 == 0;
	t->vrps = days_next(x) % 2 == 0;
	t->orgs = days_next(x) % 2 == 0;
}

static void
days_side(struct table *t, const struct days_table *of)
{
	struct prefix p = {0x0a000000, 8};
	table_begin(t, ORIGIN_NONE)->name = xstrdup("side");
	table_source(t)->kind = xstrdup("side");
	table_relate(t, 1, 2, ORIGIN_PROVIDER);
	if (of->relations)
		table_relate(t, 3, 2, ORIGIN_PEER);
	table_vrp(t, &p, 24, of->vrps ? 6 : 5);
	table_org(t, 1, "ORG-1", of->orgs ? "another" : "an organisation");
	table_org(t, 2, "ORG-1", NULL);
}

/* The snapshot of a table; which sources there are, and in what order, varies
 * with the seed. */
static void
days_pack(
    const struct days_table *of, uint64_t seed, int64_t asof_us, struct wr *out)
{
	struct table t = {0};
	for (int k = 0; k < 6; k++) {
		int source = seed % 3 == 0 ? 5 - k : k;
		struct source *s = table_begin(
		    &t, (enum origin_layer)(ORIGIN_IXP + source % 4));
		s->name = xasprintf("file-%d-%d", (int)(asof_us % 97), source);
		s->kind = xstrdup(source == 4 && seed % 5 == 0 ? "b" : "a");
		s->asof_us = asof_us - source;
		for (size_t i = 0; i < of->n; i++) {
			struct table_seen seen = of->rows[i].seen;
			seen.asns = of->rows[i].asns;
			if (of->rows[i].source == source)
				table_add(&t, &seen);
		}
	}
	for (uint32_t i = 1; i <= DAYS_ASES; i++)
		if (of->names[i] != NULL)
			table_name(&t, i, of->names[i]);
	days_side(&t, of);
	snapshot_pack(&t, asof_us, out);
	table_clear(&t);
}

#endif
