/* SPDX-License-Identifier: ISC */
#include "analysis/exchange/json_fail.h"

#include <inttypes.h>
#include <stdio.h>

enum { SHOWN_MAX = 24 }; /* octets of a key or a number in a text */

void
json_fail_json(struct json_read *in, const char *p, const char *why)
{
	json_read_bad(in, "no JSON at its octet %td: %s", p - in->begin, why);
}

void
json_fail_ended(struct json_read *in)
{
	if (in->state == JSON_READ_OK && !in->last)
		in->state = JSON_READ_SHORT;
	else
		json_fail_json(in, in->end, "ends too early");
}

/* How much of a text can be shown: whole characters. */
static int
shown(const char *p, size_t len)
{
	if (len <= SHOWN_MAX)
		return (int)len;
	int n = SHOWN_MAX;
	while (n > 0 && ((unsigned char)p[n] & 0xc0) == 0x80)
		n--;
	return n;
}

void
json_fail_value(struct json_read *in, const char *why)
{
	if (in->key.p == NULL)
		json_read_bad(in, "%s", why);
	else
		json_read_bad(in, "%.*s: %s", shown(in->key.p, in->key.len),
		    in->key.p, why);
}

void
json_fail_range(struct json_read *in, const char *text, int64_t lo, int64_t hi)
{
	char why[JSON_READ_WHY_MAX];
	size_t len = (size_t)(in->p - text);
	snprintf(why, sizeof(why), "%.*s%s is not in %" PRId64 "..%" PRId64,
	    shown(text, len), text, len > SHOWN_MAX ? "..." : "", lo, hi);
	json_fail_value(in, why);
}
