/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_BASE_JSON_H
#define TUMEN_BASE_JSON_H

#include "probe/base/wr.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

/*
 * Writes one JSON value (RFC 8259) into a buffer, in the order of the calls.
 * A key is the text before a member, or NULL inside an array and at the top.
 * Commas are placed here; nesting is the caller's duty. Strings are escaped,
 * and bytes that are no UTF-8 become U+FFFD, so that nothing a router sent
 * can break the line. Keys are words of this house and need no escape.
 */
struct json {
	struct wr out;
	bool comma;
};

void json_object(struct json *j, const char *key);
void json_object_end(struct json *j);
void json_array(struct json *j, const char *key);
void json_array_end(struct json *j);
void json_null(struct json *j, const char *key);
void json_bool(struct json *j, const char *key, bool v);
void json_int(struct json *j, const char *key, int64_t v);

/* null when v is negative: the house's way to say "missing" in a number. */
void json_int_or_null(struct json *j, const char *key, int64_t v);

/* v thousandths with three decimals; null when v is negative. */
void json_thousandths(struct json *j, const char *key, int64_t v);

/* A fixed number of decimals, 0..9; not-a-number becomes null. */
void json_real(struct json *j, const char *key, double v, int decimals);

/* null when s is NULL. */
void json_text(struct json *j, const char *key, const char *s);

/* Lower-case hexadecimal. */
void json_hex(struct json *j, const char *key, const void *bytes, size_t len);

/*
 * A JSON value that is there as text, valid UTF-8; null when it is NULL. Its
 * line breaks and tabs become blanks.
 */
void json_raw(struct json *j, const char *key, const char *value, size_t len);

/* Length of the UTF-8 sequence at s (RFC 3629), 0 when there is none. */
size_t json_utf8(const unsigned char *s);
bool json_is_utf8(const char *s);

/* Ends a line: what follows is the next value, in the same buffer. */
void json_end_line(struct json *j);

/*
 * Writes all lines to f and keeps the buffer for the next ones, which the
 * caller ends with json_clear(); 0 or -errno.
 */
int json_write(struct json *j, FILE *f);
void json_clear(struct json *j);

/* Adds a newline, writes the line to f, empties j; 0 or -errno. */
int json_line(struct json *j, FILE *f);

/* The text so far, NUL-terminated and owned by the caller; empties j. */
char *json_take(struct json *j);

#endif
