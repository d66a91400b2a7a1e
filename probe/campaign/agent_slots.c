/* SPDX-License-Identifier: ISC */
#include "probe/base/log.h"
#include "probe/campaign/agent_part.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>

/* Slots that get a row each when they were missed in a row. */
enum { MISSED_MAX = 100000 };

static int64_t
now_us(const struct agent *a)
{
	return a->ops.now_us(a->arg);
}

/* From now on the run will get a row, whatever happens. */
static void
note_run(struct agent *a, const struct store_run *row)
{
	struct fault f = {0};
	if (!a->spool_lost && !keep_begin(&a->keep, row, &f))
		agent_spool_failed(a, &f);
}

static void
tell_end(const struct store_run *row)
{
	log_event(LOG_NOTE, "run-end",
	    "campaign=%s slot=%" PRId64 " state=%s traces=%" PRId64
	    " sent=%" PRId64 " received=%" PRId64 " drops=%" PRId64 "%s%s",
	    row->campaign, row->slot, row->state, row->traces, row->sent,
	    row->received, row->drops, row->reason ? " reason=" : "",
	    row->reason ? log_word(row->reason).s : "");
}

static void
write_row(struct agent *a, struct member *m, const struct store_run *row)
{
	int64_t interval_us = row->planned_us < 0 ? 0 : m->schedule.interval_us;
	struct fault f = {0};
	tell_end(row);
	agent_note(a, m, row);
	if (!a->spool_lost && !keep_run(&a->keep, row, interval_us, &f))
		agent_spool_failed(a, &f);
}

static bool
is_used(const struct agent *a, const struct member *m, int64_t slot)
{
	return segment_slot_used(a->keep.segment, m->campaign->name, slot);
}

/* A number that no other run has: the time, or later when it was set back. */
static int64_t
number(const struct agent *a, const struct member *m, int64_t now)
{
	const struct begun *newest =
	    segment_newest_run(a->keep.segment, m->campaign->name);
	return newest != NULL && newest->hand >= now ? newest->hand + 1 : now;
}

static void
begin_run(struct agent *a, struct member *m, int64_t slot, bool by_hand)
{
	int64_t now = now_us(a);
	run_row(&m->run, a->config, m->campaign, slot);
	m->run.row.epoch = segment_epoch(a->keep.segment);
	/*
	 * The same number once more: of a clock that was set back, whose slot
	 * has its run, or of another schedule, under which it was another slot.
	 */
	bool again = by_hand || slot <= m->last;
	if (again || is_used(a, m, slot))
		m->run.row.slot = number(a, m, now);
	if (again)
		m->run.row.planned_us = -1;
	m->last = slot > m->last ? slot : m->last;
	run_begin(
	    &m->run, m->campaign, a->learn, now, a->ops.offset_ns(a->arg));
	m->drops = a->ops.drops(a->arg);
	m->active = true;
	a->changes++;
	log_event(LOG_NOTE, "run-begin",
	    "campaign=%s slot=%" PRId64 " targets=%zu quiet=%zu jobs=%zu",
	    m->campaign->name, m->run.row.slot, m->run.round.targets.n,
	    m->run.round.quiet, m->run.round.n);
	note_run(a, &m->run.row);
}

void
agent_begin_by_hand(struct agent *a, struct member *m)
{
	begin_run(a, m, m->next, true);
}

static void
skip(struct agent *a, struct member *m, int64_t slot, const char *reason)
{
	struct run r;
	m->next = slot + 1;
	if (slot <= m->last)
		return; /* it has its row */
	m->last = slot;
	run_row(&r, a->config, m->campaign, slot);
	r.row.epoch = segment_epoch(a->keep.segment);
	if (is_used(a, m, slot))
		r.row.slot = number(a, m, now_us(a));
	note_run(a, &r.row);
	/* As a row that is held: all of a kind but for their slots. */
	int64_t at_us = a->keep.full ? r.row.planned_us : now_us(a);
	write_row(a, m, run_skip(&r, at_us, reason));
}

