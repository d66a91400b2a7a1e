/* SPDX-License-Identifier: ISC */
#include "analysis/change/timeline_text.h"

#include "analysis/change/cells.h"
#include "analysis/change/event_text.h"
#include "probe/base/clock.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

enum { NAMES_MAX = 8, HEAD = 44, NARROW = 80, HANG_NARROW = 23 };

static bool
same_prefix(const struct prefix *a, const struct prefix *b)
{
	return a->addr == b->addr && a->len == b->len;
}

static bool
same_state(const struct run *a, const struct run *b)
{
	return strcmp(a->carrier, b->carrier) == 0 &&
	       a->entry_as == b->entry_as;
}

/* Whether the vantages that vote both times say the same. */
static bool
same_votes(const struct folded_piece *a, const struct folded_piece *b)
{
	size_t k = 0;
	for (size_t i = 0; i < a->n; i++) {
		while (k < b->n &&
		       strcmp(b->vote[k]->vantage, a->vote[i]->vantage) < 0)
			k++;
		if (k < b->n &&
		    strcmp(b->vote[k]->vantage, a->vote[i]->vantage) == 0 &&
		    !same_state(a->vote[i], b->vote[k]))
			return false;
	}
	return true;
}

/* b goes on with what a says. */
static bool
goes_on(const struct folded_piece *a, const struct folded_piece *b)
{
	return same_prefix(&a->prefix, &b->prefix) &&
	       strcmp(a->carrier, b->carrier) == 0 &&
	       strcmp(a->reach, b->reach) == 0 && same_votes(a, b);
}

bool
timeline_shows(
    const struct timeline_look *look, int64_t since_us, int64_t until_us)
{
	return until_us >= look->from_us &&
	       (look->to_us == 0 || since_us < look->to_us);
}

/* Whether an earlier vote of the piece says the same. */
static bool
said_before(const struct folded_piece *p, size_t i)
{
	for (size_t k = 0; k < i; k++)
		if (same_state(p->vote[k], p->vote[i]))
			return true;
	return false;
}

/* " (AS20485)" */
static void
put_entry(const struct run *run, FILE *out)
{
	if (run->entry_as >= 0)
		fprintf(out, " (AS%" PRId64 ")", run->entry_as);
}

/* "mow, sel and 3 more", or "all 5": who says the same as vote i. */
static void
put_names(const struct folded_piece *p, size_t i, FILE *out)
{
	size_t n = 0;
	for (size_t k = i; k < p->n; k++)
		n += same_state(p->vote[k], p->vote[i]);
	if (n == p->n && n > 1) {
		fprintf(out, "all %zu", n);
		return;
	}
	n = 0;
	for (size_t k = i; k < p->n; k++) {
		if (!same_state(p->vote[k], p->vote[i]))
			continue;
		if (n++ < NAMES_MAX)
			fprintf(out, "%s%s", n > 1 ? ", " : "",
			    p->vote[k]->vantage);
	}
	if (n > NAMES_MAX)
		fprintf(out, " and %zu more", n - NAMES_MAX);
}

/* Whoever says what stands beside it only says by which neighbour. */
static void
put_votes(const struct folded_piece *p, FILE *out)
{
	if (p->n == 0)
		fputs("nobody was heard", out);
	for (size_t i = 0; i < p->n; i++) {
		if (said_before(p, i))
			continue;
		fputs(i > 0 ? "; " : "", out);
		put_names(p, i, out);
		if (strcmp(p->vote[i]->carrier, p->carrier) != 0)
			fprintf(out, ": %s", p->vote[i]->carrier);
		put_entry(p->vote[i], out);
	}
}

static size_t
hang(size_t width)
{
	return width < NARROW ? HANG_NARROW : HEAD;
}

static void
print_piece(
    const struct folded_piece *p, int64_t since_us, size_t width, FILE *out)
{
	char since[EVENT_TIME_STRLEN];
	struct cells line;
	cells_open(&line);
	fprintf(line.to, "  %s  %-10s  %-7s  ", event_time(since_us, since),
	    p->carrier, p->reach);
	put_votes(p, line.to);
	cells_hang(&line, HEAD, hang(width), width, out);
}

