/* SPDX-License-Identifier: ISC */
#include "probe/base/log.h"

#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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

static void
put(enum log_level level, char *text)
{
	log_sanitize(text);
	if (getenv("JOURNAL_STREAM") != NULL)
		fprintf(stderr, "<%d>%s\n", (int)level, text);
	else
		fprintf(
		    stderr, "%s: %s\n", program_invocation_short_name, text);
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
	put(level, text);
}

void
log_event(enum log_level level, const char *event, const char *fmt, ...)
{
	char text[4 * LOG_WORD_MAX];
	if (level > threshold)
		return;
	int len = snprintf(text, sizeof(text), "event=%.40s ", event);
	va_list ap;
	va_start(ap, fmt);
	vsnprintf(text + len, sizeof(text) - (size_t)len, fmt, ap);
	va_end(ap);
	put(level, text);
}

static bool
is_word(const char *s)
{
	if (*s == '\0')
		return false;
	for (; *s != '\0'; s++)
		if (*s <= ' ' || *s > '~' || strchr("\"\\=", *s) != NULL)
			return false;
	return true;
}

struct log_word
log_word(const char *text)
{
	struct log_word w = {{0}};
	char cut[LOG_WORD_MAX + 1];
	int len = snprintf(cut, sizeof(cut), "%s", text != NULL ? text : "");
	if (len > LOG_WORD_MAX)
		snprintf(cut + LOG_WORD_MAX - 3, 4, "...");
	bool quoted = !is_word(cut);
	char *to = w.s;
	if (quoted)
		*to++ = '"';
	for (const char *p = cut; *p != '\0'; p++) {
		if (*p == '"' || *p == '\\')
			*to++ = '\\';
		*to++ = *p;
	}
	if (quoted)
		*to = '"';
	return w;
}
