/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_EXCHANGE_JSON_STRING_H
#define TUMEN_EXCHANGE_JSON_STRING_H

#include "analysis/exchange/json_read.h"

/*
 * Steps *p from the first octet of a string to its closing quote. False with
 * why set when there is something at *p that no string may hold, and without
 * when the text ends first.
 */
bool json_string_scan(
    const char **p, const char *end, bool *escaped, const char **why);

/*
 * Resolves the escapes of a scanned string, NUL-terminated: its length. With
 * why set when it does not fit, holds a NUL or half a surrogate pair.
 */
size_t json_string_resolve(
    const struct json_word *w, char *to, size_t room, const char **why);

#endif
