/* SPDX-License-Identifier: ISC */
#include "analysis/change/alerts.h"

#include "analysis/change/alerts_file.h"
#include "probe/base/log.h"
#include "probe/base/mem.h"
#include "sql/lock.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* What makes an event that event; names as they stand in the file. */
static struct event
identity(const struct event *e)
{
	struct event id = {.plane = e->plane,
	    .kind = e->kind,
	    .prefix = e->prefix,
	    .after_us = e->after_us,
	    .before_us = e->before_us};
	memcpy(id.vantage, e->vantage, sizeof(id.vantage));
	memcpy(id.from, e->from, sizeof(id.from));
	memcpy(id.to, e->to, sizeof(id.to));
	if (e->kind == EVENT_GAINED || e->kind == EVENT_LOST)
		memcpy(id.carrier, e->carrier, sizeof(id.carrier));
	log_sanitize(id.carrier);
	log_sanitize(id.vantage);
	log_sanitize(id.from);
	log_sanitize(id.to);
	return id;
}

static bool
same_bracket(const struct event *a, const struct event *b)
{
	return a->after_us == b->after_us && a->before_us == b->before_us;
}

static bool
overlap(const struct event *a, const struct event *b)
{
	return a->after_us <= b->before_us && b->after_us <= a->before_us;
}

/* The same but for the bracket. */
static bool
same_change(const struct event *a, const struct event *b)
{
	if (a->kind != b->kind || a->plane != b->plane ||
	    a->prefix.addr != b->prefix.addr ||
	    a->prefix.len != b->prefix.len ||
	    strcmp(a->vantage, b->vantage) != 0 ||
	    strcmp(a->carrier, b->carrier) != 0)
		return false;
	if (a->kind == EVENT_FLAPPING)
		return event_is_reach(a) == event_is_reach(b);
	return strcmp(a->from, b->from) == 0 && strcmp(a->to, b->to) == 0;
}

/* Takes the first told event that fits and no other has taken. */
static bool
take(struct alerts *a, const struct event *id,
    bool (*fits)(const struct event *, const struct event *))
{
	for (size_t i = 0; i < a->n; i++) {
		struct alert *told = &a->alert[i];
		if (told->seen || !fits(&told->event, id) ||
		    !same_change(&told->event, id))
			continue;
		told->seen = true;
		return true;
	}
	return false;
}

size_t
alerts_new(struct alerts *a, const struct events *e, size_t *list)
{
	size_t left = 0, n = 0;
	for (size_t i = 0; i < a->n; i++)
		a->alert[i].seen = false;
	/* First those whose bracket did not move: what is left may have. */
	for (size_t i = 0; i < e->n; i++) {
		const struct event id = identity(&e->event[i]);
		if (!take(a, &id, same_bracket))
			list[left++] = i;
	}
	for (size_t i = 0; i < left; i++) {
		const struct event id = identity(&e->event[list[i]]);
		if (!take(a, &id, overlap) && id.before_us >= a->since_us)
			list[n++] = list[i];
	}
	return n;
}

void
alerts_remember(struct alerts *a, const struct event *e)
{
	if (a->n == a->room) {
		a->room = a->room ? 2 * a->room : 64;
		a->alert = xreallocarray(a->alert, a->room, sizeof(*a->alert));
	}
	a->alert[a->n++] = (struct alert){.event = identity(e)};
}

bool
alerts_call(struct alerts *a, const struct event *e, struct fault *f)
{
	char prefix[PREFIX_STRLEN];
	alerts_remember(a, e);
	const struct event *id = &a->alert[a->n - 1].event;
	char *line = xasprintf("call\t%zu\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%" PRId64
			       "\t%" PRId64 "\n",
	    a->n, id->plane == PLANE_DATA ? "data" : "control",
	    prefix_format(&id->prefix, prefix), id->vantage,
	    event_kind_name(id->kind), id->carrier, id->from, id->to,
	    id->after_us, id->before_us);
	bool ok = alerts_append(a, line, f);
	free(line);
	return ok;
}

bool
alerts_done(struct alerts *a, const char *how, struct fault *f)
{
	char *line = xasprintf("done\t%zu\t%s\n", a->n, how);
	bool ok = alerts_append(a, line, f);
	free(line);
	return ok;
}

bool
alerts_open(
    struct alerts *a, const char *path, int64_t since_us, struct fault *f)
{
	*a = (struct alerts){.fd = -1, .lock = -1, .since_us = since_us};
	if (path == NULL)
		return true;
	a->path = xstrdup(path);
	char *lock = xasprintf("%s.lock", path);
	a->lock = lock_open(lock, f);
	bool ok =
	    a->lock >= 0 && lock_take(a->lock, lock, 0, f) && alerts_load(a, f);
	free(lock);
	return ok;
}

void
alerts_close(struct alerts *a)
{
	if (a->fd >= 0)
		close(a->fd);
	if (a->lock >= 0)
		close(a->lock); /* gives it back */
	free(a->alert);
	free(a->path);
	*a = (struct alerts){.fd = -1, .lock = -1};
}
