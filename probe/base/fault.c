/* SPDX-License-Identifier: ISC */
#include "probe/base/fault.h"

#include <stdarg.h>
#include <stdio.h>

bool
fault_set(struct fault *f, int status, const char *fmt, ...)
{
	if (f == NULL)
		return false;
	va_list ap;
	va_start(ap, fmt);
	vsnprintf(f->text, sizeof(f->text), fmt, ap);
	va_end(ap);
	f->status = status;
	f->full = false;
	return false;
}
