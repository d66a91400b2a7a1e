/* SPDX-License-Identifier: ISC */
#include "probe/base/json.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <string.h>

static void
put(struct json *j, const char *s)
{
	wr_bytes(&j->out, s, strlen(s));
}

/* Length of the UTF-8 sequence at s, 0 when there is none (RFC 3629). */
static size_t
utf8_len(const unsigned char *s)
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

static void
quoted(struct json *j, const char *text)
{
	const unsigned char *s = (const unsigned char *)text;
	put(j, "\"");
	while (*s != '\0') {
		size_t n = utf8_len(s);
		char esc[8];
		if (n == 0) {
			put(j, "\\ufffd");
			s++;
		} else if (*s < 0x20 || *s == '"' || *s == '\\' || *s == 0x7f) {
			snprintf(esc, sizeof(esc), "\\u%04x", *s);
			put(j, esc);
			s++;
		} else {
			wr_bytes(&j->out, s, n);
			s += n;
		}
	}
	put(j, "\"");
}

static void
begin(struct json *j, const char *key)
{
	if (j->comma)
		put(j, ",");
	if (key != NULL) {
		quoted(j, key);
		put(j, ":");
	}
	j->comma = true;
}

static void
opened(struct json *j, const char *key, const char *bracket)
{
	begin(j, key);
	put(j, bracket);
	j->comma = false;
}

static void
closed(struct json *j, const char *bracket)
{
	put(j, bracket);
	j->comma = true;
}

void
json_object(struct json *j, const char *key)
{
	opened(j, key, "{");
}

void
json_object_end(struct json *j)
{
	closed(j, "}");
}

void
json_array(struct json *j, const char *key)
{
	opened(j, key, "[");
}

void
json_array_end(struct json *j)
{
	closed(j, "]");
}

void
json_null(struct json *j, const char *key)
{
	begin(j, key);
	put(j, "null");
}

void
json_bool(struct json *j, const char *key, bool v)
{
	begin(j, key);
	put(j, v ? "true" : "false");
}

void
json_int(struct json *j, const char *key, int64_t v)
{
	char text[24];
	begin(j, key);
	snprintf(text, sizeof(text), "%" PRId64, v);
	put(j, text);
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
json_real(struct json *j, const char *key, double v, int decimals)
{
	char text[340];
	if (!isfinite(v)) {
		json_null(j, key);
		return;
	}
	begin(j, key);
	snprintf(text, sizeof(text), "%.*f", decimals, v);
	put(j, text);
}

void
json_text(struct json *j, const char *key, const char *s)
{
	if (s == NULL) {
		json_null(j, key);
		return;
	}
	begin(j, key);
	quoted(j, s);
}

void
json_hex(struct json *j, const char *key, const void *bytes, size_t len)
{
	const uint8_t *b = bytes;
	begin(j, key);
	put(j, "\"");
	for (size_t i = 0; i < len; i++) {
		char text[3];
		snprintf(text, sizeof(text), "%02x", b[i]);
		put(j, text);
	}
	put(j, "\"");
}

int
json_line(struct json *j, FILE *f)
{
	put(j, "\n");
	errno = EIO;
	bool ok = fwrite(j->out.p, 1, j->out.len, f) == j->out.len;
	int error = errno;
	wr_free(&j->out);
	*j = (struct json){0};
	return ok ? 0 : -error;
}

char *
json_take(struct json *j)
{
	wr_u8(&j->out, 0);
	char *text = (char *)j->out.p;
	*j = (struct json){0};
	return text;
}
