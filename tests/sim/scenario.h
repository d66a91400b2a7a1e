/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_TESTS_SCENARIO_H
#define TUMEN_TESTS_SCENARIO_H

#include <stddef.h>

enum { SCENARIO_MAX = 65536 };

/* The text of a scenario that a test makes; empty when n is 0. */
struct scenario {
	size_t n;
	char text[SCENARIO_MAX];
};

/* Adds what printf would print; too much of it ends the program. */
void scenario_say(struct scenario *s, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

#endif
