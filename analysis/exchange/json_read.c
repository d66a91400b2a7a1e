/* SPDX-License-Identifier: ISC */
#include "analysis/exchange/json_read.h"

#include "analysis/exchange/json_number.h"
#include "analysis/exchange/json_string.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { SHOWN_MAX = 24 }; /* octets of a key or a number in a text */

struct json_read
json_read_make(const char *text, size_t len, bool last)
{
	return (struct json_read){
	    .begin = text, .p = text, .end = text + len, .last = last};
}

bool
json_read_ok(const struct json_read *in)
{
	return in->state == JSON_READ_OK;
}

void
json_read_bad(struct json_read *in, const char *fmt, ...)
{
	va_list ap;
	if (in->state != JSON_READ_OK)
		return;
	in->state = JSON_READ_BROKEN;
	va_start(ap, fmt);
	vsnprintf(in->why, sizeof(in->why), fmt, ap);
	va_end(ap);
}

/* No JSON at p. */
static void
no_json(struct json_read *in, const char *p, const char *why)
{
	json_read_bad(in, "octet %td: %s", p - in->begin, why);
}

/* The text ends where it must not. */
static void
ended(struct json_read *in)
{
	if (in->state == JSON_READ_OK && !in->last)
		in->state = JSON_READ_SHORT;
	else
		no_json(in, in->end, "ends too early");
}

/* How much of a text can be shown: whole characters. */
static int
shown(const char *p, size_t len)
{
	if (len <= SHOWN_MAX)
		return (int)len;
	int n = SHOWN_MAX;
	while (n > 0 && ((unsigned char)p[n] & 0xc0) == 0x80)
		n--;
	return n;
}

/* The value is JSON, but not what the reader asked for. */
static void
no_value(struct json_read *in, const char *why)
{
	if (in->key.p == NULL)
		json_read_bad(in, "%s", why);
	else
		json_read_bad(in, "%.*s: %s", shown(in->key.p, in->key.len),
		    in->key.p, why);
}

/* The next octet that is no white space; -1: there is none, or failed. */
static int
peek(struct json_read *in)
{
	const char *p = in->p;
	if (in->state != JSON_READ_OK)
		return -1;
	while (p < in->end &&
	       (*p == ' ' || *p == '\n' || *p == '\r' || *p == '\t'))
		p++;
	in->p = p;
	if (p < in->end)
		return (unsigned char)*p;
	ended(in);
	return -1;
}

enum json_kind
json_read_kind(struct json_read *in)
{
	int c = peek(in);
	switch (c) {
	case '{':
		return JSON_OBJECT;
	case '[':
		return JSON_ARRAY;
	case '"':
		return JSON_STRING;
	case 't':
		return JSON_TRUE;
	case 'f':
		return JSON_FALSE;
	case 'n':
		return JSON_NULL;
	default:
		if (c == '-' || (c >= '0' && c <= '9'))
			return JSON_NUMBER;
		no_json(in, in->p, "no value begins so");
		return JSON_NONE;
	}
}

/* Whether that kind comes; else it is broken. */
static bool
demand(struct json_read *in, enum json_kind kind, const char *why)
{
	enum json_kind k = json_read_kind(in);
	if (k != kind)
		no_value(in, why);
	return k == kind && json_read_ok(in);
}

static void
enter(struct json_read *in)
{
	if (in->depth == JSON_READ_DEPTH_MAX) {
		no_json(in, in->p, "nested deeper than 64");
		return;
	}
	in->p++;
	in->depth++;
	in->first = true;
}

void
json_read_object(struct json_read *in)
{
	if (demand(in, JSON_OBJECT, "no object"))
		enter(in);
}

void
json_read_array(struct json_read *in)
{
	if (demand(in, JSON_ARRAY, "no array"))
		enter(in);
}

/* Whether a member or item begins at p; else it stepped over the end. */
static bool
next(struct json_read *in, char close)
{
	int c = peek(in);
	if (c == close) {
		in->p++;
		in->depth--;
		in->first = false;
		return false;
	}
	if (in->first || c < 0) {
		in->first = false;
		return c >= 0;
	}
	if (c != ',') {
		no_json(in, in->p, "no comma");
		return false;
	}
	in->p++;
	if (peek(in) == close)
		no_json(in, in->p, "nothing behind a comma");
	return json_read_ok(in);
}

bool
json_read_item(struct json_read *in)
{
	return next(in, ']');
}

static struct json_word
string(struct json_read *in)
{
	struct json_word w = {.p = in->p + 1};
	const char *p = w.p;
	const char *why = NULL;
	if (json_string_scan(&p, in->end, &w.escaped, &why)) {
		w.len = (size_t)(p - w.p);
		in->p = p + 1;
		return w;
	}
	if (why == NULL)
		ended(in);
	else
		no_json(in, p, why);
	return (struct json_word){.p = ""};
}

bool
json_read_member(struct json_read *in, struct json_word *key)
{
	if (!next(in, '}'))
		return false;
	if (peek(in) != '"') {
		no_json(in, in->p, "no key");
		return false;
	}
	*key = string(in);
	if (peek(in) != ':') {
		no_json(in, in->p, "no colon");
		return false;
	}
	in->p++;
	in->key = *key;
	return true;
}

