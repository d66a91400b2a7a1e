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
	bool relations, vrps, orgs,
	    upstreams; /* with others than the day before */
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
	t->upstreams = days_next(x) % 2 == 0;
}

#endif
