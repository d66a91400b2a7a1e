/* SPDX-License-Identifier: ISC */
#include "analysis/change/changes.h"

#include "probe/base/clock.h"
#include "probe/base/mem.h"

#include <stdlib.h>
#include <string.h>

struct changes {
	size_t n;
	struct change *change;
};

static int
by_prefix_and_time(const void *va, const void *vb)
{
	const struct run *a = ((const struct change *)va)->to;
	const struct run *b = ((const struct change *)vb)->to;
	if (a->prefix.addr != b->prefix.addr)
		return a->prefix.addr < b->prefix.addr ? -1 : 1;
	if (a->prefix.len != b->prefix.len)
		return a->prefix.len - b->prefix.len;
	if (a->decided_us != b->decided_us)
		return a->decided_us < b->decided_us ? -1 : 1;
	return strcmp(a->vantage, b->vantage);
}

static struct changes
find(const struct timeline *t, int64_t from_us, int64_t to_us)
{
	struct changes c = {0};
	c.change = xcalloc(t->n, sizeof(*c.change));
	for (size_t i = 1; i < t->n; i++) {
		const struct run *old = timeline_before(t, i);
		int64_t at = t->run[i].decided_us;
		if (old == NULL || at < from_us || (to_us && at >= to_us))
			continue;
		c.change[c.n++] =
		    (struct change){.from = old, .to = &t->run[i]};
	}
	if (c.n > 0)
		qsort(c.change, c.n, sizeof(*c.change), by_prefix_and_time);
	return c;
}

static const char *
describe(const struct run *run, char *buf, size_t room)
{
	if (run->entry_as >= 0)
		snprintf(buf, room, "%s (AS%lld)", run->carrier,
		    (long long)run->entry_as);
	else
		snprintf(buf, room, "%s", run->carrier);
	return buf;
}

static void
print_change(const struct change *c, FILE *out)
{
	char prefix[PREFIX_STRLEN], from[64], to[64];
	char after[CLOCK_STRLEN], before[CLOCK_STRLEN];
	clock_format_us(c->from->last_us, after);
	clock_format_us(c->to->decided_us, before);
	fprintf(out, "%-18s %-8s  %-7s  %-19s -> %-19s  %.10s %.12s .. %.12s\n",
	    prefix_format(&c->to->prefix, prefix), c->to->vantage,
	    change_kind(c), describe(c->from, from, sizeof(from)),
	    describe(c->to, to, sizeof(to)), after, after + 11, before + 11);
}

size_t
changes_print(
    const struct timeline *t, int64_t from_us, int64_t to_us, FILE *out)
{
	struct changes c = find(t, from_us, to_us);
	if (c.n == 0)
		fputs("No change.\n", out);
	else
		fprintf(out,
		    "%-18s %-8s  %-7s  %-19s    %-19s  BETWEEN (UTC, last "
		    "old .. first new)\n",
		    "PREFIX", "VANTAGE", "WHAT", "BEFORE", "AFTER");
	for (size_t i = 0; i < c.n; i++)
		print_change(&c.change[i], out);
	free(c.change);
	return c.n;
}

size_t
changes_json(
    const struct timeline *t, int64_t from_us, int64_t to_us, FILE *out)
{
	struct changes c = find(t, from_us, to_us);
	for (size_t i = 0; i < c.n; i++) {
		struct json j = {0};
		change_json(&c.change[i], &j);
		json_line(&j, out);
	}
	free(c.change);
	return c.n;
}

void
runs_print(const struct timeline *t, int64_t from_us, int64_t to_us, FILE *out)
{
	char prefix[PREFIX_STRLEN], who[64];
	char since[CLOCK_STRLEN], last[CLOCK_STRLEN];
	fprintf(out, "%-18s %-8s  %-20s  %-19s  %s\n", "PREFIX", "VANTAGE",
	    "CARRIER", "FIRST SEEN (UTC)", "LAST SEEN");
	for (size_t i = 0; i < t->n; i++) {
		const struct run *run = &t->run[i];
		if (run->last_us < from_us || (to_us && run->since_us >= to_us))
			continue;
		clock_format_us(run->since_us, since);
		clock_format_us(run->last_us, last);
		fprintf(out, "%-18s %-8s  %-20s  %.10s %.8s  %.10s %.8s\n",
		    prefix_format(&run->prefix, prefix), run->vantage,
		    describe(run, who, sizeof(who)), since, since + 11, last,
		    last + 11);
	}
}
