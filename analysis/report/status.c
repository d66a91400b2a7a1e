/* SPDX-License-Identifier: ISC */
#include "analysis/report/status.h"

#include "probe/base/clock.h"
#include "probe/base/json.h"
#include "probe/base/mem.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static bool
same_prefix(const struct prefix *a, const struct prefix *b)
{
	return a->addr == b->addr && a->len == b->len;
}

static struct status_prefix *
row_of(struct status *s, const struct run *run)
{
	if (s->n > 0 && same_prefix(&s->row[s->n - 1].prefix, &run->prefix))
		return &s->row[s->n - 1];
	s->row = xreallocarray(s->row, s->n + 1, sizeof(*s->row));
	s->row[s->n] = (struct status_prefix){.prefix = run->prefix};
	return &s->row[s->n++];
}

/* What nothing has said for so long is not known any more. */
static void
forget_old(struct run *run, int64_t newest_us)
{
	if (run->last_us >= newest_us - STATUS_STALE_US)
		return;
	snprintf(run->carrier, sizeof(run->carrier), "unknown");
	run->entry_as = run->since_us = -1;
	run->p = NAN;
}

/* Only the newest run of a vantage, and only if it is not stale. */
static void
collect(struct status *s, const struct timeline *t)
{
	for (size_t i = 0; i < t->n; i++) {
		const struct run *run = &t->run[i];
		bool newest =
		    i + 1 == t->n || timeline_before(t, i + 1) == NULL;
		if (!newest || run->seen_us < s->newest_us - STATUS_STALE_US)
			continue;
		struct status_prefix *row = row_of(s, run);
		row->last =
		    xreallocarray(row->last, row->n + 1, sizeof(*row->last));
		row->last[row->n] = (struct status_vantage){
		    .run = *run, .first = timeline_before(t, i) == NULL};
		forget_old(&row->last[row->n++].run, s->newest_us);
	}
}

/* A state that names somebody; "none" and "unknown" do not. */
static bool
names(const struct run *run)
{
	return strcmp(run->carrier, "none") != 0 &&
	       strcmp(run->carrier, "unknown") != 0;
}

/* Whether an earlier vantage of the row said the same. */
static bool
seen(const struct status_prefix *row, size_t i)
{
	for (size_t k = 0; k < i; k++)
		if (strcmp(row->last[k].run.carrier,
			row->last[i].run.carrier) == 0)
			return true;
	return false;
}

static size_t
distinct(const struct status_prefix *row, const char **word)
{
	size_t n = 0;
	*word = "unknown";
	for (size_t i = 0; i < row->n; i++) {
		if (strcmp(row->last[i].run.carrier, "none") == 0 && n == 0)
			*word = "none";
		if (!names(&row->last[i].run) || seen(row, i))
			continue;
		*word = row->last[i].run.carrier;
		n++;
	}
	return n;
}

static const char *
fold_reach(const struct status_prefix *row)
{
	const char *reach = "unknown";
	for (size_t i = 0; i < row->n; i++) {
		if (strcmp(row->last[i].run.reach, "up") == 0)
			return "up";
		if (strcmp(row->last[i].run.reach, "down") == 0)
			reach = "down";
	}
	return reach;
}

/*
 * When the state of a prefix began: with the last change that led to it. The
 * first run of a vantage is no change: it joins those that said so before.
 */
static int64_t
began(const struct status_prefix *row, size_t i)
{
	int64_t since_us = row->last[i].run.since_us;
	for (size_t k = 0; row->last[i].first && k < row->n; k++)
		if (strcmp(row->last[k].run.carrier,
			row->last[i].run.carrier) == 0 &&
		    row->last[k].run.since_us < since_us)
			since_us = row->last[k].run.since_us;
	return since_us;
}

/* One prefix over its vantages; their tables err together, so no product. */
static void
fold(struct status_prefix *row)
{
	const char *word = NULL;
	size_t n = distinct(row, &word);
	snprintf(row->carrier, sizeof(row->carrier), "%s",
	    n == 2  ? "both"
	    : n > 2 ? "several"
		    : word);
	row->p = NAN;
	row->since_us = -1;
	row->reach = fold_reach(row);
	for (size_t i = 0; i < row->n; i++) {
		const struct run *run = &row->last[i].run;
		bool counts =
		    n > 1 ? names(run) : strcmp(run->carrier, word) == 0;
		if (run->last_us > row->last_us)
			row->last_us = run->last_us;
		if (run->seen_us > row->seen_us)
			row->seen_us = run->seen_us;
		if (!counts)
			continue;
		row->agreeing++;
		if (began(row, i) > row->since_us)
			row->since_us = began(row, i);
		row->p = n > 1 ? fmin(row->p, run->p) : fmax(row->p, run->p);
	}
}

void
status_open(struct status *s, const struct timeline *t)
{
	*s = (struct status){0};
	for (size_t i = 0; i < t->n; i++)
		if (t->run[i].seen_us > s->newest_us)
			s->newest_us = t->run[i].seen_us;
	collect(s, t);
	for (size_t i = 0; i < s->n; i++)
		fold(&s->row[i]);
}

void
status_close(struct status *s)
{
	for (size_t i = 0; i < s->n; i++)
		free(s->row[i].last);
	free(s->row);
	*s = (struct status){0};
}

/* "unicom and ttk": who carries a prefix, in the order of the vantages. */
static void
print_carriers(const struct status_prefix *row, FILE *out)
{
	const char *between = "";
	for (size_t i = 0; i < row->n; i++) {
		if (!names(&row->last[i].run) || seen(row, i))
			continue;
		fprintf(out, "%s%s", between, row->last[i].run.carrier);
		between = " and ";
	}
	if (*between == '\0')
		fputs(strcmp(row->carrier, "none") == 0
			  ? "nobody (no route)"
			  : "a network that was not seen",
		    out);
}

