/* SPDX-License-Identifier: ISC */
#include "analysis/origin/rpsl.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

static size_t
key_len(const char *line)
{
	size_t len = strspn(line,
	    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_");
	return len < RPSL_KEY_LEN && line[len] == ':' ? len : 0;
}

bool
rpsl_line_is(const char *line, const char *key)
{
	size_t len = key_len(line);
	/* an IPv6 address is no attribute: the class has a letter past f */
	if (key == NULL)
		return len > strspn(line, "abcdefABCDEF0123456789");
	return len == strlen(key) && strncasecmp(line, key, len) == 0;
}

void
rpsl_begin(struct rpsl *o, struct rd r, struct source *s)
{
	*o = (struct rpsl){.r = r, .source = s};
}

static bool
is_empty(const char *line)
{
	return line[strspn(line, " \t")] == '\0';
}

/* Reads a line; true when it begins an attribute. */
static bool
attribute_begins(struct rpsl *o)
{
	const char *line = o->line;
	if (*line == '#' || *line == '%') {
		source_remark(o->source, line);
		return false;
	}
	size_t len = key_len(line);
	if (len == 0) {
		o->source->counts[COUNT_SYNTAX]++;
		return false;
	}
	for (size_t i = 0; i < len; i++)
		o->key[i] = line[i] >= 'A' && line[i] <= 'Z'
				? (char)(line[i] - 'A' + 'a')
				: line[i];
	o->key[len] = '\0';
	return true;
}

/* Adds a part to the value, without blanks around it and its comment. */
static void
append_value(struct rpsl *o, const char *part)
{
	size_t used = strlen(o->value), len = strcspn(part, "#");
	while (len > 0 && (*part == ' ' || *part == '\t')) {
		part++;
		len--;
	}
	while (len > 0 && (part[len - 1] == ' ' || part[len - 1] == '\t'))
		len--;
	if (len > 0)
		snprintf(o->value + used, sizeof(o->value) - used, "%s%.*s",
		    used > 0 ? " " : "", (int)len, part);
}

/* Whether the value goes on in the next line; that line is looked at only. */
static bool
goes_on(struct rpsl *o)
{
	uint8_t first = o->r.left > 0 ? *o->r.p : 0;
	struct rd r = o->r;
	return (first == ' ' || first == '\t' || first == '+') &&
	       line_next(&r, o->line) && !is_empty(o->line);
}

bool
rpsl_attribute(struct rpsl *o)
{
	while (o->inside) {
		if (!line_next(&o->r, o->line) || is_empty(o->line)) {
			o->inside = false;
			break;
		}
		if (!attribute_begins(o))
			continue;
		*o->value = '\0';
		append_value(o, o->line + strlen(o->key) + 1);
		while (goes_on(o)) {
			line_next(&o->r, o->line);
			append_value(o, o->line + 1);
		}
		return true;
	}
	return false;
}

bool
rpsl_object(struct rpsl *o)
{
	while (rpsl_attribute(o))
		;
	while (o->r.left > 0) {
		struct rd r = o->r;
		line_next(&r, o->line);
		if (!is_empty(o->line) && *o->line != '#' && *o->line != '%')
			return o->inside = true;
		o->r = r;
		source_remark(o->source, o->line);
	}
	return false;
}
