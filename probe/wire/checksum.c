/* SPDX-License-Identifier: ISC */
#include "probe/wire/checksum.h"

static uint32_t
carry(uint64_t sum)
{
	while (sum >> 16 != 0)
		sum = (sum & 0xffff) + (sum >> 16);
	return (uint32_t)sum;
}

uint32_t
checksum_sum(uint32_t sum, const void *bytes, size_t len)
{
	const uint8_t *p = bytes;
	uint64_t wide = sum;
	for (; len > 1; p += 2, len -= 2)
		wide += (uint32_t)p[0] << 8 | p[1];
	if (len == 1)
		wide += (uint32_t)p[0] << 8;
	return carry(wide);
}

uint16_t
checksum_fold(uint32_t sum)
{
	return (uint16_t)~carry(sum);
}

void
checksum_put(uint8_t *p, uint16_t v)
{
	p[0] = (uint8_t)(v >> 8);
	p[1] = (uint8_t)v;
}

uint32_t
checksum_pseudo(uint32_t src, uint32_t dst, uint8_t protocol, uint16_t l4_len)
{
	uint64_t sum = (uint64_t)(src >> 16) + (src & 0xffff) + (dst >> 16) +
		       (dst & 0xffff) + protocol + l4_len;
	return carry(sum);
}
