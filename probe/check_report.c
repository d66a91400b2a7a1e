/* SPDX-License-Identifier: ISC */
#include "probe/check_report.h"

#include "probe/base/log.h"
#include "probe/base/mem.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sysexits.h>

enum { DETAIL_MAX = 640 };

/* What a router or a file said must not reach a terminal as it is. */
static void
add(struct check_report *r, const char *name, enum check_result result,
    const char *detail)
{
	static const char *const words[] = {"ok", "warn", "FAIL"};
	if (r->n == r->room) {
		r->room = r->room ? r->room * 2 : 16;
		r->v = xreallocarray(r->v, r->room, sizeof(*r->v));
	}
	struct check_test *t = &r->v[r->n++];
	*t = (struct check_test){name, result, log_sanitize(xstrdup(detail))};
	if (!r->quiet)
		printf("%-4s  %s: %s\n", words[result], name, t->detail);
}

void
check_ok(struct check_report *r, const char *name, const char *fmt, ...)
{
	char detail[DETAIL_MAX];
	va_list ap;
	va_start(ap, fmt);
	vsnprintf(detail, sizeof(detail), fmt, ap);
	va_end(ap);
	add(r, name, CHECK_OK, detail);
}

void
check_warn(struct check_report *r, const char *name, const char *fmt, ...)
{
	char detail[DETAIL_MAX];
	va_list ap;
	va_start(ap, fmt);
	vsnprintf(detail, sizeof(detail), fmt, ap);
	va_end(ap);
	add(r, name, CHECK_WARN, detail);
}

void
check_fail(struct check_report *r, const char *name, const struct fault *f)
{
	add(r, name, CHECK_FAIL, f->text);
	if (r->status == EX_OK)
		r->status = f->status;
}

void
check_report_json(const struct check_report *r, struct json *j)
{
	static const char *const words[] = {"ok", "warn", "fail"};
	json_array(j, "tests");
	for (size_t i = 0; i < r->n; i++) {
		json_object(j, NULL);
		json_text(j, "name", r->v[i].name);
		json_text(j, "result", words[r->v[i].result]);
		json_text(j, "detail", r->v[i].detail);
		json_object_end(j);
	}
	json_array_end(j);
	json_int(j, "status", r->status);
}

void
check_report_clear(struct check_report *r)
{
	for (size_t i = 0; i < r->n; i++)
		free(r->v[i].detail);
	free(r->v);
	*r = (struct check_report){0};
}
