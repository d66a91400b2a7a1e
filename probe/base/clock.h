/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_BASE_CLOCK_H
#define TUMEN_BASE_CLOCK_H

#include <stdbool.h>
#include <stdint.h>

/* CLOCK_MONOTONIC: for timeouts and pacing; never stored. */
struct mono {
	int64_t ns;
};

/* CLOCK_REALTIME, UTC since 1970: what is stored; kernel stamps are of it. */
struct wall {
	int64_t ns;
};

enum { CLOCK_STRLEN = 32 };
#define NS_PER_S   INT64_C(1000000000)
#define NS_PER_MS  INT64_C(1000000)
#define US_PER_S   INT64_C(1000000)
#define US_PER_DAY INT64_C(86400000000) /* UTC has no other days here */

struct mono mono_now(void);
struct wall wall_now(void);

/*
 * CLOCK_REALTIME - CLOCK_BOOTTIME, ns: both are slewed alike and both go on
 * while the machine sleeps, so it moves when the wall clock is set, and only
 * then.
 */
int64_t clock_offset_ns(void);

/* What the kernel thinks of its wall clock (adjtimex(2)). */
struct clock_trust {
	int synced;	  /* 1 kept right by somebody, 0 not; -1 not allowed
			     to ask */
	int64_t error_us; /* at most; -1 not known */
	int64_t usual_us; /* as estimated; -1 not known */
};
struct clock_trust clock_trust(void);

/* "2026-11-21T16:53:59.483118Z" (RFC 3339, UTC, microseconds) for us >= 0. */
char *clock_format_us(int64_t us, char buf[static CLOCK_STRLEN]);

/*
 * Reads RFC 3339 in UTC (fraction optional), a bare date "2026-11-21", or
 * "@SECONDS" since 1970, into microseconds. Years 1970 to 2262.
 */
bool clock_parse_us(const char *s, int64_t *us);

#endif
