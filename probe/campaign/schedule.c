/* SPDX-License-Identifier: ISC */
#include "probe/campaign/schedule.h"

#include "probe/base/clock.h"
#include "probe/base/hash.h"
#include "probe/base/rd.h"

#include <stdio.h>

/* Numbers that are spread over the names, and the same at each call. */
static struct rd
names(const char *vantage, const char *campaign,
    uint8_t hash[static HASH_SHA256_LEN])
{
	char text[128];
	int len = snprintf(text, sizeof(text), "%s/%s", vantage, campaign);
	hash_sha256(text, (size_t)len, hash);
	return rd_make(hash, HASH_SHA256_LEN);
}

int64_t
schedule_phase_us(
    const char *vantage, const char *campaign, int64_t interval_us)
{
	uint8_t hash[HASH_SHA256_LEN];
	struct rd r = names(vantage, campaign, hash);
	uint64_t seconds = (uint64_t)(interval_us / US_PER_S);
	return (int64_t)(rd_u64(&r) % seconds) * US_PER_S;
}

uint64_t
schedule_seed(const char *vantage, const char *campaign)
{
	uint8_t hash[HASH_SHA256_LEN];
	struct rd r = names(vantage, campaign, hash);
	rd_skip(&r, sizeof(uint64_t)); /* the phase's */
	return rd_u64(&r);
}

int64_t
schedule_planned_us(const struct schedule *s, int64_t slot)
{
	return s->anchor_us + slot * s->interval_us + s->phase_us;
}

/* SplitMix64 (Steele, Lea, Flood 2014): number `slot` of the seed. */
int64_t
schedule_jitter_us(const struct schedule *s, int64_t slot)
{
	uint64_t z = s->seed + (uint64_t)slot * UINT64_C(0x9e3779b97f4a7c15);
	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	z ^= z >> 31;
	return (int64_t)(z % ((uint64_t)s->jitter_us + 1));
}

int64_t
schedule_slot(const struct schedule *s, int64_t now_us)
{
	int64_t past_us = now_us - s->anchor_us - s->phase_us;
	int64_t slot = past_us / s->interval_us;
	return past_us % s->interval_us < 0 ? slot - 1 : slot;
}

static int64_t
later(int64_t a, int64_t b)
{
	return a > b ? a : b;
}

int64_t
schedule_first(const struct schedule *s)
{
	return later(schedule_slot(s, s->start_us - 1) + 1, 0);
}

int64_t
schedule_next(const struct schedule *s, int64_t now_us)
{
	return later(schedule_slot(s, now_us) + 1, schedule_first(s));
}

struct schedule_step
schedule_step(const struct schedule *s, int64_t next, int64_t now_us)
{
	if (schedule_planned_us(s, next) - now_us > s->interval_us)
		next = schedule_slot(s, now_us) + 1;
	next = later(next, schedule_first(s));
	int64_t planned_us = schedule_planned_us(s, next);
	int64_t late_us = now_us - planned_us - schedule_jitter_us(s, next);
	struct schedule_step step = {.slot = next};
	if (s->until_us >= 0 && planned_us >= s->until_us) {
		step.what = SCHEDULE_WAIT;
		step.wait_us = INT64_MAX;
		return step;
	}
	if (late_us < 0) {
		step.what = SCHEDULE_WAIT;
		step.wait_us = -late_us;
		return step;
	}
	step.what = late_us > s->interval_us / 2 ? SCHEDULE_SKIP : SCHEDULE_RUN;
	step.late_us = late_us;
	return step;
}
