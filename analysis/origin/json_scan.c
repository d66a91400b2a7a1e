/* SPDX-License-Identifier: ISC */
#include "analysis/origin/json_scan.h"

#include "probe/base/clock.h"

#include <stdio.h>
#include <string.h>

/* A key or the end of the object; a value or the end of the array; what comes
 * behind a value. */
enum { KEY, VALUE, MORE };

static const int64_t TIME_MIN_S = INT64_C(788918400); /* 1995-01-01 */

static void
skip_line(struct rd *r)
{
	const uint8_t *end = r->left > 0 ? memchr(r->p, '\n', r->left) : NULL;
	rd_skip(r, end ? (size_t)(end - r->p) : r->left);
}

static uint8_t
next_sign(struct rd *r)
{
	while (r->left > 0 && (*r->p == ' ' || *r->p == '\n' || *r->p == '\r' ||
				  *r->p == '\t'))
		rd_skip(r, 1);
	return rd_u8(r);
}

/* A text of limited room that is being put together. */
struct piece {
	char *p;
	size_t len, room;
};

static void
append(struct piece *to, const void *bytes, size_t len)
{
	size_t left = to->room - 1 - to->len;
	len = len < left ? len : left;
	memcpy(to->p + to->len, bytes, len);
	to->len += len;
}

/* Four hexadecimal digits; a failure sticks in the reader. */
static uint32_t
hex4(struct rd *r)
{
	static const char digits[] = "0123456789abcdef";
	uint32_t v = 0;
	for (int i = 0; i < 4; i++) {
		uint8_t c = rd_u8(r);
		const char *at =
		    c ? strchr(digits, c | (c & 0x40 ? 0x20 : 0)) : NULL;
		if (at == NULL)
			r->failed = true;
		else
			v = v << 4 | (uint32_t)(at - digits);
	}
	return v;
}

static void
append_utf8(struct piece *to, uint32_t c)
{
	uint8_t b[4] = {(uint8_t)c};
	size_t len = c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
	static const uint8_t first[] = {0, 0, 0xc0, 0xe0, 0xf0};
	for (size_t i = len; len > 1 && i-- > 0; c >>= 6)
		b[i] = (uint8_t)(i > 0 ? 0x80 | (c & 0x3f) : first[len] | c);
	append(to, b, len);
}

/* What stands behind a backslash; NUL has no place in a text. */
static bool
escape(struct rd *r, struct piece *to)
{
	static const char from[] = "\"\\/bfnrt", into[] = "\"\\/\b\f\n\r\t";
	uint8_t c = rd_u8(r);
	const char *at = c ? strchr(from, c) : NULL;
	if (at != NULL)
		append(to, &into[at - from], 1);
	if (at != NULL || c != 'u')
		return at != NULL;
	uint32_t v = hex4(r);
	if (v >= 0xd800 && v < 0xdc00 && r->left >= 6 && r->p[0] == '\\' &&
	    r->p[1] == 'u') {
		rd_skip(r, 2);
		v = 0x10000 + ((v & 0x3ff) << 10) + (hex4(r) & 0x3ff);
	}
	append_utf8(to, v > 0 ? v : 0xfffd);
	return rd_ok(r);
}

/* A string, whose first quote has been read. */
static bool
string(struct rd *r, char *text, size_t room)
{
	struct piece to = {text, 0, room};
	bool ok = true;
	uint8_t c = 0;
	do {
		size_t n = 0;
		while (n < r->left && r->p[n] != '"' && r->p[n] != '\\' &&
		       r->p[n] >= ' ')
			n++;
		append(&to, r->p, n);
		rd_skip(r, n);
		c = rd_u8(r);
		ok = c == '\\' ? escape(r, &to) : c == '"';
	} while (ok && c == '\\');
	text[to.len] = '\0';
	return ok && rd_ok(r);
}

/* A number, true, false or null, of which c is the first sign. */
static bool
literal(struct rd *r, uint8_t c, char *text, size_t room)
{
	struct piece to = {text, 0, room};
	append(&to, &c, 1);
	size_t n = 0;
	while (n < r->left && n < 64 && r->p[n] != 0 &&
	       strchr("abcdefghijklmnopqrstuvwxyzE0123456789+-.", r->p[n]))
		n++;
	append(&to, r->p, n);
	rd_skip(r, n);
	text[to.len] = '\0';
	if (strcmp(text, "null") == 0) {
		*text = '\0';
		return true;
	}
	return c == '-' || (c >= '0' && c <= '9') ||
	       strcmp(text, "true") == 0 || strcmp(text, "false") == 0;
}

static bool
open_list(struct json_scan *s, bool array)
{
	if (s->depth == JSON_DEPTH_MAX)
		return false;
	char *key = s->keys[s->depth];
	*key = '\0';
	if (array)
		memcpy(key, s->keys[s->depth - 1], JSON_KEY_LEN);
	s->array[s->depth++] = array;
	s->expect = array ? VALUE : KEY;
	return true;
}

