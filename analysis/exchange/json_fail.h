/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_EXCHANGE_JSON_FAIL_H
#define TUMEN_EXCHANGE_JSON_FAIL_H

#include "analysis/exchange/json_read.h"

/* How json_read.c fails, and what it says then. */

/* No JSON at p. */
void json_fail_json(struct json_read *in, const char *p, const char *why);

/* The text ends where it must not: SHORT, unless it is the last of it. */
void json_fail_ended(struct json_read *in);

/* The value is JSON, but not what the reader asked for. */
void json_fail_value(struct json_read *in, const char *why);

/* The number from text to in->p is not in lo..hi. */
void
json_fail_range(struct json_read *in, const char *text, int64_t lo, int64_t hi);

#endif
