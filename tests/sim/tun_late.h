/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_TESTS_TUN_LATE_H
#define TUMEN_TESTS_TUN_LATE_H

#include <stddef.h>
#include <stdint.h>

/* Counts of durations by size: 32 steps for each doubling (3 %). */
enum { TUN_LATE_STEPS = 32, TUN_LATE_BINS = TUN_LATE_STEPS * 60 };

struct tun_late {
	uint64_t n, bin[TUN_LATE_BINS];
	int64_t max_ns;
};

/* Less than 0 counts as 0. */
void tun_late_add(struct tun_late *l, int64_t ns);

/* What so many of a thousand do not exceed; 0 of nothing. */
int64_t tun_late_quantile_ns(const struct tun_late *l, unsigned per_mille);

#endif
