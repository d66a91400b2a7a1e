/* SPDX-License-Identifier: ISC */
#include "sql/postgres_value.h"

#include "probe/base/rd.h"

#include <math.h>
#include <string.h>

enum {
	BOOL = 16,
	NAME = 19,
	INT2 = 21,
	INT4 = 23,
	OID = 26,
	FLOAT4 = 700,
	VARCHAR = 1043,
	NUMERIC = 1700,
};

bool
postgres_readable(unsigned type)
{
	static const unsigned types[] = {BOOL, POSTGRES_BYTEA, NAME,
	    POSTGRES_INT8, INT2, INT4, POSTGRES_TEXT, OID, FLOAT4,
	    POSTGRES_FLOAT8, VARCHAR, NUMERIC};
	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		if (types[i] == type)
			return true;
	return false;
}

/* numeric_send(): digits of base 10,000; sums of bigint are of this type. */
static double
numeric(struct rd *r)
{
	int n = rd_u16(r), weight = (int16_t)rd_u16(r);
	unsigned sign = rd_u16(r);
	double v = 0;
	rd_u16(r); /* digits to show behind the point */
	for (int i = 0; i < n && rd_ok(r); i++)
		v += rd_u16(r) * pow(10000, weight - i);
	if (sign != 0 && sign != 0x4000)
		return (double)NAN;
	return sign == 0 ? v : -v;
}

static double
ieee(struct rd *r, bool wide)
{
	uint64_t bits = wide ? rd_u64(r) : rd_u32(r);
	uint32_t narrow = (uint32_t)bits;
	float half = 0;
	double whole = 0;
	memcpy(&half, &narrow, sizeof(half));
	memcpy(&whole, &bits, sizeof(whole));
	return wide ? whole : (double)half;
}

static int64_t
whole(double v)
{
	return v > -9e18 && v < 9e18 ? (int64_t)v : 0;
}

int64_t
postgres_int(unsigned type, const void *bytes, size_t len)
{
	struct rd r = rd_make(bytes, len);
	switch (type) {
	case BOOL:
		return rd_u8(&r);
	case INT2:
		return (int16_t)rd_u16(&r);
	case INT4:
		return (int32_t)rd_u32(&r);
	case OID:
		return rd_u32(&r);
	case POSTGRES_INT8:
		return (int64_t)rd_u64(&r);
	case FLOAT4:
	case POSTGRES_FLOAT8:
	case NUMERIC:
		return whole(postgres_real(type, bytes, len));
	default:
		return 0;
	}
}

double
postgres_real(unsigned type, const void *bytes, size_t len)
{
	struct rd r = rd_make(bytes, len);
	switch (type) {
	case FLOAT4:
	case POSTGRES_FLOAT8:
		return ieee(&r, type == POSTGRES_FLOAT8);
	case NUMERIC:
		return numeric(&r);
	default:
		return (double)postgres_int(type, bytes, len);
	}
}

/* RFC 3629, section 4: octets of the character, 0 when it is none. */
static size_t
character(const uint8_t *p, size_t left)
{
	static const struct {
		uint8_t first, last, low, high; /* of the second octet */
		uint8_t len;
	} forms[] = {{0x01, 0x7f, 0, 0, 1}, {0xc2, 0xdf, 0x80, 0xbf, 2},
	    {0xe0, 0xe0, 0xa0, 0xbf, 3}, {0xe1, 0xec, 0x80, 0xbf, 3},
	    {0xed, 0xed, 0x80, 0x9f, 3}, {0xee, 0xef, 0x80, 0xbf, 3},
	    {0xf0, 0xf0, 0x90, 0xbf, 4}, {0xf1, 0xf3, 0x80, 0xbf, 4},
	    {0xf4, 0xf4, 0x80, 0x8f, 4}};
	for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
		if (p[0] < forms[i].first || p[0] > forms[i].last)
			continue;
		if (left < forms[i].len ||
		    (forms[i].len > 1 &&
			(p[1] < forms[i].low || p[1] > forms[i].high)))
			return 0;
		for (size_t k = 2; k < forms[i].len; k++)
			if (p[k] >> 6 != 2)
				return 0;
		return forms[i].len;
	}
	return 0;
}

bool
postgres_text_ok(const char *text, size_t len)
{
	const uint8_t *p = (const uint8_t *)text;
	while (len > 0) {
		size_t n = character(p, len);
		if (n == 0)
			return false;
		p += n;
		len -= n;
	}
	return true;
}
