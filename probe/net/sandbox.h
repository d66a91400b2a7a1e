/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_NET_SANDBOX_H
#define TUMEN_NET_SANDBOX_H

#include "probe/base/fault.h"

#include <stdbool.h>

/*
 * What a process that has been taken over through a forged reply may still
 * ask of the kernel. What the kernel lacks is left out, with a line in the
 * log; what it has and refuses is EX_OSERR.
 */

/*
 * Before the event loop is opened: no_new_privs, and no io_uring, whose rings
 * do what no filter sees. libuv sets one up with a loop and has to do without.
 */
bool sandbox_begin(struct fault *f);

/* Where files may still be opened. */
struct sandbox_folder {
	const char *path; /* NULL: the end of a list */
	bool write;
};

/*
 * For good. A system call outside the list fails with EPERM: no socket, no
 * program, no process. Files: those that are open, and what lies beneath the
 * folders (NULL: none). A folder that is not there is for whoever opens it to
 * report.
 */
bool sandbox_enter(const struct sandbox_folder *folders, struct fault *f);

/* What this kernel has: system call filters; the version of Landlock, or 0. */
bool sandbox_seccomp(void);
int sandbox_landlock(void);

#endif
