/* SPDX-License-Identifier: ISC */
#include "probe/campaign/agent_part.h"

#include "probe/base/mem.h"
#include "sql/room.h"
#include "sql/spool.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

uint64_t
agent_changes(const struct agent *a)
{
	return a->changes;
}

void
agent_note(struct agent *a, struct member *m, const struct store_run *row)
{
	a->changes++;
	struct view_campaign *v = &m->view;
	v->last_slot = row->slot;
	v->last_began_us = row->started_us;
	v->last_us = row->finished_us;
	snprintf(v->last_state, sizeof(v->last_state), "%s", row->state);
	snprintf(v->last_reason, sizeof(v->last_reason), "%s",
	    row->reason != NULL ? row->reason : "");
	v->last_traces = row->traces;
	v->last_sent = row->sent;
	v->last_received = row->received;
	for (int i = 0; i < VIEW_STATES; i++)
		v->runs[i] += strcmp(view_state(i), row->state) == 0;
}

/* Sealed segments that wait, and their octets; -1 not known. */
static void
count_segments(const char *spool, struct view *v)
{
	int64_t *numbers = NULL;
	size_t n = 0;
	char name[SPOOL_NAME_LEN];
	v->segments = v->segments_octets = -1;
	if (!spool_list(spool, SPOOL_SEALED, &numbers, &n, NULL))
		return;
	v->segments = (int64_t)n;
	v->segments_octets = 0;
	for (size_t i = 0; i < n; i++) {
		struct stat st;
		char *path = xasprintf(
		    "%s/%s", spool, spool_name(numbers[i], SPOOL_SEALED, name));
		if (stat(path, &st) == 0)
			v->segments_octets += st.st_size;
		free(path);
	}
	free(numbers);
}

static struct view_campaign
view_of(const struct agent *a, const struct member *m)
{
	struct view_campaign v = m->view;
	size_t answer = 0, silent = 0;
	snprintf(v.name, sizeof(v.name), "%s", m->campaign->name);
	learn_count(a->learn, m->campaign, &answer, &silent);
	v.targets = (int64_t)m->campaign->targets.n;
	v.answer = (int64_t)answer;
	v.silent = (int64_t)silent;
	v.next_us = schedule_planned_us(&m->schedule, m->next) +
		    schedule_jitter_us(&m->schedule, m->next);
	if (m->schedule.until_us >= 0 && v.next_us >= m->schedule.until_us)
		v.next_us = -1;
	v.running = m->active;
	v.slot = v.jobs = v.jobs_ended = -1;
	if (m->active) {
		v.slot = m->run.row.slot;
		v.jobs = (int64_t)m->run.round.n;
		v.jobs_ended = (int64_t)(m->run.next - m->run.open);
	}
	return v;
}

void
agent_view(struct agent *a, struct view *v)
{
	const struct config_vantage *c = &a->config->vantage;
	struct room r;
	snprintf(v->vantage, sizeof(v->vantage), "%s", c->name);
	v->rate = c->rate;
	v->target_rate = c->target_rate;
	v->responder_rate = c->responder_rate;
	v->clock_steps = a->clock_steps;
	v->disk_full = a->keep.full;
	v->disk_used = v->disk_free = -1;
	if (room_of(c->spool, &r, NULL)) {
		v->disk_used = r.used;
		v->disk_free = r.free;
	}
	count_segments(c->spool, v);
	v->n = a->config->n;
	v->campaigns = xcalloc(v->n, sizeof(*v->campaigns));
	for (size_t i = 0; i < v->n; i++)
		v->campaigns[i] = view_of(a, &a->members[i]);
}
