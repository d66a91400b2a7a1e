/* SPDX-License-Identifier: ISC */
#include "analysis/report/planes.h"

#include "analysis/change/kept.h"
#include "analysis/change/vantage_events.h"

static bool
read_data(struct planes *p, struct store *s, const struct planes_ask *ask,
    struct fault *f)
{
	struct store_filter filter = *ask->filter;
	filter.since_us = 0;
	if (!kept_read(&p->data, s, &filter, f))
		return false;
	folded_open(&p->folded, &p->data);
	vantage_events(&p->data, &p->events);
	if (filter.vantage == NULL)
		folded_events(&p->data, &p->events);
	events_find_flapping(&p->events);
	return true;
}

static bool
read_control(struct planes *p, struct store *s, const struct planes_ask *ask,
    struct fault *f)
{
	const struct control_ask all = {.prefix = ask->filter->prefix,
	    .until_us = ask->filter->until_us,
	    .classes = ask->classes,
	    .tables = ask->tables,
	    .settled = ask->settled};
	if (!control_read(&p->control, s, &all, f))
		return false;
	for (size_t i = 0; i < p->control.events.n; i++)
		*events_add(&p->events) = p->control.events.event[i];
	events_sort(&p->events);
	disagree_find(&p->disagree, &p->data, &p->control, ask->classes);
	return true;
}

bool
planes_read(struct planes *p, struct store *s, const struct planes_ask *ask,
    struct fault *f)
{
	*p = (struct planes){0};
	return (!ask->data || read_data(p, s, ask, f)) &&
	       (!ask->control || read_control(p, s, ask, f));
}

void
planes_close(struct planes *p)
{
	disagree_free(&p->disagree);
	folded_close(&p->folded);
	timeline_close(&p->data);
	control_close(&p->control);
	events_free(&p->events);
}

static void
add_within(struct dependence *d, struct dependence_stretch s,
    const struct planes_window *w)
{
	if (s.since_us < w->from_us)
		s.since_us = w->from_us;
	if (w->to_us != 0 && s.until_us > w->to_us)
		s.until_us = w->to_us;
	dependence_add(d, &s);
}

void
planes_dependence(const struct planes *p, enum event_plane plane,
    const struct carriers *classes, const struct planes_window *window,
    struct dependence *d)
{
	for (size_t i = 0; plane == PLANE_DATA && i < p->folded.n; i++) {
		const struct folded_piece *piece = &p->folded.piece[i];
		const struct dependence_stretch s = {&piece->prefix,
		    piece->since_us, piece->until_us, piece->carrier};
		add_within(d, s, window);
	}
	for (size_t i = 0; plane == PLANE_CONTROL && i < p->control.n; i++) {
		const struct control_run *run = &p->control.run[i];
		char name[RUN_CARRIER_MAX + 1];
		int64_t end_us =
		    run->until_us < 0 ? run->last_us : run->until_us;
		control_name(run, classes, name);
		const struct dependence_stretch s = {
		    &run->prefix, run->since_us, end_us, name};
		add_within(d, s, window);
	}
}
