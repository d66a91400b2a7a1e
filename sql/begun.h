/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_SQL_BEGUN_H
#define TUMEN_SQL_BEGUN_H

#include "probe/base/fault.h"
#include "probe/base/record.h"

/*
 * The spool's memory of the newest run of each campaign, in its file `runs`:
 * which slot it was, and whether it has its row. So a run that was under way
 * when the process died still gets an end, and slots that came due meanwhile
 * are known.
 */
struct begun {
	char campaign[RECORD_NAME_MAX + 1];
	int64_t slot, planned_us, started_us; /* the last two -1: none */
	bool ended;
};

/* Start from {0}. */
struct begun_runs {
	struct begun *v;
	size_t n, room;
};

/*
 * What DIR/runs says about this epoch; nothing when there is no such file or
 * it is of another epoch. EX_DATAERR when it is damaged.
 */
bool begun_read(
    const char *dir, uint64_t epoch, struct begun_runs *runs, struct fault *f);
bool begun_write(const char *dir, uint64_t epoch, const struct begun_runs *runs,
    struct fault *f);

/* The newest run of a campaign; NULL when none was ever begun. */
struct begun *begun_find(const struct begun_runs *runs, const char *campaign);

/* Takes the place of the campaign's run before. */
void begun_put(struct begun_runs *runs, const struct begun *run);

void begun_free(struct begun_runs *runs);

#endif
