/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_CHANGE_ALERTS_FILE_H
#define TUMEN_CHANGE_ALERTS_FILE_H

#include "analysis/change/alerts.h"

/* The file of alerts.c. Nobody else calls this. */

/*
 * Opens a->path, which is locked, and reads it, or begins it. A last line that
 * was not written to its end is cut off: what it announced was never done.
 */
bool alerts_load(struct alerts *a, struct fault *f);

/* A line, on the disk when it returns; in memory nothing. */
bool alerts_append(struct alerts *a, const char *line, struct fault *f);

/* One more alert of which only the identity counts. */
void alerts_remember(struct alerts *a, const struct event *e);

#endif
