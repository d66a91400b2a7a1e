/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_EXCHANGE_JSON_NAME_H
#define TUMEN_EXCHANGE_JSON_NAME_H

#include "analysis/exchange/json_read.h"

#include <endian.h>
#include <string.h>

/*
 * Members of objects that are alike: behind a key nearly always comes the one
 * that came there in the object before, so that one is looked for first, as it
 * is written, instead of reading what is there and then finding out what it
 * is. What is read is the same as with json_read_member():
 *
 *	unsigned k = names.n + 1;
 *	for (json_read_object(in); json_name_next(in, &names, guess, &k);)
 *		if (k == KEY_TTL)
 *			ttl = json_read_integer(in, 1, 64);
 *		else
 *			json_read_skip(in);
 */

enum {
	JSON_NAME_MAX = 16,  /* octets of one, with quotes and colon */
	JSON_NAMES_MAX = 30, /* of one kind of object */
};

/* As it is written: "rtt": */
struct json_name {
	char text[JSON_NAME_MAX];
	uint8_t len;
};

#define JSON_NAME(word)                                                        \
	{                                                                      \
		"\"" word "\":", sizeof(word) + 2                              \
	}

struct json_names {
	const struct json_name *name;
	unsigned n;
};

/*
 * Which name came last behind each; behind [n], another key, and [n + 1], none.
 * Starts from {0} and is kept from object to object.
 */
struct json_guess {
	uint8_t behind[JSON_NAMES_MAX + 2];
};

static inline uint64_t
json_name_octets(const char *p)
{
	uint64_t x;
	memcpy(&x, p, sizeof(x));
	return le64toh(x);
}

/* Whether the JSON_NAME_MAX octets at p begin with it. */
static inline bool
json_name_is(const char *p, const struct json_name *name)
{
	uint64_t a = json_name_octets(p) ^ json_name_octets(name->text);
	if (name->len <= 8)
		return a << (64 - 8 * name->len) == 0;
	uint64_t b = json_name_octets(p + 8) ^ json_name_octets(name->text + 8);
	return a == 0 && b << (128 - 8 * name->len) == 0;
}

/* json_name_next() for any key. */
bool json_name_find(struct json_read *in, const struct json_names *names,
    struct json_guess *guess, unsigned *k);

/*
 * The next member, as json_read_member(): *k becomes the number of its key in
 * names, n for another one, which in->key is. It was that of the last member,
 * or n + 1.
 */
static inline bool
json_name_next(struct json_read *in, const struct json_names *names,
    struct json_guess *guess, unsigned *k)
{
	const char *p = in->p;
	unsigned next = guess->behind[*k];
	const struct json_name *name = &names->name[next];
	if (in->state != JSON_READ_OK || in->end - p < JSON_NAME_MAX + 2 ||
	    (!in->first && *p != ','))
		return json_name_find(in, names, guess, k);
	p += !in->first;
	p += *p == ' ';
	if (!json_name_is(p, name))
		return json_name_find(in, names, guess, k);
	in->first = false;
	in->key = (struct json_word){p + 1, name->len - (size_t)3, false};
	in->p = p + name->len;
	*k = next;
	return true;
}

/* json_read_null() where a string or a number stands nearly always. */
static inline bool
json_name_null(struct json_read *in)
{
	if (in->p < in->end && *in->p >= '"' && *in->p <= '9')
		return false; /* no value begins with the others in between */
	return json_read_null(in);
}

/*
 * True, and stepped over, when that string, of the same text, comes once more
 * right here; never when w->p is NULL.
 */
bool json_name_again(struct json_read *in, const struct json_word *w);

#endif
