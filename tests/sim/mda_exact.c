/* SPDX-License-Identifier: ISC */
#include "tests/sim/mda_exact.h"

#include "probe/trace/mda_bound.h"

#include <math.h>
#include <string.h>

/* One more flow: seen[k] is the chance that k successors are known. */
static void
flow(double seen[MDA_EXACT_WIDTH + 1], unsigned width)
{
	for (unsigned k = width; k > 0; k--)
		seen[k] = (seen[k] * k + seen[k - 1] * (width - k + 1)) / width;
	seen[0] = 0;
}

double
mda_exact_one(unsigned width, const double alpha[2])
{
	double seen[MDA_EXACT_WIDTH + 1] = {1}, failed = 0;
	unsigned n = 0;
	for (unsigned k = 1; k < width; k++) {
		unsigned stop = mda_bound_stop(k, alpha[k > 1]);
		for (; n < stop; n++)
			flow(seen, width);
		for (unsigned j = 1; j <= k; j++) {
			failed += seen[j];
			seen[j] = 0;
		}
	}
	return failed;
}

struct chain {
	unsigned flows, known;
};

struct series {
	double epsilon;
	const unsigned *width;
	unsigned balancers;
};

static unsigned
stop_at(const struct series *s, const struct chain *c,
    const struct mda_found *others)
{
	unsigned k = c->known > 1 ? c->known : 1;
	return mda_bound_stop(k, mda_bound_level(s->epsilon, others, k));
}

static struct mda_found
beside(const struct series *s, const struct chain *c, unsigned me)
{
	struct mda_found found = {0};
	for (unsigned i = 0; i < s->balancers; i++) {
		found.twos += i != me && c[i].known == 2;
		found.more += i != me && c[i].known > 2;
	}
	return found;
}

static double fail(const struct series *s, const struct chain *c);

/* All balancers from `at` on get their flows; then the rules look again. */
static double
advance(const struct series *s, const struct chain *c, const unsigned *to,
    unsigned at)
{
	double seen[MDA_EXACT_WIDTH + 1] = {0}, sum = 0;
	struct chain next[MDA_EXACT_BALANCERS];
	if (at == s->balancers)
		return fail(s, c);
	seen[c[at].known] = 1;
	for (unsigned n = c[at].flows; n < to[at]; n++)
		flow(seen, s->width[at]);
	memcpy(next, c, sizeof(next));
	if (to[at] > c[at].flows)
		next[at].flows = to[at];
	for (unsigned k = 0; k <= s->width[at]; k++) {
		next[at].known = k;
		if (seen[k] > 0)
			sum += seen[k] * advance(s, next, to, at + 1);
	}
	return sum;
}

static double
fail(const struct series *s, const struct chain *c)
{
	static const struct mda_found alone = {0};
	unsigned to[MDA_EXACT_BALANCERS], more = 0, missing = 0;
	for (unsigned i = 0; i < s->balancers; i++) {
		to[i] = stop_at(s, &c[i], &alone);
		more += c[i].flows < to[i];
	}
	for (unsigned i = 0; more == 0 && i < s->balancers; i++) {
		struct mda_found others = beside(s, c, i);
		to[i] = stop_at(s, &c[i], &others);
	}
	for (unsigned i = 0; i < s->balancers; i++) {
		more += c[i].flows < to[i];
		missing += c[i].known < s->width[i];
	}
	if (more > 0)
		return advance(s, c, to, 0);
	return missing > 0 ? 1 : 0;
}

double
mda_exact_series(double epsilon, const unsigned *width, unsigned balancers)
{
	struct series s = {epsilon, width, balancers};
	struct chain c[MDA_EXACT_BALANCERS] = {{0}};
	return fail(&s, c);
}

static double
binomial(double p, unsigned n, unsigned k)
{
	if (p <= 0 || p >= 1)
		return k == (p <= 0 ? 0 : n);
	return exp(lgamma(n + 1.0) - lgamma(k + 1.0) - lgamma(n - k + 1.0) +
		   k * log(p) + (n - k) * log1p(-p));
}

bool
mda_exact_within(double p, unsigned n, unsigned failed, bool at_most)
{
	double below = 0;
	for (unsigned k = 0; k < failed; k++)
		below += binomial(p, n, k);
	double up_to = below + binomial(p, n, failed);
	return below <= 0.995 && (at_most || up_to >= 0.005);
}
