/* SPDX-License-Identifier: ISC */
#include "analysis/origin/line.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

bool
line_next(struct rd *r, char buf[static LINE_MAX_LEN])
{
	if (r->left == 0)
		return false;
	const uint8_t *end = memchr(r->p, '\n', r->left);
	size_t len = end ? (size_t)(end - r->p) : r->left;
	const uint8_t *p = rd_bytes(r, len);
	rd_skip(r, end ? 1 : 0);
	if (len > 0 && p[len - 1] == '\r')
		len--;
	if (len >= LINE_MAX_LEN || memchr(p, '\0', len) != NULL) {
		memcpy(buf, "?", 2);
		return true;
	}
	memcpy(buf, p, len);
	buf[len] = '\0';
	return true;
}

bool
line_is_comment(const char *line)
{
	while (*line == ' ' || *line == '\t')
		line++;
	return *line == '\0' || *line == '#' || *line == ';';
}

static char *
strip(char *s)
{
	s += strspn(s, " \t");
	size_t len = strlen(s);
	while (len > 0 && (s[len - 1] == ' ' || s[len - 1] == '\t'))
		s[--len] = '\0';
	return s;
}

size_t
line_split(char *line, char sep, char **fields, size_t max)
{
	size_t n = 0;
	char *at = line;
	while (at != NULL && n < max) {
		char *end = n + 1 < max ? strchr(at, sep) : NULL;
		if (end != NULL)
			*end++ = '\0';
		fields[n++] = strip(at);
		at = end;
	}
	return n;
}

bool
line_asn(const char *text, uint32_t *asn)
{
	if (strncasecmp(text, "AS", 2) == 0)
		text += 2;
	char *end = NULL;
	unsigned long long v = strtoull(text, &end, 10);
	if (*text < '0' || *text > '9' || *end != '\0' || v > UINT32_MAX)
		return false;
	*asn = (uint32_t)v;
	return true;
}

void
line_take(
    struct rd *r, struct table *t, bool (*row)(struct table *t, char *line))
{
	char buf[LINE_MAX_LEN];
	if (!line_next(r, buf))
		return;
	if (line_is_comment(buf))
		source_remark(table_source(t), buf);
	else if (!row(t, buf))
		table_source(t)->counts[COUNT_SYNTAX]++;
}

void
line_each(const struct input *in, struct table *t,
    bool (*row)(struct table *t, char *line))
{
	struct rd r = input_rd(in);
	while (r.left > 0)
		line_take(&r, t, row);
}
