/* SPDX-License-Identifier: ISC */
#include "probe/commands.h"

#include <getopt.h>
#include <string.h>
#include <sysexits.h>

enum { OPT_ONCE = 256, OPT_HELP };

/* Inside a cluster (-xy) getopt has not left the word behind it yet. */
bool
options_refuse(int c, char **argv, struct fault *f)
{
	char letter[] = {'-', (char)optopt, '\0'};
	bool is_short = optopt > 0 && optopt < OPT_ONCE;
	const char *name = is_short ? letter : argv[optind - 1];
	if (c == ':')
		return fault_set(f, EX_USAGE, "%s: needs a value", name);
	if (optopt >= OPT_ONCE)
		return fault_set(f, EX_USAGE, "%s: takes no value", name);
	return fault_set(f, EX_USAGE,
	    "%s: no such option, see 'tumen-probe %s --help'", name, argv[0]);
}

bool
options_config(int argc, char **argv, struct options_config *o, struct fault *f)
{
	static const struct option longs[] = {
	    {"once", no_argument, NULL, OPT_ONCE}, /* of agent alone */
	    {"help", no_argument, NULL, OPT_HELP},
	    {0},
	};
	const struct option *mine =
	    strcmp(argv[0], "agent") == 0 ? longs : longs + 1;
	int c = 0;
	opterr = 0;
	while ((c = getopt_long(argc, argv, ":c:", mine, NULL)) != -1) {
		if (c == 'c')
			o->file = optarg;
		else if (c == OPT_HELP)
			o->help = true;
		else if (c == OPT_ONCE)
			o->once = true;
		else
			return options_refuse(c, argv, f);
	}
	if (o->help)
		return true;
	if (optind < argc)
		return fault_set(
		    f, EX_USAGE, "%s: not expected here", argv[optind]);
	return o->file != NULL ||
	       fault_set(f, EX_USAGE, "-c FILE: the configuration is missing");
}
