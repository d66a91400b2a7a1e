/* SPDX-License-Identifier: ISC */
#include "analysis/change/diff_text.h"

#include "analysis/change/cells.h"
#include "analysis/change/diff_words.h"
#include "probe/base/clock.h"
#include "probe/base/record_name.h"

#include <inttypes.h>
#include <string.h>

/* Of a cell: TTL, address, AS and, where there is room, more. */
enum {
	TTL_COLUMNS = 2,
	ADDR_COLUMNS = 15,
	AS_COLUMNS = 8, /* AS131279 */
	RTT_COLUMNS = 8,
	NAME_COLUMNS_MIN = 8,
	/* with the blanks between them */
	NARROW = TTL_COLUMNS + 1 + ADDR_COLUMNS + 1 + AS_COLUMNS,
	WITH_RTT = NARROW + 1 + RTT_COLUMNS,
	UNIFIED = 2 + TTL_COLUMNS + 1 + NARROW + 2 * (1 + RTT_COLUMNS) + 1,
};

/* What one side shows at one step. */
struct view {
	const struct trail *trail;
	const struct naming *naming;
	uint8_t ttl;
	uint32_t addr;
};

static struct view
view_a(const struct compared *c, const struct diff_edit *e)
{
	return (struct view){&c->trail_a, &c->name_a, e->ttl_a, e->a};
}

static struct view
view_b(const struct compared *c, const struct diff_edit *e)
{
	return (struct view){&c->trail_b, &c->name_b, e->ttl_b, e->b};
}

/* As in the legend. */
static char
mark(const struct diff_edit *e)
{
	if (e->balanced)
		return '%';
	switch (e->op) {
	case EDIT_EQUAL:
		return '=';
	case EDIT_REPLACE:
		return '~';
	case EDIT_INSERT:
		return '+';
	case EDIT_DELETE:
		return '-';
	case EDIT_SILENT:
		return '.';
	}
	return '?';
}

static bool
is_change(const struct diff_edit *e)
{
	return !e->balanced && e->op != EDIT_EQUAL && e->op != EDIT_SILENT;
}

static void
begin_colour(const struct diff_look *look, const struct diff_edit *e, FILE *out)
{
	if (look->colour && is_change(e))
		fputs(e->op == EDIT_INSERT   ? "\033[32m"
		      : e->op == EDIT_DELETE ? "\033[31m"
					     : "\033[33m",
		    out);
}

static void
end_colour(const struct diff_look *look, const struct diff_edit *e, FILE *out)
{
	if (look->colour && is_change(e))
		fputs("\033[0m", out);
}

/* Four digits, from 0.001 ms to 9999 ms. */
static void
put_rtt(const struct trail_hop *hop, FILE *out)
{
	char text[32] = "";
	double ms = (double)hop->rtt_ns / 1e6;
	int decimals = ms < 10 ? 3 : ms < 100 ? 2 : ms < 1000 ? 1 : 0;
	if (hop->rtt_ns >= 0)
		snprintf(text, sizeof(text), "%.*f ms", decimals, ms);
	fprintf(out, " %*s", RTT_COLUMNS, text);
}

static const char *
as_name(const struct diff_look *look, int64_t as)
{
	const char *name =
	    as < 0 ? NULL : origin_as_name(look->tables, (uint32_t)as);
	return name != NULL ? name : "";
}

/*
 * The address and its AS. A long number takes room from the address, then goes
 * without its "AS"; it is never cut.
 */
static void
put_address(const char *addr, int64_t as, FILE *out)
{
	enum { COLUMNS = ADDR_COLUMNS + 1 + AS_COLUMNS };
	char text[32] = "", room[64];
	size_t len = strlen(addr);
	if (as >= 0)
		snprintf(text, sizeof(text), "AS%" PRId64, as);
	if (len + 1 + strlen(text) > COLUMNS)
		snprintf(text, sizeof(text), "%" PRId64, as);
	size_t at = COLUMNS - strlen(text);
	if (at > ADDR_COLUMNS + 1)
		at = ADDR_COLUMNS + 1;
	bool fits = len < at;
	snprintf(
	    room, sizeof(room), "%-*s%s", (int)at, addr, fits ? text : "?");
	cell(out, room, COLUMNS);
}

