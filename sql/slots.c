/* SPDX-License-Identifier: ISC */
#include "sql/slots.h"

/* No campaign runs more often (probe/campaign/schedule.h). */
enum { INTERVAL_MIN_US = 1000000 };

/* The microseconds between two neighbours in this jump; 0 when it is none. */
static int64_t
interval_of(const struct slots *s, const struct slots_row *row)
{
	int64_t steps = row->slot - s->slot;
	int64_t us = row->planned_us - s->planned_us;
	if (steps <= 0 || us % steps != 0 || us / steps < INTERVAL_MIN_US)
		return 0;
	return us / steps;
}

struct slots_step
slots_step(struct slots *s, const struct slots_row *row)
{
	struct slots_step step = {.what = SLOTS_NEXT};
	int64_t interval_us = s->begun ? interval_of(s, row) : 0;
	if (s->begun && row->slot == s->slot) {
		step.what = SLOTS_TWICE;
		step.epoch_before = s->epoch;
	} else if (interval_us > 0 && row->slot > s->slot + 1 &&
		   (s->interval_us == 0 || s->interval_us == interval_us)) {
		step.what = SLOTS_MISSING;
		step.first = s->slot + 1;
		step.last = row->slot - 1;
		step.planned_us = s->planned_us + interval_us;
	}
	if (interval_us > 0)
		s->interval_us = interval_us;
	s->begun = true;
	s->slot = row->slot;
	s->epoch = row->epoch;
	s->planned_us = row->planned_us;
	return step;
}
