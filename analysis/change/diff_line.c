/* SPDX-License-Identifier: ISC */
#include "analysis/change/diff_line.h"

#include "analysis/change/cells.h"
#include "probe/base/record_name.h"

#include <inttypes.h>
#include <string.h>

/* With the blank behind each; what is left of the width is the carriers'. */
enum {
	VANTAGE_COLUMNS = 7, /* and more for names that need it */
	TARGET_COLUMNS = 15,
	FLOW_COLUMNS = 9,
	CLASS_COLUMNS = 12,
	FIXED = VANTAGE_COLUMNS + 1 + TARGET_COLUMNS + 1 + FLOW_COLUMNS + 1 +
		CLASS_COLUMNS + 1,
	WIDE = 100, /* from here on there is more room for these */
	WIDE_VANTAGE = 20,
	WIDE_FLOW = 16,
	CARRIERS_COLUMNS = 16, /* and then the ASes */
};

static size_t
flow_columns(const struct diff_line_look *look)
{
	return look->width >= WIDE ? WIDE_FLOW : FLOW_COLUMNS;
}

/* A name that is cut could be another one's: the carriers keep theirs only. */
static size_t
vantage_columns(const struct diff_line_look *look)
{
	size_t least = look->width >= WIDE ? WIDE_VANTAGE : VANTAGE_COLUMNS;
	size_t others = FIXED - VANTAGE_COLUMNS - FLOW_COLUMNS +
			flow_columns(look) + CARRIERS_COLUMNS;
	size_t most = look->width > others ? look->width - others : 0;
	size_t n = look->vantage < most ? look->vantage : most;
	return n > least ? n : least;
}

static size_t
rest(const struct diff_line_look *look)
{
	return look->width - FIXED + VANTAGE_COLUMNS - vantage_columns(look) +
	       FLOW_COLUMNS - flow_columns(look);
}

void
diff_line_head(const struct diff_line_look *look, FILE *out)
{
	struct cells line;
	cells_open(&line);
	cell(line.to, "VANTAGE", vantage_columns(look) + 1);
	cell(line.to, "TARGET", TARGET_COLUMNS + 1);
	cell(line.to, "FLOW", flow_columns(look) + 1);
	cell(line.to, "CLASS", CLASS_COLUMNS + 1);
	cell(line.to, "CARRIERS", CARRIERS_COLUMNS + 1);
	if (look->width >= WIDE)
		fputs("ASES", line.to);
	cells_line(&line, out);
}

/* "udp 0", "tcp/80 0". */
static void
put_flow(const struct record *r, const struct diff_line_look *look, FILE *out)
{
	char text[48];
	cell(out, r->vantage, vantage_columns(look));
	fputc(' ', out);
	cell(out, addr_format(r->target, text), TARGET_COLUMNS);
	fputc(' ', out);
	if (r->port >= 0)
		snprintf(text, sizeof(text), "%s/%d %" PRIu32,
		    record_method_name(r->method), (int)r->port, r->flow);
	else
		snprintf(text, sizeof(text), "%s %" PRIu32,
		    record_method_name(r->method), r->flow);
	cell(out, text, flow_columns(look));
	fputc(' ', out);
}

static const char *
carrier(const struct naming *n)
{
	const char *name = naming_carrier(n);
	return name != NULL ? name : "unknown";
}

/* "changed @9": where it starts, too. */
static void
put_class(const struct diff *d, FILE *out)
{
	char text[32];
	if (d->class == DIFF_CHANGED)
		snprintf(text, sizeof(text), "changed @%u", d->first_ttl);
	else
		snprintf(text, sizeof(text), "%s", diff_class_name(d->class));
	cell(out, text, CLASS_COLUMNS);
	fputc(' ', out);
}

/* "AS20485 > AS4837 AS134544": the ASes of the part that changed. */
static void
put_stretch(const struct compared *c, size_t columns, FILE *out)
{
	struct compared_stretch s;
	struct cells text;
	compared_stretch(c, &s);
	if (c->diff.class != DIFF_CHANGED || s.nfrom + s.nto == 0)
		return;
	cells_open(&text);
	for (size_t i = 0; i < s.nfrom; i++)
		fprintf(text.to, "AS%" PRIu32 " ", s.from[i]);
	fputs(s.nfrom == 0 ? "- >" : s.nto == 0 ? "> -" : ">", text.to);
	for (size_t i = 0; i < s.nto; i++)
		fprintf(text.to, " AS%" PRIu32, s.to[i]);
	cells_cell(&text, columns, out);
}

static void
put_carriers(const struct compared *c, size_t columns, FILE *out)
{
	char text[2 * VERDICT_CARRIER_MAX + 8];
	const char *from = carrier(&c->name_a), *to = carrier(&c->name_b);
	if (c->a.control)
		snprintf(text, sizeof(text), "(control)");
	else if (strcmp(from, to) == 0)
		snprintf(text, sizeof(text), "%s", from);
	else
		snprintf(text, sizeof(text), "%s > %s", from, to);
	cell(out, text, columns);
}

void
diff_line(
    const struct compared *c, const struct diff_line_look *look, FILE *out)
{
	struct cells line;
	cells_open(&line);
	put_flow(&c->a, look, line.to);
	put_class(&c->diff, line.to);
	if (look->width >= WIDE && rest(look) > CARRIERS_COLUMNS + 1) {
		put_carriers(c, CARRIERS_COLUMNS, line.to);
		fputc(' ', line.to);
		put_stretch(c, rest(look) - CARRIERS_COLUMNS - 1, line.to);
	} else {
		put_carriers(c, rest(look), line.to);
	}
	cells_line(&line, out);
}

void
diff_line_alone(const struct side_flow *flow, bool only_a,
    const struct diff_line_look *look, FILE *out)
{
	struct cells line;
	cells_open(&line);
	put_flow(&flow->head, look, line.to);
	cell(line.to, only_a ? "only before" : "only after", CLASS_COLUMNS);
	cells_line(&line, out);
}
