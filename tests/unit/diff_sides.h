/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_TESTS_DIFF_SIDES_H
#define TUMEN_TESTS_DIFF_SIDES_H

#include "analysis/change/diff.h"
#include "tests/unit/diff_path.h"

#include <stdio.h>
#include <string.h>

/* Trails, what flows show, and differences, of texts as in diff_path.h. */

static inline void
path_trail(struct trail *t, const char *s)
{
	struct path p;
	path_read(&p, s);
	trail_make(t, &p.r);
}

/* Trails of one side, with `;` between them. */
static inline const struct flows *
path_read_flows(struct flows *f, const char *s)
{
	char text[256];
	*f = (struct flows){0};
	if (s == NULL)
		return NULL;
	snprintf(text, sizeof(text), "%s", s);
	for (char *p = strtok(text, ";"); p != NULL; p = strtok(NULL, ";")) {
		struct trail t;
		path_trail(&t, p);
		flows_add(f, &t);
	}
	return f;
}

/* What flows show about the time of each; NULL: nothing is known. */
struct path_flows {
	const char *before, *after;
};

static inline void
path_diff(
    struct diff *d, const char *at, const char *bt, const struct path_flows *f)
{
	struct trail a, b;
	struct flows before, after;
	path_trail(&a, at);
	path_trail(&b, bt);
	diff(d, &(struct diff_sides){.a = &a,
		    .b = &b,
		    .before = path_read_flows(&before, f->before),
		    .after = path_read_flows(&after, f->after),
		    .same_flow = true});
}

#endif
