/* SPDX-License-Identifier: ISC */
#include "probe/base/clock.h"
#include "probe/base/mem.h"
#include "probe/base/opt.h"
#include "probe/base/record_reply.h"
#include "sql/segment.h"
#include "tests/sim/random.h"
#include "tests/truth/measured.h"

#include <stdio.h>
#include <stdlib.h>
#include <sysexits.h>

/*
 * spool DIR ROUNDS SERIES PER_SEGMENT SEED VANTAGE: a spool of sealed segments
 * as a campaign leaves it: so many series (target, method, flow) of a generated
 * world, each traced every ten minutes. Round trips change, one answer in fifty
 * is lost.
 */
enum { INTERVAL_S = 600, LOST_OF = 50, JITTER_NS = 400000 };

struct order {
	const char *dir, *vantage;
	long rounds, series, per;
	uint64_t seed;
};

/* How a trace of the first round looks in another one. */
static void
alter(struct record *r, long round, struct random *random)
{
	int64_t later_us = round * INTERVAL_S * US_PER_S;
	r->start_us += later_us;
	for (size_t i = 0; i < r->nprobes; i++) {
		struct record_probe *p = &r->probes[i];
		if (p->tx_ns >= 0)
			p->tx_ns += later_us * 1000;
		if (!p->answered || p->rtt_ns < 0)
			continue;
		p->rtt_ns += (int64_t)(random_below(random, JITTER_NS));
		if (random_below(random, LOST_OF) != 0 ||
		    p->addr == r->target || p->reply_no > 0)
			continue;
		int64_t tx_ns = p->tx_ns;
		free(p->ext.p);
		free(p->sent.p);
		free(p->reply.p);
		*p = record_unanswered(p->ttl, p->attempt);
		p->tx_ns = tx_ns;
		p->silent = SILENT_LOST;
	}
}

static bool
add(struct segment *s, const struct record *series, long round,
    struct random *random, struct fault *f)
{
	struct record r = {0};
	record_copy(&r, series);
	alter(&r, round, random);
	r.epoch = segment_epoch(s);
	r.seq = segment_next_seq(s);
	bool ok = segment_add(s, &r, f);
	record_clear(&r);
	return ok;
}

static bool
fill(struct segment *s, struct truth *t, const struct order *o, struct fault *f)
{
	struct record *series = xcalloc((size_t)o->series, sizeof(*series));
	struct random random = {o->seed};
	long n = 0;
	bool ok = true;
	for (long i = 0; i < o->series; i++) {
		record_copy(&series[i], &truth_next(t)->record);
		snprintf(series[i].vantage, sizeof(series[i].vantage), "%s",
		    o->vantage);
		series[i].start_us = truth_asof_us() + i * US_PER_S;
	}
	for (long round = 0; ok && round < o->rounds; round++)
		for (long i = 0; ok && i < o->series; i++)
			ok = add(s, &series[i], round, &random, f) &&
			     (++n % o->per != 0 || segment_seal(s, f));
	for (long i = 0; i < o->series; i++)
		record_clear(&series[i]);
	free(series);
	return ok && segment_seal(s, f);
}

int
main(int argc, char **argv)
{
	struct fault f = {0};
	if (argc != 7) {
		fputs("spool DIR ROUNDS SERIES PER_SEGMENT SEED VANTAGE\n",
		    stderr);
		return EX_USAGE;
	}
	struct order o = {.dir = argv[1],
	    .rounds = strtol(argv[2], NULL, 10),
	    .series = strtol(argv[3], NULL, 10),
	    .per = strtol(argv[4], NULL, 10),
	    .seed = strtoull(argv[5], NULL, 10),
	    .vantage = argv[6]};
	struct truth *t = measured_world(o.seed, &f);
	struct segment *s =
	    t != NULL ? segment_open(o.dir, o.vantage, &f) : NULL;
	bool ok = s != NULL && o.series > 0 && o.per > 0 && fill(s, t, &o, &f);
	if (s != NULL)
		segment_close(s);
	truth_close(t);
	return ok ? EX_OK : opt_fail(&f);
}
