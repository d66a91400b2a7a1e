/* SPDX-License-Identifier: ISC */
#include "tests/sim/play_ext.h"

#include "probe/wire/checksum.h"
#include "tests/sim/play_bytes.h"

#include <string.h>

enum { QUOTE_MIN = 128, HEAD = 4, LABELS = 60, LABEL_CLASS = 0x0101 };

static size_t
object(uint8_t *at, size_t body_len, uint32_t class_and_type)
{
	put16(at, (uint32_t)(HEAD + body_len));
	put16(at + 2, class_and_type);
	return HEAD + body_len;
}

/* RFC 4950: so many labels, the last with the bottom bit, TTL 1. */
static size_t
labels(uint8_t *at, uint32_t addr, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		uint32_t label = (addr + (uint32_t)i) & 0xfffff;
		put32(at + HEAD + 4 * i,
		    label << 12 | (i + 1 == n ? 0x100u : 0) | 1);
	}
	return object(at, 4 * n, LABEL_CLASS);
}

/* Of a class that nobody has defined. */
static size_t
stranger(uint8_t *at)
{
	put32(at + HEAD, 0xdeadbeef);
	return object(at, 4, 0xf007);
}

/* RFC 5837: the incoming interface, with index, address, name and MTU. */
static size_t
interface(uint8_t *at, uint32_t addr)
{
	static const char name[12] = "\x0cge-0/0/0";
	put32(at + HEAD, 517);
	put32(at + HEAD + 4, 0x00010000); /* IPv4 */
	put32(at + HEAD + 8, addr);
	memcpy(at + HEAD + 12, name, sizeof(name));
	put32(at + HEAD + 24, 1500);
	return object(at, 28, 0x020f);
}

static size_t
objects(enum play_ext kind, uint32_t addr, uint8_t *at)
{
	size_t len = 0;
	switch (kind) {
	case PLAY_EXT_NONE:
		break;
	case PLAY_EXT_MPLS:
	case PLAY_EXT_BROKEN:
		return labels(at, addr, 1);
	case PLAY_EXT_TWO:
		len = labels(at, addr, 2);
		return len + stranger(at + len);
	case PLAY_EXT_UNKNOWN:
		return stranger(at);
	case PLAY_EXT_OVERSIZE:
		len = labels(at, addr, 1);
		put16(at, 0x0400); /* beyond the end of the packet */
		return len;
	case PLAY_EXT_LONG:
		return labels(at, addr, LABELS);
	case PLAY_EXT_INTERFACE:
		return interface(at, addr);
	}
	return len;
}

size_t
play_ext_add(enum play_ext kind, uint32_t addr, uint8_t *icmp, size_t quote)
{
	size_t room = quote < QUOTE_MIN ? QUOTE_MIN : (quote + 3) / 4 * 4;
	uint8_t *ext = icmp + ICMP_HEAD + room;
	memset(icmp + ICMP_HEAD + quote, 0, room - quote);
	icmp[5] = (uint8_t)(room / 4);
	put32(ext, 0x20000000);
	size_t len = HEAD + objects(kind, addr, ext + HEAD);
	uint16_t sum = checksum_fold(checksum_sum(0, ext, len));
	put16(ext + 2, kind == PLAY_EXT_BROKEN ? sum ^ 0x1111u : sum);
	return room + len;
}
