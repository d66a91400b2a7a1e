/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_BASE_FAULT_H
#define TUMEN_BASE_FAULT_H

#include <stdbool.h>

/*
 * Why something failed, for the caller that decides: the exit status a program
 * would end with (sysexits.h: EX_USAGE 64, EX_DATAERR 65, EX_UNAVAILABLE 69,
 * EX_IOERR 74, EX_NOPERM 77, EX_CONFIG 78) and one line that names the subject
 * first, then the value and the legal range. Library code fills it in and
 * returns; only mains print it.
 */
struct fault {
	int status;
	char text[512];
	bool full; /* for want of room on a disk; nothing else is wrong */
};

/*
 * Fills in f (which may be NULL) and returns false, so that a failing function
 * can say `return fault_set(f, EX_DATAERR, "...")`.
 */
bool fault_set(struct fault *f, int status, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

#endif
