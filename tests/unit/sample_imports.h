/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_TESTS_SAMPLE_IMPORTS_H
#define TUMEN_TESTS_SAMPLE_IMPORTS_H

#include "sql/facts.h"
#include "tests/unit/store_sample.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

/* What the questions of sql/README.md ask for. */

/* What an import of another tool's file leaves beside traces. */
static inline void
fill_imports(struct store *s)
{
	struct fault f = {0};
	struct store_fact fact = {"sel", "country", "KR"};
	struct store_broken b = {.file = "atlas.json",
	    .format = "atlas",
	    .why = "hop 3: no number",
	    .octets = 2,
	    .text = "{}",
	    .len = 2};
	assert_true(store_add_fact(s, &fact, NULL, &f));
	assert_true(store_add_broken(s, &b, NULL, &f));
}

/* Two vantages that disagree about one prefix, and not about another. */
static inline void
fill_rivals(struct store *s)
{
	static const char *const names[] = {"sel", "mow", "sel"};
	struct fault f = {0};
	for (size_t i = 0; i < 3; i++) {
		struct record r = sample_record(names[i], 78, 9 + i);
		/* 175.45.178.0/24, then 175.45.177.0/24 */
		r.prefix.addr += i < 2 ? 512 : 256;
		struct store_verdict v = {.target = r.prefix.addr + 1,
		    .prefix = r.prefix,
		    .method = METHOD_UDP,
		    .start_us = r.start_us,
		    .decided_us = r.start_us,
		    .reach = "up",
		    .entry_as = -1,
		    .carrier = i == 1 ? "ttk" : "unicom",
		    .evidence = "adjacent-seen",
		    .border_rtt_us = 120000,
		    .p = 0.9,
		    .json = "{}"};
		snprintf(v.vantage, sizeof(v.vantage), "%s", r.vantage);
		assert_true(addr_parse("188.43.225.153", &r.probes[5].addr));
		record_id(&r, v.trace);
		assert_true(store_add(s, &r, NULL, &f));
		assert_true(store_put_verdicts(s, &v, 1, &f));
		record_clear(&r);
	}
}

#endif
