/* SPDX-License-Identifier: ISC */
#include "analysis/origin_args.h"

#include "probe/base/clock.h"
#include "probe/base/opt.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>

static bool
time_option(const char *name, const char *text, int64_t *us, struct fault *f)
{
	return clock_parse_us(text, us) ||
	       fault_set(f, EX_USAGE,
		   "%s %s: not a time of 1970..2262 (2026-06-17, "
		   "2026-06-17T12:00:00Z or @SECONDS)",
		   name, text);
}

static bool
file_option(struct origin_args *o, enum origin_layer layer, const char *path,
    struct fault *f)
{
	if (o->nfiles == ORIGIN_FILES_MAX)
		return fault_set(f, EX_USAGE, "%s: file %d: not in 1..%d", path,
		    ORIGIN_FILES_MAX + 1, ORIGIN_FILES_MAX);
	o->files[o->nfiles] = path;
	o->layers[o->nfiles++] = layer;
	return true;
}

/* The ASNs that an option gives, of which there may be so many. */
struct list {
	const char *option;
	uint32_t *asns;
	size_t *n, most;
};

static bool
as_option(const struct list *to, const char *text, struct fault *f)
{
	int64_t asn = 0;
	if (strncmp(text, "AS", 2) == 0)
		text += 2;
	if (!opt_number(
		to->option, text, (struct opt_range){1, UINT32_MAX}, &asn, f))
		return false;
	if (*to->n == to->most)
		return fault_set(f, EX_USAGE, "%s %s: more than %zu",
		    to->option, text, to->most);
	to->asns[(*to->n)++] = (uint32_t)asn;
	return true;
}

static bool
option(struct origin_args *o, int c, char **argv, struct fault *f)
{
	switch (c) {
	case 'a':
		return time_option("--asof", optarg, &o->asof_us, f);
	case 't':
		return time_option("--at", optarg, &o->at_us, f);
	case ORIGIN_ARG_FROM:
		return time_option("--from", optarg, &o->from_us, f);
	case ORIGIN_ARG_TO:
		return time_option("--to", optarg, &o->to_us, f);
	case 'd':
		return opt_number("--max-days", optarg,
		    (struct opt_range){0, 100000}, &o->max_days, f);
	case 'o':
		o->out = optarg;
		return true;
	case ORIGIN_ARG_BASE:
		o->base = optarg;
		return true;
	case ORIGIN_ARG_CARRIERS:
		o->carriers = optarg;
		return true;
	case ORIGIN_ARG_AS:
		return as_option(&(struct list){"--as", o->watched,
				     &o->nwatched, ORIGIN_WATCHED_MAX},
		    optarg, f);
	case ORIGIN_ARG_TOWARDS:
		return as_option(&(struct list){"--towards", o->towards,
				     &o->ntowards, ORIGIN_TOWARDS_MAX},
		    optarg, f);
	case ORIGIN_ARG_ALL:
		return o->all = true;
	case 'j':
		return o->json = true;
	case 'h':
		return o->help = true;
	case ORIGIN_NONE:
	case ORIGIN_IXP:
	case ORIGIN_BGP:
	case ORIGIN_REGISTRY:
	case ORIGIN_CURATED:
		return file_option(o, (enum origin_layer)c, optarg, f);
	}
	return fault_set(f, EX_USAGE, "tumen origin %s: %s: %s", argv[0],
	    argv[optind - 1],
	    c == ':' ? "needs a value" : "no such option (see --help)");
}

/* Whether the table has -o. */
static bool
has_output(const struct option *known)
{
	for (; known->name != NULL; known++)
		if (known->val == 'o')
			return true;
	return false;
}

bool
origin_args_parse(struct origin_args *o, int argc, char **argv,
    const struct option *known, struct fault *f)
{
	const char *shorts = has_output(known) ? ":o:h" : ":h";
	*o = (struct origin_args){.asof_us = -1,
	    .at_us = -1,
	    .from_us = -1,
	    .to_us = -1,
	    .max_days = ORIGIN_DAYS_MAX};
	optind = 0;
	opterr = 0;
	for (int c; (c = getopt_long(argc, argv, shorts, known, NULL)) != -1;)
		if (!option(o, c, argv, f))
			return false;
	return true;
}

int
origin_finish(int status)
{
	struct fault f = {0};
	errno = EIO;
	if (fflush(stdout) == 0 && !ferror(stdout))
		return status;
	fault_set(&f, EX_IOERR, "standard output: %s", strerror(errno));
	return opt_fail(&f);
}
