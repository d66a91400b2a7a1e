/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_TESTS_STORE_FILL_H
#define TUMEN_TESTS_STORE_FILL_H

#include "sql/audit.h"
#include "sql/store.h"
#include "tests/unit/store_place.h"
#include "tests/unit/store_sample.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

/* Opens a store and puts samples into it; a failure fails the test. */

static inline struct store *
opened(const struct place *p, enum store_mode mode)
{
	struct fault f = {0};
	struct store *s = store_open(p->db, mode, &f);
	if (s == NULL)
		fail_msg("%s", f.text);
	return s;
}

static inline void
add(struct store *s, const struct record *r, bool expect_added)
{
	struct fault f = {0};
	bool added = false;
	if (!store_add(s, r, &added, &f))
		fail_msg("%s", f.text);
	assert_int_equal(added, expect_added);
}

static inline void
add_sample(struct store *s, const char *vantage, uint64_t seq)
{
	struct record r = sample_record(vantage, 77, seq);
	add(s, &r, true);
	record_clear(&r);
}

/* What an audit of it has to complain about. */
static inline int64_t
audited_faults(const struct place *p)
{
	struct fault f = {0};
	struct audit a = {.store = opened(p, STORE_READ)};
	if (!audit_run(&a, &f))
		fail_msg("%s", f.text);
	int64_t n = findings_faults(&a.findings);
	audit_free(&a);
	store_close(a.store);
	return n;
}

#endif
