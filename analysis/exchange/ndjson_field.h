/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_EXCHANGE_NDJSON_FIELD_H
#define TUMEN_EXCHANGE_NDJSON_FIELD_H

#include "analysis/exchange/json_read.h"
#include "probe/base/record_source.h"

/*
 * The members of an object of ours, in any order: those that are plain go
 * straight into a struct, the others are left to the caller.
 */
enum ndjson_type {
	NDJSON_NUMBER, /* an integer in lo..hi */
	NDJSON_BOOL,
	NDJSON_TEXT, /* char[size] */
	NDJSON_ADDR, /* uint32_t */
	NDJSON_OWN,  /* the caller reads it */
	NDJSON_PASS, /* it repeats another one */
};

struct ndjson_field {
	const char *name;
	enum ndjson_type type;
	uint16_t at, size; /* of the struct's member */
	int64_t lo, hi;	   /* octets or bits of them are enough for these */
	unsigned needed;   /* in objects of these kinds, bits */
};

/* An object that is being read; begin with field, n, into and kind set. */
struct ndjson_fields {
	const struct ndjson_field *field; /* in the order that is usual */
	size_t n;			  /* at most 64 */
	void *into;
	unsigned kind; /* one bit */
	size_t next;
	uint64_t seen, told; /* what is null is seen, but not told */
};

/*
 * Inside the object: reads up to the next field that is the caller's to read,
 * and is not null: its index. -1 at the end of the object or failed. Unknown
 * keys are passed over; a field that comes twice is broken, and so is, at the
 * end, one that is needed and not told.
 */
int ndjson_field(struct ndjson_fields *f, struct json_read *in);

/*
 * A value word by word, but on one line, as another tool's text; what is longer
 * than RECORD_SOURCE_MAX is not kept. Its format stays.
 */
void ndjson_field_source(struct json_read *in, struct record_source *to);

/* Text of at most size - 1 octets with its addresses; false: broken. */
bool ndjson_field_addr(struct json_read *in, const char *key, uint32_t *addr);

#endif
