/* SPDX-License-Identifier: ISC */
#include "analysis/change/uplinks.h"

#include "probe/base/mem.h"

#include <stdlib.h>

void
uplinks_open(struct uplinks *u, const struct store_uplink *run, size_t n)
{
	*u = (struct uplinks){.n = n, .run = run};
	if (n == 0)
		return;
	u->earliest = xcalloc(n, sizeof(*u->earliest));
	int64_t earliest = run[n - 1].began_us;
	for (size_t i = n; i-- > 0;) {
		if (run[i].began_us < earliest)
			earliest = run[i].began_us;
		u->earliest[i] = earliest;
	}
}

void
uplinks_close(struct uplinks *u)
{
	free(u->earliest);
	*u = (struct uplinks){0};
}

/* The first that ended at or after from_us. */
static size_t
first_of(const struct uplinks *u, int64_t from_us)
{
	size_t lo = 0, hi = u->n;
	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;
		if (u->run[mid].ended_us < from_us)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

const char *
uplinks_between(
    const struct uplinks *u, int64_t from_us, int64_t to_us, int64_t *ended_us)
{
	bool up = false, down = false;
	*ended_us = -1;
	for (size_t i = first_of(u, from_us);
	     i < u->n && u->earliest[i] <= to_us; i++) {
		const struct store_uplink *run = &u->run[i];
		if (run->began_us > to_us)
			continue;
		up = up || run->up;
		down = down || (run->known && !run->up);
		*ended_us = run->ended_us;
	}
	return down ? "down" : up ? "up" : "unknown";
}
