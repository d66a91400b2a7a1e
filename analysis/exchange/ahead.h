/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_EXCHANGE_AHEAD_H
#define TUMEN_EXCHANGE_AHEAD_H

#include "analysis/exchange/foreign.h"

/*
 * Objects of a stream that were read before their turn, by all cores at once.
 * It only ever saves time: an object that stands whole in one line reads the
 * same there as in its turn, and any other is left for that.
 */

enum {
	AHEAD_OBJECTS = 1024,
	AHEAD_OCTETS = 1 << 20, /* of text at a time */
	AHEAD_TRACES = 4,	/* an object's memory for more is given back */
};

struct ahead_object {
	int64_t offset;	  /* of its first octet in the stream */
	const char *text; /* to the end of its line, while it is read */
	size_t room;
	size_t len; /* of the object; 0: it is left for its turn */
	enum exchange_format format;
	struct foreign foreign;
};

struct ahead {
	size_t n, at;	/* objects of the last lines; the next one */
	int64_t offset; /* behind those lines */
	struct ahead_object *object; /* AHEAD_OBJECTS; NULL before the first */
};

void ahead_free(struct ahead *a);

/*
 * Reads the objects that begin a line in these octets of the stream, which
 * begin at that offset, as far as the lines are whole. Done once for the same
 * octets, however often it is asked.
 */
struct ahead_text {
	const char *p;
	size_t len;
	int64_t offset;
};
void ahead_read(struct ahead *a, const struct ahead_text *text,
    const struct foreign_hints *hints);

/*
 * The object that begins there; NULL when it was not read. Offsets only grow.
 * It may be changed, until the next is asked for.
 */
struct ahead_object *ahead_find(struct ahead *a, int64_t offset);

#endif
