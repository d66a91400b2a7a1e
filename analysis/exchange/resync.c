/* SPDX-License-Identifier: ISC */
#include "analysis/exchange/resync.h"

struct resync
resync_object(int64_t column)
{
	return (struct resync){.object = true, .in = column, .column = -1};
}

struct resync
resync_other(bool list)
{
	return (struct resync){.list = list, .in = INT64_MAX, .column = -1};
}

struct resync
resync_known(size_t len)
{
	return (struct resync){.known = len};
}

/* A line that begins with a brace, not too far in. */
static bool
next_object(const struct resync *s, char c)
{
	return c == '{' && s->column >= 0 && s->column <= s->in;
}

static void
in_string(struct resync *s, char c)
{
	s->string = c != '\n' && (s->escape || c != '"');
	s->escape = !s->escape && c == '\\';
}

/* Whether the object ends with c. */
static bool
in_object(struct resync *s, char c)
{
	s->string = c == '"';
	s->depth += (c == '{') - (c == '}');
	return s->depth == 0 && c == '}';
}

static void
in_line(struct resync *s, char c)
{
	if (c == '\n')
		s->column = 0;
	else if (s->column >= 0)
		s->column = c == ' ' || c == '\t' ? s->column + 1 : -1;
}

size_t
resync_scan(struct resync *s, const char *p, size_t len, bool *found)
{
	*found = s->known <= len;
	if (s->known > 0) {
		len = *found ? s->known : len;
		s->known -= len;
		return len;
	}
	*found = true;
	for (size_t i = 0; i < len; i++) {
		if (next_object(s, p[i]))
			return i;
		if (s->list && (p[i] == '{' || p[i] == ']'))
			return i;
		if (s->string)
			in_string(s, p[i]);
		else if (s->object && in_object(s, p[i]))
			return i + 1;
		in_line(s, p[i]);
	}
	*found = false;
	return len;
}