static void
skip_late(struct agent *a, struct member *m, const struct schedule_step *step)
{
	char reason[100];
	if (a->keep.full)
		snprintf(
		    reason, sizeof(reason), "late, and %s", a->keep.reason);
	else
		snprintf(reason, sizeof(reason), "late by %" PRId64 " s",
		    step->late_us / US_PER_S);
	skip(a, m, step->slot, reason);
}

/*
 * n slots from row's on that are not run: rows that are the same whoever
 * writes them, so that it does no harm when that is done twice.
 */
static void
write_skipped(
    struct agent *a, struct member *m, const struct store_run *row, int64_t n)
{
	struct fault f = {0};
	m->next = row->slot + n;
	m->last = m->next - 1;
	m->view.runs[VIEW_SKIPPED] += n - 1;
	agent_note(a, m, row);
	if (!a->spool_lost &&
	    !keep_missed(&a->keep, row, n, m->schedule.interval_us, &f))
		agent_spool_failed(a, &f);
}

/*
 * The slot came due while the run of another one is under way, which stays the
 * newest in the spool's memory: should we die now, both need their rows.
 */
static void
skip_overlap(struct agent *a, struct member *m, int64_t slot)
{
	char reason[100];
	struct run r;
	snprintf(reason, sizeof(reason),
	    "overlap: slot %" PRId64 " is not over yet", m->run.row.slot);
	if (a->keep.full || slot <= m->last || is_used(a, m, slot)) {
		skip(a, m, slot, reason);
		return;
	}
	run_row(&r, a->config, m->campaign, slot);
	r.row.epoch = segment_epoch(a->keep.segment);
	const struct store_run *row = run_skip(&r, r.row.planned_us, reason);
	tell_end(row);
	write_skipped(a, m, row, 1);
}

/* Slots from first on that nobody can run any more. */
static void
skip_missed(struct agent *a, struct member *m, int64_t first, int64_t n)
{
	struct run r;
	const char *reason = m->missed
				 ? "missed: no agent ran this campaign"
				 : "missed: the host slept, or its clock was "
				   "set forward";
	run_row(&r, a->config, m->campaign, first);
	r.row.epoch = segment_epoch(a->keep.segment);
	const struct store_run *row = run_skip(&r, r.row.planned_us, reason);
	log_event(LOG_WARN, "run-missed",
	    "campaign=%s slot=%" PRId64 " slots=%" PRId64 " reason=%s",
	    row->campaign, first, n, log_word(reason).s);
	write_skipped(a, m, row, n);
}

/* How many slots from next on it is too late for, and not used yet. */
static int64_t
missed(const struct agent *a, const struct member *m)
{
	int64_t now = now_us(a), n = 0;
	int64_t last = schedule_slot(&m->schedule, now);
	for (int64_t slot = m->next; slot <= last && n < MISSED_MAX; slot++) {
		struct schedule_step s = schedule_step(&m->schedule, slot, now);
		if (s.slot != slot || s.what != SCHEDULE_SKIP ||
		    is_used(a, m, slot))
			break;
		n++;
	}
	return n;
}

/* One is late, several are missed; too many are left to the audit. */
static void
skip_due(struct agent *a, struct member *m, const struct schedule_step *step)
{
	if (step->slot <= m->last) {
		m->next = m->last + 1; /* they have their rows */
		return;
	}
	int64_t n = missed(a, m);
	if (n >= 2 && !a->keep.full)
		skip_missed(a, m, step->slot, n);
	else if (m->active)
		skip_overlap(a, m, step->slot);
	else
		skip_late(a, m, step);
	if (n == MISSED_MAX)
		m->next = schedule_slot(&m->schedule, now_us(a));
}

/* The slot is due. */
static void
begin_or_skip(struct agent *a, struct member *m, int64_t slot)
{
	agent_look_at_disk(a);
	if (a->stopping)
		return;
	m->next = slot + 1;
	if (m->active)
		skip_overlap(a, m, slot);
	else if (a->keep.full)
		skip(a, m, slot, a->keep.reason);
	else
		begin_run(a, m, slot, false);
}

