/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_REPORT_PLANES_H
#define TUMEN_REPORT_PLANES_H

#include "analysis/change/dependence.h"
#include "analysis/change/folded.h"
#include "analysis/report/disagree.h"

/*
 * What a store says about prefixes over time, on both planes: the runs of
 * traces, folded; those of BGP; all events; and where the two disagree.
 */
struct planes {
	struct timeline data;
	struct folded folded; /* of data */
	struct control control;
	struct events events; /* of both, sorted, flapping found */
	struct disagreements disagree;
};

struct planes_ask {
	/* Its since_us does not count: an event in a window needs the run
	 * before it. With a vantage there are no events of all vantages. */
	const struct store_filter *filter;
	bool data, control;
	bool settled; /* as of struct control_ask */
	const struct carriers *classes;
	const struct origin_set *tables; /* with VRPs; may be NULL */
};

/* False with the store's fault; close it either way. */
bool planes_read(struct planes *p, struct store *s,
    const struct planes_ask *ask, struct fault *f);
void planes_close(struct planes *p);

/*
 * Adds who a plane says carried it, as far as that lies in from <= t < to (0:
 * open).
 */
struct planes_window {
	int64_t from_us, to_us;
};
void planes_dependence(const struct planes *p, enum event_plane plane,
    const struct carriers *classes, const struct planes_window *window,
    struct dependence *d);

#endif
