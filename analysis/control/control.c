/* SPDX-License-Identifier: ISC */
#include "analysis/control/control.h"

#include "analysis/control/fold.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool
each_route(void *arg, const struct store_route *r, struct fault *f)
{
	(void)f;
	fold_routes_add(arg, r);
	return true;
}

bool
control_read(struct control *c, struct store *s, const struct control_ask *ask,
    struct fault *f)
{
	struct store_filter filter = {
	    .until_us = ask->until_us, .prefix = ask->prefix};
	struct cover cover = COVER_NONE;
	struct fold_routes fold;
	fold_routes_open(&fold, c, ask, &cover);
	bool ok = cover_read(&cover, s, f) &&
		  store_routes(s, &filter, each_route, &fold, f);
	fold_routes_close(&fold);
	cover_free(&cover);
	return ok;
}

void
control_close(struct control *c)
{
	free(c->run);
	events_free(&c->events);
	*c = (struct control){0};
}

static int
compare_prefix(const struct prefix *a, const struct prefix *b)
{
	if (a->addr != b->addr)
		return a->addr < b->addr ? -1 : 1;
	return (int)a->len - (int)b->len;
}

const struct control_run *
control_at(const struct control *c, const struct prefix *p, int64_t at_us)
{
	size_t lo = 0, hi = c->n; /* the first that is behind */
	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;
		int order = compare_prefix(&c->run[mid].prefix, p);
		if (order < 0 || (order == 0 && c->run[mid].since_us <= at_us))
			lo = mid + 1;
		else
			hi = mid;
	}
	if (lo == 0 || compare_prefix(&c->run[lo - 1].prefix, p) != 0)
		return NULL;
	return &c->run[lo - 1];
}

static void
name_upstream(uint32_t asn, const struct carriers *classes,
    char name[static RUN_CARRIER_MAX + 1])
{
	const struct carrier_row *row =
	    classes != NULL ? carriers_find(classes, asn) : NULL;
	if (row != NULL)
		snprintf(name, RUN_CARRIER_MAX + 1, "%s", row->name);
	else
		snprintf(name, RUN_CARRIER_MAX + 1, "other:%u", asn);
}

void
control_name(const struct control_run *run, const struct carriers *classes,
    char name[static RUN_CARRIER_MAX + 1])
{
	char names[EVENT_UPSTREAMS_MAX][RUN_CARRIER_MAX + 1];
	size_t n = 0;
	for (size_t i = 0; i < run->nupstreams; i++) {
		name_upstream(run->upstream[i].asn, classes, names[n]);
		size_t k = 0;
		while (k < n && strcmp(names[k], names[n]) != 0)
			k++;
		n += k == n;
	}
	const char *word = names[0];
	if (n > 1)
		word = n == 2 ? "both" : "several";
	else if (n == 0)
		word = run->known && !run->routed ? "none" : "unknown";
	snprintf(name, RUN_CARRIER_MAX + 1, "%s", word);
}
