/* SPDX-License-Identifier: ISC */
#include "analysis/control/fold.h"

#include "analysis/control/control_events.h"
#include "analysis/control/control_runs.h"

void
fold_routes_open(struct fold_routes *f, struct control *c,
    const struct control_ask *ask, const struct cover *cover)
{
	*c = (struct control){0};
	*f = (struct fold_routes){.ask = ask,
	    .control = c,
	    .silences = {.cover = cover},
	    .last_us = -1};
}

static void
hush(void *arg, uint32_t peer, int64_t at_us)
{
	struct fold_routes *f = arg;
	chorus_silence(&f->chorus, peer, at_us);
}

static int64_t
end_of(const struct fold_routes *f)
{
	return f->ask->until_us > 0 ? f->ask->until_us : INT64_MAX;
}

static void
end_prefix(struct fold_routes *f)
{
	if (!f->open)
		return;
	silences_until(&f->silences, end_of(f), hush, f);
	chorus_close(&f->chorus);
	control_runs_add(f->control, &f->chorus, f->ask);
	chorus_free(&f->chorus);
	f->open = false;
}

static void
begin_prefix(struct fold_routes *f, const struct prefix *p)
{
	silences_rewind(&f->silences);
	chorus_open(&f->chorus, p);
	f->open = true;
}

void
fold_routes_add(struct fold_routes *f, const struct store_route *r)
{
	if (r->at_us > f->last_us)
		f->last_us = r->at_us;
	if (silences_is_one(r)) {
		silences_add(&f->silences, r);
		return;
	}
	if (!f->open || f->chorus.prefix.addr != r->prefix.addr ||
	    f->chorus.prefix.len != r->prefix.len) {
		end_prefix(f);
		begin_prefix(f, &r->prefix);
	}
	uint32_t peer = peers_of(&f->silences.peers, r);
	silences_before(&f->silences, peer, r, hush, f);
	chorus_route(&f->chorus, peer, r);
}

void
fold_routes_close(struct fold_routes *f)
{
	end_prefix(f);
	int64_t last = f->last_us;
	if (f->silences.cover->last_us > last)
		last = f->silences.cover->last_us;
	if (last >= end_of(f))
		last = end_of(f) - 1;
	for (size_t i = 0; i < f->control->n; i++)
		if (f->control->run[i].until_us < 0)
			f->control->run[i].last_us = last;
	control_events_find(f->control, f->ask, last);
	silences_free(&f->silences);
	*f = (struct fold_routes){0};
}
