/* SPDX-License-Identifier: ISC */
#include "analysis/exchange/json_read.h"

#include "analysis/exchange/json_fail.h"
#include "analysis/exchange/json_few.h"
#include "analysis/exchange/json_number.h"
#include "analysis/exchange/json_string.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

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

/* Over white space: the next octet, or -1 when there is none. */
static int
blanks(struct json_read *in)
{
	while (in->p < in->end && (*in->p == ' ' || *in->p == '\n' ||
				      *in->p == '\r' || *in->p == '\t'))
		in->p++;
	if (in->p < in->end)
		return (unsigned char)*in->p;
	json_fail_ended(in);
	return -1;
}

/* The next octet that is no white space; -1: there is none, or failed. */
static inline int
peek(struct json_read *in)
{
	if (in->state != JSON_READ_OK)
		return -1;
	if (in->p < in->end && (unsigned char)*in->p > ' ')
		return (unsigned char)*in->p;
	return blanks(in);
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
		json_fail_json(in, in->p, "no value begins so");
		return JSON_NONE;
	}
}

/* Another kind of value came. */
static void
other_kind(struct json_read *in, const char *why)
{
	if (json_read_kind(in) != JSON_NONE)
		json_fail_value(in, why);
}

static inline void
enter(struct json_read *in)
{
	if (in->depth == JSON_READ_DEPTH_MAX) {
		json_fail_json(in, in->p, "nested deeper than 64");
		return;
	}
	in->p++;
	in->depth++;
	in->first = true;
}

void
json_read_object(struct json_read *in)
{
	if (peek(in) == '{')
		enter(in);
	else
		other_kind(in, "no object");
}

void
json_read_array(struct json_read *in)
{
	if (peek(in) == '[')
		enter(in);
	else
		other_kind(in, "no array");
}

/* Whether a member or item begins at p; else it stepped over the end. */
static inline bool
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
		json_fail_json(in, in->p, "no comma");
		return false;
	}
	in->p++;
	if (peek(in) == close)
		json_fail_json(in, in->p, "nothing behind a comma");
	return json_read_ok(in);
}

bool
json_read_item(struct json_read *in)
{
	return next(in, ']');
}

/* A string that is not plain to its end. */
static struct json_word
odd_string(struct json_read *in)
{
	const char *p = in->p + 1;
	const char *why = NULL;
	struct json_word w = {.p = p};
	if (json_string_scan(&p, in->end, &w.escaped, &why)) {
		w.len = (size_t)(p - w.p);
		in->p = p + 1;
		return w;
	}
	if (why == NULL)
		json_fail_ended(in);
	else
		json_fail_json(in, p, why);
	return (struct json_word){.p = ""};
}

/*
 * Steps over a string that begins at p. Into two places at once: a copy would
 * wait until the first one is written.
 */
static inline void
string(struct json_read *in, struct json_word *w, struct json_word *too)
{
	const char *first = in->p + 1;
	const char *p = json_string_plain(first, in->end);
	if (p == in->end || *p != '"') {
		*w = *too = odd_string(in);
		return;
	}
	w->p = too->p = first;
	w->len = too->len = (size_t)(p - first);
	w->escaped = too->escaped = false;
	in->p = p + 1;
}

bool
json_read_member(struct json_read *in, struct json_word *key)
{
	if (!next(in, '}'))
		return false;
	if (peek(in) != '"') {
		json_fail_json(in, in->p, "no key");
		return false;
	}
	string(in, key, &in->key);
	if (peek(in) != ':') {
		json_fail_json(in, in->p, "no colon");
		return false;
	}
	in->p++;
	return true;
}

static void
literal(struct json_read *in, const char *word, size_t len)
{
	size_t left = (size_t)(in->end - in->p);
	size_t n = left < len ? left : len;
	if (memcmp(in->p, word, n) != 0)
		json_fail_json(in, in->p, "not true, false or null");
	else if (n < len)
		json_fail_ended(in);
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
		json_fail_value(in, "not true or false");
	return kind == JSON_TRUE && json_read_ok(in);
}

