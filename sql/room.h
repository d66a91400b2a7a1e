/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_SQL_ROOM_H
#define TUMEN_SQL_ROOM_H

#include "probe/base/fault.h"

#include <stdint.h>

/*
 * The room on the disk of a spool, and a part of it that the spool sets aside,
 * DIR/reserve: when the disk is full, it is given up for what was under way.
 */
struct room {
	int64_t total, free; /* octets; free: for everybody, not root alone */
	int used;	     /* percent, rounded up, as df(1) says it */
};
bool room_of(const char *dir, struct room *r, struct fault *f);

/*
 * Whether so many percent are in use, and less is free than what is plenty,
 * however large the disk: 1 GiB to probe, 4 GiB not to worry.
 */
#define ROOM_TO_PROBE (INT64_C(1) << 30)
#define ROOM_TO_SPARE (INT64_C(4) << 30)
bool room_is_used(const struct room *r, int64_t percent, int64_t plenty);

/*
 * Octets of the reserve: 1 MiB, on a small disk an eighth of it. A trace takes
 * up to 30 KiB in the log before they are in their place, an empty segment 130.
 */
int64_t room_reserve(const struct room *r);

/* Makes what is missing of the reserve; f->full when there is no room. */
bool room_reserve_make(const char *dir, struct fault *f);

/* Gives it up. Whether there was any. */
bool room_reserve_give(const char *dir);

#endif
