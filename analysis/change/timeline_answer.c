/* SPDX-License-Identifier: ISC */
#include "analysis/change/cells.h"
#include "analysis/change/event_text.h"
#include "analysis/change/timeline_text.h"
#include "analysis/change/vantage_events.h"

#include <string.h>

static bool
same_prefix(const struct prefix *a, const struct prefix *b)
{
	return a->addr == b->addr && a->len == b->len;
}

/* The piece of a prefix that the window ends in: the last that began in it. */
static const struct folded_piece *
ends_in(const struct folded *f, size_t i, const struct timeline_look *look)
{
	const struct folded_piece *p = &f->piece[i];
	bool next_too =
	    i + 1 < f->n && same_prefix(&f->piece[i + 1].prefix, &p->prefix) &&
	    (look->to_us == 0 || f->piece[i + 1].since_us < look->to_us);
	bool begun = look->to_us == 0 || p->since_us < look->to_us;
	return begun && !next_too ? p : NULL;
}

/* "unicom and ttk" */
static void
put_carriers(const struct folded_piece *p, FILE *out)
{
	const char *between = "";
	for (size_t i = 0; i < p->n; i++) {
		bool again = !run_names(p->vote[i]);
		for (size_t k = 0; !again && k < i; k++)
			again = strcmp(p->vote[k]->carrier,
				    p->vote[i]->carrier) == 0;
		if (again)
			continue;
		fprintf(out, "%s%s", between, p->vote[i]->carrier);
		between = " and ";
	}
	if (*between == '\0')
		fputs(strcmp(p->carrier, "none") == 0
			  ? "nobody (no route)"
			  : "a network that was not seen",
		    out);
}

static void
put_prefix(const struct folded_piece *p, FILE *out)
{
	char prefix[PREFIX_STRLEN];
	fprintf(
	    out, "%s was reached through ", prefix_format(&p->prefix, prefix));
	put_carriers(p, out);
	if (strcmp(p->reach, "down") == 0)
		fputs(", but nothing answered", out);
	fputs(". ", out);
}

/* What changed last, for all when anything did. */
static void
put_events(const struct events *e, const struct timeline_look *look, FILE *out)
{
	const struct event *last = NULL;
	size_t n = 0;
	for (size_t i = 0; i < e->n; i++) {
		if (!event_within(&e->event[i], look->from_us, look->to_us))
			continue;
		n++;
		if (last == NULL || e->event[i].before_us > last->before_us)
			last = &e->event[i];
	}
	if (last == NULL) {
		fputs("Nothing changed.", out);
		return;
	}
	char at[EVENT_TIME_STRLEN];
	fprintf(out, "%zu event%s, the last seen %s.", n, n == 1 ? "" : "s",
	    event_time(last->before_us, at));
}

void
timeline_answer(const struct folded *f, const struct events *e,
    const struct timeline_look *look, FILE *out)
{
	struct cells text;
	char at[EVENT_TIME_STRLEN];
	int64_t end_us = look->to_us != 0 && look->to_us < f->newest_us
			     ? look->to_us
			     : f->newest_us;
	cells_open(&text);
	fprintf(text.to, "At the end, %s UTC: ", event_time(end_us, at));
	for (size_t i = 0; i < f->n; i++) {
		const struct folded_piece *p = ends_in(f, i, look);
		if (p != NULL)
			put_prefix(p, text.to);
	}
	put_events(e, look, text.to);
	cells_wrap(&text, look->width, out);
	fputc('\n', out);
}
