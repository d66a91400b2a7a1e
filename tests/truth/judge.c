/* SPDX-License-Identifier: ISC */
#include "analysis/infer/round.h"
#include "analysis/origin/origin_ases.h"
#include "probe/base/mem.h"
#include "probe/base/opt.h"
#include "tests/truth/calibration.h"
#include "tests/truth/lpm.h"
#include "tests/truth/measured.h"
#include "tests/truth/score.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <time.h>

/*
 * judge [--seed N] [--traces N] [--wrong]: what tumen infers about
 * the traces of a world, held against the truth: how often the entry AS is
 * right, where, and whether its probabilities are honest; longest-prefix match
 * beside it. --wrong tells every wrong answer.
 */

/* A full round is handed out before the next trace comes in. */
enum { WAITING = ROUND_MAX + 1 };

/* What is asked later about a trace that waits in a round. */
struct asked {
	struct truth_trace trace; /* without its record's probes */
};

struct judge {
	struct score tumen, lpm;
	struct calibration calibration;
	struct asked *waiting; /* a ring */
	size_t head, n;
	struct origin_set *set;
	bool wrong;
};

static void
tell(const struct truth_trace *t, const struct verdict *v,
    const struct origin_set *set)
{
	char addr[ADDR_STRLEN];
	printf("AS%" PRIi64 " for AS%" PRIu32 " p %.3f %s, target AS%" PRIu32
	       ", border at %u:",
	    v->entry_as, t->entry_as, v->p, evidence_name(v->evidence),
	    t->target_as, t->border_ttl);
	for (int i = 0; i < TRUTH_TAGS; i++)
		if (TRUTH_IS(t, i))
			printf(" %s", truth_tag_name((enum truth_tag)i));
	printf("\n  link %s, last %s\n  path",
	    origin_relate(set, t->entry_as, t->target_as, t->record.start_us)
		? "known"
		: "new",
	    origin_relate(set, t->as_path[t->nas > 2 ? t->nas - 3 : 0],
		t->entry_as, t->record.start_us)
		? "known"
		: "new");
	for (size_t i = 0; i < t->nas; i++)
		printf(" %" PRIu32, t->as_path[i]);
	printf("\n  candidates");
	for (size_t i = 0; i < v->ncandidates; i++)
		printf(" %" PRIi64 " %.3f", v->candidate[i].entry_as,
		    v->candidate[i].p);
	printf("\n");
	for (size_t i = 0; i < v->nhops; i++) {
		const struct verdict_hop *h = &v->hop[i];
		printf("  %2u %-15s %s", h->ttl, addr_format(h->addr, addr),
		    origin_layer_name(h->origin.layer));
		for (size_t k = 0; k < h->origin.nasns; k++)
			printf(" %" PRIu32, h->origin.asns[k]);
		printf(" owner %" PRIi64 " %.2f true %" PRIu32 "\n", h->owner,
		    h->p, t->hop[h->ttl].owner);
	}
}

static bool
judged(void *arg, const struct round_result *result, struct fault *f)
{
	struct judge *j = arg;
	const struct truth_trace *t = &j->waiting[j->head].trace;
	const struct verdict *v = result->verdict;
	bool named = v->entry_as > 0;
	bool right = named && v->entry_as == t->entry_as;
	(void)f;
	score_add(&j->tumen, t, named ? (uint32_t)v->entry_as : 0);
	if (named)
		calibration_add(&j->calibration, v->p, right);
	if (j->wrong && !right)
		tell(t, v, j->set);
	j->head = (j->head + 1) % WAITING;
	j->n--;
	return true;
}

static double
now_s(void)
{
	struct timespec t;
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

struct order {
	uint64_t seed;
	long traces;
	bool wrong;
};

static bool
ordered(int argc, char **argv, struct order *o)
{
	*o = (struct order){.seed = 101, .traces = 20000};
	for (int i = 1; i < argc; i++) {
		bool value = i + 1 < argc;
		if (strcmp(argv[i], "--wrong") == 0)
			o->wrong = true;
		else if (value && strcmp(argv[i], "--seed") == 0)
			o->seed = strtoull(argv[++i], NULL, 10);
		else if (value && strcmp(argv[i], "--traces") == 0)
			o->traces = strtol(argv[++i], NULL, 10);
		else
			return false;
	}
	return o->traces > 0;
}

/* The processor time that inference took, in seconds. */
static double
run(struct judge *j, struct truth *t, struct round *round, long traces)
{
	struct fault f = {0};
	const struct snapshot *const *table = NULL;
	double spent = 0;
	origin_set_tables(j->set, &table);
	for (long i = 0; i < traces; i++) {
		const struct truth_trace *x = truth_next(t);
		score_add(
		    &j->lpm, x, lpm_entry(table[0], &x->record, x->target_as));
		j->waiting[(j->head + j->n++) % WAITING].trace = *x;
		double start = now_s();
		round_add(round, &x->record, &f);
		spent += now_s() - start;
	}
	double start = now_s();
	round_end(round, &f);
	return spent + now_s() - start;
}

int
main(int argc, char **argv)
{
	struct fault f = {0};
	struct judge j = {.waiting = xcalloc(WAITING, sizeof(*j.waiting))};
	struct carriers classes;
	struct order o;
	if (!ordered(argc, argv, &o)) {
		fputs("judge [--seed N] [--traces N] [--wrong]\n", stderr);
		return EX_USAGE;
	}
	struct truth *t = measured_world(o.seed, &f);
	j.set = t != NULL ? measured_tables(t, &f) : NULL;
	if (j.set == NULL || !carriers_load(&classes, NULL, &f))
		return opt_fail(&f);
	j.wrong = o.wrong;
	struct basis basis = {j.set, &classes, NULL, NULL};
	struct round *round = round_new(&basis, judged, &j);
	double spent = run(&j, t, round, o.traces);
	score_print(&j.tumen, "tumen", stdout);
	score_print(&j.lpm, "longest-prefix match", stdout);
	calibration_print(&j.calibration, stdout);
	printf("%.1f us of processor a trace, %.0f a minute\n",
	    spent / (double)o.traces * 1e6, (double)o.traces / spent * 60);
	round_free(round);
	carriers_free(&classes);
	origin_set_close(j.set);
	truth_close(t);
	free(j.waiting);
	return 0;
}
