/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_CONTROL_UPDATES_H
#define TUMEN_CONTROL_UPDATES_H

#include "analysis/control/intake.h"
#include "analysis/origin/mrt_record.h"

/*
 * One record of BGP4MP or BGP4MP_ET: what a peer told, or that its session
 * began or ended. at is the record's octet in the file. Of a message that makes
 * no sense nothing is kept. False when the store fails.
 */
bool updates_read(struct intake *in, struct intake_source *source,
    const struct mrt_record *record, int64_t at, struct fault *f);

#endif
