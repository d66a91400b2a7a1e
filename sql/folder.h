/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_SQL_FOLDER_H
#define TUMEN_SQL_FOLDER_H

#include "probe/base/fault.h"

#include <stddef.h>

/* Files that must survive a crash: written aside, renamed, folder synced. */

/*
 * Fills in f from errno `error` and returns false: EX_NOPERM for what access
 * rights refuse, EX_UNAVAILABLE for what is not there, EX_IOERR for the rest;
 * f->full for a disk or a quota without room.
 */
bool
folder_fault(struct fault *f, int error, const char *path, const char *what);

/* fsync of a directory, so that what was renamed or unlinked in it stays so. */
bool folder_sync(const char *dir, struct fault *f);

/* Replaces DIR/NAME by the text, whole or not at all. */
bool folder_write(
    const char *dir, const char *name, const char *text, struct fault *f);

/* The same, and everybody may read it, whatever the umask. */
bool folder_publish(
    const char *dir, const char *name, const char *text, struct fault *f);

/*
 * Moves the file `from` into dir under `name`, which gets ".1", ".2", ... when
 * it is taken: nothing is ever replaced. Same file system.
 */
struct folder_move {
	const char *from, *dir, *name;
};
bool folder_move(const struct folder_move *m, struct fault *f);

#endif
