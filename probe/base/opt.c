/* SPDX-License-Identifier: ISC */
#include "probe/base/opt.h"

#include "probe/base/log.h"
#include "probe/base/version.h"

#include <errno.h>
#include <inttypes.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

bool
opt_number(const char *name, const char *text, struct opt_range range,
    int64_t *value, struct fault *f)
{
	char *end = NULL;
	errno = 0;
	long long v = strtoll(text, &end, 10);
	bool digits = (text[0] >= '0' && text[0] <= '9') || text[0] == '-';
	if (!digits || *end != '\0' || errno != 0 || v < range.lo ||
	    v > range.hi)
		return fault_set(f, EX_USAGE,
		    "%s %s: not a number in %" PRId64 "..%" PRId64, name, text,
		    range.lo, range.hi);
	*value = v;
	return true;
}

bool
opt_word(const char *name, const char *text, const char *const *words,
    int *index, struct fault *f)
{
	char list[256] = "";
	for (int i = 0; words[i] != NULL; i++) {
		if (strcmp(words[i], text) == 0) {
			*index = i;
			return true;
		}
		size_t used = strlen(list);
		snprintf(list + used, sizeof(list) - used, "%s%s",
		    i ? ", " : "", words[i]);
	}
	return fault_set(f, EX_USAGE, "%s %s: not one of %s", name, text, list);
}

static void
usage(FILE *to, const char *program, const struct opt_command *table)
{
	fprintf(to, "usage: %s COMMAND [OPTION]...\n\n", program);
	for (; table->name != NULL; table++)
		fprintf(to, "  %-9s %s\n", table->name, table->summary);
	fprintf(to,
	    "\n'%s COMMAND --help' shows the options of a command, "
	    "'man %s' everything.\n",
	    program, program);
}

int
opt_dispatch(
    const char *program, const struct opt_command *table, int argc, char **argv)
{
	const char *name = argc > 1 ? argv[1] : NULL;
	if (name != NULL && strcmp(name, "--version") == 0) {
		printf("%s %s\n", program, TUMEN_VERSION);
		return EX_OK;
	}
	if (name != NULL && strcmp(name, "--help") == 0) {
		usage(stdout, program, table);
		return EX_OK;
	}
	for (const struct opt_command *c = table; name && c->name; c++)
		if (strcmp(c->name, name) == 0)
			return c->run(argc - 1, argv + 1);
	if (name != NULL)
		fprintf(stderr, "%s: %s: no such command\n", program, name);
	usage(stderr, program, table);
	return EX_USAGE;
}

int
opt_fail(const struct fault *f)
{
	log_line(LOG_ERROR, "%s", f->text);
	return f->status;
}
