/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_EXCHANGE_JSON_STRING_H
#define TUMEN_EXCHANGE_JSON_STRING_H

#include "analysis/exchange/json_read.h"

#include <endian.h>
#include <string.h>

/* A word of eight octets, each of that value. */
#define JSON_EACH(octet) (UINT64_C(0x0101010101010101) * (octet))

/*
 * Octets from p that are neither quote, backslash, control character nor
 * beyond ASCII, eight at a time: a borrow sets the high bit of the first octet
 * that is one of them (and perhaps of some behind it).
 */
static inline const char *
json_string_plain(const char *p, const char *end)
{
	while (end - p >= 8) {
		uint64_t x;
		memcpy(&x, p, sizeof(x));
		x = le64toh(x);
		uint64_t odd = (x | (x - JSON_EACH(0x20)) |
				   ((x ^ JSON_EACH('"')) - JSON_EACH(1)) |
				   ((x ^ JSON_EACH('\\')) - JSON_EACH(1))) &
			       JSON_EACH(0x80);
		if (odd != 0)
			return p + __builtin_ctzll(odd) / 8;
		p += 8;
	}
	while (p < end && (unsigned char)(*p - 0x20) < 0x60 && *p != '"' &&
	       *p != '\\')
		p++;
	return p;
}

/*
 * Steps *p from the first octet of a string to its closing quote. False with
 * why set when there is something at *p that no string may hold, and without
 * when the text ends first.
 */
bool json_string_scan(
    const char **p, const char *end, bool *escaped, const char **why);

/*
 * Resolves the escapes of a scanned string, NUL-terminated: its length. With
 * why set when it does not fit, holds a NUL or half a surrogate pair.
 */
size_t json_string_resolve(
    const struct json_word *w, char *to, size_t room, const char **why);

#endif
