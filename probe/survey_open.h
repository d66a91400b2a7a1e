/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_PROBE_SURVEY_OPEN_H
#define TUMEN_PROBE_SURVEY_OPEN_H

#include "probe/campaign/targets.h"
#include "probe/trace/mda.h"
#include "probe/trace/sweep.h"
#include "probe/trace/trace.h"

/* Surveys as the command line and campaigns want them. */

struct survey_limits {
	const struct trace_config *trace;
	uint32_t target_rate, responder_rate; /* packets/s */
	bool linger;			      /* as trace says */
	bool attempts, window; /* all paths: as trace says, not the default */
	uint8_t confidence;    /* all paths: 95, 99 */
	uint16_t flows;	       /* all paths: source ports there are */
};

/* What a router may be asked at once: a tenth of a second's worth. */
uint32_t survey_burst(uint32_t rate);

struct sweep *survey_open_sweep(const struct survey_about *about,
    const struct survey_limits *l, const struct targets *targets);

/* The ceiling of each responder is kept in r, which is borrowed. */
struct mda *survey_open_mda(const struct survey_about *about,
    const struct survey_limits *l, struct responders *r);

#endif
