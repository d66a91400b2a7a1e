/* SPDX-License-Identifier: ISC */
#include "probe/base/addr.h"

#include "probe/base/digits.h"

#include <stddef.h>

/* Reads 0..max in decimal without leading zeros; NULL when it is none. */
static const char *
number(const char *s, unsigned max, unsigned *value)
{
	unsigned v = (unsigned char)(*s++ - '0'), digit;
	if (v > 9)
		return NULL;
	for (; (digit = (unsigned char)(*s - '0')) <= 9; s++) {
		if (v == 0)
			return NULL;
		v = v * 10 + digit;
		if (v > max)
			return NULL;
	}
	*value = v;
	return s;
}

static const char *
quad(const char *s, uint32_t *addr)
{
	*addr = 0;
	for (int i = 0; i < 4; i++) {
		unsigned octet = 0;
		if (i > 0 && *s++ != '.')
			return NULL;
		s = number(s, 255, &octet);
		if (s == NULL)
			return NULL;
		*addr = *addr << 8 | octet;
	}
	return s;
}

bool
addr_parse(const char *s, uint32_t *addr)
{
	uint32_t a = 0;
	s = quad(s, &a);
	if (s == NULL || *s != '\0')
		return false;
	*addr = a;
	return true;
}

static char *
quad_end(char *p, uint32_t addr)
{
	for (int shift = 24; shift >= 0; shift -= 8) {
		p = digits_u64(p, addr >> shift & 255);
		*p++ = '.';
	}
	return p - 1;
}

char *
addr_format(uint32_t addr, char buf[static ADDR_STRLEN])
{
	*quad_end(buf, addr) = '\0';
	return buf;
}

bool
addr_is_host(uint32_t addr)
{
	return addr >> 24 != 0 && addr >> 24 < 224;
}

uint32_t
prefix_mask(uint8_t len)
{
	return len == 0 ? 0 : UINT32_MAX << (32 - len);
}

bool
prefix_contains(const struct prefix *p, uint32_t addr)
{
	return (addr & prefix_mask(p->len)) == p->addr;
}

bool
prefix_parse(const char *s, struct prefix *p)
{
	uint32_t addr = 0;
	unsigned len = 0;
	s = quad(s, &addr);
	if (s == NULL || *s != '/')
		return false;
	s = number(s + 1, 32, &len);
	if (s == NULL || *s != '\0' || (addr & ~prefix_mask((uint8_t)len)) != 0)
		return false;
	*p = (struct prefix){.addr = addr, .len = (uint8_t)len};
	return true;
}

char *
prefix_format(const struct prefix *p, char buf[static PREFIX_STRLEN])
{
	char *end = quad_end(buf, p->addr);
	*end++ = '/';
	*digits_u64(end, p->len) = '\0';
	return buf;
}

/*
 * A prefix with k host bits around addr holds another address exactly when the
 * two differ in none of the bits from k up: the highest bit in which addr
 * differs from the nearest address outside the range bounds k.
 */
struct prefix
prefix_in_range(uint32_t addr, uint32_t first, uint32_t last)
{
	int below = first == 0 ? 32 : 31 - __builtin_clz(addr ^ (first - 1));
	int above =
	    last == UINT32_MAX ? 32 : 31 - __builtin_clz(addr ^ (last + 1));
	uint8_t len = (uint8_t)(32 - (below < above ? below : above));
	return (struct prefix){.addr = addr & prefix_mask(len), .len = len};
}
