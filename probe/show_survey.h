/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_PROBE_SHOW_SURVEY_H
#define TUMEN_PROBE_SHOW_SURVEY_H

#include "probe/base/json.h"
#include "probe/base/record.h"
#include "probe/trace/sweep.h"

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/* How far a survey is. */
struct show_progress {
	const char *what;  /* "sweep", "all paths to 192.0.2.7" */
	const char *units; /* what is counted: "targets", "flows" */
	size_t done, all;  /* all 0: not known, not shown */
	uint64_t probes;
	int64_t ns; /* since it began */
};

/*
 * "sweep: 512 of 1024 targets, 2,310 probes, 3.1 s", over the line that stands
 * on the terminal f; without a newline, so that show_erase() can take it away.
 */
void show_progress(const struct show_progress *p, FILE *f);
void show_erase(FILE *f);

/* What a sweep did in sum; about names method, source and the rest. */
struct show_sweep {
	const struct record *about;
	struct sweep_saved saved;
	size_t reached; /* targets that answered themselves */
	int64_t duration_us;
	bool aborted;
};

/* The last line of a sweep: {"record":"sweep","v":1,...}, without newline. */
void show_sweep_json(const struct show_sweep *s, struct json *j);

/* The same in one sentence; 0 or -errno. */
int show_sweep(const struct show_sweep *s, FILE *f);

#endif
