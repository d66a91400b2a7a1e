/* SPDX-License-Identifier: ISC */
#include "analysis/origin/origin_ases.h"
#include "analysis/infer/round.h"
#include "analysis/origin/replace.h"
#include "probe/base/mem.h"
#include "tests/truth/calibration.h"
#include "tests/truth/lpm.h"
#include "tests/truth/score.h"
#include "tests/truth/tables.h"

#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <time.h>
#include <unistd.h>

/*
 * judge [--seed N] [--traces N] [--ases N] [--wrong]: what tumen infers about
 * the traces of a world, held against the truth: how often the entry AS is
 * right, where, and whether its probabilities are honest; longest-prefix match
 * beside it. --wrong tells every wrong answer.
 */

/* What is asked later about a trace that waits in a round. */
struct asked {
	struct truth_trace trace; /* without its record's probes */
};

struct judge {
	struct score tumen, lpm;
	struct calibration calibration;
	struct asked *waiting; /* a ring of ROUND_MAX + 1 */
	size_t head, n;
	const struct origin_set *set;
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
	    origin_relate(set, t->as_path[t->nas > 2 ? t->nas - 3 : 0], t->entry_as,
		t->record.start_us)
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
	j->head = (j->head + 1) % (ROUND_MAX + 1);
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

static struct origin_set *
tables(struct truth *t, struct fault *f)
{
	char path[] = "/tmp/judge-XXXXXX";
	struct table table = {0};
	struct wr bytes = {0};
	const char *name = path;
	int fd = mkstemp(path);
	if (fd >= 0)
		close(fd);
	tables_fill(t, &table);
	snapshot_pack(&table, truth_asof_us(), &bytes);
	bool ok = replace_file(path, bytes.p, bytes.len, f);
	struct origin_set *set = ok ? origin_set_open(&name, 1, f) : NULL;
	unlink(path);
	wr_free(&bytes);
	table_clear(&table);
	return set;
}

int
main(int argc, char **argv)
{
	struct fault f = {0};
	struct judge j = {
	    .waiting = xcalloc(ROUND_MAX + 1, sizeof(*j.waiting))};
	struct truth_rates rates;
	struct carriers classes;
	long traces = 100000;
	truth_rates_default(&rates);
	struct truth_order order = {
	    .table = "analysis/origin/data/shipped.tbl.zst",
	    .seed = 1,
	    .rates = &rates};
	for (int i = 1; i < argc; i++) {
		if (strcmp(argv[i], "--seed") == 0)
			order.seed = (uint64_t)atoll(argv[++i]);
		else if (strcmp(argv[i], "--traces") == 0)
			traces = atol(argv[++i]);
		else if (strcmp(argv[i], "--ases") == 0)
			rates.ases = (size_t)atol(argv[++i]);
		else if (strcmp(argv[i], "--wrong") == 0)
			j.wrong = true;
	}
	struct truth *t = truth_open(&order, &f);
	struct origin_set *set = t != NULL ? tables(t, &f) : NULL;
	if (set == NULL || !carriers_load(&classes, NULL, &f)) {
		fprintf(stderr, "%s\n", f.text);
		return f.status;
	}
	j.set = set;
	struct round *round =
	    round_new(&(struct basis){set, &classes, NULL}, judged, &j);
	double spent = 0;
	for (long i = 0; i < traces; i++) {
		const struct truth_trace *x = truth_next(t);
		double start = now_s();
		/* a full round is handed out before this one comes in */
		size_t at = (j.head + j.n) % (ROUND_MAX + 1);
		j.waiting[at].trace = *x;
		j.n++;
		if (!round_add(round, &x->record, &f))
			return f.status;
		spent += now_s() - start;
		const struct snapshot *const *tab = NULL;
		origin_set_tables(set, &tab);
		score_add(
		    &j.lpm, x, lpm_entry(tab[0], &x->record, x->target_as));
	}
	double start = now_s();
	round_end(round, &f);
	spent += now_s() - start;
	score_print(&j.tumen, "tumen", stdout);
	score_print(&j.lpm, "longest-prefix match", stdout);
	calibration_print(&j.calibration, stdout);
	printf("%.1f us of processor a trace, %.0f a minute\n",
	    spent / (double)traces * 1e6, (double)traces / spent * 60);
	return 0;
}
