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
 * Whether somebody holds the lock of this file, which may be missing. To ask
 * is to hold it shared for an instant: whoever takes it without waiting could
 * be refused meanwhile, and waits LOCK_INSTANT_MS instead. EX_NOPERM, EX_IOERR.
 */
enum { LOCK_INSTANT_MS = 250 };
bool lock_ask(const char *path, bool *held, struct fault *f);

#endif
