/* SPDX-License-Identifier: ISC */
#include "probe/campaign/section.h"

#include <stdio.h>
#include <string.h>
#include <sysexits.h>

enum { SECTION_MAX = 63 };

struct reading {
	char section[SECTION_MAX + 1];
	char line[SECTION_LINE_MAX + 1];
	int number;
	section_each *each;
	void *arg;
};

/* "[NAME]" */
static bool
enter(struct reading *r, struct fault *f)
{
	size_t len = strlen(r->line);
	if (len < 3 || len - 2 > SECTION_MAX || r->line[len - 1] != ']')
		return fault_set(f, EX_DATAERR,
		    "not a [section] of at most %d bytes", SECTION_MAX);
	memcpy(r->section, r->line + 1, len - 2);
	r->section[len - 2] = '\0';
	return true;
}

/* "KEY = VALUE" */
static bool
hand_over(struct reading *r, struct fault *f)
{
	char *equals = strstr(r->line, " = ");
	if (equals == NULL || equals == r->line)
		return fault_set(f, EX_DATAERR, "not a line key = value");
	*equals = '\0';
	struct section_line l = {
	    r->number, r->section, r->line, equals + strlen(" = ")};
	return r->each(r->arg, &l, f);
}

static bool
take(struct reading *r, const char *line, size_t len, struct fault *f)
{
	if (len > SECTION_LINE_MAX)
		return fault_set(f, EX_DATAERR, "line longer than %d bytes",
		    SECTION_LINE_MAX);
	if (memchr(line, '\0', len) != NULL)
		return fault_set(f, EX_DATAERR, "a NUL byte: not a text file");
	memcpy(r->line, line, len);
	r->line[len] = '\0';
	if (len == 0 || line[0] == '#')
		return true;
	return line[0] == '[' ? enter(r, f) : hand_over(r, f);
}

bool
section_read(const struct section_text *t, section_each *each, void *arg,
    struct fault *f)
{
	struct reading r = {.each = each, .arg = arg};
	const char *at = t->text, *end = t->text + t->len;
	while (at < end) {
		struct fault why = {0};
		const char *stop = memchr(at, '\n', (size_t)(end - at));
		r.number++;
		if (stop == NULL)
			return fault_set(f, EX_DATAERR,
			    "%s:%d: the line has no end", t->name, r.number);
		if (!take(&r, at, (size_t)(stop - at), &why))
			return fault_set(f, EX_DATAERR, "%s:%d: %s", t->name,
			    r.number, why.text);
		at = stop + 1;
	}
	return true;
}
