/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_BASE_RECORD_JSON_H
#define TUMEN_BASE_RECORD_JSON_H

#include "probe/base/json.h"
#include "probe/base/record.h"

/* Writes the trace object of tumen-record(5) into j (no newline). */
void record_json(const struct record *r, struct json *j);

/* Where the path of a trace joins that of another one. */
struct record_joins {
	uint8_t ttl;		 /* below it, the path is that of the other */
	bool finished;		 /* the other has ended and its id is known */
	uint8_t trace[UUID_LEN]; /* its record_id() */
};

/* The same with a last key "joins"; without it when joins is NULL. */
void record_json_joined(
    const struct record *r, const struct record_joins *joins, struct json *j);

/* Writes one object of "probes", a member of that key. */
void record_json_probe(
    const struct record_probe *p, const char *key, struct json *j);

/*
 * Writes one reply as it arrived: {"record":"reply","v":1,"target":...,
 * "method":...,"flow":...,"ttl":...,...}, for a live view.
 */
void record_json_reply(
    const struct record *r, const struct record_probe *p, struct json *j);

#endif