int64_t
agent_plan(struct agent *a, struct member *m)
{
	while (!a->stopping && !m->leaving) {
		struct schedule_step step =
		    schedule_step(&m->schedule, m->next, now_us(a));
		m->next = step.slot;
		if (step.what == SCHEDULE_WAIT) {
			m->missed = false;
			return step.wait_us;
		}
		if (step.what == SCHEDULE_RUN)
			begin_or_skip(a, m, step.slot);
		else
			skip_due(a, m, &step);
	}
	return INT64_MAX;
}

/* The slots that came due while no agent ran get rows, too: skipped. */
static void
go_on(const struct agent *a, struct member *m)
{
	const struct begun *newest =
	    segment_newest_run(a->keep.segment, m->campaign->name);
	if (newest == NULL || newest->plan_us < 0 ||
	    newest->plan_us !=
		schedule_planned_us(&m->schedule, newest->plan_slot))
		return; /* never run, or the schedule was changed */
	m->last = newest->plan_slot;
	m->next = newest->plan_slot + 1;
	m->missed = true;
}

struct member
agent_member(struct agent *a, const struct config_campaign *c)
{
	struct member m = {.campaign = c,
	    .schedule = config_schedule(a->config, c),
	    .last = -1};
	m.next = schedule_next(&m.schedule, now_us(a));
	m.view = (struct view_campaign){.slot = -1,
	    .jobs = -1,
	    .jobs_ended = -1,
	    .last_slot = -1,
	    .last_began_us = -1,
	    .last_us = -1,
	    .last_traces = -1,
	    .last_sent = -1,
	    .last_received = -1};
	if (!a->once)
		go_on(a, &m);
	return m;
}

static struct health_end
health_end(const struct agent *a, const struct member *m)
{
	const struct store_run *row = &m->run.row;
	struct health_end end = {.now_us = row->finished_us,
	    .offset_ns = a->ops.offset_ns(a->arg),
	    .trust = a->ops.trust(a->arg),
	    .late_us = -1,
	    .jitter_us = -1,
	    .interface = a->ops.interface(a->arg, m->run.health.source)};
	if (row->planned_us >= 0) {
		end.late_us = row->started_us - row->planned_us;
		end.jitter_us = schedule_jitter_us(&m->schedule, row->slot);
	}
	return end;
}

static void
write_health(struct agent *a, struct member *m)
{
	struct fault f = {0};
	struct health_end end = health_end(a, m);
	struct store_health row;
	health_row(&m->run.health, &m->run.round, &m->run.row, &end, &row);
	if (strcmp(m->view.uplink, row.uplink) != 0 && row.controls > 0)
		log_event(strcmp(row.uplink, "up") == 0 ? LOG_NOTE : LOG_WARN,
		    "uplink",
		    "campaign=%s slot=%" PRId64 " state=%s controls=%" PRId64
		    " reached=%" PRId64,
		    row.campaign, row.slot, row.uplink, row.controls,
		    row.reached);
	snprintf(m->view.uplink, sizeof(m->view.uplink), "%s", row.uplink);
	if (!a->spool_lost && !keep_health(&a->keep, &row, &f))
		agent_spool_failed(a, &f);
}

void
agent_end_run(struct agent *a, struct member *m)
{
	struct fault f = {0};
	m->active = false;
	uint32_t drops = a->ops.drops(a->arg) - m->drops;
	const struct store_run *row = run_end(&m->run, now_us(a), drops);
	write_health(a, m);
	write_row(a, m, row);
	if (!m->run.given_up)
		learn_run_over(a->learn, m->campaign);
	run_clear(&m->run);
	if (!a->spool_lost && !keep_seal(&a->keep, &f))
		agent_spool_failed(a, &f);
	if (!a->spool_lost && !a->keep.full && !learn_save(a->learn, &f) &&
	    !f.full)
		log_line(LOG_WARN, "what was learnt of targets is not kept: %s",
		    f.text);
}
