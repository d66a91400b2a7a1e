/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_TESTS_BUILDER_H
#define TUMEN_TESTS_BUILDER_H

#include "probe/wire/build.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

/* The builder of a test program: from before its first test to its last. */
static struct build *builder;

static inline int
builder_setup(void **state)
{
	(void)state;
	struct fault f = {0};
	builder = build_open("noc@example.net", &f);
	return builder == NULL ? -1 : 0;
}

static inline int
builder_teardown(void **state)
{
	(void)state;
	build_close(builder);
	return 0;
}

#endif
