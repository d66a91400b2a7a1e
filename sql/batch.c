/* SPDX-License-Identifier: ISC */
#include "sql/batch.h"

#include <time.h>

/* Who waits for the lock of a SQLite file looks each 5 ms (lock.c). */
enum { TURN_MS = 10 };

void
batch_turn(void)
{
	const struct timespec turn = {.tv_nsec = TURN_MS * 1000000L};
	nanosleep(&turn, NULL);
}

bool
batch_open(struct batch *b, struct store *s, struct fault *f)
{
	*b = (struct batch){.store = s};
	return store_begin(s, f);
}

bool
batch_count(struct batch *b, size_t octets, bool *committed, struct fault *f)
{
	b->rows++;
	b->octets += (int64_t)octets;
	*committed = b->rows >= BATCH_ROWS || b->octets >= BATCH_OCTETS;
	if (!*committed)
		return true;
	b->rows = b->octets = 0;
	if (!store_commit(b->store, f))
		return false;
	batch_turn();
	return store_begin(b->store, f);
}

bool
batch_close(struct batch *b, bool ok, struct fault *f)
{
	if (ok)
		return store_commit(b->store, f);
	store_rollback(b->store);
	return false;
}
