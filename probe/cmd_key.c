/* SPDX-License-Identifier: ISC */
#include "probe/base/opt.h"
#include "probe/commands.h"
#include "sql/sign.h"

#include <getopt.h>
#include <sysexits.h>

struct options {
	const char *file, *vantage;
	bool help;
};

static bool
parse(int argc, char **argv, struct options *o, struct fault *f)
{
	enum { OPT_VANTAGE = 256, OPT_HELP };
	static const struct option longs[] = {
	    {"vantage", required_argument, NULL, OPT_VANTAGE},
	    {"help", no_argument, NULL, OPT_HELP},
	    {0},
	};
	int c = 0;
	opterr = 0;
	while ((c = getopt_long(argc, argv, ":o:", longs, NULL)) != -1) {
		if (c == 'o')
			o->file = optarg;
		else if (c == OPT_VANTAGE)
			o->vantage = optarg;
		else if (c == OPT_HELP)
			o->help = true;
		else
			return options_refuse(c, argv, f);
	}
	if (o->help)
		return true;
	if (optind < argc)
		return fault_set(
		    f, EX_USAGE, "%s: not expected here", argv[optind]);
	if (o->file == NULL)
		return fault_set(
		    f, EX_USAGE, "-o FILE: where the key goes is missing");
	return o->vantage != NULL ||
	       fault_set(f, EX_USAGE,
		   "--vantage NAME: whose key it will be is missing");
}

static void
usage(FILE *f)
{
	fputs("usage: tumen-probe key -o FILE --vantage NAME\n"
	      "Makes the key that signs the segments of a vantage: FILE is\n"
	      "secret, FILE.pub is for those who run tumen upload --keys.\n"
	      "  -o FILE         never replaces a file\n"
	      "  --vantage NAME  as in the configuration\n",
	    f);
}

int
cmd_key(int argc, char **argv)
{
	struct options o = {0};
	struct sign_public made;
	struct fault f = {0};
	char line[SIGN_LINE_MAX];
	if (!parse(argc, argv, &o, &f))
		return opt_fail(&f);
	if (o.help) {
		usage(stdout);
		return EX_OK;
	}
	if (!sign_key_make(o.file, o.vantage, &made, &f))
		return opt_fail(&f);
	fputs(sign_public_format(&made, line), stdout);
	return EX_OK;
}
