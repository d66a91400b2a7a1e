/* SPDX-License-Identifier: ISC */
#include "analysis/change/event_text.h"

#include "analysis/change/cells.h"
#include "probe/base/clock.h"

#include <inttypes.h>
#include <string.h>

char *
event_time(int64_t us, char buf[static EVENT_TIME_STRLEN])
{
	char text[CLOCK_STRLEN];
	clock_format_us(us, text);
	snprintf(buf, EVENT_TIME_STRLEN, "%.10s %.8s", text, text + 11);
	return buf;
}

bool
event_within(const struct event *e, int64_t from_us, int64_t to_us)
{
	return e->before_us >= from_us && (to_us == 0 || e->before_us < to_us);
}

void
event_span(int64_t since_us, int64_t until_us, FILE *out)
{
	char since[EVENT_TIME_STRLEN], until[EVENT_TIME_STRLEN];
	event_time(since_us, since);
	event_time(until_us + US_PER_S - 1, until);
	bool same_day = memcmp(since, until, 10) == 0;
	fprintf(out, "%s .. %s", since, same_day ? until + 11 : until);
}

static const char *
who(const struct event *e)
{
	if (e->plane == PLANE_CONTROL)
		return e->vantage[0] ? e->vantage : "peers";
	return e->vantage[0] ? e->vantage : "all";
}

static void
put_state(const char *state, int64_t entry, FILE *out)
{
	fputs(state[0] ? state : "unknown", out);
	if (entry >= 0)
		fprintf(out, " (AS%" PRId64 ")", entry);
}

static void
put_suspect(const struct event *e, FILE *out)
{
	if (e->suspect != NULL)
		fprintf(out, ", %s AS%" PRIu32 " never seen before", e->suspect,
		    e->suspect_as);
}

static void
put_control(const struct event *e, FILE *out)
{
	if (e->plane != PLANE_CONTROL)
		return;
	fprintf(out, ", %zu of %zu peers %s a route", e->peers, e->peers_known,
	    e->peers == 1 ? "has" : "have");
	put_suspect(e, out);
}

/* Gained where nobody was, or lost so that nobody is left: said with it. */
static bool
only(const struct event *e)
{
	const char *rest = e->kind == EVENT_GAINED ? e->from : e->to;
	const char *whole = e->kind == EVENT_GAINED ? e->to : e->from;
	return strcmp(rest, "none") == 0 && strcmp(whole, e->carrier) == 0;
}

/* Down or up, on either plane. */
static bool
is_turn(const struct event *e)
{
	return e->kind == EVENT_DOWN || e->kind == EVENT_UP ||
	       (event_is_reach(e) && e->kind != EVENT_FLAPPING);
}

static void
put_what(const struct event *e, FILE *out)
{
	fputs(event_kind_name(e->kind), out);
	if (e->kind == EVENT_FLAPPING)
		fprintf(out, " %zu times", e->flaps);
	if (is_turn(e)) {
		if (e->carrier[0])
			fprintf(out, " (through %s)", e->carrier);
		put_control(e, out);
		return;
	}
	bool one = e->carrier[0] != '\0'; /* gained or lost, by its entry */
	if (one) {
		fputc(' ', out);
		put_state(e->carrier,
		    e->kind == EVENT_GAINED ? e->entry_to : e->entry_from, out);
	}
	if (one && only(e)) {
		put_control(e, out);
		return;
	}
	fputs(": ", out);
	put_state(e->from, one ? -1 : e->entry_from, out);
	fputs(" -> ", out);
	put_state(e->to, one ? -1 : e->entry_to, out);
	put_control(e, out);
}

void
event_print(const struct event *e, size_t width, FILE *out)
{
	char prefix[PREFIX_STRLEN];
	struct cells line;
	cells_open(&line);
	event_span(e->after_us, e->before_us, line.to);
	fprintf(line.to, "  %-15s  %s: ", prefix_format(&e->prefix, prefix),
	    who(e));
	put_what(e, line.to);
	cells_hang(&line, 0, 4, width, out);
}

/* What the two times of an event are, of each plane that has one here. */
static void
print_heading(const struct events *e, int64_t from_us, int64_t to_us,
    size_t width, FILE *out)
{
	bool plane[2] = {false};
	struct cells line;
	for (size_t i = 0; i < e->n; i++)
		if (event_within(&e->event[i], from_us, to_us))
			plane[e->event[i].plane == PLANE_CONTROL] = true;
	cells_open(&line);
	fprintf(line.to, "EVENTS (UTC%s%s)",
	    plane[0] ? ", between last old and first new" : "",
	    plane[0] && plane[1] ? "; in BGP, first and last message"
	    : plane[1]		 ? ", first and last message of a wave"
				 : "");
	cells_hang(&line, 0, 4, width, out);
}

void
events_print(const struct events *e, int64_t from_us, int64_t to_us,
    size_t width, FILE *out)
{
	bool any = false;
	for (size_t i = 0; i < e->n; i++) {
		if (!event_within(&e->event[i], from_us, to_us))
			continue;
		if (!any)
			print_heading(e, from_us, to_us, width, out);
		any = true;
		event_print(&e->event[i], width, out);
	}
	if (!any)
		fputs("No event.\n", out);
}
