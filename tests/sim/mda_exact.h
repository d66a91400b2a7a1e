/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_TESTS_MDA_EXACT_H
#define TUMEN_TESTS_MDA_EXACT_H

#include <stdbool.h>
#include <stddef.h>

/* Sanitizers slow a test down tenfold; it samples less then. */
#if defined(__SANITIZE_ADDRESS__)
#define MDA_SANITIZED true
#elif defined(__has_feature)
#define MDA_SANITIZED __has_feature(address_sanitizer)
#else
#define MDA_SANITIZED false
#endif

/*
 * With what chance the stopping rules fail on a given topology, computed and
 * not sampled, as fakeroute does (Viger et al. 2008, Vermeulen et al. 2018).
 * Every balancer is a Markov chain of (flows, successors seen); a rule stops
 * it at certain numbers of flows.
 */
enum { MDA_EXACT_WIDTH = 64, MDA_EXACT_BALANCERS = 2 };

/*
 * Balancers of these widths one behind the other, each of one hop, at the
 * levels of mda_bound_level(): first as if each were alone, then by what was
 * found of the others, and again when that has changed.
 */
double
mda_exact_series(double epsilon, const unsigned *width, unsigned balancers);

/*
 * One balancer of so many successors that is held to alpha[0] while one of
 * them is known, and to alpha[1] with more.
 */
double mda_exact_one(unsigned width, const double alpha[2]);

/* Whether so many failures of n lie between the 0.5 % quantiles of Bin(n, p);
 * at_most: or below them. */
bool mda_exact_within(double p, unsigned n, unsigned failed, bool at_most);

#endif
