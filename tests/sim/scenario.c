/* SPDX-License-Identifier: ISC */
#include "tests/sim/scenario.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

void
scenario_say(struct scenario *s, const char *format, ...)
{
	va_list ap;
	va_start(ap, format);
	int n = vsnprintf(s->text + s->n, SCENARIO_MAX - s->n, format, ap);
	va_end(ap);
	if (n < 0 || (size_t)n >= SCENARIO_MAX - s->n) {
		fprintf(stderr, "scenario: more than %d bytes\n", SCENARIO_MAX);
		exit(1);
	}
	s->n += (size_t)n;
}
