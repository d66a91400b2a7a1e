/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_BASE_ADDR_H
#define TUMEN_BASE_ADDR_H

#include <stdbool.h>
#include <stdint.h>

/* An IPv4 address is a uint32_t in host byte order everywhere inside. */
enum { ADDR_STRLEN = 16, PREFIX_STRLEN = 20 };

/* The host bits of addr are zero; len is 0..32. */
struct prefix {
	uint32_t addr;
	uint8_t len;
};

/* Strict dotted quad, decimal, no leading zeros, nothing behind it. */
bool addr_parse(const char *s, uint32_t *addr);

/* Writes the dotted quad into buf and returns buf. */
char *addr_format(uint32_t addr, char buf[static ADDR_STRLEN]);

/*
 * Whether a host may have the address: not 0/8 ("this network"), not 224/4
 * (multicast), not 240/4 (reserved, and the broadcast address).
 */
bool addr_is_host(uint32_t addr);

/* "a.b.c.d/len"; refuses set host bits and a missing length. */
bool prefix_parse(const char *s, struct prefix *p);
char *prefix_format(const struct prefix *p, char buf[static PREFIX_STRLEN]);

/* The netmask of a length 0..32 in host byte order. */
uint32_t prefix_mask(uint8_t len);
bool prefix_contains(const struct prefix *p, uint32_t addr);

/* The largest prefix inside first..last that holds addr (first <= addr <=
 * last). */
struct prefix prefix_in_range(uint32_t addr, uint32_t first, uint32_t last);

#endif
