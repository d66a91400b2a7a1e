/* SPDX-License-Identifier: ISC */
#include "probe/trace/mda_state.h"

#include <math.h>

/*
 * What the rules promise, what the evidence is worth, vertex by vertex, and
 * what the full algorithm would have paid for it.
 */
struct judgement {
	double here;   /* failures of the balancers found, with no others */
	double beside; /* with one more that has two successors */
	double wider;  /* the most that one more successor of one adds */
	double missed; /* by the evidence: of those found, */
	double hidden; /* and of one more where it is weakest */
	double worst;  /* of any vertex by itself */
	bool complete;
};

/* A balancer with k successors, and what its rules let pass. */
static void
promise(const struct mda *m, struct judgement *j, unsigned k)
{
	struct mda_found others = m->found;
	others.twos -= k == 2;
	others.more -= k > 2;
	double here = mda_bound_failure(m->epsilon, &others, k);
	double wider = mda_bound_failure(m->epsilon, &others, k + 1) - here;
	others.twos++;
	j->here += here;
	j->wider = fmax(j->wider, wider);
	j->beside += mda_bound_failure(m->epsilon, &others, k);
}

static void
judge(const struct mda *m, struct judgement *j, unsigned k, double miss)
{
	j->complete = j->complete && miss <= mda_level(m, k, true);
	j->worst = fmax(j->worst, miss);
	if (k < 2) {
		j->hidden = fmax(j->hidden, miss);
		return;
	}
	j->missed += miss;
	if (k < MDA_WIDTH_MAX)
		promise(m, j, k);
}

/*
 * The largest of three cases: what was found is all, one balancer has one
 * successor more, there is one balancer more. Where the rules were not met,
 * the evidence says more.
 */
static double
failure(const struct mda *m, const struct judgement *j)
{
	double beside = j->beside + mda_bound_failure(m->epsilon, &m->found, 2);
	double promised = fmax(j->here + j->wider, beside);
	if (j->complete)
		return promised;
	return fmin(1, fmax(promised, j->missed + j->hidden));
}

/* A TTL whose flows may all come from one vertex. */
static void
judge_hop(const struct mda *m, uint8_t ttl, struct judgement *j)
{
	const struct mda_view *v = &m->view[ttl];
	if (v->alive > 0)
		judge(m, j, v->alive, mda_bound_miss(v->alive + 1, v->seen));
}

/* The vertices at the TTL before, each by its own flows or by its share. */
static void
judge_vertices(const struct mda *m, uint8_t ttl, struct judgement *j)
{
	struct mda_fan fan;
	const struct mda_view *wide = &m->view[ttl - 1];
	bool light = mda_light(m, ttl);
	mda_fan(m, (uint8_t)(ttl - 1), &fan);
	for (unsigned i = 0; i < m->hop[ttl - 1].vertices; i++) {
		unsigned k = fan.from[i].next, both = fan.from[i].both;
		if (wide->on[i] == 0 || k == 0)
			continue;
		double miss = mda_bound_miss(k + 1, both);
		miss *= mda_level(m, k, true) / mda_node_level(m, ttl, k);
		if (light)
			miss = mda_bound_share_miss(
				   wide->alive, m->view[ttl].seen) /
			       MDA_LIGHT_PART;
		judge(m, j, k, miss);
	}
}

/* Into which the time is cut until all are expected to be filled. */
enum { STEPS = 24 };

/* The chance that fewer than n of Poisson(mean) come. */
static double
fewer(unsigned n, double mean)
{
	double term = exp(-mean), sum = 0;
	for (unsigned i = 0; i < n; i++) {
		sum += term;
		term *= mean / (i + 1);
	}
	return sum;
}

/*
 * The flows that it takes, on the average, until each vertex of a TTL has as
 * many as its successors ask for: the flows come as a Poisson process, so that
 * the vertices fill independently; the integral of the chance that one still
 * lacks some. 0 where all flows pass one vertex.
 */
static double
steered(const struct mda *m, uint8_t ttl)
{
	struct mda_fan fan;
	const struct mda_view *v = &m->view[ttl];
	double sum = 0, lack = 1, step = 0;
	unsigned need[MDA_WIDTH_MAX];
	if (v->alive < 2 || v->kind == MDA_MIXED || ttl >= m->heard)
		return 0;
	mda_fan(m, ttl, &fan);
	for (unsigned i = 0; i < m->hop[ttl].vertices; i++) {
		unsigned k = fan.from[i].next;
		need[i] = k > 0 ? mda_bound_stop(k, mda_level(m, k, true)) : 0;
		if (k > 0)
			step = fmax(step,
			    (double)need[i] * v->seen / v->flows[i] / STEPS);
	}
	for (double t = step / 2; step > 0 && lack > 1e-3; t += step) {
		lack = 1;
		for (unsigned i = 0; i < m->hop[ttl].vertices; i++)
			lack *= 1 - fewer(need[i], t * v->flows[i] / v->seen);
		lack = 1 - lack;
		sum += lack * step;
	}
	return sum;
}

/* What the stopping rules ask for at a TTL when each vertex has its own. */
static double
stopped(const struct mda *m, uint8_t ttl)
{
	struct mda_fan fan;
	double sum = 0;
	unsigned alive = m->view[ttl].alive;
	if (alive == 0)
		return m->view[ttl].spent;
	if (mda_one_vertex(m, ttl))
		return mda_bound_stop(alive, mda_level(m, alive, true));
	mda_fan(m, (uint8_t)(ttl - 1), &fan);
	for (unsigned i = 0; i < m->hop[ttl - 1].vertices; i++) {
		unsigned k = fan.from[i].next;
		if (k > 0)
			sum += mda_bound_stop(k, mda_level(m, k, true));
	}
	return sum;
}

/* Somebody answered there, but nothing with full proof: behind a NAT. */
static bool
unproved(const struct mda *m, uint8_t ttl)
{
	return m->hop[ttl].heard && m->hop[ttl].vertices == 0;
}

void
mda_judge(const struct mda *m, struct mda_graph *g)
{
	double full = 0;
	struct judgement j = {.complete = m->done && m->error < 0};
	for (uint8_t ttl = m->config.first_ttl; ttl <= m->heard; ttl++) {
		if (mda_one_vertex(m, ttl))
			judge_hop(m, ttl, &j);
		else
			judge_vertices(m, ttl, &j);
		full += fmax(stopped(m, ttl), steered(m, ttl));
		j.complete =
		    j.complete && !m->hop[ttl].crowded && !unproved(m, ttl);
	}
	j.complete = j.complete && m->heard >= m->config.first_ttl;
	g->complete = j.complete;
	g->failure_bound = failure(m, &j);
	g->per_hop_bound = j.worst;
	if (!g->complete && g->failure_bound <= m->epsilon)
		g->failure_bound = 1; /* what was not looked at may be there */
	g->probes_full_mda = (uint32_t)(full + 0.5);
}
