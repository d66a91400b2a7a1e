/* SPDX-License-Identifier: ISC */
#include "analysis/diff_operands.h"

#include "analysis/broken_told.h"
#include "probe/base/clock.h"

#include <string.h>
#include <sysexits.h>
#include <unistd.h>

/* A side being filled with those of a file that the filter lets pass. */
struct filling {
	struct operand *to;
	const struct store_filter *filter;
};

static bool
passes(const struct store_filter *filter, const struct record *r)
{
	if (filter->vantage != NULL && strcmp(filter->vantage, r->vantage) != 0)
		return false;
	return filter->prefix == NULL ||
	       prefix_contains(filter->prefix, r->target);
}

static bool
add(void *arg, const struct record *r, struct fault *f)
{
	struct filling *filling = arg;
	if (!passes(filling->filter, r))
		return true;
	filling->to->start_us = r->start_us;
	return side_add(&filling->to->side, r, f);
}

static bool
see(void *arg, const struct record *r, struct fault *f)
{
	(void)f;
	side_see(arg, r);
	return true;
}

static bool
is_filtered(const struct query *q)
{
	return q->filter.vantage != NULL || q->filter.prefix != NULL;
}

static bool
read_file(struct operands *o, struct operand *to, const struct query *q,
    struct fault *f)
{
	struct filling filling = {to, &q->filter};
	bool bare = strcmp(to->name, "-") != 0 && !strchr(to->name, '/');
	if (bare && access(to->name, F_OK) != 0)
		return fault_set(f, EX_DATAERR,
		    "%s: neither a trace's id (8-4-4-4-12 hexadecimal digits) "
		    "nor a file that is there",
		    to->name);
	struct trace_file_to all = {
	    .each = add, .arg = &filling, .stream = broken_told_read};
	if (!trace_file(&all, to->name, f))
		return false;
	o->broken += all.broken;
	return to->side.n > 0 ||
	       fault_set(f, EX_DATAERR, "%s: holds no trace%s", to->name,
		   is_filtered(q) ? " of this vantage and prefix" : "");
}

static bool
read_id(struct operands *o, struct operand *to, struct fault *f)
{
	struct filling filling = {to, &(struct store_filter){0}};
	if (!store_traces(o->store, &(struct store_filter){.id = to->id}, add,
		&filling, f))
		return false;
	to->side.near_us = to->start_us;
	return to->side.n > 0 ||
	       fault_set(f, EX_DATAERR, "%s: no such trace in the database",
		   to->name);
}

static int64_t
later(int64_t a, int64_t b)
{
	return a > b ? a : b;
}

