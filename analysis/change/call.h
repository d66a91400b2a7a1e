/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_CHANGE_CALL_H
#define TUMEN_CHANGE_CALL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Runs a command of the user through /bin/sh, with a text on its standard
 * input; its standard output goes to our standard error. It has a process group
 * of its own, which is killed with it when it takes too long.
 */
struct call {
	const char *command;
	const char *text; /* no longer than a pipe holds: 64 KiB */
	size_t len;
	int64_t timeout_ms;
};

enum { CALL_HOW_MAX = 96 };

/*
 * Waits for its end and writes how that was: "ok", "status 3", "signal 11",
 * "killed after 60 s", "cannot be started: ...". True for "ok".
 */
bool call_run(const struct call *c, char how[static CALL_HOW_MAX]);

#endif
