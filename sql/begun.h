/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_SQL_BEGUN_H
#define TUMEN_SQL_BEGUN_H

#include "probe/base/fault.h"
#include "probe/base/record.h"

/*
 * The spool's memory of the newest run of each campaign, in its file `runs`:
 * which slot it was, and whether it has its row. So a run that was under way
 * when the process died still gets an end, and slots that came due meanwhile
 * are known. And of the slots that were ever given out, in ranges: a campaign
 * whose schedule was changed may count over the same numbers again, which are
 * keys of rows.
 */
enum { BEGUN_RANGES = 8 };

/* Runs that have no slot's number are numbered from here on, by their time. */
#define BEGUN_HAND INT64_C(1000000000000)

struct begun {
	char campaign[RECORD_NAME_MAX + 1];
	int64_t slot, planned_us, started_us; /* the last two -1: none */
	bool ended;
	/* kept by begun_put(): the newest run that had a plan; -1 none */
	int64_t plan_slot, plan_us;
	int64_t hand; /* the greatest number of one without a plan; -1 none */
	/* private: slots that had a plan, which nobody may have again */
	struct begun_range {
		int64_t first, last;
	} used[BEGUN_RANGES];
	int nused;
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

/*
 * Takes the place of the campaign's run before, but for a slot that is skipped
 * while that one is under way: whoever dies then owes the row of the run. Its
 * slot joins those that were given out when it has a plan. `used` of run is
 * ignored.
 */
void begun_put(struct begun_runs *runs, const struct begun *run);

/* Whether the campaign had this slot, or one so near that nobody knows. */
bool
begun_used(const struct begun_runs *runs, const char *campaign, int64_t slot);

void begun_free(struct begun_runs *runs);

#endif
