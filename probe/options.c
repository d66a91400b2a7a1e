/* SPDX-License-Identifier: ISC */
#include "probe/commands.h"

#include <getopt.h>
#include <string.h>
#include <sysexits.h>

enum { OPT_ONCE = 256, OPT_JSON, OPT_OFFLINE, OPT_HELP };

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

static bool
take(struct options_config *o, int c)
{
	switch (c) {
	case 'c':
		o->file = optarg;
		return true;
	case OPT_HELP:
		o->help = true;
		return true;
	case OPT_ONCE:
		o->once = true;
		return true;
	case OPT_JSON:
		o->json = true;
		return true;
	case OPT_OFFLINE:
		o->offline = true;
		return true;
	default:
		return false;
	}
}

bool
options_config(int argc, char **argv, struct options_config *o, struct fault *f)
{
	static const struct option of_agent[] = {
	    {"once", no_argument, NULL, OPT_ONCE},
	    {"help", no_argument, NULL, OPT_HELP},
	    {0},
	};
	static const struct option of_check[] = {
	    {"json", no_argument, NULL, OPT_JSON},
	    {"offline", no_argument, NULL, OPT_OFFLINE},
	    {"help", no_argument, NULL, OPT_HELP},
	    {0},
	};
	static const struct option of_status[] = {
	    {"json", no_argument, NULL, OPT_JSON},
	    {"help", no_argument, NULL, OPT_HELP},
	    {0},
	};
	const struct option *mine = of_check;
	if (strcmp(argv[0], "agent") == 0)
		mine = of_agent;
	if (strcmp(argv[0], "status") == 0)
		mine = of_status;
	int c = 0;
	opterr = 0;
	while ((c = getopt_long(argc, argv, ":c:", mine, NULL)) != -1)
		if (!take(o, c))
			return options_refuse(c, argv, f);
	if (o->help)
		return true;
	if (optind < argc)
		return fault_set(
		    f, EX_USAGE, "%s: not expected here", argv[optind]);
	return o->file != NULL ||
	       fault_set(f, EX_USAGE, "-c FILE: the configuration is missing");
}
