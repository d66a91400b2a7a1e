/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_BASE_MEM_H
#define TUMEN_BASE_MEM_H

#include <stddef.h>

/*
 * Allocation that never returns NULL: out of memory ends the process with a
 * text on stderr and status 71 (EX_OSERR); the service manager restarts it.
 * Everything is released with free(). A count times size that overflows ends
 * the process as well.
 */
void *xcalloc(size_t count, size_t size);
void *xreallocarray(void *old, size_t count, size_t size);
char *xstrdup(const char *s);
void *xmemdup(const void *bytes, size_t len);
char *xasprintf(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

#endif
