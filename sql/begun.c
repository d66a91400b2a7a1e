/* SPDX-License-Identifier: ISC */
#include "sql/begun.h"

#include "probe/base/mem.h"
#include "probe/base/wr.h"
#include "sql/folder.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

/* An agent has as many campaigns as its configuration (far fewer). */
enum { CAMPAIGNS_MAX = 10000, LINE_MAX_LEN = 160 };

/* Of the file. */
enum { VERSION = 2 };

/* The name comes last: it may contain anything but a line's end. */
static bool
parse_line(char *line, struct begun *run)
{
	int ended = 0, at = 0;
	line[strcspn(line, "\n")] = '\0';
	int n = sscanf(line, "run %" SCNd64 " %" SCNd64 " %" SCNd64 " %d %n",
	    &run->slot, &run->planned_us, &run->started_us, &ended, &at);
	size_t len = at > 0 ? strlen(line + at) : 0;
	if (n != 4 || len == 0 || len > RECORD_NAME_MAX)
		return false;
	memcpy(run->campaign, line + at, len + 1);
	run->ended = ended != 0;
	return true;
}

/* A line about the campaign above it: its slots, and the newest with a plan. */
static bool
parse_slots(const char *line, struct begun_runs *runs)
{
	struct begun_range range;
	struct begun *b = runs->n > 0 ? &runs->v[runs->n - 1] : NULL;
	if (b == NULL)
		return false;
	if (sscanf(line, "hand %" SCNd64, &b->hand) == 1)
		return true;
	if (sscanf(line, "plan %" SCNd64 " %" SCNd64, &b->plan_slot,
		&b->plan_us) == 2)
		return true;
	if (sscanf(line, "used %" SCNd64 " %" SCNd64, &range.first,
		&range.last) != 2 ||
	    b->nused == BEGUN_RANGES || range.first > range.last)
		return false;
	b->used[b->nused++] = range;
	return true;
}

/* As begun_put(), but for a new campaign alone, and for its slot. */
static struct begun *
append(struct begun_runs *runs, const struct begun *run)
{
	if (runs->n == runs->room) {
		runs->room = runs->room ? runs->room * 2 : 8;
		runs->v = xreallocarray(runs->v, runs->room, sizeof(*runs->v));
	}
	struct begun *b = &runs->v[runs->n++];
	*b = *run;
	b->nused = 0;
	b->plan_slot = b->plan_us = b->hand = -1;
	return b;
}

static int
by_first(const void *va, const void *vb)
{
	const struct begun_range *a = va, *b = vb;
	return (a->first > b->first) - (a->first < b->first);
}

/*
 * Two ranges become one, with what lies between: nobody gets that either.
 */
static void
merge_nearest(struct begun *b)
{
	int at = 0;
	qsort(b->used, (size_t)b->nused, sizeof(b->used[0]), by_first);
	for (int i = 1; i + 1 < b->nused; i++)
		if (b->used[i + 1].first - b->used[i].last <
		    b->used[at + 1].first - b->used[at].last)
			at = i;
	if (b->used[at + 1].last > b->used[at].last)
		b->used[at].last = b->used[at + 1].last;
	b->nused--;
	memmove(&b->used[at + 1], &b->used[at + 2],
	    (size_t)(b->nused - at - 1) * sizeof(b->used[0]));
}

static void
plan(struct begun *b, int64_t slot, int64_t planned_us)
{
	if (planned_us < 0 || slot >= BEGUN_HAND) {
		b->hand = slot > b->hand ? slot : b->hand;
		return;
	}
	b->plan_slot = slot;
	b->plan_us = planned_us;
	for (int i = 0; i < b->nused; i++) {
		struct begun_range *r = &b->used[i];
		if (slot >= r->first - 1 && slot <= r->last + 1) {
			r->first = slot < r->first ? slot : r->first;
			r->last = slot > r->last ? slot : r->last;
			return;
		}
	}
	if (b->nused == BEGUN_RANGES)
		merge_nearest(b);
	b->used[b->nused++] = (struct begun_range){slot, slot};
}

