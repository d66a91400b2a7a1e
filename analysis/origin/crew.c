/* SPDX-License-Identifier: ISC */
#include "analysis/origin/crew.h"

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>

struct crew {
	size_t n;
	atomic_size_t next;
	void (*work)(void *context, size_t i);
	void *context;
};

size_t
crew_cores(void)
{
	cpu_set_t set;
	if (sched_getaffinity(0, sizeof(set), &set) < 0)
		return 1; /* more than 1,024: one will do */
	size_t n = (size_t)CPU_COUNT(&set);
	return n > CREW_MAX ? CREW_MAX : n;
}

static void *
member(void *arg)
{
	struct crew *crew = arg;
	for (;;) {
		size_t i = atomic_fetch_add(&crew->next, 1);
		if (i >= crew->n)
			return NULL;
		crew->work(crew->context, i);
	}
}

void
crew_each(size_t n, void (*work)(void *context, size_t i), void *context)
{
	struct crew crew = {.n = n, .work = work, .context = context};
	pthread_t others[CREW_MAX];
	size_t most = crew_cores(), nothers = 0;
	most = n < most ? n : most;
	while (nothers + 1 < most &&
	       pthread_create(&others[nothers], NULL, member, &crew) == 0)
		nothers++;
	member(&crew); /* this thread is one of them, or the only one */
	while (nothers > 0)
		pthread_join(others[--nothers], NULL);
}
