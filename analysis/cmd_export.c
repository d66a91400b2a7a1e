/* SPDX-License-Identifier: ISC */
#include "analysis/commands.h"
#include "analysis/exchange/csv.h"
#include "probe/base/clock.h"
#include "probe/base/opt.h"
#include "probe/base/record_json.h"
#include "sql/store.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

static const char help[] =
    "usage: tumen export --db DB [--format ndjson|csv] [--since T] [--until "
    "T]\n"
    "                    [--prefix P] [--vantage V]\n"
    "\n"
    "Prints the traces of the shared database, oldest first.\n"
    "  --db DB       the shared database (or $TUMEN_DB)\n"
    "  --format F    ndjson (default), one object a trace, or csv, one line a\n"
    "                probe\n"
    "  --since T     only traces that started at or after T (UTC), and\n"
    "  --until T     before T: 2026-11-21, 2026-11-21T16:53:59Z, @SECONDS\n"
    "  --prefix P    only targets in this prefix\n"
    "  --vantage V   only this vantage\n";

enum format { NDJSON, CSV, ATLAS, SCAMPER };

struct options {
	const char *db;
	int format;
	bool help;
	struct prefix prefix;
	struct store_filter filter;
};

static bool
take_format(struct options *o, struct fault *f)
{
	static const char *const words[] = {
	    "ndjson", "csv", "atlas", "scamper", NULL};
	if (!opt_word("--format", optarg, words, &o->format, f))
		return false;
	return o->format <= CSV ||
	       fault_set(f, EX_USAGE,
		   "--format %s: not in this version (ndjson, csv)", optarg);
}

static bool
take_time(const char *name, int64_t *us, struct fault *f)
{
	return clock_parse_us(optarg, us) ||
	       fault_set(f, EX_USAGE,
		   "%s %s: no time (2026-11-21, 2026-11-21T16:53:59Z or "
		   "@SECONDS, UTC, 1970..2262)",
		   name, optarg);
}

static bool
take_prefix(struct options *o, struct fault *f)
{
	o->filter.prefix = &o->prefix;
	return prefix_parse(optarg, &o->prefix) ||
	       fault_set(f, EX_USAGE,
		   "--prefix %s: no IPv4 prefix (a.b.c.d/0..32, no host bits)",
		   optarg);
}

static bool
take(struct options *o, int option, char **argv, struct fault *f)
{
	switch (option) {
	case 'd':
		o->db = optarg;
		return true;
	case 'f':
		return take_format(o, f);
	case 's':
		return take_time("--since", &o->filter.since_us, f);
	case 'u':
		return take_time("--until", &o->filter.until_us, f);
	case 'p':
		return take_prefix(o, f);
	case 'v':
		o->filter.vantage = optarg;
		return true;
	case 'h':
		o->help = true;
		return true;
	default:
		return fault_set(f, EX_USAGE,
		    "%s: %s (see `tumen export --help`)", argv[optind - 1],
		    option == ':' ? "needs a value" : "no such option");
	}
}

static bool
parse(struct options *o, int argc, char **argv, struct fault *f)
{
	static const struct option known[] = {
	    {"db", required_argument, NULL, 'd'},
	    {"format", required_argument, NULL, 'f'},
	    {"since", required_argument, NULL, 's'},
	    {"until", required_argument, NULL, 'u'},
	    {"prefix", required_argument, NULL, 'p'},
	    {"vantage", required_argument, NULL, 'v'},
	    {"help", no_argument, NULL, 'h'}, {0}};
	int c = 0;
	opterr = 0;
	optind = 1;
	while ((c = getopt_long(argc, argv, ":", known, NULL)) != -1)
		if (!take(o, c, argv, f))
			return false;
	if (o->help)
		return true;
	if (optind < argc)
		return fault_set(
		    f, EX_USAGE, "%s: not an option", argv[optind]);
	if (o->db == NULL)
		return fault_set(
		    f, EX_USAGE, "no database: --db DB or $TUMEN_DB (a path)");
	const struct store_filter *w = &o->filter;
	return w->until_us == 0 || w->until_us > w->since_us ||
	       fault_set(f, EX_USAGE, "the window ends before it begins");
}

static bool
print(void *arg, const struct record *r, struct fault *f)
{
	const struct options *o = arg;
	struct json j = {0};
	if (o->format == CSV) {
		csv_trace(r, stdout);
	} else {
		record_json(r, &j);
		json_line(&j, stdout);
	}
	return !ferror(stdout) ||
	       fault_set(f, EX_IOERR, "stdout: %s", strerror(errno));
}

int
cmd_export(int argc, char **argv)
{
	struct fault f = {0};
	struct options o = {.db = getenv("TUMEN_DB")};
	if (!parse(&o, argc, argv, &f))
		return opt_fail(&f);
	if (o.help)
		return fputs(help, stdout) < 0;
	struct store *s = store_open(o.db, STORE_READ, &f);
	if (s == NULL)
		return opt_fail(&f);
	if (o.format == CSV)
		csv_header(stdout);
	bool ok = store_traces(s, &o.filter, print, &o, &f);
	store_close(s);
	if (ok && fflush(stdout) != 0)
		ok = fault_set(&f, EX_IOERR, "stdout: %s", strerror(errno));
	return ok ? EX_OK : opt_fail(&f);
}
