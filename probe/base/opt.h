/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_BASE_OPT_H
#define TUMEN_BASE_OPT_H

#include "probe/base/fault.h"

#include <stdbool.h>
#include <stdint.h>

/* Both ends are legal. */
struct opt_range {
	int64_t lo, hi;
};

/*
 * A decimal integer in the range. name is what the user typed ("--rate") and
 * stands first in the text: `--rate 0: not in 1..10000`. Status EX_USAGE.
 */
bool opt_number(const char *name, const char *text, struct opt_range range,
    int64_t *value, struct fault *f);

/*
 * The index of text in a NULL-terminated list of words; the text of the fault
 * lists them all. Status EX_USAGE.
 */
bool opt_word(const char *name, const char *text, const char *const *words,
    int *index, struct fault *f);

/* A subcommand: argv[0] is its name; returns the exit status. */
struct opt_command {
	const char *name;
	int (*run)(int argc, char **argv);
	const char *summary;
};

/*
 * Runs the command that argv[1] names; the table ends with a NULL name.
 * Answers --help and --version (status 0) and complains with EX_USAGE and the
 * list of commands.
 */
int opt_dispatch(const char *program, const struct opt_command *table, int argc,
    char **argv);

/* For a command: prints the fault as "program: text" and returns its status. */
int opt_fail(const struct fault *f);

#endif
