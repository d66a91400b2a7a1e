/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_EXCHANGE_RESYNC_H
#define TUMEN_EXCHANGE_RESYNC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Where reading goes on behind something that is no JSON, octet by octet and
 * in no memory. Of an object whichever comes first: its end, where its braces
 * match outside of strings (which no newline is in); a line that begins with a
 * brace no further in than the object did, which is the next object. Of what
 * begins with no brace: in a list the next brace, or bracket that ends the
 * list, else a line that begins with a brace.
 */
struct resync {
	bool object;  /* begins with a brace */
	bool list;    /* in one */
	int64_t in;   /* octets before it on its line */
	size_t known; /* octets of it that are still to come; 0 unknown */
	/* While it goes on: */
	int64_t depth;	/* braces that are open */
	int64_t column; /* of the line, while it is blank; -1 it is not */
	bool string, escape;
};

struct resync resync_object(int64_t column);
struct resync resync_other(bool list);

/* Of something whose length is known. */
struct resync resync_known(size_t len);

/*
 * How many of the len octets belong to it; *found when reading goes on right
 * behind these.
 */
size_t resync_scan(struct resync *s, const char *p, size_t len, bool *found);

#endif
