/* SPDX-License-Identifier: ISC */
#include "probe/check.h"

#include <sys/stat.h>
#include <sysexits.h>

/* CLOCK_REALTIME in 64 bits of nanoseconds ends in 2262. */
#define LAST_US (INT64_MAX / 1000 - US_PER_DAY)

/* When this program was written to the disk; -1 not known. */
static int64_t
program_us(void)
{
	struct stat st;
	if (stat("/proc/self/exe", &st) != 0)
		return -1;
	return (int64_t)st.st_mtim.tv_sec * US_PER_S +
	       st.st_mtim.tv_nsec / 1000;
}

/* A time that cannot be: before this program was, or after all times. */
static bool
is_absurd(int64_t now_us, struct fault *f)
{
	char now[CLOCK_STRLEN], built[CLOCK_STRLEN];
	int64_t program = program_us();
	clock_format_us(now_us > 0 ? now_us : 0, now);
	if (now_us > LAST_US)
		return !fault_set(f, EX_UNAVAILABLE,
		    "%s: at the end of what can be stored, in 2262; set it",
		    now);
	if (now_us >= program)
		return false;
	return !fault_set(f, EX_UNAVAILABLE,
	    "%s: before this program was installed, %s; set it", now,
	    clock_format_us(program, built));
}

/* Both estimates are the kernel's, or of whoever steers its clock. */
static void
check_sync(struct check_report *r)
{
	struct clock_trust trust = clock_trust();
	if (trust.synced < 0)
		check_warn(
		    r, "clock", "this process may not ask who keeps it right");
	else if (trust.synced == 0)
		check_warn(r, "clock",
		    "not synchronised: nobody keeps it right (no NTP), how "
		    "wrong it is nobody knows");
	else
		check_ok(r, "clock",
		    "synchronised (NTP): wrong by %.3g ms at most, %.3g ms as "
		    "estimated",
		    (double)trust.error_us / 1000,
		    (double)trust.usual_us / 1000);
}

void
check_clock(struct check *c)
{
	struct fault f = {0};
	if (is_absurd(c->now_us, &f))
		check_fail(&c->report, "clock", &f);
	else
		check_sync(&c->report);
}
