/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_CMD_TIMELINE_H
#define TUMEN_CMD_TIMELINE_H

#include "analysis/query.h"
#include "analysis/report/planes.h"

/* The two halves of `tumen timeline`: showing once, and watching. */
struct timeline_job {
	struct query q;
	struct carriers classes;
	struct origin_set *tables; /* NULL: none were named */
};

/* What the options select; close it also when it fails. */
bool timeline_read(struct planes *p, const struct timeline_job *job,
    struct store *s, struct fault *f);

/* Stays until a signal ends it; the exit status. */
int timeline_watch(const struct timeline_job *job, struct fault *f);

#endif
