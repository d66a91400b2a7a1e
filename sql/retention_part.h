/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_SQL_RETENTION_PART_H
#define TUMEN_SQL_RETENTION_PART_H

#include "sql/retention.h"

/* What the files of retention share among themselves. */

/* What is dropped of one vantage and epoch; below 0 what came back. */
struct retention_share {
	int64_t vantage_id, epoch, traces, last_seq, runs;
};

/* Adds to the line of this call in the table `retention`. */
bool retention_account(
    struct retention *r, const struct retention_share *s, struct fault *f);

#endif
