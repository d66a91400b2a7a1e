/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_EXCHANGE_JSON_NUMBER_H
#define TUMEN_EXCHANGE_JSON_NUMBER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A number as RFC 8259, section 6, writes it; borrows the text. */
struct json_number {
	const char *whole, *whole_end; /* digits before the point */
	const char *part, *part_end;   /* digits behind it */
	int64_t exponent;	       /* cut where it no longer matters */
	bool negative;
};

/*
 * Steps *p behind the number that begins there, or to where it is none
 * (false): when that is end, more text might make it one.
 */
bool
json_number_scan(const char **p, const char *end, struct json_number *number);

/* Whether it is an integer: 1e3 and 2.0 are. */
bool json_number_whole(const struct json_number *n);

/*
 * The number times 10^decimals, exactly, what is beyond rounded half away from
 * zero; false when int64_t does not hold it.
 */
bool
json_number_scaled(const struct json_number *n, unsigned decimals, int64_t *v);

#endif
