/* SPDX-License-Identifier: ISC */
#include "analysis/origin/changes.h"
#include "analysis/origin/origin.h"
#include "analysis/origin/reader.h"
#include "analysis/origin/replace.h"
#include "probe/base/clock.h"
#include "probe/base/mem.h"
#include "probe/base/rd.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

/*
 * A month of days: the table that ships and, day by day, one row in a hundred
 * changed (another AS, half of it gone, all of it gone); stored whole and as
 * changes over the first one. What they take, how long the set takes to open,
 * what a look-up costs; and every answer of both, which have to be the same.
 */

enum { DAYS = 30, ASKED = 1 << 20, ROUNDS = 5 };

#define DATA   "analysis/origin/data/"
#define DAY_US (INT64_C(86400) * US_PER_S)
#define START  (INT64_C(20621) * DAY_US) /* 2026-06-17 */

static uint64_t
step(uint64_t *x)
{
	*x ^= *x << 13;
	*x ^= *x >> 7;
	*x ^= *x << 17;
	return *x >> 16;
}

static double
now_s(void)
{
	return (double)mono_now().ns / 1e9;
}

static void
load(struct table *t)
{
	struct fault f = {0};
	if (!reader_load(t, ORIGIN_BGP, DATA "shipped.tbl.zst", &f) ||
	    !reader_load(t, ORIGIN_REGISTRY, DATA "registry.txt", &f) ||
	    !reader_load(t, ORIGIN_CURATED, DATA "curated.txt", &f)) {
		fprintf(stderr, "%s\n", f.text);
		exit(f.status);
	}
}

/* One row in a hundred: as one day differs from the day before. */
static void
change(struct table *t, uint64_t seed)
{
	uint64_t x = seed * UINT64_C(0x9e3779b97f4a7c15);
	for (size_t i = 0; i < t->nrows / 100; i++) {
		struct table_row *row = &t->rows[step(&x) % t->nrows];
		switch (step(&x) % 4) {
		case 0:
			row->last = row->first + (row->last - row->first) / 2;
			break;
		case 1:
			*row = t->rows[--t->nrows];
			break;
		default:
			row->asn_at = t->rows[step(&x) % t->nrows].asn_at;
			row->nasns = 1;
			break;
		}
	}
}

static void
make_day(int day, struct wr *out)
{
	struct table t = {0};
	load(&t);
	for (int i = 1; i <= day; i++)
		change(&t, (uint64_t)i);
	snapshot_pack(&t, START + day * DAY_US, out);
	table_clear(&t);
}

static char *
save(const char *folder, const char *kind, int day, const struct wr *bytes)
{
	struct fault f = {0};
	char *path = xasprintf("%s/%02d-%s.origin", folder, day, kind);
	if (!replace_file(path, bytes->p, bytes->len, &f)) {
		fprintf(stderr, "%s\n", f.text);
		exit(f.status);
	}
	return path;
}

static struct snapshot *
borrow(const struct wr *w)
{
	struct fault f = {0};
	struct snapshot *s = snapshot_borrow(w->p, w->len, "00-whole", &f);
	if (s == NULL) {
		fprintf(stderr, "%s\n", f.text);
		exit(f.status);
	}
	return s;
}

static bool
same(const struct snapshot *a, const struct snapshot *b, uint32_t addr)
{
	struct origin_answer x = {0}, y = {0};
	if (snapshot_find(a, addr, &x) != snapshot_find(b, addr, &y))
		return false;
	bool equal = x.layer == y.layer && x.prefix.addr == y.prefix.addr &&
		     x.prefix.len == y.prefix.len && x.nasns == y.nasns;
	for (size_t i = 0; equal && i < x.nasns; i++)
		equal = x.asns[i] == y.asns[i] &&
			strcmp(x.names[i] ? x.names[i] : "",
			    y.names[i] ? y.names[i] : "") == 0;
	return equal &&
	       strcmp(x.source ? x.source : "", y.source ? y.source : "") == 0;
}

/* Beside and on every end of a segment of all three. */
static size_t
differences(const struct snapshot *whole, const struct snapshot *changes)
{
	const struct snapshot *of[] = {whole, changes, changes->base};
	size_t n = 0;
	for (int k = 0; k < 3; k++)
		for (size_t i = 0; i < of[k]->nsegments; i++) {
			struct rd r = rd_make(of[k]->starts.p + i * 4, 4);
			uint32_t start = rd_u32(&r);
			n += !same(whole, changes, start - 1) +
			     !same(whole, changes, start) +
			     !same(whole, changes, start + 1);
		}
	return n;
}

