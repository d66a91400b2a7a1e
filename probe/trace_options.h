/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_PROBE_TRACE_OPTIONS_H
#define TUMEN_PROBE_TRACE_OPTIONS_H

#include "probe/base/fault.h"
#include "probe/campaign/methods.h"
#include "probe/campaign/targets.h"
#include "probe/net/prober.h"

#include <stdbool.h>
#include <stdint.h>

/* The command line of `tumen-probe trace`. Texts are borrowed from argv. */
struct trace_options {
	bool json, live, sweep;
	int64_t mda;	     /* percent of confidence, 95 or 99; 0: not asked */
	int64_t port;	     /* -1: the usual one */
	int64_t flow, flows; /* the first one, how many */
	const char *vantage;
	struct targets targets; /* with sweep every address, else as named */
	struct methods methods;
	struct prober_config prober;

	/* Private to the parser: as given, -1 when not. */
	int64_t attempts, first_ttl, max_ttl, window, gap, wait_ms, linger_ms;
	int64_t rate, burst, target_rate, responder_rate;
	const char **words; /* targets and files, owned; flags beside them */
	bool *is_file;
	size_t nwords;
	uint64_t seen;
};

enum {
	/* Towards addresses that somebody may live at. */
	TRACE_RATE_MAX = 10000,
	/* Where nobody does: a laboratory. */
	TRACE_RATE_LAB_MAX = 2000000,
	TRACE_RESPONDER_LAB_MAX = 1000000,
	TRACE_LINGER_MAX_MS = 60000,
};

/*
 * Reads the command line into *o, which trace_options_clear() ends whatever
 * came out. False when there is nothing to run: help was shown, or *f is set.
 */
bool
trace_options(int argc, char **argv, struct trace_options *o, struct fault *f);
void trace_options_clear(struct trace_options *o);

/*
 * What only all options together can tell: the contradictions, the targets,
 * the defaults. Fills in o->prober. EX_USAGE, EX_DATAERR, EX_UNAVAILABLE.
 */
bool trace_rules(struct trace_options *o, struct fault *f);

#endif
