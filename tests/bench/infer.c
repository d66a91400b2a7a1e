/* SPDX-License-Identifier: ISC */
#include "analysis/exchange/exchange.h"
#include "analysis/infer/round.h"
#include "probe/base/mem.h"
#include "probe/base/opt.h"

#include <stdio.h>
#include <stdlib.h>
#include <sysexits.h>
#include <time.h>

/*
 * infer TABLE < traces.ndjson: the processor time of inference alone, without
 * a reader or a writer: the traces are in memory before the clock starts. The
 * best of some rounds, since others may use the machine.
 */

enum { ROUNDS = 5 };

struct traces {
	struct record *p;
	size_t n, room;
};

static bool
keep(void *arg, const struct record *r, struct fault *f)
{
	struct traces *t = arg;
	(void)f;
	if (t->n == t->room) {
		t->room = t->room ? t->room * 2 : 1024;
		t->p = xreallocarray(t->p, t->room, sizeof(*t->p));
	}
	record_copy(&t->p[t->n++], r);
	return true;
}

static bool
refuse(void *arg, const struct exchange_broken *b, struct fault *f)
{
	(void)arg;
	return fault_set(
	    f, EX_DATAERR, "stdin: line %lld: %s", (long long)b->line, b->why);
}

static bool
read_traces(struct traces *t, struct fault *f)
{
	struct exchange x = {.name = "stdin",
	    .sink = {.trace = keep, .broken = refuse, .arg = t}};
	struct feed *feed = feed_open(stdin, "stdin", f);
	bool ok = feed != NULL && exchange_read(&x, feed, f);
	feed_close(feed);
	return ok;
}

static bool
count(void *arg, const struct round_result *result, struct fault *f)
{
	size_t *named = arg;
	(void)f;
	*named += result->verdict->entry_as >= 0;
	return true;
}

static double
now_s(void)
{
	struct timespec t;
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* Seconds; negative when it failed. */
static double
pass(const struct traces *t, const struct basis *basis, size_t *named)
{
	struct fault f = {0};
	bool ok = true;
	double start = now_s();
	*named = 0;
	struct round *round = round_new(basis, count, named);
	for (size_t i = 0; ok && i < t->n; i++)
		ok = round_add(round, &t->p[i], &f);
	ok = ok && round_end(round, &f);
	round_free(round);
	return ok ? now_s() - start : -1;
}

static void
measure(const struct traces *t, const struct basis *basis)
{
	double best = 0;
	size_t named = 0;
	for (int i = 0; i < ROUNDS; i++) {
		double s = pass(t, basis, &named);
		best = i == 0 || s < best ? s : best;
	}
	printf("inference alone: %.1f us of processor a trace, "
	       "%.0f traces a minute and core (%zu of %zu named)\n",
	    best / (double)t->n * 1e6, (double)t->n / best * 60, named, t->n);
}

int
main(int argc, char **argv)
{
	struct fault f = {0};
	struct traces t = {0};
	struct carriers classes;
	if (argc != 2) {
		fputs("infer TABLE < traces.ndjson\n", stderr);
		return EX_USAGE;
	}
	const char *path = argv[1];
	struct origin_set *set = origin_set_open(&path, 1, &f);
	if (set == NULL || !carriers_load(&classes, NULL, &f) ||
	    !read_traces(&t, &f))
		return opt_fail(&f);
	struct basis basis = {set, &classes, NULL, NULL};
	if (t.n > 0)
		measure(&t, &basis);
	for (size_t i = 0; i < t.n; i++)
		record_clear(&t.p[i]);
	free(t.p);
	carriers_free(&classes);
	origin_set_close(set);
	return 0;
}
