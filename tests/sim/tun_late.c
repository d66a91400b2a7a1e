/* SPDX-License-Identifier: ISC */
#include "tests/sim/tun_late.h"

static size_t
bin(uint64_t ns)
{
	int shift = 0;
	while (ns >= UINT64_C(2) * TUN_LATE_STEPS) {
		ns >>= 1;
		shift++;
	}
	return (size_t)shift * TUN_LATE_STEPS + (size_t)ns;
}

/* The largest that falls in the bin. */
static int64_t
upper(size_t i)
{
	if (i < (size_t)TUN_LATE_STEPS * 2)
		return (int64_t)i;
	size_t shift = i / TUN_LATE_STEPS - 1;
	uint64_t step = i % TUN_LATE_STEPS + TUN_LATE_STEPS;
	return (int64_t)(((step + 1) << shift) - 1);
}

void
tun_late_add(struct tun_late *l, int64_t ns)
{
	ns = ns < 0 ? 0 : ns;
	l->bin[bin((uint64_t)ns)]++;
	l->n++;
	if (ns > l->max_ns)
		l->max_ns = ns;
}

int64_t
tun_late_quantile_ns(const struct tun_late *l, unsigned per_mille)
{
	uint64_t want = (l->n * per_mille + 999) / 1000, seen = 0;
	for (size_t i = 0; i < TUN_LATE_BINS && l->n > 0; i++) {
		seen += l->bin[i];
		if (seen >= want)
			return upper(i) < l->max_ns ? upper(i) : l->max_ns;
	}
	return 0;
}
