/* SPDX-License-Identifier: ISC */
#include "probe/base/clock.h"
#include "probe/base/mem.h"
#include "probe/base/opt.h"
#include "probe/base/record_pack.h"
#include "sql/store_db.h"

#include <stdio.h>
#include <stdlib.h>
#include <sysexits.h>

/*
 * record DB [TURNS]: how large the packed records of a database are, as they
 * are stored and packed anew, what it costs to pack and to unpack one, the mean
 * over all traces, of so many turns the fastest, and to read a trace at all.
 */
struct sample {
	struct record r;
	struct wr stored, packed;
};

struct samples {
	struct sample *at;
	size_t n, room;
};

static bool
keep(void *arg, struct row *row, struct fault *f)
{
	struct samples *s = arg;
	(void)f;
	if (s->n == s->room) {
		s->room = s->room > 0 ? s->room * 2 : 1024;
		s->at = xreallocarray(s->at, s->room, sizeof(*s->at));
	}
	struct sample *to = &s->at[s->n++];
	*to = (struct sample){0};
	record_copy(&to->r, &row->r);
	wr_bytes(&to->stored, row->rec, row->rec_len);
	return true;
}

static bool
count(void *arg, struct row *row, struct fault *f)
{
	struct samples *s = arg;
	(void)row, (void)f;
	s->n++;
	return true;
}

/* All that a reader of the database does for a trace: row, hash, probes. */
static double
read_ns(struct store *from, struct fault *f)
{
	const struct store_filter all = {0};
	struct samples none = {0};
	int64_t begun_ns = mono_now().ns;
	store_rows(from, &all, count, &none, f);
	return (double)(mono_now().ns - begun_ns) / (double)none.n;
}

static void
pack_all(struct samples *s)
{
	for (size_t i = 0; i < s->n; i++) {
		s->at[i].packed.len = 0;
		record_pack(&s->at[i].r, &s->at[i].packed);
	}
}

static void
unpack_one(const struct sample *s, const struct wr *packed)
{
	struct record r = {.start_us = s->r.start_us};
	if (!record_unpack(packed->p, packed->len, &r))
		abort();
	record_clear(&r);
}

static void
unpack_stored(struct samples *s)
{
	for (size_t i = 0; i < s->n; i++)
		unpack_one(&s->at[i], &s->at[i].stored);
}

static void
unpack_packed(struct samples *s)
{
	for (size_t i = 0; i < s->n; i++)
		unpack_one(&s->at[i], &s->at[i].packed);
}

static double
fastest_ns(struct samples *s, long turns, void (*turn)(struct samples *))
{
	int64_t best_ns = INT64_MAX;
	for (long i = 0; i < turns; i++) {
		int64_t begun_ns = mono_now().ns;
		turn(s);
		int64_t took_ns = mono_now().ns - begun_ns;
		best_ns = took_ns < best_ns ? took_ns : best_ns;
	}
	return (double)best_ns / (double)s->n;
}

static void
report(struct samples *s, long turns)
{
	double probes = 0, stored = 0, packed = 0, n = (double)s->n;
	double pack_ns = fastest_ns(s, turns, pack_all);
	for (size_t i = 0; i < s->n; i++) {
		probes += (double)s->at[i].r.nprobes;
		stored += (double)s->at[i].stored.len;
		packed += (double)s->at[i].packed.len;
	}
	printf("%zu traces of %.1f probes: as stored %.1f octets, read in "
	       "%.0f ns; packed anew %.1f octets in %.0f ns, read in %.0f ns\n",
	    s->n, probes / n, stored / n, fastest_ns(s, turns, unpack_stored),
	    packed / n, pack_ns, fastest_ns(s, turns, unpack_packed));
}

int
main(int argc, char **argv)
{
	struct fault f = {0};
	struct samples s = {0};
	const struct store_filter all = {0};
	long turns = argc > 2 ? strtol(argv[2], NULL, 10) : 10;
	if (argc < 2 || turns < 1) {
		fputs("usage: record DB [TURNS]\n", stderr);
		return EX_USAGE;
	}
	struct store *from = store_on(db_open(argv[1], DB_READ, &f));
	bool ok = from != NULL && store_rows(from, &all, keep, &s, &f);
	if (ok && s.n > 0) {
		report(&s, turns);
		printf("from the database, hashes compared: %.0f ns\n",
		    read_ns(from, &f));
	}
	for (size_t i = 0; i < s.n; i++) {
		record_clear(&s.at[i].r);
		wr_free(&s.at[i].stored);
		wr_free(&s.at[i].packed);
	}
	free(s.at);
	store_close(from);
	return ok ? EX_OK : opt_fail(&f);
}
