/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_TESTS_INFER_WORLD_H
#define TUMEN_TESTS_INFER_WORLD_H

#include "analysis/infer/infer.h"
#include "tests/unit/infer_path.h"

/* Traces of 21 November 2026 before what a user has. */

/* The table that ships and the default carriers: what a user has. */
struct world {
	struct origin_set *tables;
	struct carriers carriers;
};

static inline int
open_world(void **state)
{
	struct world *w = xcalloc(1, sizeof(*w));
	struct fault f = {0};
	setenv("TUMEN_DATADIR", "build", 0);
	w->tables = origin_set_open(NULL, 0, &f);
	if (w->tables == NULL || !carriers_load(&w->carriers, NULL, &f))
		fail_msg("%s", f.text);
	*state = w;
	return 0;
}

static inline int
close_world(void **state)
{
	struct world *w = *state;
	origin_set_close(w->tables);
	carriers_free(&w->carriers);
	free(w);
	return 0;
}

static inline struct record
path(const char *target, const char *hops)
{
	return infer_path(target, "2026-11-21", hops);
}

static inline struct verdict
judge(void **state, struct record *r)
{
	struct world *w = *state;
	struct verdict v;
	infer(r, &(struct basis){w->tables, &w->carriers, NULL, NULL}, &v);
	return v;
}

static inline bool
fired(const struct verdict *v, const char *rule)
{
	for (size_t i = 0; i < v->nrules; i++)
		if (strcmp(v->rule[i], rule) == 0)
			return true;
	return false;
}

static inline void
assert_answer(const struct verdict *v, int64_t entry_as, const char *carrier,
    enum evidence evidence)
{
	assert_int_equal(v->entry_as, entry_as);
	assert_string_equal(v->carrier, carrier);
	assert_string_equal(
	    evidence_name(v->evidence), evidence_name(evidence));
}

#endif