static void
print_answer(const struct status *s, FILE *out)
{
	char text[CLOCK_STRLEN];
	for (size_t i = 0; i < s->n; i++) {
		fprintf(out, "%s is reached through ",
		    prefix_format(&s->row[i].prefix, text));
		print_carriers(&s->row[i], out);
		fputs(".\n", out);
	}
	clock_format_us(s->newest_us, text);
	fprintf(out, "Last observation %.10s %.8s UTC.\n\n", text, text + 11);
}

static void
print_line(const char *name, const char *carrier, int64_t entry_as,
    const struct run *run, FILE *out)
{
	char since[CLOCK_STRLEN], as[24] = "-", p[8] = "-";
	if (entry_as >= 0)
		snprintf(as, sizeof(as), "AS%lld", (long long)entry_as);
	if (!isnan(run->p))
		snprintf(p, sizeof(p), "%.2f", run->p);
	snprintf(since, sizeof(since), "-");
	if (run->since_us >= 0) {
		clock_format_us(run->since_us, since);
		since[10] = ' ';
	}
	fprintf(out, "%-18s  %-10s  %-10s  %-5s  %-7s  %-19.19s  ", name,
	    carrier, as, p, run->reach, since);
}

/* The entry AS on which all who name a carrier agree, -1 otherwise. */
static int64_t
common_entry(const struct status_prefix *row)
{
	int64_t entry = -1;
	for (size_t i = 0; i < row->n; i++) {
		int64_t as = row->last[i].run.entry_as;
		if (as >= 0 && entry >= 0 && as != entry)
			return -1;
		if (as >= 0)
			entry = as;
	}
	return entry;
}

/* The time of day, behind the date when that is not the newest's. */
static void
print_seen(const struct run *run, int64_t newest_us, FILE *out)
{
	char at[CLOCK_STRLEN], newest[CLOCK_STRLEN];
	clock_format_us(run->seen_us, at);
	clock_format_us(newest_us, newest);
	fputs("seen ", out);
	if (strncmp(at, newest, 10) != 0)
		fprintf(out, "%.10s ", at);
	fprintf(out, "%.8s%s%s\n", at + 11,
	    run->pending.carrier[0] ? "; perhaps now " : "",
	    run->pending.carrier);
}

static void
print_row(const struct status_prefix *row, int64_t newest_us, FILE *out)
{
	char text[PREFIX_STRLEN];
	struct run all = {.p = row->p, .since_us = row->since_us};
	snprintf(all.reach, sizeof(all.reach), "%s", row->reach);
	print_line(prefix_format(&row->prefix, text), row->carrier,
	    common_entry(row), &all, out);
	fprintf(out, "%zu of %zu vantages\n", row->agreeing, row->n);
	for (size_t i = 0; i < row->n; i++) {
		const struct run *run = &row->last[i].run;
		char name[RECORD_NAME_MAX + 3];
		snprintf(name, sizeof(name), "  %s", run->vantage);
		print_line(name, run->carrier, run->entry_as, run, out);
		print_seen(run, newest_us, out);
	}
}

void
status_print(const struct status *s, FILE *out)
{
	if (s->n == 0) {
		fputs("No verdict in this selection; `tumen infer` derives "
		      "them.\n",
		    out);
		return;
	}
	print_answer(s, out);
	fprintf(out, "%-18s  %-10s  %-10s  %-5s  %-7s  %s\n",
	    "PREFIX / VANTAGE", "CARRIER", "ENTRY", "P", "REACH",
	    "SINCE (UTC)");
	for (size_t i = 0; i < s->n; i++)
		print_row(&s->row[i], s->newest_us, out);
}

static void
json_vantage(const struct run *run, struct json *j)
{
	json_object(j, NULL);
	json_text(j, "vantage", run->vantage);
	json_text(j, "carrier", run->carrier);
	json_int_or_null(j, "entry_as", run->entry_as);
	json_real(j, "p", run->p, 3);
	json_int_or_null(j, "since_us", run->since_us);
	json_int(j, "last_us", run->last_us);
	json_int(j, "seen_us", run->seen_us);
	json_text(j, "reach", run->reach);
	json_text(j, "pending",
	    run->pending.carrier[0] ? run->pending.carrier : NULL);
	json_int_or_null(j, "pending_us",
	    run->pending.carrier[0] ? run->pending.since_us : -1);
	json_object_end(j);
}

static void
json_row(const struct status_prefix *row, struct json *j)
{
	char text[PREFIX_STRLEN];
	json_object(j, NULL);
	json_text(j, "record", "status");
	json_int(j, "v", 1);
	json_text(j, "prefix", prefix_format(&row->prefix, text));
	json_text(j, "carrier", row->carrier);
	json_int_or_null(j, "since_us", row->since_us);
	json_real(j, "p", row->p, 3);
	json_text(j, "reach", row->reach);
	json_int(j, "last_us", row->last_us);
	json_int(j, "seen_us", row->seen_us);
	json_array(j, "vantages");
	for (size_t i = 0; i < row->n; i++)
		json_vantage(&row->last[i].run, j);
	json_array_end(j);
	json_null(j, "control");
	json_object_end(j);
}

void
status_json(const struct status *s, FILE *out)
{
	for (size_t i = 0; i < s->n; i++) {
		struct json j = {0};
		json_row(&s->row[i], &j);
		json_line(&j, out);
	}
}
