/* SPDX-License-Identifier: ISC */
#include "probe/wire/icmpext.h"

#include "probe/wire/checksum.h"

#include <stdbool.h>

enum {
	EXT_HEADER = 4,	    /* version, reserved, checksum */
	QUOTE_MIN = 20 + 8, /* RFC 792: a header and 8 octets */
	QUOTE_LEGACY = 128, /* RFC 4884, section 5.5 */
};

/*
 * Version 2 stands in the high nibble (RFC 4884, section 7); some routers
 * write 0x02. A checksum of 0 was not computed.
 */
static bool
begins_at(const uint8_t *body, size_t body_len, size_t at)
{
	if (at < QUOTE_MIN || body_len < at || body_len - at < EXT_HEADER)
		return false;
	const uint8_t *ext = body + at;
	if (ext[0] >> 4 != 2 && ext[0] != 0x02)
		return false;
	if (ext[2] == 0 && ext[3] == 0)
		return true;
	return checksum_fold(checksum_sum(0, ext, body_len - at)) == 0;
}

/*
 * The length field is a claim: RFC 4884 wants at least 128 octets, routers
 * send 68 as well, and old ones send 0 and mean 128.
 */
const uint8_t *
icmpext_find(const uint8_t *body, size_t body_len, uint8_t length_words,
    size_t *quote_len, size_t *objects_len)
{
	size_t at = (size_t)length_words * 4;
	if (!begins_at(body, body_len, at))
		at = QUOTE_LEGACY;
	*quote_len = body_len;
	*objects_len = 0;
	if (!begins_at(body, body_len, at))
		return NULL;
	*quote_len = at;
	*objects_len = body_len - at - EXT_HEADER;
	return *objects_len > 0 ? body + at + EXT_HEADER : NULL;
}
