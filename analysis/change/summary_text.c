/* SPDX-License-Identifier: ISC */
#include "analysis/change/cells.h"
#include "analysis/change/summary.h"
#include "probe/base/clock.h"

#include <string.h>

enum {
	ROWS_MAX = 40,	 /* of a table; what is more is only counted */
	PHRASES_MAX = 3, /* moves in the sentence */
	PREFIX_COLUMNS = 18,
	VANTAGE_COLUMNS = 7,
	COUNTS_COLUMNS = 21,
	CARRIERS_COLUMNS = 13, /* "unicom > both" */
};

static const char *
plural(size_t n)
{
	return n == 1 ? "" : "s";
}

static const char *
carrier(const char *name)
{
	return name[0] != '\0' ? name : "unknown";
}

static void
move_words(const struct summary_move *m, FILE *out)
{
	fprintf(out, "%zu ", m->n);
	if (m->control)
		fputs("on the way to control destinations", out);
	else if (strcmp(m->from, m->to) == 0)
		fprintf(out, "within %s", carrier(m->from));
	else
		fprintf(out, "from %s to %s", carrier(m->from), carrier(m->to));
}

static void
moves_words(const struct summary_group *all, FILE *out)
{
	size_t rest = 0;
	for (size_t i = 0; i < all->nmoves; i++) {
		if (i >= PHRASES_MAX) {
			rest += all->move[i].n;
			continue;
		}
		fputs(i == 0 ? ": " : ", ", out);
		move_words(&all->move[i], out);
	}
	if (rest > 0)
		fprintf(out, ", %zu more", rest);
}

static void
alone_words(const struct summary_count *n, FILE *out)
{
	if (n->only_a > 0)
		fprintf(out, " %zu flow%s only before.", n->only_a,
		    plural(n->only_a));
	if (n->only_b > 0)
		fprintf(out, " %zu flow%s only after.", n->only_b,
		    plural(n->only_b));
}

static void
put_words(const struct summary *s, size_t width, FILE *out)
{
	const struct summary_count *n = &s->all.count;
	size_t pairs = summary_pairs(n);
	struct cells text;
	cells_open(&text);
	FILE *to = text.to;
	if (pairs == 0)
		fputs("No flow is on both sides.", to);
	else if (n->class[DIFF_CHANGED] == 0)
		fprintf(to, "No change in %zu flow%s.", pairs, plural(pairs));
	else
		fprintf(to, "%zu of %zu flow%s changed", n->class[DIFF_CHANGED],
		    pairs, plural(pairs));
	moves_words(&s->all, to);
	if (s->all.nmoves > 0)
		fputc('.', to);
	alone_words(n, to);
	cells_wrap(&text, width, out);
}

static void
put_classes(const struct summary_count *n, FILE *out)
{
	fputs("CLASS             FLOWS\n", out);
	for (int i = 0; i < DIFF_CLASSES; i++)
		fprintf(out, "%-14s  %7zu\n",
		    diff_class_name((enum diff_class)i), n->class[i]);
	fprintf(out, "%-14s  %7zu\n%-14s  %7zu\n", "only before", n->only_a,
	    "only after", n->only_b);
}

static void
put_moves(const struct summary_group *all, FILE *out)
{
	fputs("\nFROM              TO                  FLOWS\n", out);
	for (size_t i = 0; i < all->nmoves && i < ROWS_MAX; i++) {
		const struct summary_move *m = &all->move[i];
		cell(out, m->control ? "(control)" : carrier(m->from), 16);
		fputs("  ", out);
		cell(out, m->control ? "(control)" : carrier(m->to), 16);
		fprintf(out, "  %7zu\n", m->n);
	}
	if (all->nmoves > ROWS_MAX)
		fprintf(out, "... and %zu more\n", all->nmoves - ROWS_MAX);
}

/* The first move, and that there are others. */
static void
put_chief(const struct summary_group *g, size_t columns, FILE *out)
{
	char text[2 * VERDICT_CARRIER_MAX + 12];
	if (g->nmoves == 0)
		return;
	const struct summary_move *m = g->move;
	bool other = strcmp(m->from, m->to) != 0;
	snprintf(text, sizeof(text), "%s%s%s%s",
	    m->control ? "(control)" : carrier(m->from), other ? " > " : "",
	    other ? carrier(m->to) : "", g->nmoves > 1 ? ", ..." : "");
	cell(out, text, columns);
}

