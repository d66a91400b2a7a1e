/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_EXCHANGE_JSON_READ_H
#define TUMEN_EXCHANGE_JSON_READ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Reads JSON (RFC 8259) that lies in memory, straight down, in one pass and
 * without a tree: foreign files have gigabytes. A failure sticks, as rd's does
 * for bytes: every call after it does nothing and gives 0, so ask once, at the
 * end. Nothing is allocated. A reader of an object is written as
 *
 *	for (json_read_object(in); json_read_member(in, &key);)
 *		if (json_read_is(&key, "ttl"))
 *			ttl = json_read_integer(in, 1, 64);
 *		else
 *			json_read_skip(in);
 *
 * and of an array with json_read_array() and json_read_item() likewise: each
 * member or item must be read or skipped before the next is asked for.
 */

enum {
	JSON_READ_DEPTH_MAX = 64, /* nested deeper is broken */
	JSON_READ_WHY_MAX = 96,
};

enum json_read_state {
	JSON_READ_OK,
	JSON_READ_SHORT,  /* the text goes on behind end: give more, read again
			   */
	JSON_READ_BROKEN, /* no JSON, or not what the reader asked for: why */
};

enum json_kind {
	JSON_NONE, /* failed */
	JSON_OBJECT,
	JSON_ARRAY,
	JSON_STRING,
	JSON_NUMBER,
	JSON_TRUE,
	JSON_FALSE,
	JSON_NULL,
};

/* A string as it lies there, without its quotes; valid UTF-8. */
struct json_word {
	const char *p;
	size_t len;
	bool escaped; /* holds \ escapes */
};

struct json_read {
	const char *begin, *p, *end;
	bool last;  /* nothing comes behind end */
	bool first; /* of an object or array: no comma yet */
	unsigned depth;
	enum json_read_state state;
	struct json_word key; /* the last member's: what why begins with */
	char why[JSON_READ_WHY_MAX];
};

/* Borrows the text. */
struct json_read json_read_make(const char *text, size_t len, bool last);
bool json_read_ok(const struct json_read *in);

/* What comes next; nothing is stepped over but white space. */
enum json_kind json_read_kind(struct json_read *in);

/* Steps into it; broken when something else comes. */
void json_read_object(struct json_read *in);
void json_read_array(struct json_read *in);

/* The next member's key, or that there is an item; false behind the last one
 * (which is stepped over) and on failure. */
bool json_read_member(struct json_read *in, struct json_word *key);
bool json_read_item(struct json_read *in);

/* Steps over any value; it is checked no less than what is read. */
void json_read_skip(struct json_read *in);

/* True, and stepped over, when null comes. */
bool json_read_null(struct json_read *in);
bool json_read_bool(struct json_read *in);

/* A string as it lies there. */
struct json_word json_read_word(struct json_read *in);

/*
 * A string with its escapes resolved, NUL-terminated: its length. Broken when
 * it has more than room - 1 octets, or a NUL.
 */
size_t json_read_text(struct json_read *in, char *to, size_t room);

/* A number without fraction (1e3 and 2.0 are fine) in lo..hi, else broken. */
int64_t json_read_integer(struct json_read *in, int64_t lo, int64_t hi);

/*
 * A number times 10^decimals (0..9), exactly, what is beyond rounded half away
 * from zero, in lo..hi, else broken: 12.345 ms with 6 is 12345000 ns.
 */
int64_t json_read_scaled(
    struct json_read *in, unsigned decimals, int64_t lo, int64_t hi);

bool json_read_is(const struct json_word *w, const char *text);

/* Fails with that reason; the first one stays. */
void __attribute__((format(printf, 2, 3)))
json_read_bad(struct json_read *in, const char *fmt, ...);

#endif
