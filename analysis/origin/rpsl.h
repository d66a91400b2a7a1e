/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_ORIGIN_RPSL_H
#define TUMEN_ORIGIN_RPSL_H

#include "analysis/origin/line.h"

/*
 * Objects of "key: value" lines with an empty line between them (RPSL, RFC 2622
 * section 2, as whois databases are dumped):
 *
 *	while (rpsl_object(&o))
 *		while (rpsl_attribute(&o))
 *			... o.key, o.value ...
 *
 * A line that begins with a blank or "+" goes on with the value before it; "#"
 * begins a comment, "%" or "#" first makes the line one. The first key of an
 * object is its class.
 */

enum { RPSL_KEY_LEN = 32, RPSL_VALUE_LEN = 1024 };

struct rpsl {
	struct rd r;
	struct source *source;	/* lines that are no attribute are counted */
	bool inside;		/* the object has not ended */
	char key[RPSL_KEY_LEN]; /* lower case; of the last attribute */
	char value[RPSL_VALUE_LEN]; /* its lines with a blank between, cut */
	char line[LINE_MAX_LEN];
};

/* Begins; remarks in comments go to the source. */
void rpsl_begin(struct rpsl *o, struct rd r, struct source *s);

/* Steps over what is left of the object to the next one; false at the end. */
bool rpsl_object(struct rpsl *o);

/* The next attribute of the object; false at its end. */
bool rpsl_attribute(struct rpsl *o);

/* Whether a line is an attribute, and of this key (NULL: of any). */
bool rpsl_line_is(const char *line, const char *key);

#endif