/* Too short to be seen in whole seconds: vantages that come one by one. */
static bool
instant(const struct folded *f, size_t i, int64_t since_us)
{
	const struct folded_piece *next = &f->piece[i + 1];
	return i + 1 < f->n &&
	       same_prefix(&next->prefix, &f->piece[i].prefix) &&
	       next->since_us / US_PER_S == since_us / US_PER_S;
}

/* One line for all pieces from i on that go on; where the next begins. */
static size_t
print_line(const struct folded *f, size_t i, const struct timeline_look *look,
    FILE *out)
{
	int64_t since_us = f->piece[i].since_us;
	while (i + 1 < f->n && goes_on(&f->piece[i], &f->piece[i + 1]))
		i++;
	if (timeline_shows(look, since_us, f->piece[i].until_us) &&
	    !instant(f, i, since_us))
		print_piece(&f->piece[i], since_us, look->width, out);
	return i + 1;
}

/* From where and when; the state comes behind it. */
static void
open_line(
    struct cells *line, const char *vantage, int64_t since_us, int64_t last_us)
{
	cells_open(line);
	fprintf(line->to, "  %s: ", vantage);
	event_span(since_us, last_us, line->to);
}

static void
print_run(const struct run *run, const struct timeline_look *look, FILE *out)
{
	struct cells line;
	if (!timeline_shows(look, run->since_us, run->last_us))
		return;
	open_line(&line, run->vantage, run->since_us, run->last_us);
	fprintf(line.to, " %s", run->carrier);
	put_entry(run, line.to);
	if (!isnan(run->p))
		fprintf(line.to, ", p %.2f", run->p);
	cells_hang(&line, 2, 4, look->width, out);
}

static void
print_reach(
    const struct reach_run *run, const struct timeline_look *look, FILE *out)
{
	struct cells line;
	if (!timeline_shows(look, run->since_us, run->last_us))
		return;
	open_line(&line, run->vantage, run->since_us, run->last_us);
	fprintf(line.to, " %s", run->reach);
	cells_hang(&line, 2, 4, look->width, out);
}

static void
print_vantages(const struct timeline *t, const struct prefix *p,
    const struct timeline_look *look, FILE *out)
{
	for (size_t i = 0; i < t->n; i++)
		if (same_prefix(&t->run[i].prefix, p))
			print_run(&t->run[i], look, out);
	for (size_t i = 0; i < t->nreach; i++)
		if (same_prefix(&t->reach[i].prefix, p))
			print_reach(&t->reach[i], look, out);
}

static void
print_heading(
    const struct prefix *p, const struct timeline_look *look, FILE *out)
{
	char prefix[PREFIX_STRLEN];
	struct cells line;
	fprintf(out, "%s\n", prefix_format(p, prefix));
	cells_open(&line);
	fprintf(line.to, "  %-19s  %-10s  %-7s  %s", "SINCE (UTC)", "CARRIER",
	    "REACH", "SEEN BY");
	cells_hang(&line, HEAD, hang(look->width), look->width, out);
}

static bool
shows_prefix(
    const struct folded *f, size_t first, const struct timeline_look *look)
{
	for (size_t i = first; i < f->n && same_prefix(&f->piece[i].prefix,
					       &f->piece[first].prefix);
	     i++)
		if (timeline_shows(
			look, f->piece[i].since_us, f->piece[i].until_us))
			return true;
	return false;
}

bool
timeline_any(const struct folded *f, const struct timeline_look *look)
{
	for (size_t i = 0; i < f->n; i++)
		if (timeline_shows(
			look, f->piece[i].since_us, f->piece[i].until_us))
			return true;
	return false;
}

void
timeline_print(const struct folded *f, const struct timeline *t,
    const struct timeline_look *look, FILE *out)
{
	for (size_t i = 0; i < f->n;) {
		const struct prefix *p = &f->piece[i].prefix;
		bool shown = shows_prefix(f, i, look);
		if (shown)
			print_heading(p, look, out);
		while (i < f->n && same_prefix(&f->piece[i].prefix, p))
			i = print_line(f, i, look, out);
		if (shown && look->vantages)
			print_vantages(t, p, look, out);
		if (shown)
			fputc('\n', out);
	}
}
