/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_PROBE_CMD_TRACE_H
#define TUMEN_PROBE_CMD_TRACE_H

#include "probe/base/json.h"
#include "probe/campaign/plan.h"
#include "probe/net/prober.h"
#include "probe/trace_options.h"

#include <uv.h>

/* Private to cmd_trace.c and cmd_survey.c: one call of the command. */
struct session {
	const struct trace_options *options;
	uv_loop_t loop;
	uv_signal_t interrupt, terminate;
	struct prober *prober;
	uint64_t epoch;
	struct plan plan;
	size_t next;	 /* job of the plan */
	struct json out; /* the lines of this turn of the loop */
	bool terminal;	 /* for progress: standard error is one */
	bool line;	 /* and shows a line of it */
	int signal;	 /* that ended it; 0 none */
	int status;
};

/* What the prober wants to know of a job of the plan; seq is its number. */
struct prober_job
session_job(const struct session *s, const struct plan_job *job, uint64_t seq);

/*
 * One turn of the loop, then everything it had to say leaves at once: whoever
 * reads sees it without delay, and a fast sweep does not write line by line.
 */
void session_turn(struct session *s);

/* For what went to standard output: ends the program when e is -errno. */
void session_require(int e);

/* Takes the line of progress off the terminal, before anything is printed. */
void session_erase(struct session *s);

/* cmd_survey.c: every address; all paths to each target in turn. */
void survey_sweep(struct session *s);
void survey_paths(struct session *s);

#endif
