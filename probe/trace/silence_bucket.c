/* SPDX-License-Identifier: ISC */
#include "probe/trace/silence_bucket.h"

#include <math.h>

/*
 * Three kinds of router, with a probability before anything is known:
 *
 *   free     answers whatever reaches it;
 *   bucket   holds up to `burst` tokens, gains `rate` a second, spends one on
 *            each answer, and is silent when it has none. RFC 1812, section
 *            4.3.2.8, asks routers to limit themselves so; one answer each
 *            500 ms is a widespread default, one a second with a small burst
 *            another, and limits above what one responder is ever asked do
 *            not show. Rates from 0.4 to 130 a second, each with its
 *            neighbourhood of 12 %, and bursts up to 10, all alike likely;
 *   busy     spends its tokens on others, so that any ask may find none, each
 *            for itself. Rare at slow rates: 0.02 % of the /24s (Guo and
 *            Heidemann, Detecting ICMP Rate Limiting in the Internet, PAM
 *            2018), and near loss to look at, so a small prior.
 *
 * With every kind, a probe or its answer may be lost on the way, with a
 * probability that is not known but has been measured elsewhere on the path.
 *
 * A bucket's level is followed as an interval, because its rate is known only
 * roughly, and a lost answer may or may not have cost a token.
 */
#define PRIOR_BUCKET 0.3
#define PRIOR_BUSY   1e-4

/* Loss may be other than what was measured near by: that much is flat. */
#define LOSS_ELSEWHERE 0.05

#define RATE_FIRST  0.44
#define RATE_STEP   1.259921050 /* the third root of 2 */
#define RATE_SPREAD 1.122462048 /* half a step to either side */

/* Nothing is quite impossible: tokens by other means, clocks, route changes. */
#define NO_TOKEN_MIN 1e-6
#define NO_TOKEN_MAX 0.999

enum { LOSSES = 8, RATES = 25, BURSTS = 6, BUSIES = 5 };
static const double loss[LOSSES] = {.001, .003, .008, .02, .05, .1, .2, .35};
static const double burst_of[BURSTS] = {1, 2, 3, 4, 6, 10};
static const double busy_of[BUSIES] = {.1, .3, .5, .7, .9};

struct level {
	double lo, hi;
};

/* One kind of router: whether there was a token, ask by ask. */
struct kind {
	double prior;
	double none[BUCKET_ASKS]; /* probability that there was no token */
};

/* fmin() and fmax() are calls; a quiet NaN does not come up here. */
static double
least(double a, double b)
{
	return a < b ? a : b;
}

static double
most(double a, double b)
{
	return a > b ? a : b;
}

static double
seconds(int64_t ns)
{
	return (double)ns / (double)NS_PER_S;
}

/* The Beta density on a logarithmic scale, over the grid. */
static void
weigh_losses(const struct bucket_loss *l, double weight[static LOSSES])
{
	double sum = 0, top = -INFINITY;
	for (int i = 0; i < LOSSES; i++) {
		weight[i] = l->lost * log(loss[i]) + l->kept * log1p(-loss[i]);
		top = most(top, weight[i]);
	}
	for (int i = 0; i < LOSSES; i++)
		sum += weight[i] = exp(weight[i] - top);
	for (int i = 0; i < LOSSES; i++)
		weight[i] = (1 - LOSS_ELSEWHERE) * weight[i] / sum +
			    LOSS_ELSEWHERE / LOSSES;
}

/*
 * The level before an ask, as wide as the moments may be off. What it would be
 * without the brim counts: a bucket that has long been full surely has one.
 */
static double
no_token(struct level l, double off)
{
	double lo = l.lo - off, hi = l.hi + off;
	double none = hi < 1 ? 1 : lo >= 1 ? 0 : (1 - lo) / (hi - lo + 1e-9);
	return least(most(none, NO_TOKEN_MIN), NO_TOKEN_MAX);
}

/*
 * What an ask tells about the level: an answer, that a token was there and is
 * spent; a silence, that none was, or, where one probably was, that the probe
 * was lost or its answer was.
 */