struct made {
	char *whole[DAYS + 1], *changes[DAYS + 1];
	size_t whole_len, changes_len, last_len, differences;
};

static void
make_days(const char *folder, struct made *m)
{
	struct wr first = {0};
	struct fault f = {0};
	make_day(0, &first);
	struct snapshot *base = borrow(&first);
	m->whole[0] = save(folder, "whole", 0, &first);
	m->changes[0] = m->whole[0];
	for (int day = 1; day <= DAYS; day++) {
		struct wr bytes = {0}, diff = {0};
		make_day(day, &bytes);
		struct snapshot *whole = borrow(&bytes);
		changes_pack(base, whole, &diff);
		struct snapshot *changes = borrow(&diff);
		changes_rest(changes, base, &f);
		m->differences += differences(whole, changes);
		m->whole[day] = save(folder, "whole", day, &bytes);
		m->changes[day] = save(folder, "changes", day, &diff);
		m->whole_len += bytes.len;
		m->changes_len += diff.len;
		m->last_len = diff.len;
		if (day == 1)
			printf("days: the first day takes %zu bytes of %zu\n",
			    diff.len, bytes.len);
		snapshot_close(changes);
		snapshot_close(whole);
		wr_free(&bytes);
		wr_free(&diff);
	}
	snapshot_close(base);
	wr_free(&first);
}

static double
open_ms(char *const *paths, int64_t at_us)
{
	double best = 1e9;
	struct fault f = {0};
	for (int i = 0; i < ROUNDS; i++) {
		double start = now_s();
		const char *const *p = (const char *const *)paths;
		struct origin_set *set =
		    at_us < 0 ? origin_set_open(p, DAYS + 1, &f)
			      : origin_set_open_at(p, DAYS + 1, at_us, &f);
		double took = now_s() - start;
		best = took < best ? took : best;
		if (set == NULL)
			fprintf(stderr, "%s\n", f.text);
		origin_set_close(set);
	}
	return best * 1e3;
}

/* Millions of whole answers a second, for random addresses of one day. */
static double
rate(char *const *paths, int day)
{
	double best = 1e9;
	struct fault f = {0};
	struct origin_answer a;
	struct origin_set *set =
	    origin_set_open((const char *const *)paths, DAYS + 1, &f);
	for (int i = 0; set != NULL && i < ROUNDS; i++) {
		uint64_t x = 88172645463325252;
		double start = now_s();
		for (int k = 0; k < ASKED; k++)
			origin_lookup(
			    set, (uint32_t)step(&x), START + day * DAY_US, &a);
		double took = now_s() - start;
		best = took < best ? took : best;
	}
	origin_set_close(set);
	return ASKED / best / 1e6;
}

int
main(void)
{
	struct made *m = xcalloc(1, sizeof(*m));
	char folder[] = "/tmp/tumen-days-XXXXXX";
	if (mkdtemp(folder) == NULL)
		return EX_IOERR;
	make_days(folder, m);
	printf("days: %d days whole %zu bytes a day, as changes %zu (the last "
	       "%zu), ratio %.1f\n",
	    DAYS, m->whole_len / DAYS, m->changes_len / DAYS, m->last_len,
	    (double)m->whole_len / (double)m->changes_len);
	printf("days: open all whole %.1f ms, all changes %.1f ms\n",
	    open_ms(m->whole, -1), open_ms(m->changes, -1));
	printf("days: open for one time whole %.1f ms, changes %.1f ms\n",
	    open_ms(m->whole, START + DAY_US * 9),
	    open_ms(m->changes, START + DAY_US * 9));
	printf("days: answers whole %.1f M/s, changes %.1f M/s (day 1), %.1f "
	       "M/s (day %d)\n",
	    rate(m->whole, 1), rate(m->changes, 1), rate(m->changes, DAYS),
	    DAYS);
	printf("days: %zu answers differ\n", m->differences);
	for (int day = 0; day <= DAYS; day++) {
		unlink(m->whole[day]);
		unlink(m->changes[day]);
	}
	rmdir(folder);
	return m->differences == 0 ? 0 : EX_SOFTWARE;
}
