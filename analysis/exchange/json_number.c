/* SPDX-License-Identifier: ISC */
#include "analysis/exchange/json_number.h"

#include <stddef.h>

/* No number of that size is in int64_t, nor has a text that many octets. */
static const int64_t EXPONENT_MAX = INT64_C(1) << 40;

enum { DIGITS_MAX = 19 }; /* that surely fit into uint64_t */

static bool
digits(const char **p, const char *end)
{
	const char *begin = *p;
	while (*p < end && **p >= '0' && **p <= '9')
		(*p)++;
	return *p > begin;
}

static bool
exponent(const char **p, const char *end, int64_t *value)
{
	bool negative = *p < end && **p == '-';
	if (*p < end && (**p == '-' || **p == '+'))
		(*p)++;
	const char *digit = *p;
	if (!digits(p, end))
		return false;
	for (; digit < *p && *value < EXPONENT_MAX; digit++)
		*value = *value * 10 + (*digit - '0');
	if (negative)
		*value = -*value;
	return true;
}

bool
json_number_scan(const char **p, const char *end, struct json_number *n)
{
	*n = (struct json_number){.negative = *p < end && **p == '-'};
	*p += n->negative;
	n->whole = *p;
	if (!digits(p, end))
		return false;
	n->whole_end = *p;
	if (*n->whole == '0' && n->whole_end - n->whole > 1)
		return false;
	n->part = n->part_end = *p;
	if (*p < end && **p == '.') {
		n->part = ++*p;
		if (!digits(p, end))
			return false;
		n->part_end = *p;
	}
	if (*p == end || (**p != 'e' && **p != 'E'))
		return true;
	++*p;
	return exponent(p, end, &n->exponent);
}

/* Its digits, one behind the other. */
static int
digit(const struct json_number *n, int64_t i)
{
	int64_t whole = n->whole_end - n->whole;
	return (i < whole ? n->whole[i] : n->part[i - whole]) - '0';
}

static int64_t
count(const struct json_number *n)
{
	return (n->whole_end - n->whole) + (n->part_end - n->part);
}

/* Where the first digit is that is not 0. */
static int64_t
leading(const struct json_number *n)
{
	int64_t i = 0, all = count(n);
	while (i < all && digit(n, i) == 0)
		i++;
	return i;
}

/* How many of its digits stand before the point when it is moved. */
static int64_t
before_point(const struct json_number *n, unsigned decimals)
{
	return (n->whole_end - n->whole) + n->exponent + decimals;
}

bool
json_number_whole(const struct json_number *n)
{
	int64_t i = before_point(n, 0), all = count(n);
	for (i = i < 0 ? 0 : i; i < all; i++)
		if (digit(n, i) != 0)
			return false;
	return true;
}

static bool
signed_value(uint64_t size, bool negative, int64_t *v)
{
	if (size > (uint64_t)INT64_MAX + negative)
		return false;
	*v = negative ? (int64_t)(0 - size) : (int64_t)size;
	return true;
}

bool
json_number_scaled(const struct json_number *n, unsigned decimals, int64_t *v)
{
	int64_t all = count(n), i = leading(n);
	int64_t point = before_point(n, decimals);
	uint64_t size = 0;
	if (i == all || point < i) {
		*v = 0; /* point == i may still round up */
		return true;
	}
	if (point - i > DIGITS_MAX)
		return false;
	for (; i < point; i++)
		size = size * 10 + (i < all ? (uint64_t)digit(n, i) : 0);
	if (point < all && digit(n, point) >= 5)
		size++;
	return signed_value(size, n->negative, v);
}
