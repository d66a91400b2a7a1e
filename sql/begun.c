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

static bool
read_lines(FILE *file, uint64_t epoch, struct begun_runs *runs)
{
	uint64_t of = 0;
	char line[LINE_MAX_LEN];
	if (fgets(line, sizeof(line), file) == NULL ||
	    sscanf(line, "tumen-runs 1 epoch %" SCNu64, &of) != 1)
		return false;
	while (of == epoch && fgets(line, sizeof(line), file) != NULL) {
		struct begun run = {0};
		if (!parse_line(line, &run) || runs->n == CAMPAIGNS_MAX)
			return false;
		begun_put(runs, &run);
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

bool
begun_write(const char *dir, uint64_t epoch, const struct begun_runs *runs,
    struct fault *f)
{
	struct wr w = {0};
	char line[LINE_MAX_LEN];
	int n = snprintf(
	    line, sizeof(line), "tumen-runs 1 epoch %" PRIu64 "\n", epoch);
	wr_bytes(&w, line, (size_t)n);
	for (size_t i = 0; i < runs->n; i++) {
		const struct begun *r = &runs->v[i];
		n = snprintf(line, sizeof(line),
		    "run %" PRId64 " %" PRId64 " %" PRId64 " %d %s\n", r->slot,
		    r->planned_us, r->started_us, r->ended, r->campaign);
		wr_bytes(&w, line, (size_t)n);
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
	struct begun *old = begun_find(runs, run->campaign);
	if (old != NULL) {
		*old = *run;
		return;
	}
	if (runs->n == runs->room) {
		runs->room = runs->room ? runs->room * 2 : 8;
		runs->v = xreallocarray(runs->v, runs->room, sizeof(*runs->v));
	}
	runs->v[runs->n++] = *run;
}

void
begun_free(struct begun_runs *runs)
{
	free(runs->v);
	*runs = (struct begun_runs){0};
}
