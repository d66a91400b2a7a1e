/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_TESTS_SWEEP_FLIGHT_H
#define TUMEN_TESTS_SWEEP_FLIGHT_H

#include "probe/trace/sweep_reply.h"
#include "tests/unit/sweep_small.h"

/* A sweep with some probes in flight, and whose probe a reply answers. */

enum { FLIGHT = 256, STRIDE = 4 };

struct flight {
	struct small *m;
	struct survey_probe probe[FLIGHT];
	size_t n;
	uint32_t trace; /* of the latest match */
	enum record_proof proof;
};

/* All leaves that may leave now. */
static inline void
pull(struct flight *f)
{
	struct small *m = f->m;
	struct survey_probe p;
	while (sweep_ops.next(m->sweep, m->now, &p)) {
		sweep_ops.sent(m->sweep, p.handle, m->now, EPOCH + m->now.ns);
		assert_true(f->n < FLIGHT);
		f->probe[f->n++] = p;
	}
}

/* Five TTLs of each target leave at once. */
static inline void
begin_by(struct flight *f, size_t targets, enum record_method method)
{
	*f = (struct flight){.m = small_new()};
	f->m->config.max_ttl = f->m->config.gap;
	small_open_by(f->m, targets, STRIDE, method);
	pull(f);
	assert_int_equal(f->n, targets * f->m->config.gap);
}

static inline void
begin(struct flight *f)
{
	begin_by(f, 1, METHOD_UDP);
}

static inline void
end(struct flight *f)
{
	sweep_ops.abort(f->m->sweep, f->m->now, 0);
	small_close(f->m);
}

/* The latest attempt at the TTL towards the first target. */
static inline const struct survey_probe *
at(const struct flight *f, uint8_t ttl)
{
	for (size_t i = f->n; i > 0; i--)
		if (f->probe[i - 1].ttl == ttl &&
		    f->probe[i - 1].flow.dst == FIRST)
			return &f->probe[i - 1];
	fail_msg("no probe with TTL %d", ttl);
	return NULL;
}

/* The probe's number; 0: none, and then offering it changes nothing. */
static inline uint32_t
match(struct flight *f, const struct reply *r)
{
	uint32_t probe = UINT32_MAX;
	f->trace = UINT32_MAX;
	f->proof = 0;
	if (sweep_match(f->m->sweep, r, &f->trace, &probe, &f->proof))
		return probe;
	assert_false(sweep_ops.reply(f->m->sweep, r, f->m->now, -1));
	return 0;
}

static inline void
give(struct flight *f, const struct reply *r)
{
	struct small *m = f->m;
	assert_true(sweep_ops.reply(m->sweep, r, m->now, EPOCH + m->now.ns));
}

#endif
