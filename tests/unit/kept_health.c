/* SPDX-License-Identifier: ISC */
#include "tests/unit/kept_health.h"

#include "probe/base/clock.h"
#include "probe/base/mem.h"
#include "sql/dictionary.h"
#include "sql/health.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LONG_RUNS = SLOTS * 2400 / 9000 + 1 };

static struct observed
slot_run(const char *vantage, int64_t slot)
{
	int64_t at_us = slot * 2400 * US_PER_S;
	return (struct observed){.vantage = vantage,
	    .campaign = "slots",
	    .no = slot,
	    .began_us = at_us > 0 ? at_us - 2 * US_PER_S : 0,
	    .ended_us = at_us + 145 * US_PER_S};
}

static struct observed
long_run(const char *vantage, int64_t no)
{
	int64_t at_us = (no * 9000 + 1300) * US_PER_S;
	return (struct observed){.vantage = vantage,
	    .campaign = "controls",
	    .no = no,
	    .began_us = at_us,
	    .ended_us = at_us + 5200 * US_PER_S};
}

void
add_run(struct store *s, const struct observed *o)
{
	static const char *const uplinks[] = {"up", "up", "up", "up", "up",
	    "up", "down", "down", "unstable", "unknown"};
	struct fault f = {0};
	uint32_t word = (uint32_t)(o->no / 4) * 2654435761u ^
			(uint32_t)o->vantage[0] * 40503u;
	struct store_health h = {.slot = o->no,
	    .epoch = 7,
	    .at_us = o->ended_us,
	    .uplink =
		o->uplink != NULL ? o->uplink : uplinks[(word >> 8) % 10]};
	struct store_run run = {.slot = o->no,
	    .epoch = 7,
	    .planned_us = o->began_us,
	    .started_us = o->began_us,
	    .finished_us = o->ended_us,
	    .state = "done",
	    .health = RUN_HEALTH_WRITTEN};
	snprintf(h.vantage, sizeof(h.vantage), "%s", o->vantage);
	snprintf(h.campaign, sizeof(h.campaign), "%s", o->campaign);
	snprintf(run.vantage, sizeof(run.vantage), "%s", o->vantage);
	snprintf(run.campaign, sizeof(run.campaign), "%s", o->campaign);
	if (!store_add_health(s, &h, &f) || !store_add_run(s, &run, &f))
		fail_msg("%s", f.text);
}

struct db_stmt *
adding_traces(struct store *s)
{
	struct fault f = {0};
	struct db_stmt *st = db_prepare(s->db,
	    "INSERT INTO trace (started_us, vantage_id, epoch, seq, trace_id, "
	    "campaign_id, slot, target, prefix_id, method, flow, stop, "
	    "reached, path_id, rec, rec_hash) VALUES ($1, $2, 7, $3, $4, $5, "
	    "$6, $7, $8, 1, 1, 3, 0, $9, $10, 0) ON CONFLICT DO NOTHING",
	    &f);
	assert_non_null(st);
	return st;
}

void
add_trace(struct store *s, struct db_stmt *st, const struct observed *o,
    const struct store_verdict *v, int64_t seq)
{
	struct fault f = {0};
	uint8_t target[4];
	db_reset(st);
	store_addr_bytes(v->target, target);
	db_bind_int(st, 1, v->start_us);
	db_bind_int(st, 2, store_vantage(s, o->vantage, &f));
	db_bind_int(st, 3, seq);
	db_bind_blob(st, 4, v->trace, UUID_LEN);
	db_bind_int(st, 5, store_campaign(s, o->campaign, &f));
	db_bind_int(st, 6, o->no);
	db_bind_blob(st, 7, target, 4);
	db_bind_int(st, 8, store_prefix(s, &v->prefix, &f));
	db_bind_blob(st, 9, v->trace, UUID_LEN);
	db_bind_blob(st, 10, v->trace, UUID_LEN);
	if (!db_run(st, NULL, &f))
		fail_msg("%s", f.text);
}

static bool
within(const struct window *w, int64_t at_us)
{
	return at_us >= w->from_us && at_us < w->to_us;
}

/* Every verdict whose trace ended in it; some are drawn anew, some missing. */
static void
traces_arrive(struct store *s, struct db_stmt *st, struct random *random,
    const struct window *w)
{
	struct store_verdict *all =
	    xcalloc((size_t)SERIES * SLOTS * TARGETS, sizeof(*all));
	struct fault f = {0};
	size_t n = 0;
	for (uint32_t no = 0; no < SERIES * SLOTS * TARGETS; no++) {
		size_t i = no / (SLOTS * TARGETS);
		int64_t slot = no / TARGETS % SLOTS;
		struct store_verdict v = draw(random, i, slot, no % TARGETS);
		struct observed o = slot_run(v.vantage, slot);
		if (!within(w, v.start_us + 20 * US_PER_S) ||
		    random_chance(random, 100000))
			continue;
		add_trace(s, st, &o, &v, 1 + no);
		all[n++] = v;
	}
	if (!store_put_verdicts(s, all, n, &f))
		fail_msg("%s", f.text);
	free(all);
}

static void
runs_arrive(struct store *s, struct db_stmt *st, const struct window *w,
    const char *vantage)
{
	for (int64_t slot = 0; slot < SLOTS; slot++) {
		struct observed o = slot_run(vantage, slot);
		if (within(w, o.ended_us))
			add_run(s, &o);
	}
	for (int64_t no = 0; no < LONG_RUNS; no++) {
		struct observed o = long_run(vantage, no);
		struct store_verdict control = {.target = 0x08080808,
		    .prefix = {0x08080800, 24},
		    .start_us = o.began_us + US_PER_S};
		control.trace[0] = (uint8_t)no;
		control.trace[1] = (uint8_t)vantage[0];
		control.trace[15] = 1;
		if (within(w, control.start_us + 5 * US_PER_S))
			add_trace(s, st, &o, &control, 100000 + no);
		if (within(w, o.ended_us))
			add_run(s, &o);
	}
}

void
arrive(struct store *s, struct random *random, struct window w)
{
	struct fault f = {0};
	assert_true(store_begin(s, &f));
	struct db_stmt *st = adding_traces(s);
	traces_arrive(s, st, random, &w);
	runs_arrive(s, st, &w, "mow");
	runs_arrive(s, st, &w, "sel");
	db_finish(st);
	assert_true(store_commit(s, &f));
}
