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

bool
planes_read(struct planes *p, struct store *s, const struct planes_ask *ask,
    struct fault *f)
{
	*p = (struct planes){0};
	return !ask->data || read_data(p, s, ask, f);
}

void
planes_close(struct planes *p)
{
	folded_close(&p->folded);
	timeline_close(&p->data);
	events_free(&p->events);
}
