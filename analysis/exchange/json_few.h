/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_EXCHANGE_JSON_FEW_H
#define TUMEN_EXCHANGE_JSON_FEW_H

#include <endian.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* A number without exponent and of few digits, as nearly all are. */
struct json_few {
	uint64_t digits; /* point and sign left out */
	unsigned part;	 /* of them behind the point */
	bool negative;
};

enum { JSON_FEW = 18 }; /* 10^18 is in int64_t */

static inline uint64_t
json_number_digits(const char **p, const char *end, uint64_t v)
{
	for (; *p < end && (unsigned char)(**p - '0') < 10; (*p)++)
		v = v * 10 + (unsigned char)(**p - '0');
	return v;
}

/* The value of eight digits, the first one in the lowest octet. */
static inline uint64_t
json_number_eight(uint64_t x)
{
	static const uint64_t pairs = UINT64_C(0x000000ff000000ff);
	x = x * 10 + (x >> 8);
	return ((x & pairs) * (100 + (UINT64_C(1000000) << 32)) +
		   (x >> 16 & pairs) * (1 + (UINT64_C(10000) << 32))) >>
	       32;
}

/*
 * json_number_few() where the number and what follows it are eight octets at
 * most, without a branch for each of them: no two lengths in a row are equal.
 */
static inline bool
json_number_short(const char **p, const char *end, struct json_few *few)
{
	static const uint64_t each = UINT64_C(0x0101010101010101);
	uint64_t x;
	if (end - *p < 8)
		return false;
	memcpy(&x, *p, sizeof(x));
	x = le64toh(x) ^ each * '0'; /* digits are 0..9 now */
	uint64_t other = (((x & each * 0x7f) + each * 0x76) | x) & each * 0x80;
	int whole = other == 0 ? 0 : __builtin_ctzll(other) / 8;
	int digits = whole, len = whole;
	if (whole == 0 || (whole > 1 && (x & 0xff) == 0))
		return false;
	if ((*p)[whole] == '.') {
		uint64_t before = (UINT64_C(1) << 8 * whole) - 1;
		other &= other - 1;
		len = other == 0 ? 0 : __builtin_ctzll(other) / 8;
		digits = len - 1;
		x = (x & before) | (x >> 8 & ~before);
		if (digits <= whole)
			return false;
	}
	if (((*p)[len] | 0x20) == 'e')
		return false;
	few->digits = json_number_eight(x << (64 - 8 * digits));
	few->part = (unsigned)(digits - whole);
	few->negative = false;
	*p += len;
	return true;
}

/*
 * Steps *p over a number with few digits; false, and nothing done, when any
 * other or none is there, or text behind end might belong to it.
 */
static inline bool
json_number_few(const char **p, const char *end, struct json_few *few)
{
	if (json_number_short(p, end, few))
		return true;
	const char *q = *p + (**p == '-'), *first = q;
	few->negative = **p == '-';
	few->digits = json_number_digits(&q, end, 0);
	ptrdiff_t whole = q - first, part = 0;
	if (whole == 0 || (whole > 1 && *first == '0'))
		return false;
	if (q < end && *q == '.') {
		const char *point = q++;
		few->digits = json_number_digits(&q, end, few->digits);
		part = q - point - 1;
		if (part == 0)
			return false;
	}
	if (q == end || (*q | 0x20) == 'e' || whole + part > JSON_FEW)
		return false;
	few->part = (unsigned)part;
	*p = q;
	return true;
}

#endif
