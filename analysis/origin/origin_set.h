/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_ORIGIN_ORIGIN_SET_H
#define TUMEN_ORIGIN_ORIGIN_SET_H

#include "analysis/origin/origin.h"
#include "analysis/origin/snapshot_ases.h"
#include "probe/base/clock.h"

/* What a set is inside, for the files that answer from it. */

#define ORIGIN_US_PER_DAY (INT64_C(86400) * US_PER_S)

/*
 * Who is asked when a certain table is the newest not later than the time: for
 * each HOLDS_* and layer the newest table from there on that has it, or NULL;
 * at HOLDS_NOTHING that table itself.
 */
struct origin_moment {
	const struct snapshot *has[HOLDS_KINDS];
	bool alone; /* that table has all the layers that there are */
};

struct origin_set {
	struct snapshot **tables; /* newest first */
	struct origin_moment *moments;
	size_t n;
	struct snapshot **bases; /* of tables, without being one of them */
	size_t nbases;
	int64_t limit_days;
	int64_t limit_us; /* an age from here on is beyond the limit */
};

/* Who is asked at a time; NULL when every table is later or there is none. */
const struct origin_moment *
origin_set_moment(const struct origin_set *set, int64_t at_us);

/* Whether the table is young enough for that time. */
bool origin_set_fits(
    const struct origin_set *set, const struct snapshot *s, int64_t at_us);

/* The table that is asked for such data at a time, or NULL. */
const struct snapshot *
origin_set_holder(const struct origin_set *set, int holds, int64_t at_us);

/* The last address behind addr up to which origin_lookup() says the same. */
uint32_t
origin_set_until(const struct origin_set *set, uint32_t addr, int64_t at_us);

#endif