struct json_word
json_read_word(struct json_read *in)
{
	struct json_word w = {.p = ""};
	if (peek(in) == '"')
		string(in, &w, &w);
	else
		other_kind(in, "no string");
	return w;
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
	json_fail_value(in, why);
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

/* Steps over any number. */
static bool
number(struct json_read *in, struct json_number *n)
{
	const char *p = in->p;
	bool right = json_number_scan(&p, in->end, n);
	if (p == in->end && !in->last) {
		json_fail_ended(in);
		return false;
	}
	if (!right) {
		json_fail_json(in, in->p, "no number of RFC 8259");
		return false;
	}
	in->p = p;
	return true;
}

static bool
number_begins(struct json_read *in)
{
	int c = peek(in);
	if (c == '-' || (c >= '0' && c <= '9'))
		return true;
	other_kind(in, "no number");
	return false;
}

static const int64_t power[] = {
    1, 10, 100, 1000, 10000, 100000, 1000000, 10000000, 100000000, 1000000000};

/* The number times 10^decimals; false when int64_t does not hold it. */
static bool
number_scaled(struct json_read *in, unsigned decimals, int64_t *v)
{
	const char *text = in->p;
	struct json_number n;
	struct json_few few;
	if (json_number_few(&in->p, in->end, &few) && few.part <= decimals) {
		int64_t size = (int64_t)few.digits;
		return !__builtin_mul_overflow(
		    few.negative ? -size : size, power[decimals - few.part], v);
	}
	in->p = text;
	return number(in, &n) && json_number_scaled(&n, decimals, v);
}

int64_t
json_read_scaled(
    struct json_read *in, unsigned decimals, int64_t lo, int64_t hi)
{
	struct json_few few;
	const char *text = in->p;
	int64_t v = 0;
	if (in->state == JSON_READ_OK &&
	    json_number_short(&text, in->end, &few) && few.part <= decimals) {
		v = (int64_t)few.digits * power[decimals - few.part];
		if (v >= lo && v <= hi) {
			in->p = text;
			return v;
		}
	}
	if (!number_begins(in))
		return 0;
	text = in->p;
	if (number_scaled(in, decimals, &v) && v >= lo && v <= hi)
		return v;
	json_fail_range(in, text, lo, hi);
	return 0;
}

/* One that is not plain digits. */
static int64_t
odd_integer(struct json_read *in, int64_t lo, int64_t hi)
{
	const char *text = in->p;
	struct json_number n;
	int64_t v = 0;
	if (!number(in, &n))
		return 0;
	if (!json_number_whole(&n))
		json_fail_value(in, "no whole number");
	else if (json_number_scaled(&n, 0, &v) && v >= lo && v <= hi)
		return v;
	else
		json_fail_range(in, text, lo, hi);
	return 0;
}

int64_t
json_read_integer(struct json_read *in, int64_t lo, int64_t hi)
{
	struct json_few few;
	const char *text = in->p;
	if (in->state == JSON_READ_OK &&
	    json_number_short(&text, in->end, &few) && few.part == 0 &&
	    (int64_t)few.digits >= lo && (int64_t)few.digits <= hi) {
		in->p = text;
		return (int64_t)few.digits;
	}
	if (!number_begins(in))
		return 0;
	text = in->p;
	if (json_number_few(&in->p, in->end, &few) && few.part == 0) {
		int64_t v = (int64_t)few.digits;
		v = few.negative ? -v : v;
		if (v >= lo && v <= hi)
			return v;
	}
	in->p = text;
	return odd_integer(in, lo, hi);
}

/* Steps over what begins with c, no object nor array. */
static inline void
scalar(struct json_read *in, int c)
{
	struct json_number n;
	struct json_word w;
	struct json_few few;
	if (c == '"') {
		string(in, &w, &w);
	} else if (c == '-' || (c >= '0' && c <= '9')) {
		if (!json_number_short(&in->p, in->end, &few))
			number(in, &n);
	} else if (!json_read_null(in)) {
		json_read_bool(in);
	}
}

/* Steps over a scalar, or into an object or array: a bit of *objects. */
static inline void
one(struct json_read *in, unsigned base, uint64_t *objects)
{
	int c = peek(in);
	if (c != '{' && c != '[') {
		scalar(in, c);
		return;
	}
	enter(in);
	unsigned level = (in->depth - base - 1) & 63;
	*objects &= ~(UINT64_C(1) << level);
	*objects |= (uint64_t)(c == '{') << level;
}

static void
skip_nested(struct json_read *in)
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

void
json_read_skip(struct json_read *in)
{
	int c = peek(in);
	if (c == '{' || c == '[')
		skip_nested(in);
	else
		scalar(in, c);
}
