/* SPDX-License-Identifier: ISC */
#include "probe/base/mem.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sysexits.h>

enum { PAGE_LEN = 1 << 12, LARGE_LEN = 1 << 22 };

static void *
checked(void *p)
{
	if (p == NULL) {
		fputs("out of memory\n", stderr);
		exit(EX_OSERR);
	}
	return p;
}

void *
xcalloc(size_t count, size_t size)
{
	return checked(calloc(count ? count : 1, size ? size : 1));
}

/*
 * Asks for large pages, where the kernel has some: the first touch of a page
 * costs more than what is mostly written to it.
 */
static void *
large(void *p, size_t len)
{
	size_t skip = (PAGE_LEN - (uintptr_t)p % PAGE_LEN) % PAGE_LEN;
	if (len >= LARGE_LEN)
		madvise((char *)p + skip, (len - skip) / PAGE_LEN * PAGE_LEN,
		    MADV_HUGEPAGE); /* or does not */
	return p;
}

void *
xreallocarray(void *old, size_t count, size_t size)
{
	void *p = reallocarray(old, count ? count : 1, size ? size : 1);
	return large(checked(p), count * size);
}

char *
xstrdup(const char *s)
{
	return checked(strdup(s));
}

void *
xmemdup(const void *bytes, size_t len)
{
	void *p = xcalloc(1, len);
	if (len > 0)
		memcpy(p, bytes, len);
	return p;
}

char *
xasprintf(const char *fmt, ...)
{
	char *s = NULL;
	va_list ap;
	va_start(ap, fmt);
	int n = vasprintf(&s, fmt, ap);
	va_end(ap);
	return checked(n < 0 ? NULL : s);
}
