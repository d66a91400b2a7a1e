/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_PROBE_CHECK_REPORT_H
#define TUMEN_PROBE_CHECK_REPORT_H

#include "probe/base/fault.h"
#include "probe/base/json.h"

#include <stdbool.h>
#include <stddef.h>

/* What `tumen-probe check` found out, a line for each test. */

enum check_result { CHECK_OK, CHECK_WARN, CHECK_FAIL };

struct check_test {
	const char *name; /* a word of ours */
	enum check_result result;
	char *detail; /* owned */
};

struct check_report {
	bool quiet; /* the lines are kept for JSON, and not printed */
	int status; /* of the first failure; EX_OK */
	struct check_test *v;
	size_t n, room;
};

/* One test; its line is printed at once. */
void check_ok(struct check_report *r, const char *name, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
void check_warn(struct check_report *r, const char *name, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/* The fault has the words and the status. */
void
check_fail(struct check_report *r, const char *name, const struct fault *f);

/* "tests" and "status", the last members of the object. */
void check_report_json(const struct check_report *r, struct json *j);
void check_report_clear(struct check_report *r);

#endif
