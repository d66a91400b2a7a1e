/* SPDX-License-Identifier: ISC */
#include "probe/base/log.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

static enum log_level threshold = LOG_NOTE;

void
log_level_set(enum log_level level)
{
	threshold = level;
}

char *
log_sanitize(char *s)
{
	for (char *p = s; *p != '\0'; p++)
		if ((unsigned char)*p < 0x20 || *p == 0x7f)
			*p = '?';
	return s;
}

void
log_line(enum log_level level, const char *fmt, ...)
{
	char text[1024];
	if (level > threshold)
		return;
	va_list ap;
	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	log_sanitize(text);
	if (getenv("JOURNAL_STREAM") != NULL)
		fprintf(stderr, "<%d>%s\n", (int)level, text);
	else
		fprintf(
		    stderr, "%s: %s\n", program_invocation_short_name, text);
}
