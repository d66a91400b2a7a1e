/* SPDX-License-Identifier: ISC */
#include "probe/campaign/run.h"

#include <stdio.h>

void
run_row(struct run *r, const struct config *c,
    const struct config_campaign *campaign, int64_t slot)
{
	struct schedule s = config_schedule(c, campaign);
	*r = (struct run){
	    .row = {.slot = slot,
		.planned_us = schedule_planned_us(&s, slot),
		.started_us = -1,
		.finished_us = -1},
	};
	snprintf(r->row.vantage, sizeof(r->row.vantage), "%s", c->vantage.name);
	snprintf(
	    r->row.campaign, sizeof(r->row.campaign), "%s", campaign->name);
}

void
run_begin(struct run *r, const struct config_campaign *campaign,
    struct learn *l, int64_t now_us, int64_t offset_ns)
{
	r->row.started_us = now_us;
	round_make(&r->round, campaign, l, r->row.slot, now_us);
	health_begin(&r->health, &r->round, offset_ns);
}

void
run_clear(struct run *r)
{
	round_clear(&r->round);
	health_clear(&r->health);
	*r = (struct run){0};
}

void
run_unplanned(struct run *r, int64_t number)
{
	r->row.slot = number;
	r->row.planned_us = -1;
}

bool
run_next(struct run *r, const struct round_job **job)
{
	if (r->given_up || r->next == r->round.n)
		return false;
	*job = &r->round.v[r->next++];
	r->open++;
	return true;
}

/* The first reason stands for all: the others follow from it as a rule. */
static void
because(struct run *r, const char *reason)
{
	if (r->reason[0] == '\0')
		snprintf(r->reason, sizeof(r->reason), "%s", reason);
}

/* At the end alone the row points into the run: till then it may be moved. */
static const struct store_run *
end_as(struct run *r, const char *state)
{
	r->row.state = state;
	r->row.reason = r->reason[0] != '\0' ? r->reason : NULL;
	return &r->row;
}

void
run_failed(struct run *r, const struct round_job *job, const char *reason)
{
	r->open--;
	r->failed++;
	health_fail(&r->health, job);
	because(r, reason);
}

void
run_started(struct run *r, const struct round_job *job, uint64_t seq)
{
	health_start(&r->health, job, seq);
}

void
run_traced(struct run *r, const struct record *record)
{
	r->row.traces++;
	if (!r->given_up)
		health_trace(&r->health, &r->round, record);
	for (size_t i = 0; i < record->nprobes; i++) {
		const struct record_probe *p = &record->probes[i];
		r->row.sent += p->reply_no == 0 && p->silent != SILENT_NOT_SENT;
		r->row.received += p->answered;
	}
}

void
run_ended(struct run *r)
{
	r->open--;
}

void
run_abort(struct run *r, const char *reason)
{
	r->given_up = true;
	r->reason[0] = '\0'; /* why it ends is more than what failed before */
	because(r, reason);
}

bool
run_over(const struct run *r)
{
	return r->open == 0 && (r->given_up || r->next == r->round.n);
}

const struct store_run *
run_end(struct run *r, int64_t now_us, int64_t drops)
{
	r->row.finished_us = now_us;
	r->row.drops = drops;
	if (r->given_up)
		return end_as(r, "aborted");
	if (r->failed == 0)
		return end_as(r, "done");
	return end_as(r, r->row.traces > 0 ? "partial" : "failed");
}

const struct store_run *
run_skip(struct run *r, int64_t now_us, const char *reason)
{
	because(r, reason);
	r->row.finished_us = now_us;
	return end_as(r, "skipped");
}
