/* SPDX-License-Identifier: ISC */
#include "analysis/exchange/scamper_gaps.h"

/* Attempts of a TTL: bit 0 is the first one. */
struct made {
	uint32_t answered[RECORD_TTL_MAX + 1];
	int first, last; /* TTLs */
	uint32_t all;	 /* attempts that may be made */
};

enum guess { GUESS_BELOW, GUESS_CERTAIN, GUESS_UNTIL_ANSWERED, GUESS_ALL };

static struct made
made_of(const struct record *r, const struct scamper_head *head)
{
	struct made m = {0};
	int64_t first = head->number[SCAMPER_FIRSTHOP];
	int64_t last = head->number[SCAMPER_HOP_COUNT];
	int64_t attempts = head->number[SCAMPER_ATTEMPTS];
	m.first = first < 1 ? 1 : (int)first;
	m.last = last > RECORD_TTL_MAX ? RECORD_TTL_MAX : (int)last;
	if (attempts > 0 && attempts < RECORD_ATTEMPT_TOP)
		m.all = (UINT32_C(1) << attempts) - 1;
	for (size_t i = 0; i < r->nprobes; i++)
		if (r->probes[i].attempt > 0)
			m.answered[r->probes[i].ttl] |=
			    UINT32_C(1) << (r->probes[i].attempt - 1);
	return m;
}

/* All bits up to the highest one. */
static uint32_t
up_to(uint32_t bits)
{
	for (int i = 1; i < 32; i *= 2)
		bits |= bits >> i;
	return bits;
}

static uint32_t
attempts_at(const struct made *m, int ttl, enum guess guess)
{
	uint32_t answered = m->answered[ttl];
	uint32_t sent = up_to(answered);
	if (guess != GUESS_BELOW)
		sent |= 1;
	if (guess == GUESS_ALL ||
	    (guess == GUESS_UNTIL_ANSWERED && answered == 0))
		sent |= m->all;
	return sent;
}

static int64_t
count(const struct made *m, enum guess guess)
{
	int64_t n = 0;
	for (int ttl = m->first; ttl <= m->last; ttl++)
		n += __builtin_popcount(attempts_at(m, ttl, guess));
	return n;
}

/* Where sending failed, hop_count has a TTL to which nothing was sent. */
static enum guess
guess_of(const struct made *m, const struct scamper_head *head, bool complete)
{
	int64_t probes = head->number[SCAMPER_PROBE_COUNT];
	if (probes < 0)
		return GUESS_CERTAIN;
	if (count(m, GUESS_CERTAIN) > probes)
		return GUESS_BELOW;
	if (!complete || m->all == 0 ||
	    head->number[SCAMPER_HOP_COUNT] > RECORD_TTL_MAX)
		return GUESS_CERTAIN;
	if (count(m, GUESS_UNTIL_ANSWERED) == probes)
		return GUESS_UNTIL_ANSWERED;
	return count(m, GUESS_ALL) == probes ? GUESS_ALL : GUESS_CERTAIN;
}

void
scamper_gaps(const struct scamper_head *head, struct foreign *f, bool complete)
{
	struct made m = made_of(&f->record[f->n - 1], head);
	enum guess guess = guess_of(&m, head, complete);
	for (int ttl = m.first; ttl <= m.last; ttl++) {
		uint32_t sent = attempts_at(&m, ttl, guess) & ~m.answered[ttl];
		for (int attempt = 1; sent != 0; attempt++, sent >>= 1)
			if (sent & 1)
				foreign_probe(f, ttl, attempt);
	}
}