/* A hop in so many columns. */
static void
put_hop(const struct view *v, const struct diff_look *look, size_t columns,
    FILE *out)
{
	char text[32] = "*";
	if (v->ttl == 0) {
		cell(out, "", columns);
		return;
	}
	const struct trail_hop *hop = &v->trail->hop[v->ttl - 1];
	int64_t as = v->addr != 0 ? naming_as(v->naming, v->ttl, v->addr) : -1;
	fprintf(out, "%*u ", TTL_COLUMNS, v->ttl);
	if (v->addr != 0)
		addr_format(v->addr, text);
	put_address(hop->probed ? text : "not probed", as, out);
	size_t used = NARROW;
	if (columns >= WITH_RTT) {
		put_rtt(hop, out);
		used = WITH_RTT;
	}
	if (columns > used + NAME_COLUMNS_MIN) {
		fputc(' ', out);
		cell(out, as_name(look, as), columns - used - 1);
	} else {
		cell(out, "", columns - used);
	}
}

static void
side_by_side(const struct compared *c, const struct diff_edit *e,
    const struct diff_look *look, FILE *out)
{
	struct cells line;
	struct view a = view_a(c, e), b = view_b(c, e);
	size_t columns = (look->width - 3) / 2;
	cells_open(&line);
	put_hop(&a, look, columns, line.to);
	fprintf(line.to, " %c ", mark(e));
	put_hop(&b, look, columns, line.to);
	begin_colour(look, e, out);
	cells_line(&line, out);
	end_colour(look, e, out);
}

static void
put_ttl(uint8_t ttl, FILE *out)
{
	if (ttl > 0)
		fprintf(out, " %*u", TTL_COLUMNS, ttl);
	else
		fprintf(out, " %*s", TTL_COLUMNS, "");
}

/* The first of the two sides that a line stands for which answered. */
static const struct view *
speaker(const struct view *a, const struct view *b)
{
	if (a == NULL || (b != NULL && a->addr == 0 && b->addr != 0))
		return b;
	return a;
}

static void
put_side_rtt(const struct view *v, FILE *out)
{
	static const struct trail_hop none = {.rtt_ns = -1};
	bool has = v != NULL && v->ttl > 0 && v->addr != 0;
	put_rtt(has ? &v->trail->hop[v->ttl - 1] : &none, out);
}

/* A line for a, b or (the other is not NULL) both. */
static void
one_line(char sign, const struct view *a, const struct view *b,
    const struct diff_look *look, FILE *out)
{
	char text[32] = "*";
	const struct view *v = speaker(a, b);
	int64_t as = v->addr != 0 ? naming_as(v->naming, v->ttl, v->addr) : -1;
	fputc(sign, out);
	put_ttl(a != NULL ? a->ttl : 0, out);
	put_ttl(b != NULL ? b->ttl : 0, out);
	if (v->addr != 0)
		addr_format(v->addr, text);
	fputc(' ', out);
	put_address(text, as, out);
	put_side_rtt(a, out);
	put_side_rtt(b, out);
	fputc(' ', out);
	if (look->width > UNIFIED + NAME_COLUMNS_MIN)
		cell(out, as_name(look, as), look->width - UNIFIED);
}

static void
unified_line(char sign, const struct view *a, const struct view *b,
    const struct diff_look *look, FILE *out)
{
	struct cells line;
	cells_open(&line);
	one_line(sign, a, b, look, line.to);
	cells_line(&line, out);
}

