/* SPDX-License-Identifier: ISC */
#include "analysis/change/cells.h"
#include "analysis/change/event_text.h"
#include "analysis/change/timeline_text.h"
#include "analysis/change/vantage_events.h"
#include "probe/base/clock.h"

#include <string.h>

static bool
same_prefix(const struct prefix *a, const struct prefix *b)
{
	return a->addr == b->addr && a->len == b->len;
}

/* Whether the window ends in the piece: the last of its prefix that began. */
static bool
ends_in(const struct folded *f, size_t i, const struct timeline_look *look)
{
	const struct folded_piece *p = &f->piece[i];
	bool next_too =
	    i + 1 < f->n && same_prefix(&f->piece[i + 1].prefix, &p->prefix) &&
	    (look->to_us == 0 || f->piece[i + 1].since_us < look->to_us);
	return !next_too && timeline_shows(look, p->since_us, p->until_us);
}

/* Whether somebody names the carriers of a in b, too. */
static bool
named_in(const struct folded_piece *a, const struct folded_piece *b)
{
	for (size_t i = 0; i < a->n; i++) {
		bool found = !run_names(a->vote[i]);
		for (size_t k = 0; !found && k < b->n; k++)
			found = strcmp(a->vote[i]->carrier,
				    b->vote[k]->carrier) == 0;
		if (!found)
			return false;
	}
	return true;
}

/* The same carriers, and as much of an answer. */
static bool
same_end(const struct folded_piece *a, const struct folded_piece *b)
{
	return strcmp(a->carrier, b->carrier) == 0 &&
	       strcmp(a->reach, b->reach) == 0 && named_in(a, b) &&
	       named_in(b, a);
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

/* "routed through unicom, but nothing answered" */
static void
put_end(const struct folded_piece *p, FILE *out)
{
	bool up = strcmp(p->reach, "up") == 0, down = !strcmp(p->reach, "down");
	bool none = strcmp(p->carrier, "none") == 0;
	fprintf(out, "%s through ", up || none ? "reached" : "routed");
	put_carriers(p, out);
	if (down && !none)
		fputs(", but nothing answered", out);
	else if (!up && !down)
		fputs("; whether anything answered is unknown", out);
	fputs(". ", out);
}

/* How many of the pieces from the k-th on end as piece i does. */
static size_t
alike(const struct folded *f, size_t i, size_t k,
    const struct timeline_look *look)
{
	size_t n = 0;
	for (; k < f->n; k++)
		n +=
		    ends_in(f, k, look) && same_end(&f->piece[k], &f->piece[i]);
	return n;
}

/* The prefixes that end as piece i does, if it is the first of them. */
static void
put_prefixes(const struct folded *f, size_t i, const struct timeline_look *look,
    FILE *out)
{
	char prefix[PREFIX_STRLEN];
	size_t n = alike(f, i, 0, look), left = alike(f, i, i, look);
	if (left < n)
		return;
	for (size_t k = i; k < f->n; k++) {
		if (!ends_in(f, k, look) ||
		    !same_end(&f->piece[k], &f->piece[i]))
			continue;
		left--;
		fprintf(out, "%s%s", prefix_format(&f->piece[k].prefix, prefix),
		    left > 1	? ", "
		    : left == 1 ? " and "
				: "");
	}
	fprintf(out, " %s ", n > 1 ? "were" : "was");
	put_end(&f->piece[i], out);
}

/* ", 4 of them in BGP" */
static void
put_share(size_t by_bgp, size_t n, FILE *out)
{
	if (by_bgp > 0 && by_bgp == n)
		fputs(n > 1 ? ", all in BGP" : ", in BGP", out);
	else if (by_bgp > 0)
		fprintf(out, ", %zu of them in BGP", by_bgp);
}

/* How much changed, on both planes, and when last. */
static void
put_events(const struct events *e, const struct timeline_look *look, bool any,
    FILE *out)
{
	const struct event *last = NULL;
	size_t n = 0, by_bgp = 0;
	for (size_t i = 0; i < e->n; i++) {
		if (!event_within(&e->event[i], look->from_us, look->to_us))
			continue;
		n++;
		by_bgp += e->event[i].plane == PLANE_CONTROL;
		if (last == NULL || e->event[i].before_us > last->before_us)
			last = &e->event[i];
	}
	if (last == NULL) {
		fputs(any ? "Nothing changed." : "", out);
		return;
	}
	char at[EVENT_TIME_STRLEN];
	fprintf(out, "%zu event%s", n, n == 1 ? "" : "s");
	put_share(by_bgp, n, out);
	fprintf(out, ", the last seen %s.",
	    event_time(last->before_us + US_PER_S - 1, at));
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
	bool any = timeline_any(f, look);
	cells_open(&text);
	if (any)
		fprintf(
		    text.to, "At the end, %s UTC: ", event_time(end_us, at));
	else
		fputs("Traces saw nothing in this window. ", text.to);
	for (size_t i = 0; i < f->n; i++) {
		if (ends_in(f, i, look))
			put_prefixes(f, i, look, text.to);
	}
	put_events(e, look, any, text.to);
	cells_wrap(&text, look->width, out);
	fputc('\n', out);
}
