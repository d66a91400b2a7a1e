/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_REPORT_PLANES_H
#define TUMEN_REPORT_PLANES_H

#include "analysis/change/folded.h"

/*
 * What a store says about prefixes over time: the runs of traces, folded, and
 * all events.
 */
struct planes {
	struct timeline data;
	struct folded folded; /* of data */
	struct events events; /* sorted, flapping found */
};

struct planes_ask {
	/* Its since_us does not count: an event in a window needs the run
	 * before it. With a vantage there are no events of all vantages. */
	const struct store_filter *filter;
	bool data;
};

/* False with the store's fault; close it either way. */
bool planes_read(struct planes *p, struct store *s,
    const struct planes_ask *ask, struct fault *f);
void planes_close(struct planes *p);

#endif
