/* SPDX-License-Identifier: ISC */
#include "probe/campaign/schedule.h"

#include "probe/base/clock.h"
#include "probe/base/hash.h"
#include "probe/base/rd.h"

#include <stdio.h>

int64_t
schedule_phase_us(
    const char *vantage, const char *campaign, int64_t interval_us)
{
	char text[128];
	uint8_t hash[HASH_SHA256_LEN];
	int len = snprintf(text, sizeof(text), "%s/%s", vantage, campaign);
	hash_sha256(text, (size_t)len, hash);
	struct rd r = rd_make(hash, sizeof(hash));
	uint64_t seconds = (uint64_t)(interval_us / US_PER_S);
	return (int64_t)(rd_u64(&r) % seconds) * US_PER_S;
}

int64_t
schedule_planned_us(const struct schedule *s, int64_t slot)
{
	return s->anchor_us + slot * s->interval_us + s->phase_us;
}

int64_t
schedule_slot(const struct schedule *s, int64_t now_us)
{
	int64_t past_us = now_us - s->anchor_us - s->phase_us;
	int64_t slot = past_us / s->interval_us;
	return past_us % s->interval_us < 0 ? slot - 1 : slot;
}

int64_t
schedule_next(const struct schedule *s, int64_t now_us)
{
	int64_t slot = schedule_slot(s, now_us) + 1;
	return slot > 0 ? slot : 0;
}

struct schedule_step
schedule_step(const struct schedule *s, int64_t next, int64_t now_us)
{
	if (schedule_planned_us(s, next) - now_us > s->interval_us)
		next = schedule_slot(s, now_us) + 1;
	if (next < 0)
		next = 0;
	int64_t late_us = now_us - schedule_planned_us(s, next);
	struct schedule_step step = {.slot = next};
	if (late_us < 0) {
		step.what = SCHEDULE_WAIT;
		step.wait_us = -late_us;
		return step;
	}
	step.what = late_us > s->interval_us / 2 ? SCHEDULE_SKIP : SCHEDULE_RUN;
	step.late_us = late_us;
	return step;
}