static void
literal(struct json_read *in, const char *word, size_t len)
{
	size_t left = (size_t)(in->end - in->p);
	size_t n = left < len ? left : len;
	if (memcmp(in->p, word, n) != 0)
		no_json(in, in->p, "not true, false or null");
	else if (n < len)
		ended(in);
	else
		in->p += len;
}

bool
json_read_null(struct json_read *in)
{
	if (json_read_kind(in) != JSON_NULL)
		return false;
	literal(in, "null", 4);
	return json_read_ok(in);
}

bool
json_read_bool(struct json_read *in)
{
	enum json_kind kind = json_read_kind(in);
	if (kind == JSON_TRUE)
		literal(in, "true", 4);
	else if (kind == JSON_FALSE)
		literal(in, "false", 5);
	else
		no_value(in, "not true or false");
	return kind == JSON_TRUE && json_read_ok(in);
}

struct json_word
json_read_word(struct json_read *in)
{
	if (!demand(in, JSON_STRING, "no string"))
		return (struct json_word){.p = ""};
	return string(in);
}

size_t
json_read_text(struct json_read *in, char *to, size_t room)
{
	struct json_word w = json_read_word(in);
	to[0] = '\0';
	if (!json_read_ok(in))
		return 0;
	const char *why = NULL;
	if (!w.escaped && w.len < room) {
		memcpy(to, w.p, w.len);
		to[w.len] = '\0';
		return w.len;
	}
	size_t len = json_string_resolve(&w, to, room, &why);
	if (why == NULL)
		return len;
	no_value(in, why);
	to[0] = '\0';
	return 0;
}

bool
json_read_is(const struct json_word *w, const char *text)
{
	char plain[64]; /* keys of formats are shorter */
	const char *why = NULL;
	size_t len = strlen(text);
	if (!w->escaped)
		return w->len == len && memcmp(w->p, text, len) == 0;
	return json_string_resolve(w, plain, sizeof(plain), &why) == len &&
	       why == NULL && memcmp(plain, text, len) == 0;
}

/* Steps over a number, which *n then is. */
static bool
number(struct json_read *in, struct json_number *n)
{
	const char *p = in->p;
	bool right = json_number_scan(&p, in->end, n);
	if (p == in->end && !in->last) {
		ended(in);
		return false;
	}
	if (!right) {
		no_json(in, in->p, "no number of RFC 8259");
		return false;
	}
	in->p = p;
	return true;
}

/* The text of a number for why. */
static void
out_of_range(struct json_read *in, const char *text, int64_t lo, int64_t hi)
{
	char why[JSON_READ_WHY_MAX];
	size_t len = (size_t)(in->p - text);
	snprintf(why, sizeof(why), "%.*s%s is not in %" PRId64 "..%" PRId64,
	    shown(text, len), text, len > SHOWN_MAX ? "..." : "", lo, hi);
	no_value(in, why);
}

int64_t
json_read_scaled(
    struct json_read *in, unsigned decimals, int64_t lo, int64_t hi)
{
	struct json_number n;
	int64_t v = 0;
	if (!demand(in, JSON_NUMBER, "no number"))
		return 0;
	const char *text = in->p;
	if (!number(in, &n))
		return 0;
	if (json_number_scaled(&n, decimals, &v) && v >= lo && v <= hi)
		return v;
	out_of_range(in, text, lo, hi);
	return 0;
}

int64_t
json_read_integer(struct json_read *in, int64_t lo, int64_t hi)
{
	struct json_number n;
	int64_t v = 0;
	if (!demand(in, JSON_NUMBER, "no number"))
		return 0;
	const char *text = in->p;
	if (!number(in, &n))
		return 0;
	if (!json_number_whole(&n))
		no_value(in, "no whole number");
	else if (json_number_scaled(&n, 0, &v) && v >= lo && v <= hi)
		return v;
	else
		out_of_range(in, text, lo, hi);
	return 0;
}

/* Steps over a scalar or into an object or array; *objects is for skip. */
static void
one(struct json_read *in, unsigned base, uint64_t *objects)
{
	struct json_number n;
	enum json_kind kind = json_read_kind(in);
	if (kind == JSON_STRING) {
		string(in);
	} else if (kind == JSON_NUMBER) {
		number(in, &n);
	} else if (kind == JSON_OBJECT || kind == JSON_ARRAY) {
		enter(in);
		uint64_t bit = UINT64_C(1) << ((in->depth - base - 1) & 63);
		*objects &= ~bit;
		*objects |= kind == JSON_OBJECT ? bit : 0;
	} else if (kind == JSON_NULL) {
		json_read_null(in);
	} else if (kind != JSON_NONE) {
		json_read_bool(in);
	}
}

void
json_read_skip(struct json_read *in)
{
	unsigned base = in->depth;
	uint64_t objects = 0; /* a bit a level: an object, no array */
	struct json_word outer = in->key, key;
	do {
		bool more = false;
		one(in, base, &objects);
		while (!more && in->depth > base && json_read_ok(in))
			more = objects >> (in->depth - base - 1) & 1
				   ? json_read_member(in, &key)
				   : json_read_item(in);
	} while (in->depth > base && json_read_ok(in));
	in->key = outer;
}
