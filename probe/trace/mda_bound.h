/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_TRACE_MDA_BOUND_H
#define TUMEN_TRACE_MDA_BOUND_H

/*
 * How many flows prove that all successors of a balancer are known (Augustin
 * et al., E2EMON 2007; Veitch et al., INFOCOM 2009). Everything rests on the
 * one assumption of these papers: a balancer sends a new flow to each of its
 * successors with the same chance, whatever it did with the flows before.
 */

/* Widths above this one are not counted out. */
enum { MDA_WIDTH_MAX = 128 };

/* The chance that n flows leave one of k successors unseen; k 1..129. */
double mda_bound_miss(unsigned k, unsigned n);

/*
 * The stopping point n_k: the flows after which k successors are taken for
 * all. The smallest n with mda_bound_miss(k + 1, n) <= alpha; k 1..128, alpha
 * above 1e-9.
 */
unsigned mda_bound_stop(unsigned k, double alpha);

/*
 * The flows after which no one of `width` routers, each of which gets an equal
 * part of the flows, has half of its flows go where none was seen to go, but
 * for the chance alpha: the smallest n with (1 - 1/2width)^n <= alpha.
 */
unsigned mda_bound_share(unsigned width, double alpha);

/* That chance for n flows. */
double mda_bound_share_miss(unsigned width, unsigned n);

/*
 * The repeats of flows that all find their first router again unless, but for
 * the chance alpha, the balancer before them draws one of k for each packet.
 */
unsigned mda_bound_repeats(unsigned k, double alpha);

/* The balancers found elsewhere: with two successors, and with more. */
struct mda_found {
	unsigned twos, more;
};

/*
 * The alpha for a vertex of which k successors are known, so that all vertices
 * together fail with at most epsilon; mda_bound.c has the argument.
 */
double
mda_bound_level(double epsilon, const struct mda_found *others, unsigned k);

/*
 * The chance that these rules miss a part of a balancer with k successors
 * beside the others: its Markov chain, exactly. k 2..128.
 */
double
mda_bound_failure(double epsilon, const struct mda_found *others, unsigned k);

#endif
