/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_NET_LANDLOCK_H
#define TUMEN_NET_LANDLOCK_H

#include "probe/base/fault.h"
#include "probe/net/sandbox.h"

#include <stdbool.h>

/*
 * The version of Landlock that this kernel offers; 0: none, or version 1,
 * which can only forbid that a file moves to another folder.
 */
int landlock_version(void);

/*
 * From now on files can be opened beneath the folders alone (NULL: nowhere),
 * and read where the spool needs it; what is open stays so. proc: /proc may be
 * read. Needs no_new_privs. True without Landlock; EX_OSERR.
 */
bool landlock_enter(
    const struct sandbox_folder *folders, bool proc, struct fault *f);

#endif
