/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_ORIGIN_JSON_SCAN_H
#define TUMEN_ORIGIN_JSON_SCAN_H

#include "probe/base/rd.h"

/*
 * Reads JSON files (RFC 8259) that are lists of records, in one pass and
 * without a tree in memory: a dump has hundreds of MB, and one broken record of
 * it must not cost the others.
 *
 *	while (json_scan_record(&s))
 *		while (json_scan_value(&s))
 *			... s.depth, s.key, s.text ...
 *
 * A record is an object in an array, the object of the key "meta" or
 * "metadata", and where the file has an object a line, each of those. After a
 * broken record the next believable one is read. A comma too many is no error.
 */

enum { JSON_KEY_LEN = 32, JSON_TEXT_LEN = 256, JSON_DEPTH_MAX = 16 };

struct json_scan {
	struct rd r;
	bool lines; /* set by the caller: objects one behind the other */
	/* Keys that begin a section, NULL-ended; set by the caller, who may
	 * leave it out. After a broken record only these do. */
	const char *const *sections;

	/* The record: */
	char section[JSON_KEY_LEN]; /* key of its list, or that above "data" */
	bool meta;		    /* it is the object of "meta" */
	bool broken;		    /* it was not read to its end */

	/* The value, a string, number, true, false or null: */
	unsigned depth;		  /* 1: a member of the record itself */
	const char *key;	  /* of the value or of the array it is in */
	char text[JSON_TEXT_LEN]; /* UTF-8, cut; "" for null */

	/* Where it is: */
	const uint8_t *start; /* of the record, behind its brace */
	uint8_t before;	      /* the sign before, between records */
	bool lost;	      /* no whole record since a broken one */
	uint8_t expect;	      /* what may come next in the record */
	bool array[JSON_DEPTH_MAX];
	char keys[JSON_DEPTH_MAX][JSON_KEY_LEN];
};

/* Steps to the next record, over what is left of this one. */
bool json_scan_record(struct json_scan *s);

/* The next value of the record; false at its end, and when it is broken. */
bool json_scan_value(struct json_scan *s);

/* Whether the value is the record's own member of that key. */
bool json_scan_is(const struct json_scan *s, const char *key);

/*
 * A time of "meta", seconds since 1970 or RFC 3339 (UTC), as microseconds;
 * false when it is neither, and before 1995.
 */
bool json_scan_time(const char *text, int64_t *us);

#endif
