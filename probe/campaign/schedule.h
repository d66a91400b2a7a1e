/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_CAMPAIGN_SCHEDULE_H
#define TUMEN_CAMPAIGN_SCHEDULE_H

#include <stdint.h>

/*
 * When a campaign runs. Slot N is planned for anchor + N * interval + phase,
 * in UTC, whatever happened before: two vantages with the same anchor count
 * the same slots, and a restart changes nothing. Pure: the caller gives the
 * time.
 */
struct schedule {
	int64_t interval_us; /* > 0 */
	int64_t anchor_us;
	int64_t phase_us;  /* 0..interval - 1 */
	int64_t jitter_us; /* 0..interval / 4: a slot begins so late at most */
	uint64_t seed;	   /* of its jitter: of the names */
	int64_t start_us, until_us; /* slots planned in [start, until) alone;
				       -1: since ever, for ever */
};

enum schedule_what {
	SCHEDULE_WAIT, /* nothing before `wait_us` has passed */
	SCHEDULE_RUN,  /* the slot is due; afterwards comes slot + 1 */
	SCHEDULE_SKIP, /* too late for the slot; afterwards comes slot + 1 */
};

struct schedule_step {
	enum schedule_what what;
	int64_t slot;
	int64_t wait_us; /* SCHEDULE_WAIT */
	int64_t
	    late_us; /* SCHEDULE_RUN, SCHEDULE_SKIP: behind plan and jitter */
};

/*
 * A phase in whole seconds that is spread over names and the same at each
 * call; the interval is at least a second.
 */
int64_t schedule_phase_us(
    const char *vantage, const char *campaign, int64_t interval_us);

/* The same kind of number for the jitter. */
uint64_t schedule_seed(const char *vantage, const char *campaign);

int64_t schedule_planned_us(const struct schedule *s, int64_t slot);

/* How long after that it begins: a part of the jitter, the same each time. */
int64_t schedule_jitter_us(const struct schedule *s, int64_t slot);

/* The last slot planned for now or before. */
int64_t schedule_slot(const struct schedule *s, int64_t now_us);

/* The first slot of all: nothing is before slot 0, nor before the start. */
int64_t schedule_first(const struct schedule *s);

/* The first slot planned for later than now, but not before that. */
int64_t schedule_next(const struct schedule *s, int64_t now_us);

/*
 * What to do now when `next` is the first slot not dealt with. It is due when
 * its jitter has passed, too, and may begin late by half an interval. A clock
 * that was set back by more than an interval brings the slots of the new time.
 * Nothing is before schedule_first(); behind `until` it waits for ever, which
 * is INT64_MAX.
 */
struct schedule_step
schedule_step(const struct schedule *s, int64_t next, int64_t now_us);

#endif