static void
unified(const struct compared *c, const struct diff_edit *e,
    const struct diff_look *look, FILE *out)
{
	struct view a = view_a(c, e), b = view_b(c, e);
	bool two = e->op == EDIT_REPLACE;
	char sign = e->op == EDIT_EQUAL ? ' ' : mark(e);
	begin_colour(look, e, out);
	if (e->op == EDIT_DELETE || two)
		unified_line(e->balanced ? sign : '-', &a, NULL, look, out);
	if (e->op == EDIT_INSERT || two)
		unified_line(e->balanced ? sign : '+', NULL, &b, look, out);
	if (e->op == EDIT_EQUAL || e->op == EDIT_SILENT)
		unified_line(sign, &a, &b, look, out);
	end_colour(look, e, out);
}

/* "sel -> 175.45.176.71, udp, flow 0". */
static void
put_flow(const struct record *r, const struct diff_look *look, FILE *out)
{
	char target[ADDR_STRLEN];
	struct cells text;
	cells_open(&text);
	fprintf(text.to, "%s -> %s, %s", r->vantage,
	    addr_format(r->target, target), record_method_name(r->method));
	if (r->port >= 0)
		fprintf(text.to, " port %d", (int)r->port);
	fprintf(text.to, ", flow %" PRIu32, r->flow);
	cells_wrap(&text, look->width, out);
}

static void
put_head(const char *name, const struct record *r, FILE *out)
{
	char id[UUID_STRLEN], at[CLOCK_STRLEN];
	uint8_t uuid[UUID_LEN];
	record_id(r, uuid);
	clock_format_us(r->start_us, at);
	fprintf(out, "%s %s %.10s %.8s\n", name, uuid_format(uuid, id), at,
	    at + 11);
}

/* "before: AS4766 AS20485 AS131279". */
static void
put_path(const char *when, const uint32_t *asn, size_t n,
    const struct diff_look *look, FILE *out)
{
	struct cells text;
	cells_open(&text);
	fprintf(text.to, "ASes%s:%s", when, n == 0 ? " none is known" : "");
	for (size_t i = 0; i < n; i++)
		fprintf(text.to, " AS%" PRIu32, asn[i]);
	cells_wrap(&text, look->width, out);
}

static void
put_paths(const struct compared *c, const struct diff_look *look, FILE *out)
{
	uint32_t a[RECORD_TTL_MAX + 1], b[RECORD_TTL_MAX + 1];
	size_t na = naming_path(&c->name_a, &c->trail_a, a);
	size_t nb = naming_path(&c->name_b, &c->trail_b, b);
	if (na == nb && memcmp(a, b, na * sizeof(a[0])) == 0) {
		put_path(" before and after", a, na, look, out);
		return;
	}
	put_path(" before", a, na, look, out);
	put_path(" after", b, nb, look, out);
}

static void
put_heads(const struct compared *c, const struct diff_look *look, FILE *out)
{
	put_flow(&c->a, look, out);
	if (!c->diff.same_flow)
		put_flow(&c->b, look, out);
	put_paths(c, look, out);
	put_head(look->unified ? "---" : "a", &c->a, out);
	put_head(look->unified ? "+++" : "b", &c->b, out);
}

static void
put_legend(const struct diff_look *look, FILE *out)
{
	struct cells text;
	cells_open(&text);
	fputs(look->unified
		  ? "- only before, + only after, % balancing, . silent; TTLs "
		    "and round trips: before, after"
		  : "= same, ~ another, % balancing, - only before, + only "
		    "after, . silent",
	    text.to);
	cells_wrap(&text, look->width, out);
}

static void
put_words(const struct compared *c, const struct diff_look *look, FILE *out)
{
	struct cells text;
	cells_open(&text);
	diff_words(c, look->tables, text.to);
	cells_wrap(&text, look->width, out);
}

void
diff_text(const struct compared *c, const struct diff_look *look, FILE *out)
{
	put_words(c, look, out);
	fputc('\n', out);
	put_heads(c, look, out);
	for (size_t i = 0; i < c->diff.nedits; i++)
		if (look->unified)
			unified(c, &c->diff.edit[i], look, out);
		else
			side_by_side(c, &c->diff.edit[i], look, out);
	if (c->diff.nedits > 0)
		put_legend(look, out);
}
