/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_ORIGIN_ARGS_H
#define TUMEN_ORIGIN_ARGS_H

#include "analysis/origin/origin.h"

#include <getopt.h>

/* The options of tumen origin, for all of its commands; each uses its part. */

enum {
	ORIGIN_FILES_MAX = ORIGIN_TABLES_MAX,
	ORIGIN_WATCHED_MAX = 4096,
	ORIGIN_TOWARDS_MAX = 64, /* each is looked for in every path */
};

/* The network that is measured: STAR-KP. */
enum { ORIGIN_TOWARDS_DEFAULT = 131279 };

/* What getopt_long() returns for an option: a layer for a file, or these. */
enum {
	ORIGIN_ARG_ALL = 256,
	ORIGIN_ARG_AS,
	ORIGIN_ARG_BASE,
	ORIGIN_ARG_CARRIERS,
	ORIGIN_ARG_FROM,
	ORIGIN_ARG_TO,
	ORIGIN_ARG_TOWARDS,
};

struct origin_args {
	const char *out, *base, *carriers;	/* NULL: not given */
	int64_t asof_us, at_us, from_us, to_us; /* -1: not given */
	int64_t max_days;
	bool json, all, help;
	const char *files[ORIGIN_FILES_MAX];	    /* in the order given */
	enum origin_layer layers[ORIGIN_FILES_MAX]; /* NONE: a snapshot, or
						       none of addresses */
	size_t nfiles;
	uint32_t watched[ORIGIN_WATCHED_MAX]; /* --as */
	size_t nwatched;
	uint32_t towards[ORIGIN_TOWARDS_MAX]; /* --towards */
	size_t ntowards;
};

/*
 * Reads the options of a table; optind is left at the first operand. shorts
 * are those of one letter, as for getopt(). False with EX_USAGE.
 */
bool origin_args_parse(struct origin_args *o, int argc, char **argv,
    const struct option *known, struct fault *f);

/* Flushes standard output: what did not get out is an error, too. */
int origin_finish(int status);

/* The commands; each in the file of its name. */
int origin_lookup_command(int argc, char **argv);
int origin_info_command(int argc, char **argv);
int origin_compare_command(int argc, char **argv);

/* What their --help prints. */
extern const char origin_lookup_help[], origin_info_help[],
    origin_compare_help[];

#endif
