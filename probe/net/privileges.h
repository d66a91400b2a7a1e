/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_NET_PRIVILEGES_H
#define TUMEN_NET_PRIVILEGES_H

#include "probe/net/sandbox.h"

#include <stdbool.h>

/* CAP_NET_RAW is held; else EX_NOPERM, and the text says the ways to get it. */
bool privileges_check(struct fault *f);

/*
 * For good: no capability in any set, no_new_privs, for root another user, and
 * then the sandbox (sandbox.h), in which files are opened beneath the folders
 * alone (NULL: none). user is a name of the password file, NULL: "nobody". A
 * user that this user namespace does not know leaves the ids as they are; the
 * capabilities go all the same. "root" keeps the ids on purpose. EX_CONFIG for
 * an unknown name, EX_OSERR when anything is left over.
 */
bool privileges_drop(
    const char *user, const struct sandbox_folder *folders, struct fault *f);

#endif