static int64_t
earlier(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

/* The traces about the time of one, on its side of the other's. */
static bool
see_beside(struct operands *o, struct operand *to, const struct operand *other,
    struct fault *f)
{
	struct record r;
	side_record(to->side.flow[0], &r);
	struct prefix target = {.addr = r.target, .len = 32};
	struct store_filter filter = {.vantage = r.vantage,
	    .prefix = &target,
	    .since_us = later(1, to->start_us - OPERANDS_BESIDE_US),
	    .until_us = to->start_us + OPERANDS_BESIDE_US};
	int64_t middle = to->start_us / 2 + other->start_us / 2;
	if (to->start_us < other->start_us)
		filter.until_us =
		    later(earlier(filter.until_us, middle), to->start_us + 1);
	if (to->start_us > other->start_us)
		filter.since_us =
		    earlier(later(filter.since_us, middle), to->start_us);
	bool ok = store_traces(o->store, &filter, see, &to->side, f);
	record_clear(&r);
	return ok;
}

/* "2026-11-21": a whole day. */
static bool
is_date(const char *text)
{
	return text[0] != '@' && strlen(text) == strlen("2026-11-21");
}

static bool
select_side(struct operands *o, struct operand *to, const char *option,
    const struct query *q, struct fault *f)
{
	int64_t hours = q->hours > 0 ? q->hours : OPERANDS_HOURS, us = 0;
	struct store_filter filter = q->filter;
	struct filling filling = {to, &q->filter};
	char since[CLOCK_STRLEN], until[CLOCK_STRLEN];
	clock_parse_us(to->name, &us);
	bool day = is_date(to->name);
	filter.since_us = later(1, day ? us : us + 1 - hours * 3600 * US_PER_S);
	filter.until_us = day ? us + US_PER_DAY : us + 1;
	to->since_us = filter.since_us;
	to->until_us = filter.until_us;
	if (!store_traces(o->store, &filter, add, &filling, f))
		return false;
	clock_format_us(filter.since_us, since);
	clock_format_us(filter.until_us, until);
	return to->side.n > 0 ||
	       fault_set(f, EX_DATAERR,
		   "%s %s: no trace%s in the database that began in "
		   "%.19sZ..%.19sZ%s",
		   option, to->name,
		   is_filtered(q) ? " of this vantage and prefix" : "", since,
		   until, day ? "" : " (see --hours)");
}

static bool
check_times(const struct query *q, struct fault *f)
{
	if (q->argc > 0)
		return fault_set(f, EX_USAGE,
		    "%s: either two traces or files, or --a-time and --b-time",
		    q->argv[0]);
	if (q->a_time == NULL || q->b_time == NULL)
		return fault_set(
		    f, EX_USAGE, "--a-time and --b-time: only both of them");
	bool instant = !is_date(q->a_time) || !is_date(q->b_time);
	return instant || q->hours == 0 ||
	       fault_set(
		   f, EX_USAGE, "--hours: of two whole days all is compared");
}

static bool
select_sides(struct operands *o, const struct query *q, struct fault *f)
{
	o->store = query_store(q, STORE_READ, f);
	return o->store != NULL && select_side(o, &o->a, "--a-time", q, f) &&
	       select_side(o, &o->b, "--b-time", q, f);
}

static bool
check_operands(const struct operands *o, const struct query *q, struct fault *f)
{
	if (q->argc != 2)
		return fault_set(f, EX_USAGE,
		    "diff: two traces or files, or --a-time and --b-time, not "
		    "%d",
		    q->argc);
	if (q->hours != 0)
		return fault_set(
		    f, EX_USAGE, "--hours: only with --a-time and --b-time");
	if ((o->a.is_id || o->b.is_id) && is_filtered(q))
		return fault_set(f, EX_USAGE,
		    "--vantage, --prefix: not with the id of a trace");
	if (strcmp(q->argv[0], "-") == 0 && strcmp(q->argv[1], "-") == 0)
		return fault_set(
		    f, EX_USAGE, "-: standard input can be read only once");
	return true;
}

static bool
read_side(struct operands *o, struct operand *to, const struct query *q,
    struct fault *f)
{
	return to->is_id ? read_id(o, to, f) : read_file(o, to, q, f);
}

static bool
read_sides(struct operands *o, const struct query *q, struct fault *f)
{
	if (o->a.is_id || o->b.is_id) {
		o->store = query_store(q, STORE_READ, f);
		if (o->store == NULL)
			return false;
	}
	return read_side(o, &o->a, q, f) && read_side(o, &o->b, q, f);
}

static bool
see_both(struct operands *o, struct fault *f)
{
	return (!o->a.is_id || see_beside(o, &o->a, &o->b, f)) &&
	       (!o->b.is_id || see_beside(o, &o->b, &o->a, f));
}

bool
operands_take(struct operands *o, const struct query *q, struct fault *f)
{
	*o = (struct operands){0};
	o->a.since_us = o->a.until_us = o->b.since_us = o->b.until_us = -1;
	o->selected = q->a_time != NULL || q->b_time != NULL;
	if (o->selected) {
		o->a.name = q->a_time;
		o->b.name = q->b_time;
		return check_times(q, f);
	}
	o->a.name = q->argc > 0 ? q->argv[0] : "";
	o->b.name = q->argc > 1 ? q->argv[1] : "";
	o->a.is_id = uuid_parse(o->a.name, o->a.id);
	o->b.is_id = uuid_parse(o->b.name, o->b.id);
	return check_operands(o, q, f);
}

bool
operands_read(struct operands *o, const struct query *q, struct fault *f)
{
	if (!(o->selected ? select_sides(o, q, f) : read_sides(o, q, f)))
		return false;
	side_sort(&o->a.side);
	side_sort(&o->b.side);
	return see_both(o, f);
}

void
operands_close(struct operands *o)
{
	side_close(&o->a.side);
	side_close(&o->b.side);
	store_close(o->store);
}
