/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_EXCHANGE_OWN_H
#define TUMEN_EXCHANGE_OWN_H

#include "analysis/exchange/ndjson_field.h"
#include "probe/base/json.h"
#include "probe/base/record.h"

/*
 * What a record holds beyond the keys of another tool, under "tumen" in an
 * object of that tool's shape (shaped.h): members as in tumen-record(5),
 * without the probes.
 */

/* The members; the caller opens and closes the object. */
void own_write(const struct record *r, struct json *j);

/* Such an object that is read, into r. */
struct own {
	struct record *r;
	char id[UUID_STRLEN]; /* that it says */
	struct ndjson_fields fields;
};

/* Steps into the object; of r all is untold, its source is to be freed. */
void own_begin(struct json_read *in, struct own *o, struct record *r);

/*
 * Reads on: true when the value of "not_sent" comes, which is the caller's to
 * read; false at the end. Broken when the key of the trace is not there.
 */
bool own_read(struct json_read *in, struct own *o);

/* Broken when the id is not that of r, which is whole now. */
void own_check(struct json_read *in, const char *id, const struct record *r);

#endif
