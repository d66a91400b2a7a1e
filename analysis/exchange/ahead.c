/* SPDX-License-Identifier: ISC */
#include "analysis/exchange/ahead.h"

#include "analysis/exchange/read_object.h"
#include "analysis/origin/crew.h"
#include "probe/base/mem.h"

#include <stdlib.h>
#include <string.h>

void
ahead_free(struct ahead *a)
{
	for (size_t i = 0; a->object != NULL && i < AHEAD_OBJECTS; i++)
		foreign_free(&a->object[i].foreign);
	free(a->object);
	*a = (struct ahead){0};
}

static void
read_one(void *context, size_t i)
{
	struct ahead_object *o = &((struct ahead *)context)->object[i];
	struct json_read in = json_read_make(o->text, o->room, true);
	struct glance g = read_object(&in, true, &o->foreign);
	o->format = g.format;
	o->len = json_read_ok(&in) && !g.list ? (size_t)(in.p - in.begin) : 0;
}

/* Over what may stand between objects, but not to another line. */
static const char *
over_gap(const char *p, const char *end)
{
	while (p < end && (*p == ' ' || *p == '\t' || *p == '\r' || *p == ','))
		p++;
	return p;
}

/* Notes the lines that begin with an object; how many octets they all have. */
static size_t
find_lines(struct ahead *a, const struct ahead_text *text)
{
	const char *p = text->p, *end = p + text->len, *newline;
	a->n = a->at = 0;
	while (a->n < AHEAD_OBJECTS && p - text->p < AHEAD_OCTETS &&
	       (newline = memchr(p, '\n', (size_t)(end - p))) != NULL) {
		p = over_gap(p, newline);
		if (p < newline && *p == '{') {
			struct ahead_object *o = &a->object[a->n++];
			o->offset = text->offset + (p - text->p);
			o->text = p;
			o->room = (size_t)(newline - p);
		}
		p = newline + 1;
	}
	return (size_t)(p - text->p);
}

void
ahead_read(struct ahead *a, const struct ahead_text *text,
    const struct foreign_hints *hints)
{
	if (text->offset < a->offset || crew_cores() < 2)
		return;
	if (a->object == NULL)
		a->object = xcalloc(AHEAD_OBJECTS, sizeof(*a->object));
	a->offset = text->offset + (int64_t)find_lines(a, text);
	if (a->n < 2)
		a->n = 0;
	for (size_t i = 0; i < a->n; i++)
		a->object[i].foreign.hints = *hints;
	crew_each(a->n, read_one, a);
}

/* What only an object of many traces needed is not kept for the others. */
static void
leave(struct ahead_object *o)
{
	if (o->foreign.room > AHEAD_TRACES)
		foreign_free(&o->foreign);
}

struct ahead_object *
ahead_find(struct ahead *a, int64_t offset)
{
	for (; a->at < a->n && a->object[a->at].offset < offset; a->at++)
		leave(&a->object[a->at]);
	if (a->at == a->n)
		return NULL;
	struct ahead_object *o = &a->object[a->at];
	return o->offset == offset && o->len > 0 ? o : NULL;
}
