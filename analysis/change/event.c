/* SPDX-License-Identifier: ISC */
#include "analysis/change/event.h"

#include "probe/base/mem.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

struct event *
events_add(struct events *e)
{
	if (e->n == e->room) {
		e->room = e->room ? 2 * e->room : 64;
		e->event = xreallocarray(e->event, e->room, sizeof(*e->event));
	}
	struct event *event = &e->event[e->n++];
	*event = (struct event){.entry_from = -1, .entry_to = -1, .p = NAN};
	return event;
}

void
events_free(struct events *e)
{
	free(e->event);
	*e = (struct events){0};
}

static int
compare(int64_t a, int64_t b)
{
	return (a > b) - (a < b);
}

static int
by_prefix(const struct event *a, const struct event *b)
{
	int order = compare(a->prefix.addr, b->prefix.addr);
	return order ? order : a->prefix.len - b->prefix.len;
}

/* What is left when all that is told of the order is the same. */
static int
by_content(const struct event *a, const struct event *b)
{
	int order = compare(a->after_us, b->after_us);
	order = order ? order : strcmp(a->carrier, b->carrier);
	order = order ? order : strcmp(a->from, b->from);
	return order ? order : strcmp(a->to, b->to);
}

static int
in_order(const void *va, const void *vb)
{
	const struct event *a = va, *b = vb;
	int order = by_prefix(a, b);
	order = order ? order : compare(a->before_us, b->before_us);
	order = order ? order : compare(a->plane, b->plane);
	order = order ? order : strcmp(a->vantage, b->vantage);
	order = order ? order : compare(a->kind, b->kind);
	return order ? order : by_content(a, b);
}

static void
sort(struct events *e, int (*order)(const void *, const void *))
{
	if (e->n > 0)
		qsort(e->event, e->n, sizeof(*e->event), order);
}

void
events_sort(struct events *e)
{
	sort(e, in_order);
}

bool
event_is_reach(const struct event *e)
{
	return e->plane == PLANE_DATA &&
	       (strcmp(e->from, "up") == 0 || strcmp(e->from, "down") == 0);
}

static int
by_row(const struct event *a, const struct event *b)
{
	int order = by_prefix(a, b);
	order = order ? order : compare(a->plane, b->plane);
	order = order ? order : strcmp(a->vantage, b->vantage);
	return order ? order : compare(event_is_reach(a), event_is_reach(b));
}

static int
in_rows(const void *va, const void *vb)
{
	int order = by_row(va, vb);
	return order ? order : in_order(va, vb);
}

/* Marks the n events from first on, and adds the one that stands for them. */
static void
add_flapping(struct events *e, size_t first, size_t n)
{
	struct event flapping = e->event[first];
	const struct event *last = &e->event[first + n - 1];
	flapping.kind = EVENT_FLAPPING;
	flapping.flaps = n;
	flapping.carrier[0] = '\0';
	memcpy(flapping.to, last->to, sizeof(flapping.to));
	memcpy(
	    flapping.upstream_to, last->upstream_to, sizeof(last->upstream_to));
	memcpy(flapping.trace_to, last->trace_to, UUID_LEN);
	flapping.entry_to = last->entry_to;
	flapping.before_us = last->before_us;
	flapping.nto = last->nto;
	flapping.peers = last->peers;
	flapping.peers_known = last->peers_known;
	flapping.suspect = NULL;
	flapping.suspect_as = 0;
	for (size_t i = first; i < first + n; i++) {
		e->event[i].in_flap = true;
		flapping.p = fmin(flapping.p, e->event[i].p);
	}
	*events_add(e) = flapping;
}

void
events_find_flapping(struct events *e)
{
	size_t first = 0, all = e->n;
	sort(e, in_rows);
	for (size_t i = 1; i <= all; i++) {
		if (i < all && by_row(&e->event[i - 1], &e->event[i]) == 0 &&
		    e->event[i].before_us - e->event[i - 1].before_us <
			EVENT_FLAP_US)
			continue;
		if (i - first >= EVENT_FLAPS)
			add_flapping(e, first, i - first);
		first = i;
	}
	events_sort(e);
}

const char *
event_kind_name(enum event_kind kind)
{
	switch (kind) {
	case EVENT_GAINED:
		return "gained";
	case EVENT_LOST:
		return "lost";
	case EVENT_CHANGED:
		return "changed";
	case EVENT_DOWN:
		return "down";
	case EVENT_UP:
		return "up";
	case EVENT_FLAPPING:
		return "flapping";
	}
	return NULL;
}

static const char *
or_null(const char *text)
{
	return text[0] ? text : NULL;
}

static void
traces_json(const struct event *e, struct json *j)
{
	char text[UUID_STRLEN];
	if (!e->has_traces) {
		json_null(j, "traces");
		return;
	}
	json_array(j, "traces");
	json_text(j, NULL, uuid_format(e->trace_from, text));
	json_text(j, NULL, uuid_format(e->trace_to, text));
	json_array_end(j);
}

static void
ases_json(struct json *j, const char *key, const uint32_t *as, size_t n)
{
	json_array(j, key);
	for (size_t i = 0; i < n; i++)
		json_int(j, NULL, as[i]);
	json_array_end(j);
}

static void
control_json(const struct event *e, struct json *j)
{
	ases_json(j, "upstreams_from", e->upstream_from, e->nfrom);
	ases_json(j, "upstreams_to", e->upstream_to, e->nto);
	json_int(j, "peers", (int64_t)e->peers);
	json_int(j, "peers_known", (int64_t)e->peers_known);
	json_text(j, "suspect", e->suspect);
	json_int_or_null(
	    j, "suspect_as", e->suspect ? (int64_t)e->suspect_as : -1);
}

void
event_json(const struct event *e, struct json *j)
{
	char text[PREFIX_STRLEN];
	bool flapping = e->kind == EVENT_FLAPPING;
	json_object(j, NULL);
	json_text(j, "record", "event");
	json_int(j, "v", 1);
	json_text(j, "plane", e->plane == PLANE_DATA ? "data" : "control");
	json_text(j, "prefix", prefix_format(&e->prefix, text));
	json_text(j, "vantage", or_null(e->vantage));
	json_text(j, "kind", event_kind_name(e->kind));
	json_text(j, "from", or_null(e->from));
	json_text(j, "to", or_null(e->to));
	json_text(j, "carrier", or_null(e->carrier));
	json_int_or_null(j, "entry_from", e->entry_from);
	json_int_or_null(j, "entry_to", e->entry_to);
	json_int(j, "after_us", e->after_us);
	json_int(j, "before_us", e->before_us);
	json_real(j, "p", e->p, 3);
	json_bool(j, "flapping", e->in_flap);
	json_int_or_null(j, "changes", flapping ? (int64_t)e->flaps : -1);
	traces_json(e, j);
	if (e->plane == PLANE_CONTROL)
		control_json(e, j);
	json_object_end(j);
}
