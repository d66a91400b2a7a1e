/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_TESTS_SWEEP_BENCH_H
#define TUMEN_TESTS_SWEEP_BENCH_H

#include "probe/trace/sweep.h"

/* The core by itself, 32,768 addresses of 10.0.0.0/17. */
struct sweep_speed {
	int64_t core_ns; /* processor time in next, sent and reply */
	int64_t take_ns; /* in take */
	size_t records;
	struct sweep_saved saved;
};

/* One address in `share` answers; 1: all. */
struct sweep_speed sweep_bench(unsigned share);

#endif
