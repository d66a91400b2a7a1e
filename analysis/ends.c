/* SPDX-License-Identifier: ISC */
#include "analysis/ends.h"

#include "probe/base/clock.h"

#include <time.h>

void
ends_block(sigset_t *ends)
{
	sigemptyset(ends);
	sigaddset(ends, SIGTERM);
	sigaddset(ends, SIGINT);
	sigprocmask(SIG_BLOCK, ends, NULL);
}

bool
ends_sleep(const sigset_t *ends, int64_t ms)
{
	const struct timespec t = {
	    .tv_sec = ms / 1000, .tv_nsec = ms % 1000 * NS_PER_MS};
	return sigtimedwait(ends, NULL, &t) > 0;
}
