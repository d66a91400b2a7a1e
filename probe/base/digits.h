/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_BASE_DIGITS_H
#define TUMEN_BASE_DIGITS_H

#include <stdint.h>

/*
 * Numbers as text, for lines that are written by the million; printf(3) takes
 * ten times as long. Each writes at p, without a NUL, and returns the end.
 */
enum { DIGITS_MAX = 20 }; /* of a 64-bit number, with its sign */

/* In decimal, without leading zeros. */
char *digits_u64(char *p, uint64_t v);

/* The last n decimal digits of v, with leading zeros. */
char *digits_fixed(char *p, uint32_t v, int n);

/* Two lower-case hexadecimal digits. */
char *digits_hex(char *p, uint8_t v);

#endif