static void
spend(struct level *l, bool answered, double none)
{
	if (answered) {
		l->lo = most(l->lo, 1) - 1;
		l->hi = most(l->hi, 1) - 1;
	} else if (none > 0.3) {
		l->hi = least(l->hi, 1);
		l->lo = least(l->lo, l->hi);
	} else {
		l->lo = most(l->lo - 1, 0);
	}
}

/* False when there always was a token: then it looks like no bucket. */
static bool
follow(const struct bucket_case *c, double rate, double burst, struct kind *k)
{
	double off = rate * seconds(c->jitter_ns), emptiest = 0;
	double first = c->whole ? NO_TOKEN_MIN : 0.5;
	struct level l = {c->whole ? burst : 0, burst};
	for (uint32_t i = 0; i < c->asks; i++) {
		double dt = i == 0 ? 0 : seconds(c->ask[i] - c->ask[i - 1]);
		l.lo += dt * rate / RATE_SPREAD;
		l.hi += dt * rate * RATE_SPREAD;
		k->none[i] = i == 0 ? first : no_token(l, off);
		emptiest = most(emptiest, i == 0 ? 0 : k->none[i]);
		l.lo = least(burst, l.lo);
		l.hi = least(burst, l.hi);
		spend(&l, past_answered(c->ask[i]), k->none[i]);
	}
	return emptiest > NO_TOKEN_MIN;
}

/* Adds one kind's share to all sums. */
static void
add(const struct bucket_case *c, const double weight[static LOSSES],
    const struct kind *k, struct bucket_verdict *v)
{
	double w[LOSSES], sum = 0;
	for (int j = 0; j < LOSSES; j++)
		w[j] = weight[j] * k->prior;
	for (uint32_t i = 0; i < c->asks; i++) {
		double none = k->none[i];
		bool answered = past_answered(c->ask[i]);
		double base = answered ? 1 - none : none;
		double each = answered ? none - 1 : 1 - none;
		for (int j = 0; j < LOSSES; j++)
			w[j] *= base + each * loss[j];
	}
	for (int j = 0; j < LOSSES; j++)
		sum += w[j];
	v->likelihood += sum;
	for (uint32_t i = 0; i < c->asks; i++) {
		double none = k->none[i], limited = 0;
		if (past_answered(c->ask[i]))
			continue;
		for (int j = 0; j < LOSSES; j++)
			limited += w[j] * none / (none + (1 - none) * loss[j]);
		v->limited[i] += limited;
		v->lost += sum - limited;
	}
}

static void
add_flat(const struct bucket_case *c, const double weight[static LOSSES],
    double none, double prior, struct bucket_verdict *v)
{
	struct kind k = {.prior = prior};
	for (uint32_t i = 0; i < c->asks; i++)
		k.none[i] = none;
	add(c, weight, &k, v);
}

/* A bucket that always had a token will, if it is larger, all the more. */
static double
add_buckets(const struct bucket_case *c, const double weight[static LOSSES],
    struct bucket_verdict *v)
{
	struct kind k = {.prior = PRIOR_BUCKET / (RATES * BURSTS)};
	double rate = RATE_FIRST, like_free = 0;
	for (int r = 0; r < RATES; r++, rate *= RATE_STEP) {
		int b = 0;
		while (b < BURSTS && follow(c, rate, burst_of[b], &k)) {
			add(c, weight, &k, v);
			b++;
		}
		like_free += k.prior * (BURSTS - b);
	}
	return like_free;
}

void
bucket_judge(const struct bucket_case *c, struct bucket_verdict *v)
{
	double weight[LOSSES];
	*v = (struct bucket_verdict){0};
	weigh_losses(&c->loss, weight);
	double free = 1 - PRIOR_BUCKET - PRIOR_BUSY;
	free += add_buckets(c, weight, v);
	add_flat(c, weight, 0, free, v);
	for (int i = 0; i < BUSIES; i++)
		add_flat(c, weight, busy_of[i], PRIOR_BUSY / BUSIES, v);
	for (uint32_t i = 0; i < c->asks; i++)
		v->limited[i] /= v->likelihood;
	v->lost /= v->likelihood;
}
