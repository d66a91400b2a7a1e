/* SPDX-License-Identifier: ISC */
#include "probe/base/digits.h"

#include <string.h>

/* Two at a time: half as many divisions. */
static const char pairs[] =
    "00010203040506070809101112131415161718192021222324"
    "25262728293031323334353637383940414243444546474849"
    "50515253545556575859606162636465666768697071727374"
    "75767778798081828384858687888990919293949596979899";

char *
digits_u64(char *p, uint64_t v)
{
	char text[DIGITS_MAX], *at = text + sizeof(text);
	while (v >= 10) {
		at -= 2;
		memcpy(at, pairs + 2 * (v % 100), 2);
		v /= 100;
	}
	if (v > 0 || at == text + sizeof(text))
		*--at = (char)('0' + v);
	size_t len = (size_t)(text + sizeof(text) - at);
	memcpy(p, at, len);
	return p + len;
}

char *
digits_fixed(char *p, uint32_t v, int n)
{
	for (int i = n; i-- > 0; v /= 10)
		p[i] = (char)('0' + v % 10);
	return p + n;
}

char *
digits_hex(char *p, uint8_t v)
{
	static const char hex[] = "0123456789abcdef";
	*p++ = hex[v >> 4];
	*p++ = hex[v & 15];
	return p;
}
