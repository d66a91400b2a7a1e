/* SPDX-License-Identifier: ISC */
#include "probe/base/json.h"

#include "probe/base/digits.h"

#include <errno.h>
#include <math.h>
#include <string.h>

/*
 * Room is made once for each member and then written without looking; end()
 * says where that ended.
 */
static char *
room(struct json *j, size_t len)
{
	return (char *)wr_room(&j->out, len);
}

static void
end(struct json *j, const char *p)
{
	j->out.len = (size_t)(p - (const char *)j->out.p);
}

static char *
put(char *p, const char *s, size_t len)
{
	memcpy(p, s, len);
	return p + len;
}

size_t
json_utf8(const unsigned char *s)
{
	static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
	size_t n = s[0] < 0x80	     ? 1
		   : s[0] >> 5 == 6  ? 2
		   : s[0] >> 4 == 14 ? 3
		   : s[0] >> 3 == 30 ? 4
				     : 0;
	uint32_t cp = n > 1 ? s[0] & (0xffu >> (n + 1)) : s[0];
	for (size_t i = 1; i < n; i++) {
		if (s[i] >> 6 != 2)
			return 0;
		cp = cp << 6 | (s[i] & 0x3fu);
	}
	if (n > 1 && (cp < least[n] || cp > 0x10ffff || cp >> 11 == 27))
		return 0;
	return n;
}

bool
json_is_utf8(const char *s)
{
	size_t n = 1;
	for (; *s != '\0' && n > 0; s += n)
		n = json_utf8((const unsigned char *)s);
	return n > 0;
}

/* At most ESCAPED_MAX octets for each of s, and the quotes. */
enum { ESCAPED_MAX = 6 };

static char *
quoted(char *p, const char *text)
{
	const unsigned char *s = (const unsigned char *)text;
	*p++ = '"';
	while (*s != '\0') {
		size_t n = 1;
		if (*s < 0x20 || *s == '"' || *s == '\\' || *s == 0x7f) {
			p = put(p, "\\u00", 4);
			p = digits_hex(p, *s);
		} else if (*s < 0x7f) {
			*p++ = (char)*s;
		} else if ((n = json_utf8(s)) > 0) {
			p = put(p, (const char *)s, n);
		} else {
			p = put(p, "\\ufffd", 6);
			n = 1;
		}
		s += n;
	}
	*p++ = '"';
	return p;
}

/* The comma and the key, and room for a value of len octets behind them. */
static char *
begin(struct json *j, const char *key, size_t len)
{
	size_t key_len = key != NULL ? strlen(key) : 0;
	char *p = room(j, key_len + 4 + len);
	if (j->comma)
		*p++ = ',';
	j->comma = true;
	if (key == NULL)
		return p;
	*p++ = '"';
	p = put(p, key, key_len);
	*p++ = '"';
	*p++ = ':';
	return p;
}

static void
opened(struct json *j, const char *key, char bracket)
{
	char *p = begin(j, key, 1);
	*p++ = bracket;
	end(j, p);
	j->comma = false;
}

static void
closed(struct json *j, char bracket)
{
	char *p = room(j, 1);
	*p++ = bracket;
	end(j, p);
	j->comma = true;
}

void
json_object(struct json *j, const char *key)
{
	opened(j, key, '{');
}

void
json_object_end(struct json *j)
{
	closed(j, '}');
}

void
json_array(struct json *j, const char *key)
{
	opened(j, key, '[');
}

void
json_array_end(struct json *j)
{
	closed(j, ']');
}

void
json_null(struct json *j, const char *key)
{
	end(j, put(begin(j, key, 4), "null", 4));
}

void
json_bool(struct json *j, const char *key, bool v)
{
	char *p = begin(j, key, 5);
	end(j, v ? put(p, "true", 4) : put(p, "false", 5));
}

void
json_int(struct json *j, const char *key, int64_t v)
{
	char *p = begin(j, key, DIGITS_MAX);
	if (v < 0)
		*p++ = '-';
	end(j, digits_u64(p, v < 0 ? -(uint64_t)v : (uint64_t)v));
}

void
json_int_or_null(struct json *j, const char *key, int64_t v)
{
	if (v < 0)
		json_null(j, key);
	else
		json_int(j, key, v);
}

void
json_thousandths(struct json *j, const char *key, int64_t v)
{
	if (v < 0) {
		json_null(j, key);
		return;
	}
	char *p = begin(j, key, DIGITS_MAX + 1);
	p = digits_u64(p, (uint64_t)v / 1000);
	*p++ = '.';
	end(j, digits_fixed(p, (uint32_t)(v % 1000), 3));
}

void
json_real(struct json *j, const char *key, double v, int decimals)
{
	enum { LONGEST = 340 };
	if (!isfinite(v)) {
		json_null(j, key);
		return;
	}
	char *p = begin(j, key, LONGEST);
	end(j, p + snprintf(p, LONGEST, "%.*f", decimals, v));
}

void
json_text(struct json *j, const char *key, const char *s)
{
	if (s == NULL) {
		json_null(j, key);
		return;
	}
	size_t len = strlen(s);
	end(j, quoted(begin(j, key, len * ESCAPED_MAX + 2), s));
}

void
json_hex(struct json *j, const char *key, const void *bytes, size_t len)
{
	const uint8_t *b = bytes;
	char *p = begin(j, key, 2 * len + 2);
	*p++ = '"';
	for (size_t i = 0; i < len; i++)
		p = digits_hex(p, b[i]);
	*p++ = '"';
	end(j, p);
}

void
json_raw(struct json *j, const char *key, const char *value, size_t len)
{
	if (value == NULL) {
		json_null(j, key);
		return;
	}
	char *p = begin(j, key, len);
	for (size_t i = 0; i < len; i++)
		*p++ = (char)((unsigned char)value[i] < ' ' ? ' ' : value[i]);
	end(j, p);
}

void
json_end_line(struct json *j)
{
	wr_u8(&j->out, '\n');
	j->comma = false;
}

int
json_write(struct json *j, FILE *f)
{
	size_t len = j->out.len;
	j->out.len = 0;
	errno = EIO;
	return len == 0 || fwrite(j->out.p, 1, len, f) == len ? 0 : -errno;
}

void
json_clear(struct json *j)
{
	wr_free(&j->out);
	*j = (struct json){0};
}

int
json_line(struct json *j, FILE *f)
{
	json_end_line(j);
	int e = json_write(j, f);
	json_clear(j);
	return e;
}

char *
json_take(struct json *j)
{
	wr_u8(&j->out, 0);
	char *text = (char *)j->out.p;
	*j = (struct json){0};
	return text;
}