/* A name that is cut could be another one's, so it may take what is free. */
static size_t
vantage_columns(const struct summary *s, size_t width)
{
	size_t n = VANTAGE_COLUMNS, most = width - PREFIX_COLUMNS - 1 -
					   COUNTS_COLUMNS - CARRIERS_COLUMNS;
	for (size_t i = 0; i < s->ngroups; i++) {
		size_t len = strlen(s->group[i]->vantage);
		n = len > n ? len : n;
	}
	return n < most ? n : most;
}

/* PREFIX VANTAGE FLOWS CHANGED ONLY, and the chief move in what is left. */
static void
put_group(
    const struct summary_group *g, size_t vantage, size_t width, FILE *out)
{
	char prefix[PREFIX_STRLEN];
	struct cells line;
	cells_open(&line);
	FILE *to = line.to;
	cell(to, prefix_format(&g->prefix, prefix), PREFIX_COLUMNS);
	fputc(' ', to);
	cell(to, g->vantage, vantage);
	fprintf(to, " %5zu %7zu %5zu ", summary_pairs(&g->count),
	    g->count.class[DIFF_CHANGED], g -> count.only_a + g->count.only_b);
	put_chief(g, width - PREFIX_COLUMNS - 1 - vantage - COUNTS_COLUMNS, to);
	cells_line(&line, out);
}

/* "a 2026-11-20: 768 traces of 8 flows from 2026-11-20T00:00Z to ...". */
static void
put_side(const char *letter, const struct summary_side *side, size_t width,
    FILE *out)
{
	char since[CLOCK_STRLEN], until[CLOCK_STRLEN];
	struct cells text;
	cells_open(&text);
	fprintf(text.to, "%s %s: %zu trace%s of %zu flow%s", letter, side->name,
	    side->traces, plural(side->traces), side->flows,
	    plural(side->flows));
	if (side->since_us >= 0) {
		clock_format_us(side->since_us, since);
		clock_format_us(side->until_us, until);
		fprintf(text.to, " from %.19sZ to %.19sZ", since, until);
	}
	cells_wrap(&text, width, out);
}

static bool
is_quiet(const struct summary_group *g)
{
	return g->count.class[DIFF_CHANGED] == 0 && g->count.only_a == 0 &&
	       g->count.only_b == 0;
}

static void
put_rest(size_t quiet, size_t more, FILE *out)
{
	if (more > 0)
		fprintf(out, "... and %zu more\n", more);
	if (quiet > 0)
		fprintf(out, "%zu prefix%s and vantage%s without a change\n",
		    quiet, quiet == 1 ? "" : "es", plural(quiet));
}

/* Those where something happened; with all, every one. */
static void
put_groups(const struct summary *s, size_t width, bool all, FILE *out)
{
	size_t quiet = 0, shown = 0, more = 0;
	size_t vantage = vantage_columns(s, width);
	fputc('\n', out);
	for (size_t i = 0; i < s->ngroups; i++) {
		if (!all && is_quiet(s->group[i])) {
			quiet++;
			continue;
		}
		if (!all && shown == ROWS_MAX) {
			more++;
			continue;
		}
		if (shown++ == 0)
			fprintf(out, "%-*s %-*s FLOWS CHANGED ALONE CARRIERS\n",
			    PREFIX_COLUMNS, "PREFIX", (int)vantage, "VANTAGE");
		put_group(s->group[i], vantage, width, out);
	}
	put_rest(quiet, more, out);
}

void
summary_text(const struct summary *s, const struct summary_sides *sides,
    const struct summary_look *look, FILE *out)
{
	put_words(s, look->width, out);
	fputc('\n', out);
	put_side("a", &sides->a, look->width, out);
	put_side("b", &sides->b, look->width, out);
	fputc('\n', out);
	put_classes(&s->all.count, out);
	if (s->all.nmoves > 0)
		put_moves(&s->all, out);
	put_groups(s, look->width, look->all, out);
}
