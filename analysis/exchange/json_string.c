/* SPDX-License-Identifier: ISC */
#include "analysis/exchange/json_string.h"

#include <string.h>

static int
hex(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Steps over an escape; *p stands on the backslash. */
static bool
escape(const char **p, const char *end, const char **why)
{
	if (end - *p < 2)
		return false;
	if ((*p)[1] != 'u') {
		if (strchr("\"\\/bfnrt", (*p)[1]) == NULL || (*p)[1] == '\0')
			*why = "no escape of RFC 8259";
		*p += *why == NULL ? 2 : 0;
		return *why == NULL;
	}
	for (int i = 2; i < 6; i++) {
		if (end - *p <= i)
			return false;
		if (hex((*p)[i]) < 0) {
			*why = "no four hexadecimal digits behind \\u";
			return false;
		}
	}
	*p += 6;
	return true;
}

/*
 * The least second octet of a sequence and how many may be (RFC 3629, section
 * 4): no longer form than needed, no surrogate, nothing beyond U+10FFFF.
 */
static void
second(unsigned char lead, unsigned *lo, unsigned *hi)
{
	*lo = lead == 0xe0 ? 0xa0 : lead == 0xf0 ? 0x90 : 0x80;
	*hi = lead == 0xed ? 0x9f : lead == 0xf4 ? 0x8f : 0xbf;
}

/* Steps over a character beyond ASCII. */
static bool
character(const char **p, const char *end, const char **why)
{
	const unsigned char *s = (const unsigned char *)*p;
	unsigned lo, hi;
	int len = s[0] >= 0xf0 ? 4 : s[0] >= 0xe0 ? 3 : 2;
	second(s[0], &lo, &hi);
	if (s[0] < 0xc2 || s[0] > 0xf4) {
		*why = "no UTF-8";
		return false;
	}
	for (int i = 1; i < len; i++) {
		if (end - *p <= i)
			return false;
		if (s[i] < lo || s[i] > hi) {
			*why = "no UTF-8";
			return false;
		}
		lo = 0x80;
		hi = 0xbf;
	}
	*p += len;
	return true;
}

bool
json_string_scan(
    const char **p, const char *end, bool *escaped, const char **why)
{
	for (bool right = true; right;) {
		*p = json_string_plain(*p, end);
		if (*p == end)
			return false;
		unsigned char c = (unsigned char)**p;
		if (c == '"')
			return true;
		if (c == '\\') {
			*escaped = true;
			right = escape(p, end, why);
		} else if (c >= 0x80) {
			right = character(p, end, why);
		} else {
			*why = "a control character in a string";
			right = false;
		}
	}
	return false;
}

/* Four hexadecimal digits. */
static unsigned
four(const char *p)
{
	unsigned v = 0;
	for (int i = 0; i < 4; i++)
		v = v << 4 | ((unsigned)hex(p[i]) & 0xf);
	return v;
}

/* The character of a \u escape; 0 when it is NUL or half of one. */
static uint32_t
unicode(const char **p, const char *end)
{
	unsigned hi = four(*p + 2), lo = 0;
	*p += 6;
	if (hi < 0xd800 || hi > 0xdfff)
		return hi;
	if (hi > 0xdbff || end - *p < 6 || (*p)[0] != '\\' || (*p)[1] != 'u')
		return 0;
	lo = four(*p + 2);
	*p += 6;
	if (lo < 0xdc00 || lo > 0xdfff)
		return 0;
	return 0x10000 + ((uint32_t)(hi - 0xd800) << 10 | (lo - 0xdc00));
}

static size_t
encode(uint32_t c, char to[static 4])
{
	if (c < 0x80) {
		to[0] = (char)c;
		return 1;
	}
	size_t len = c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
	for (size_t i = len; i-- > 1; c >>= 6)
		to[i] = (char)(0x80 | (c & 0x3f));
	to[0] = (char)((0xf00 >> len & 0xf0) | c);
	return len;
}

/* One escape; how many octets it becomes, 0 when it is none. */
static size_t
resolve_one(const char **p, const char *end, char to[static 4])
{
	static const char letters[] = "\"\\/bfnrt", means[] = "\"\\/\b\f\n\r\t";
	if ((*p)[1] != 'u') {
		to[0] = means[strchr(letters, (*p)[1]) - letters];
		*p += 2;
		return 1;
	}
	uint32_t c = unicode(p, end);
	return c == 0 ? 0 : encode(c, to);
}

size_t
json_string_resolve(
    const struct json_word *w, char *to, size_t room, const char **why)
{
	const char *p = w->p, *end = p + w->len;
	size_t len = 0, n;
	for (char c[4]; p < end; len += n) {
		n = 1;
		if (*p == '\\')
			n = resolve_one(&p, end, c);
		else
			c[0] = *p++;
		if (n == 0)
			*why = "NUL or half a surrogate pair in a string";
		else if (n >= room - len)
			*why = "a string that is too long";
		if (*why != NULL)
			return 0;
		memcpy(to + len, c, n);
	}
	to[len] = '\0';
	return len;
}
