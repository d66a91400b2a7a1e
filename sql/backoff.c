/* SPDX-License-Identifier: ISC */
#include "sql/backoff.h"

/* SplitMix64 (Steele, Lea, Flood 2014). */
static uint64_t
next(uint64_t *state)
{
	uint64_t z = *state += UINT64_C(0x9e3779b97f4a7c15);
	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	return z ^ z >> 31;
}

int64_t
backoff_ms(struct backoff *b)
{
	int64_t most = b->most_ms > 0 ? b->most_ms : BACKOFF_MOST_MS;
	int64_t limit = BACKOFF_FIRST_MS;
	for (unsigned i = 0; i < b->failures && limit < most; i++)
		limit *= 2;
	if (limit > most)
		limit = most;
	b->failures++;
	return 1 + (int64_t)(next(&b->random) % (uint64_t)limit);
}

void
backoff_reset(struct backoff *b)
{
	b->failures = 0;
}

int64_t
pace_of_rows_ms(struct pace_of_rows *p, int64_t rows, int64_t now_ms)
{
	if (p->rate <= 0)
		return 0;
	if (p->free_ms < now_ms)
		p->free_ms = now_ms;
	int64_t wait_ms = p->free_ms - now_ms;
	p->free_ms += (rows * 1000 + p->rate - 1) / p->rate;
	return wait_ms;
}
