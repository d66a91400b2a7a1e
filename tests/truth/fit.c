/* SPDX-License-Identifier: ISC */
#include "analysis/infer/round.h"
#include "probe/base/mem.h"
#include "tests/truth/measured.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

/*
 * fit [TRACES [ROUNDS [SEED...]]]: sets the figures of the model on training
 * worlds, one after another up and down as long as the logarithmic score of the
 * true entry AS grows (Good 1952), and prints the table. Judge it on others.
 */
enum { WORLDS_MAX = 8 };

/* A figure is tried at so many times and parts of what it was. */
static const double step = 1.5;

/* An answer that was held impossible costs this much. */
static const double least_p = 1e-6;

struct world {
	struct origin_set *set;
	struct record *record;
	uint32_t *entry_as;
	size_t n, told;
	double score;
};

struct fit {
	struct world world[WORLDS_MAX];
	size_t n;
	struct carriers classes;
	struct model best;
	double score;
};

static bool
judged(void *arg, const struct round_result *result, struct fault *f)
{
	struct world *w = arg;
	const struct verdict *v = result->verdict;
	double p = 0;
	(void)f;
	for (size_t i = 0; i < v->ncandidates; i++)
		if (v->candidate[i].entry_as == w->entry_as[w->told])
			p += v->candidate[i].p;
	w->score += log(fmax(p, least_p));
	w->told++;
	return true;
}

static bool
open_world(struct world *w, uint64_t seed, size_t n, struct fault *f)
{
	struct truth *t = measured_world(seed, f);
	w->set = t != NULL ? measured_tables(t, f) : NULL;
	if (w->set == NULL)
		return false;
	w->n = n;
	w->record = xcalloc(n, sizeof(*w->record));
	w->entry_as = xcalloc(n, sizeof(*w->entry_as));
	for (size_t i = 0; i < n; i++) {
		const struct truth_trace *x = truth_next(t);
		record_copy(&w->record[i], &x->record);
		w->entry_as[i] = x->entry_as;
	}
	truth_close(t);
	return true;
}

/* The mean over all traces of all worlds. */
static double
score(struct fit *fit, const struct model *m)
{
	double sum = 0;
	size_t traces = 0;
	struct fault f = {0};
	for (size_t i = 0; i < fit->n; i++) {
		struct world *w = &fit->world[i];
		struct basis basis = {w->set, &fit->classes, m, NULL};
		struct round *round = round_new(&basis, judged, w);
		w->score = 0;
		w->told = 0;
		for (size_t k = 0; k < w->n; k++)
			round_add(round, &w->record[k], &f);
		round_end(round, &f);
		round_free(round);
		sum += w->score;
		traces += w->n;
	}
	return sum / (double)traces;
}

/*
 * In the worlds nothing dies on the way and tables are of the day; no AS has
 * several best routes. In the world all that happens.
 */
static double
least(int p)
{
	switch (p) {
	case MODEL_DIE:
		return 0.0005;
	case MODEL_OUTSIDE:
		return 0.006;
	case MODEL_NEW_NEIGHBOUR:
		return 0.002;
	case MODEL_DETOUR:
		return 0.05;
	case MODEL_HABIT:
		return 0.02;
	case MODEL_VALLEY:
		return 0.001;
	case MODEL_STRANGE:
		return 0.0001;
	default:
		return 1e-5;
	}
}

/* Votes are counts; all else is at most 1. */
static double
most(int p)
{
	return p == MODEL_HABIT || p == MODEL_REPUTE ? 10 : 1;
}

/* Takes one figure that many times as long as it helps. */
static bool
climb(struct fit *fit, int p, double times)
{
	bool better = false;
	for (;;) {
		struct model x = fit->best;
		x.value[p] *= times;
		if (x.value[p] < least(p) || x.value[p] >= most(p))
			return better;
		double got = score(fit, &x);
		if (got <= fit->score + 1e-6)
			return better;
		fit->score = got;
		fit->best = x;
		better = true;
	}
}

static void
fit_all(struct fit *fit, int round)
{
	for (int p = 0; p < MODEL_PARAMS; p++) {
		double before = fit->best.value[p];
		if (climb(fit, p, step) || climb(fit, p, 1 / step))
			printf("%d %s %.5g -> %.5g: %.5f\n", round,
			    model_name((enum model_param)p), before,
			    fit->best.value[p], fit->score);
		fflush(stdout);
	}
}

int
main(int argc, char **argv)
{
	struct fault f = {0};
	struct fit *fit = xcalloc(1, sizeof(*fit));
	size_t traces = argc > 1 ? (size_t)strtoul(argv[1], NULL, 10) : 1200;
	int rounds = argc > 2 ? (int)strtol(argv[2], NULL, 10) : 2;
	fit->best = *model_default();
	bool ok = carriers_load(&fit->classes, NULL, &f);
	for (int i = 3; ok && i < argc && fit->n < WORLDS_MAX; i++)
		ok = open_world(&fit->world[fit->n++],
		    strtoull(argv[i], NULL, 10), traces, &f);
	if (!ok || fit->n == 0) {
		fprintf(
		    stderr, "%s\n", ok ? "fit TRACES ROUNDS SEED..." : f.text);
		return 64;
	}
	fit->score = score(fit, &fit->best);
	printf("begin %.5f\n", fit->score);
	for (int k = 0; k < rounds; k++)
		fit_all(fit, k);
	for (int p = 0; p < MODEL_PARAMS; p++)
		printf("%s %.5g\n", model_name((enum model_param)p),
		    fit->best.value[p]);
	return 0;
}
