/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_BASE_RECORD_JSON_H
#define TUMEN_BASE_RECORD_JSON_H

#include "probe/base/json.h"
#include "probe/base/record.h"

/* Writes the trace object of tumen-record(5) into j (no newline). */
void record_json(const struct record *r, struct json *j);

/*
 * Writes one reply as it arrived: {"record":"reply","v":1,"target":...,
 * "method":...,"flow":...,"ttl":...,...}, for a live view.
 */
void record_json_reply(
    const struct record *r, const struct record_probe *p, struct json *j);

#endif
