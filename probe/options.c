/* SPDX-License-Identifier: ISC */
#include "probe/commands.h"

#include <getopt.h>
#include <sysexits.h>

bool
options_config(int argc, char **argv, struct options_config *o, struct fault *f)
{
	static const struct option longs[] = {
	    {"once", no_argument, NULL, 'o'},
	    {"help", no_argument, NULL, 'h'},
	    {0},
	};
	int c = 0;
	opterr = 0;
	while ((c = getopt_long(argc, argv, ":c:", longs, NULL)) != -1) {
		if (c == 'c')
			o->file = optarg;
		else if (c == 'h')
			o->help = true;
		else if (c == 'o')
			o->once = true;
		else
			return fault_set(f, EX_USAGE, "%s: %s",
			    argv[optind - 1],
			    c == ':' ? "needs a value" : "no such option");
	}
	if (o->help)
		return true;
	if (optind < argc)
		return fault_set(
		    f, EX_USAGE, "%s: not expected here", argv[optind]);
	return o->file != NULL ||
	       fault_set(f, EX_USAGE, "-c FILE: the configuration is missing");
}
