/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_ORIGIN_CREW_H
#define TUMEN_ORIGIN_CREW_H

#include <stddef.h>

/* Work that several cores do at once. */

/* More cores would only need more memory for what they make. */
enum { CREW_MAX = 8 };

/* How many cores this process may use, at most CREW_MAX. */
size_t crew_cores(void);

/*
 * Calls work(context, i) once for each i below n, on all cores, and returns
 * when all calls have. Calls of different i must not touch the same memory.
 */
void crew_each(size_t n, void (*work)(void *context, size_t i), void *context);

#endif
