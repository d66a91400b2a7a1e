/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_ARCHIVE_EXPIRE_H
#define TUMEN_ARCHIVE_EXPIRE_H

#include "probe/base/fault.h"

#include <stdbool.h>
#include <stdint.h>

/*
 * Unlinks what archive_put() made of segments that were sealed before the time
 * (by the time of modification), also the .db files of older versions. No
 * other file is touched. Counts segments, and octets with the signatures; with
 * `dry` it only counts. Faults as of archive_check().
 */
struct expire {
	const char *dir;
	int64_t before_us;
	bool dry;
	int64_t segments, octets; /* the answer */
};
bool expire_archive(struct expire *e, struct fault *f);

#endif
