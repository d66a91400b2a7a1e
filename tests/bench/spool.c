/* SPDX-License-Identifier: ISC */
#include "probe/base/clock.h"
#include "probe/base/mem.h"
#include "probe/base/opt.h"
#include "probe/base/record_reply.h"
#include "probe/trace/silence.h"
#include "sql/segment.h"
#include "tests/sim/random.h"
#include "tests/truth/measured.h"

#include <stdio.h>
#include <stdlib.h>
#include <sysexits.h>

/*
 * spool DIR ROUNDS SERIES PER_SEGMENT SEED VANTAGE: a spool of sealed segments
 * as a campaign leaves it: so many series (target, method, flow) of a generated
 * world, each traced every ten minutes. Round trips change, and so do the
 * transmit stamps, by what the steps of tests/golden/traces.ndjson scatter. One
 * answer in fifty is lost; what then stays silent is asked again, up to the
 * attempts that tumen-probe makes, and its silence is named as there. From the
 * second round on a target is known by where it answered, and nothing is sent
 * farther than one beyond.
 */
enum {
	INTERVAL_S = 600,
	LOST_OF = 50,
	JITTER_NS = 400000,
	STAMP_NS = 200000,
	ATTEMPTS = 2,
};
#define PATIENCE_NS (750 * NS_PER_MS)

struct order {
	const char *dir, *vantage;
	long rounds, series, per;
	uint64_t seed;
};

/* A trace of the first round as it looks in another one. */
struct turn {
	const struct record *was;
	struct record *now; /* with room for another attempt at each probe */
	int64_t later_ns;
	struct random *random;
};

static bool
same_ttl(const struct record *r, size_t i)
{
	return i + 1 < r->nprobes && r->probes[i].ttl == r->probes[i + 1].ttl;
}

static bool
loses(struct turn *t, const struct record_probe *p)
{
	return p->answered && p->addr != t->was->target && p->reply_no == 0 &&
	       random_below(t->random, LOST_OF) == 0;
}

static struct record_probe *
put(struct turn *t, const struct record_probe *p)
{
	struct record *r = t->now;
	struct record_probe *to = &r->probes[r->nprobes++];
	int64_t done_ns = p->tx_ns + (p->rtt_ns > 0 ? p->rtt_ns : PATIENCE_NS);
	int64_t us = done_ns / 1000 - r->start_us;
	*to = *p;
	if (r->duration_us < us)
		r->duration_us = us;
	return to;
}

/* The attempts at a probe up to its answer, or the last one that is made. */
static void
attempt(struct turn *t, struct record_probe p, bool again)
{
	while (loses(t, &p)) {
		struct record_probe *lost = put(t, &p);
		*lost = record_unanswered(p.ttl, p.attempt);
		lost->tx_ns = p.tx_ns;
		if (!again || p.attempt >= ATTEMPTS)
			return;
		p.attempt++;
		p.tx_ns += PATIENCE_NS + random_below(t->random, STAMP_NS);
	}
	p.ext = record_keep(p.ext.p, p.ext.len);
	p.sent = record_keep(p.sent.p, p.sent.len);
	p.reply = record_keep(p.reply.p, p.reply.len);
	put(t, &p);
}

/* The last TTL that is probed: as tasks.c and trace.c take it from before. */
static uint8_t
last_ttl(const struct turn *t)
{
	const struct record *r = t->was;
	for (size_t i = 0; t->later_ns > 0 && i < r->nprobes; i++)
		if (r->probes[i].answered && r->probes[i].addr == r->target)
			return r->probes[i].ttl + 1;
	return RECORD_TTL_MAX;
}

static void
alter(struct turn *t)
{
	const struct record *was = t->was;
	int64_t stamp_ns = 0;
	t->now->probes = xcalloc(was->nprobes * ATTEMPTS, sizeof(*was->probes));
	t->now->nprobes = 0;
	t->now->start_us += t->later_ns / 1000;
	uint8_t last = last_ttl(t);
	for (size_t i = 0; i < was->nprobes; i++) {
		struct record_probe p = was->probes[i];
		if (p.ttl > last)
			break;
		if (p.reply_no == 0)
			stamp_ns = random_below(t->random, STAMP_NS);
		if (p.tx_ns >= 0)
			p.tx_ns += t->later_ns + stamp_ns;
		if (p.answered && p.rtt_ns >= 0)
			p.rtt_ns += random_below(t->random, JITTER_NS);
		attempt(t, p, !same_ttl(was, i));
	}
	silence_name(t->now, NULL);
}

static bool
add(struct segment *s, const struct record *series, long round,
    struct random *random, struct fault *f)
{
	struct record r = *series;
	struct turn t = {series, &r, round * INTERVAL_S * NS_PER_S, random};
	alter(&t);
	r.epoch = segment_epoch(s);
	r.seq = segment_next_seq(s);
	bool ok = segment_add(s, &r, f);
	record_clear(&r);
	return ok;
}

static void
begin(struct record *r, int64_t start_us)
{
	for (size_t i = 0; i < r->nprobes; i++)
		if (r->probes[i].tx_ns >= 0)
			r->probes[i].tx_ns += (start_us - r->start_us) * 1000;
	r->start_us = start_us;
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
		series[i].flow = (uint32_t)i;
		begin(&series[i], truth_asof_us() + i * US_PER_S);
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
