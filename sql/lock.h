/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_SQL_LOCK_H
#define TUMEN_SQL_LOCK_H

#include "probe/base/fault.h"

/*
 * A lock between processes, which the kernel releases when its holder dies: a
 * file of its own (never the database, whose POSIX locks would go when any
 * descriptor of it closes) and flock(2).
 */

/* Makes the file when missing; a descriptor, or -1: EX_NOPERM, EX_IOERR. */
int lock_open(const char *path, struct fault *f);

/* Waits at most wait_ms (0: not at all); EX_UNAVAILABLE when it is taken. */
bool lock_take(int fd, const char *path, int wait_ms, struct fault *f);
void lock_give(int fd);

/*
 * Whether somebody holds it at the moment: 1, 0 (also when there is no such
 * file, which is not made), -1 with errno. Holds it for an instant itself.
 */
int lock_held(const char *path);

#endif
