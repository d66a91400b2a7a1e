/* SPDX-License-Identifier: ISC */
#include "probe/trace/mda_bound.h"

#include <math.h>

/* The expected number of unseen successors; never less than the chance. */
static double
expected(unsigned k, unsigned n)
{
	return k * pow(1 - 1.0 / k, n);
}

/*
 * sum over i >= 1 of (-1)^(i+1) C(k,i) ((k-i)/k)^n. Where fewer than one unseen
 * successor is expected the terms fall like 1/i!, so that nothing cancels.
 */
static double
inclusion_exclusion(unsigned k, unsigned n)
{
	double sum = 0, choose = 1, term = 1;
	for (unsigned i = 1; i < k && term > 1e-15; i++) {
		choose *= (double)(k - i + 1) / i;
		term = choose * pow((double)(k - i) / k, n);
		sum += i % 2 == 1 ? term : -term;
	}
	return sum;
}

/* One more flow: seen[j] is the chance that j of k successors are known. */
static void
flow(double *seen, unsigned k)
{
	for (unsigned j = k; j > 0; j--)
		seen[j] = (seen[j] * j + seen[j - 1] * (k - j + 1)) / k;
	seen[0] = 0;
}

/* Flow by flow: all terms are positive. */
static double
occupancy(unsigned k, unsigned n)
{
	double seen[MDA_WIDTH_MAX + 2] = {1};
	for (unsigned i = 0; i < n; i++)
		flow(seen, k);
	return 1 - seen[k];
}

double
mda_bound_miss(unsigned k, unsigned n)
{
	if (n < k)
		return 1;
	if (k == 1)
		return 0;
	return expected(k, n) < 1 ? inclusion_exclusion(k, n) : occupancy(k, n);
}

/* The first n with base^n <= alpha. */
static unsigned
power(double base, double alpha)
{
	return (unsigned)ceil(log(alpha) / log(base));
}

/*
 * By Bonferroni's second inequality the chance is above alpha as long as 1.1
 * alpha unseen successors are expected (alpha <= 0.1); from there it is a step
 * or two.
 */
unsigned
mda_bound_stop(unsigned k, double alpha)
{
	unsigned n = power(1 - 1.0 / (k + 1), 1.1 * alpha / (k + 1));
	while (mda_bound_miss(k + 1, n) > alpha)
		n++;
	return n;
}

double
mda_bound_share_miss(unsigned width, unsigned n)
{
	return pow(1 - 0.5 / width, n);
}

unsigned
mda_bound_share(unsigned width, double alpha)
{
	return power(1 - 0.5 / width, alpha);
}

unsigned
mda_bound_repeats(unsigned k, double alpha)
{
	return power(1.0 / k, alpha);
}

/*
 * Only a vertex that has two successors or more can fail, and those that are
 * known are counted (Veitch); a vertex that seems to have one is held to what
 * it would take if it were one more with two. A balancer with two successors
 * fails only by being missed altogether, one with more nearly always by a rest
 * of it: so the first share the larger part of epsilon, the others the smaller
 * one, which costs nothing where there is only one balancer. When v is missed,
 * the others have been held to what holds without v, which is weaker; but then
 * the trace has failed already. Two that are both missed are each held to a
 * weaker alpha than if one of them were known: all such pairs together weigh
 * less than epsilon^2, which is set aside. tests/unit/test_mda_bound.c adds it
 * all up for every mixture of up to 16 + 16 balancers of widths up to 64.
 */
double
mda_bound_level(double epsilon, const struct mda_found *others, unsigned k)
{
	static const double missed = 0.8, rest = 0.15;
	double all = epsilon * (1 - epsilon);
	unsigned known = others->twos + others->more;
	if (known == 0)
		return all;
	if (k == 1)
		return others->more == 0 ? all / (known + 1)
					 : all * missed / known;
	double part = others->twos == 0 ? missed : rest;
	return all * part / (others->more + 1);
}

/* Where a rule stops the chain with j known, it has failed if there are more.
 */
double
mda_bound_failure(double epsilon, const struct mda_found *others, unsigned k)
{
	double seen[MDA_WIDTH_MAX + 2] = {1}, failed = 0;
	for (unsigned known = 1, n = 0; known < k; known++) {
		double alpha = mda_bound_level(epsilon, others, known);
		unsigned stop = mda_bound_stop(known, alpha);
		for (; n < stop; n++)
			flow(seen, k);
		for (unsigned j = 1; j <= known; j++) {
			failed += seen[j];
			seen[j] = 0;
		}
	}
	return failed;
}
