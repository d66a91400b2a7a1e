/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_ORIGIN_ASKED_H
#define TUMEN_ORIGIN_ASKED_H

#include "analysis/origin/origin.h"
#include "probe/base/json.h"

/*
 * Which tables of a set answer for a time. Between the dates of two tables it
 * is always the same ones: 0 from the newest date on, ..., origin_asked_n()
 * before the oldest, when there is none.
 */
size_t origin_asked_n(const struct origin_set *set);
size_t origin_asked_at(const struct origin_set *set, int64_t at_us);

/*
 * An array of them under a key, newest first: the date, and the identity (the
 * SHA-256 of the file's head, which has those of its sections), as `tumen
 * origin info` shows it.
 */
void origin_asked_json(const struct origin_set *set, size_t which,
    const char *key, struct json *j);

#endif
