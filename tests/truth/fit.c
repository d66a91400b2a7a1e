/* SPDX-License-Identifier: ISC */
#include "analysis/infer/round.h"
#include "probe/base/mem.h"
#include "tests/truth/tables.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "analysis/origin/replace.h"

/*
 * fit [TRACES [ROUNDS [SEED...]]]: sets the figures of the model on training
 * worlds, one after another up and down as long as the logarithmic score of the
 * true entry AS grows (Good 1952), and prints the table. Judge it on others.
 */
enum { WORLDS_MAX = 8 };

struct world {
	struct origin_set *set;
	struct record *record;
	uint32_t *entry_as;
	size_t n, told;
	double score;
};

/*
 * Worlds know no path that dies on the way, no table that is wrong about
 * everything and no AS that hands over here and there at once; the world does.
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

/* An answer that was held impossible costs this much. */
static const double least_p = 1e-6;

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
	struct truth_rates rates;
	struct table table = {0};
	struct wr bytes = {0};
	char path[] = "/tmp/fit-XXXXXX";
	const char *name = path;
	truth_rates_default(&rates);
	struct truth *t = truth_open(
	    &(struct truth_order){
		.table = "analysis/origin/data/shipped.tbl.zst",
		.seed = seed,
		.rates = &rates},
	    f);
	if (t == NULL)
		return false;
	tables_fill(t, &table);
	snapshot_pack(&table, truth_asof_us(), &bytes);
	close(mkstemp(path));
	bool ok = replace_file(path, bytes.p, bytes.len, f);
	w->set = ok ? origin_set_open(&name, 1, f) : NULL;
	unlink(path);
	wr_free(&bytes);
	table_clear(&table);
	w->n = n;
	w->record = xcalloc(n, sizeof(*w->record));
	w->entry_as = xcalloc(n, sizeof(*w->entry_as));
	for (size_t i = 0; i < n; i++) {
		const struct truth_trace *x = truth_next(t);
		record_copy(&w->record[i], &x->record);
		w->entry_as[i] = x->entry_as;
	}
	truth_close(t);
	return w->set != NULL;
}

static double
score(struct world *worlds, size_t n, const struct carriers *classes,
    const struct model *m)
{
	double sum = 0;
	size_t traces = 0;
	for (size_t i = 0; i < n; i++) {
		struct world *w = &worlds[i];
		struct fault f = {0};
		struct basis basis = {w->set, classes, m};
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

/* One figure up or down while it helps; those below 1 stay there. */
static double
try(struct world *worlds, size_t n, const struct carriers *classes,
    struct model *m, int p, double best)
{
	for (int side = 0; side < 2; side++) {
		bool better = false;
		for (double by = side ? 1 / 1.5 : 1.5;;) {
			struct model x = *m;
			x.value[p] *= by;
			if (x.value[p] < least(p))
				break;
			if (x.value[p] >= 1 && p != MODEL_HABIT &&
			    p != MODEL_REPUTE)
				break;
			double got = score(worlds, n, classes, &x);
			if (got <= best + 1e-6)
				break;
			best = got;
			*m = x;
			better = true;
		}
		if (better)
			break;
	}
	return best;
}

int
main(int argc, char **argv)
{
	struct fault f = {0};
	struct carriers classes;
	struct world worlds[WORLDS_MAX] = {0};
	size_t traces = argc > 1 ? (size_t)atol(argv[1]) : 2000, n = 0;
	int rounds = argc > 2 ? atoi(argv[2]) : 2;
	struct model m = *model_default();
	if (!carriers_load(&classes, NULL, &f))
		return f.status;
	for (int i = 3; i < argc && n < WORLDS_MAX; i++)
		if (!open_world(
			&worlds[n++], (uint64_t)atoll(argv[i]), traces, &f)) {
			fprintf(stderr, "%s\n", f.text);
			return f.status;
		}
	double best = score(worlds, n, &classes, &m);
	printf("begin %.5f\n", best);
	for (int k = 0; k < rounds; k++)
		for (int p = 0; p < MODEL_PARAMS; p++) {
			double before = m.value[p], was = best;
			best = try(worlds, n, &classes, &m, p, best);
			if (best > was)
				printf("%d %s %.5f -> %.5f: %.5f\n", k,
				    model_name((enum model_param)p), before,
				    m.value[p], best);
			fflush(stdout);
		}
	for (int p = 0; p < MODEL_PARAMS; p++)
		printf(
		    "%s %.5g\n", model_name((enum model_param)p), m.value[p]);
	return 0;
}