/* Takes a sign of the record that is no value; false when it has no place. */
static bool
structure(struct json_scan *s, uint8_t c)
{
	bool array = s->array[s->depth - 1];
	switch (c) {
	case ',':
		if (s->expect != MORE)
			return false;
		s->expect = array ? VALUE : KEY;
		return true;
	case '}':
	case ']':
		if (array != (c == ']') || (s->expect == VALUE && !array))
			return false;
		s->depth--;
		s->expect = MORE;
		return true;
	case '{':
	case '[':
		return s->expect == VALUE && open_list(s, c == '[');
	case '"':
		if (s->expect != KEY ||
		    !string(&s->r, s->keys[s->depth - 1], JSON_KEY_LEN))
			return false;
		s->expect = VALUE;
		return next_sign(&s->r) == ':';
	}
	return false;
}

static bool
scalar(struct json_scan *s, uint8_t c)
{
	s->key = s->keys[s->depth - 1];
	s->expect = MORE;
	return c == '"' ? string(&s->r, s->text, sizeof(s->text))
			: literal(&s->r, c, s->text, sizeof(s->text));
}

/* Goes back to the begin of the record and looks for another from there. */
static void
lose(struct json_scan *s)
{
	s->r = rd_make(s->start, s->r.left + (size_t)(s->r.p - s->start));
	s->broken = s->lost = true;
	s->depth = 0;
	s->before = 0;
	if (s->lines)
		skip_line(&s->r);
}

bool
json_scan_value(struct json_scan *s)
{
	while (s->depth > 0) {
		uint8_t c = next_sign(&s->r);
		bool value = s->expect == VALUE && strchr(",:{}[]", c) == NULL;
		bool ok = rd_ok(&s->r) && c != 0 &&
			  (value ? scalar(s, c) : structure(s, c));
		if (!ok)
			lose(s);
		else if (value)
			return true;
	}
	s->lost &= s->broken;
	return false;
}

static bool
listed(const char *const *names, const char *name)
{
	for (; names != NULL && *names != NULL; names++)
		if (strcmp(*names, name) == 0)
			return true;
	return false;
}

/*
 * A string between records: perhaps the key of a list. When lost, a quote may
 * as well be the end of one, so nothing but a listed key is stepped over.
 */
static void
between(struct json_scan *s)
{
	char name[JSON_KEY_LEN];
	struct rd r = s->r;
	s->before = '"';
	if (!string(&r, name, sizeof(name)))
		return;
	struct rd behind = r;
	bool key = next_sign(&r) == ':';
	struct rd value = r;
	uint8_t c = key ? next_sign(&r) : 0;
	bool list = c == '{' || c == '[';
	if (s->lost && (!list || !listed(s->sections, name)))
		return;
	s->r = key ? value : behind;
	s->before = key ? ':' : '"';
	s->meta = strcmp(name, "meta") == 0 || strcmp(name, "metadata") == 0;
	if (list && !s->meta && strcmp(name, "data") != 0)
		memcpy(s->section, name, sizeof(name));
}

/* A sign between records; what is no JSON may be a key without its quote. */
static void
outside(struct json_scan *s, uint8_t c)
{
	char text[JSON_KEY_LEN];
	struct rd r = s->r;
	s->before = c;
	if (c == 0 || strchr("{}[],:", c) != NULL)
		return;
	if (literal(&r, c, text, sizeof(text)))
		s->r = r;
	else
		s->lost = true;
}

static bool
begins_record(const struct json_scan *s)
{
	switch (s->before) {
	case '[':
	case ',':
		return true;
	case ':':
		return s->meta;
	case '}':
	case 0:
		return s->lines;
	}
	return false;
}

bool
json_scan_record(struct json_scan *s)
{
	while (json_scan_value(s))
		;
	while (s->r.left > 0) {
		uint8_t c = next_sign(&s->r);
		if (c == '{' && begins_record(s)) {
			s->meta &= s->before == ':';
			s->before = '}';
			s->start = s->r.p;
			s->broken = false;
			return open_list(s, false);
		}
		if (c == '"')
			between(s);
		else if (c == '#' && s->lines)
			skip_line(&s->r);
		else
			outside(s, c);
	}
	return false;
}

bool
json_scan_is(const struct json_scan *s, const char *key)
{
	return s->depth == 1 && strcmp(s->key, key) == 0;
}

bool
json_scan_time(const char *text, int64_t *us)
{
	char at[JSON_TEXT_LEN + 1];
	snprintf(at, sizeof(at), "@%.*s", (int)strcspn(text, "."), text);
	return (clock_parse_us(text, us) || clock_parse_us(at, us)) &&
	       *us >= TIME_MIN_S * US_PER_S;
}