static bool
read_lines(FILE *file, uint64_t epoch, struct begun_runs *runs)
{
	uint64_t of = 0;
	char line[LINE_MAX_LEN];
	int version = 0;
	if (fgets(line, sizeof(line), file) == NULL ||
	    sscanf(line, "tumen-runs %d epoch %" SCNu64, &version, &of) != 2 ||
	    version < 1 || version > VERSION)
		return false;
	while (of == epoch && fgets(line, sizeof(line), file) != NULL) {
		struct begun run = {0};
		if (parse_slots(line, runs))
			continue;
		if (!parse_line(line, &run) || runs->n == CAMPAIGNS_MAX ||
		    begun_find(runs, run.campaign) != NULL)
			return false;
		struct begun *b = append(runs, &run);
		if (version == 1) /* the newest run is all that it knows */
			plan(b, run.slot, run.planned_us);
	}
	return true;
}

bool
begun_read(
    const char *dir, uint64_t epoch, struct begun_runs *runs, struct fault *f)
{
	char *path = xasprintf("%s/runs", dir);
	FILE *file = fopen(path, "re");
	int error = errno;
	bool ok = true;
	if (file == NULL && error != ENOENT)
		ok = folder_fault(f, error, path, "cannot read");
	if (file != NULL && !read_lines(file, epoch, runs))
		ok = fault_set(f, EX_DATAERR,
		    "%s: damaged; remove it to forget which runs were under "
		    "way",
		    path);
	if (file != NULL)
		fclose(file);
	free(path);
	return ok;
}

static void
write_slots(struct wr *w, const struct begun *r)
{
	char line[LINE_MAX_LEN];
	if (r->hand >= 0) {
		int n =
		    snprintf(line, sizeof(line), "hand %" PRId64 "\n", r->hand);
		wr_bytes(w, line, (size_t)n);
	}
	if (r->plan_us >= 0) {
		int n = snprintf(line, sizeof(line),
		    "plan %" PRId64 " %" PRId64 "\n", r->plan_slot, r->plan_us);
		wr_bytes(w, line, (size_t)n);
	}
	for (int i = 0; i < r->nused; i++) {
		int n = snprintf(line, sizeof(line),
		    "used %" PRId64 " %" PRId64 "\n", r->used[i].first,
		    r->used[i].last);
		wr_bytes(w, line, (size_t)n);
	}
}

bool
begun_write(const char *dir, uint64_t epoch, const struct begun_runs *runs,
    struct fault *f)
{
	struct wr w = {0};
	char line[LINE_MAX_LEN];
	int n = snprintf(line, sizeof(line),
	    "tumen-runs %d epoch %" PRIu64 "\n", VERSION, epoch);
	wr_bytes(&w, line, (size_t)n);
	for (size_t i = 0; i < runs->n; i++) {
		const struct begun *r = &runs->v[i];
		n = snprintf(line, sizeof(line),
		    "run %" PRId64 " %" PRId64 " %" PRId64 " %d %s\n", r->slot,
		    r->planned_us, r->started_us, r->ended, r->campaign);
		wr_bytes(&w, line, (size_t)n);
		write_slots(&w, r);
	}
	wr_u8(&w, '\0');
	bool ok = folder_write(dir, "runs", (const char *)w.p, f);
	wr_free(&w);
	return ok;
}

struct begun *
begun_find(const struct begun_runs *runs, const char *campaign)
{
	for (size_t i = 0; i < runs->n; i++)
		if (strcmp(runs->v[i].campaign, campaign) == 0)
			return &runs->v[i];
	return NULL;
}

void
begun_put(struct begun_runs *runs, const struct begun *run)
{
	struct begun *b = begun_find(runs, run->campaign);
	bool under_way = b != NULL && !b->ended && b->started_us >= 0;
	if (b == NULL) {
		b = append(runs, run);
	} else if (!under_way || run->started_us >= 0) {
		struct begun old = *b;
		*b = *run;
		memcpy(b->used, old.used, sizeof(b->used));
		b->nused = old.nused;
		b->hand = old.hand;
		b->plan_slot = old.plan_slot;
		b->plan_us = old.plan_us;
	}
	plan(b, run->slot, run->planned_us);
}

bool
begun_used(const struct begun_runs *runs, const char *campaign, int64_t slot)
{
	const struct begun *b = begun_find(runs, campaign);
	for (int i = 0; b != NULL && i < b->nused; i++)
		if (slot >= b->used[i].first && slot <= b->used[i].last)
			return true;
	return false;
}

void
begun_free(struct begun_runs *runs)
{
	free(runs->v);
	*runs = (struct begun_runs){0};
}
