/* SPDX-License-Identifier: ISC */
#include "analysis/infer/rtt.h"

#include "probe/base/clock.h"

#include <stdlib.h>
#include <string.h>

/* Up to a geostationary satellite and down: 71,572 km at 299,792 km/s. */
static const int64_t satellite_ns = INT64_C(238738000);

static const int64_t differs_ns = 10 * NS_PER_MS;

/* The lesser of two, of which -1 is none. */
static int64_t
lesser(int64_t a, int64_t b)
{
	return a < 0 || (b >= 0 && b < a) ? b : a;
}

int64_t
rtt_least_ns(const struct record *r)
{
	int64_t least = -1;
	for (size_t i = 0; i < r->nprobes; i++) {
		const struct record_probe *p = &r->probes[i];
		if (p->answered && p->addr == r->target &&
		    (p->proof == PROOF_BOTH || p->proof == PROOF_UNTOLD))
			least = lesser(least, p->rtt_ns);
	}
	return least;
}

int64_t
rtt_at_us(const struct record *r, int ttl)
{
	int64_t least = -1;
	for (size_t i = 0; i < r->nprobes; i++) {
		const struct record_probe *p = &r->probes[i];
		if (p->answered && p->ttl == ttl && p->proof != PROOF_NONE)
			least = lesser(least, p->rtt_ns);
	}
	return least < 0 ? -1 : least / 1000;
}

static bool
is_whole(const struct rtt_pair *pair)
{
	return pair->here_ns >= 0 && pair->other_ns >= 0;
}

bool
rtt_too_fast(const struct rtt_pair *pair)
{
	return is_whole(pair) &&
	       pair->here_ns < satellite_ns + pair->other_ns / 2;
}

bool
rtt_differs(const struct rtt_pair *pair)
{
	int64_t apart = pair->here_ns - pair->other_ns;
	int64_t less =
	    apart > 0 ? pair->other_ns : pair->here_ns; /* of the two */
	if (apart < 0)
		apart = -apart;
	return is_whole(pair) && apart > differs_ns && apart > less / 5;
}

/* What belongs together stands together, the nearest prefix first. */
static int
by_kin(const void *a, const void *b)
{
	const struct rtt_least *x = a, *y = b;
	if (x->window != y->window)
		return x->window < y->window ? -1 : 1;
	if (x->network != y->network)
		return x->network < y->network ? -1 : 1;
	int names = strcmp(x->vantage, y->vantage);
	if (names != 0)
		return names;
	if (x->pair->here_ns != y->pair->here_ns)
		return x->pair->here_ns < y->pair->here_ns ? -1 : 1;
	return (x->prefix.addr > y->prefix.addr) -
	       (x->prefix.addr < y->prefix.addr);
}

static bool
are_kin(const struct rtt_least *x, const struct rtt_least *y)
{
	return x->window == y->window && x->network == y->network &&
	       strcmp(x->vantage, y->vantage) == 0;
}

void
rtt_pair_all(struct rtt_least *least, size_t n)
{
	size_t first = 0;
	if (n > 0)
		qsort(least, n, sizeof(*least), by_kin);
	for (size_t i = 0; i < n; i++) {
		if (!are_kin(&least[first], &least[i]))
			first = i;
		bool more =
		    first + 1 < n && are_kin(&least[first], &least[first + 1]);
		const struct rtt_least *other =
		    &least[i == first && more ? first + 1 : first];
		if (other == &least[i])
			continue;
		least[i].pair->other_ns = other->pair->here_ns;
		least[i].pair->other = other->prefix;
	}
}
