/* SPDX-License-Identifier: ISC */
#include "analysis/query.h"

#include "probe/base/clock.h"
#include "probe/base/opt.h"

#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sysexits.h>
#include <unistd.h>

static const struct option all_options[] = {
    {"help", no_argument, NULL, 'h'},
    {"db", required_argument, NULL, 'd'},
    {"origin", required_argument, NULL, 'o'},
    {"carriers", required_argument, NULL, 'c'},
    {"json", no_argument, NULL, 'j'},
    {"since", required_argument, NULL, 's'},
    {"until", required_argument, NULL, 'u'},
    {"prefix", required_argument, NULL, 'p'},
    {"vantage", required_argument, NULL, 'v'},
    {"from", required_argument, NULL, 'F'},
    {"to", required_argument, NULL, 'T'},
    {"at", required_argument, NULL, 'a'},
    {"plane", required_argument, NULL, 'P'},
    {"format", required_argument, NULL, 'f'},
    {"level", required_argument, NULL, 'l'},
    {"campaign", required_argument, NULL, 'C'},
    {"spool", required_argument, NULL, 'S'},
    {"archive", required_argument, NULL, 'A'},
    {"keep", no_argument, NULL, 'k'}, /* of upload */
    {"keys", required_argument, NULL, 'K'},
    {"watch", no_argument, NULL, 'w'},
    {"rate", required_argument, NULL, 'r'},
    {"retry-max", required_argument, NULL, 'R'},
    {"keep", required_argument, NULL, 'D'}, /* of retention */
    {"keep-archive", required_argument, NULL, 'E'},
    {"ahead", required_argument, NULL, 'H'},
    {"dry-run", no_argument, NULL, 'n'},
    {"a-time", required_argument, NULL, '1'},
    {"b-time", required_argument, NULL, '2'},
    {"hours", required_argument, NULL, 'B'},
    {"unified", no_argument, NULL, 'U'},
    {"all", no_argument, NULL, 'L'},
    {"width", required_argument, NULL, 'W'},
    {"every", required_argument, NULL, '3'},
    {"exec", required_argument, NULL, 'x'},
    {"state", required_argument, NULL, '4'},
    {"runs", no_argument, NULL, '5'},
    {"vantages", no_argument, NULL, 'V'},
    {"dependence", no_argument, NULL, '6'},
    {"no-source", no_argument, NULL, '7'},
    {"start", required_argument, NULL, '8'},
};
enum { NOPTIONS = sizeof(all_options) / sizeof(all_options[0]) };

/* Which groups of enum QUERY_... options are in; the others are in every one.
 */
static const struct {
	const char *options;
	int groups;
} option_groups[] = {
    {"d", QUERY_DB},
    {"oc", QUERY_ORIGIN},
    {"j", QUERY_JSON},
    {"su", QUERY_WINDOW},
    {"p", QUERY_SELECT | QUERY_IMPORT},
    {"v", QUERY_SELECT | QUERY_VANTAGE | QUERY_IMPORT},
    {"FT", QUERY_FROM_TO},
    {"a", QUERY_AT},
    {"P", QUERY_PLANE},
    {"flC", QUERY_EXPORT},
    {"S", QUERY_SPOOL | QUERY_SEGMENTS},
    {"k", QUERY_SPOOL},
    {"A", QUERY_SPOOL | QUERY_SEGMENTS | QUERY_RETENTION},
    {"K", QUERY_KEYS},
    {"w", QUERY_PACE | QUERY_TIMELINE},
    {"rR", QUERY_PACE},
    {"DEH", QUERY_RETENTION},
    {"n", QUERY_RETENTION | QUERY_IMPORT},
    {"78", QUERY_IMPORT},
    {"12BUL", QUERY_DIFF},
    {"W", QUERY_DIFF | QUERY_TIMELINE},
    {"3x45V6", QUERY_TIMELINE},
};
enum { NGROUPS = sizeof(option_groups) / sizeof(option_groups[0]) };

static int
group(int option)
{
	for (size_t i = 0; i < NGROUPS; i++)
		if (strchr(option_groups[i].options, option) != NULL)
			return option_groups[i].groups;
	return 0;
}

static bool
parse_time(const char *name, int64_t *us, struct fault *f)
{
	if (clock_parse_us(optarg, us))
		return true;
	return fault_set(f, EX_USAGE,
	    "%s %s: no time (2026-11-21, 2026-11-21T16:53:59Z or @SECONDS, "
	    "UTC, 1970..2262)",
	    name, optarg);
}

/* Options that may be given several times. */
struct list {
	const char *name, **item;
	size_t *n, max;
};

static bool
append(const struct list *l, struct fault *f)
{
	if (*l->n == l->max)
		return fault_set(
		    f, EX_USAGE, "%s: more than %zu of them", l->name, l->max);
	l->item[(*l->n)++] = optarg;
	return true;
}

static bool
take_origin(struct query *q, struct fault *f)
{
	return append(&(struct list){"--origin", q->origin, &q->norigins,
			  QUERY_ORIGINS_MAX},
	    f);
}

static bool
take_spool(struct query *q, struct fault *f)
{
	return append(
	    &(struct list){"--spool", q->spool, &q->nspools, QUERY_SPOOLS_MAX},
	    f);
}

static bool
take_prefix(struct query *q, struct fault *f)
{
	q->filter.prefix = &q->prefix;
	if (prefix_parse(optarg, &q->prefix))
		return true;
	return fault_set(f, EX_USAGE,
	    "--prefix %s: no IPv4 prefix (a.b.c.d/0..32, no host bits)",
	    optarg);
}

static bool
take_plane(struct query *q, struct fault *f)
{
	q->plane = optarg;
	if (strcmp(optarg, "control") == 0 || strcmp(optarg, "data") == 0)
		return true;
	return fault_set(
	    f, EX_USAGE, "--plane %s: not one of data, control", optarg);
}

static bool
take_days(const char *name, int64_t *days, struct fault *f)
{
	return opt_number(name, optarg, (struct opt_range){1, 36500}, days, f);
}

static bool
take_export(struct query *q, int option)
{
	if (option == 'f')
		q->format = optarg;
	if (option == 'l')
		q->level = optarg;
	if (option == 'C')
		q->filter.campaign = optarg;
	return true;
}

static bool
take_timeline(struct query *q, int option, struct fault *f)
{
	switch (option) {
	case '3':
		return opt_number("--every", optarg,
		    (struct opt_range){1, 86400}, &q->every_s, f);
	case 'x':
		q->exec = optarg;
		return true;
	case '4':
		q->state = optarg;
		return true;
	case '5':
		return q->runs = true;
	case 'V':
		return q->vantages = true;
	case '6':
		return q->dependence = true;
	default:
		return take_export(q, option);
	}
}

static bool
take_retention(struct query *q, int option, struct fault *f)
{
	switch (option) {
	case 'D':
		return take_days("--keep", &q->keep_days, f);
	case 'E':
		return take_days("--keep-archive", &q->keep_archive_days, f);
	case 'H':
		return take_days("--ahead", &q->ahead_days, f);
	case 'n':
		q->dry = true;
		return true;
	case '7':
		return q->no_source = true;
	case '8':
		return parse_time("--start", &q->start_us, f);
	default:
		return take_timeline(q, option, f);
	}
}

static bool
take_pace(struct query *q, int option, struct fault *f)
{
	if (option == 'w')
		q->watch = true;
	if (option == 'r')
		return opt_number("--rate", optarg,
		    (struct opt_range){1, 1000000}, &q->rate, f);
	if (option == 'R')
		return opt_number("--retry-max", optarg,
		    (struct opt_range){1, 86400}, &q->retry_max_s, f);
	return true;
}

static bool
take_moment(const char *name, const char **text, struct fault *f)
{
	int64_t us = 0;
	*text = optarg;
	return parse_time(name, &us, f);
}

static bool
take_diff(struct query *q, int option, struct fault *f)
{
	switch (option) {
	case '1':
		return take_moment("--a-time", &q->a_time, f);
	case '2':
		return take_moment("--b-time", &q->b_time, f);
	case 'B':
		return opt_number("--hours", optarg,
		    (struct opt_range){1, 87600}, &q->hours, f);
	case 'W':
		return opt_number("--width", optarg,
		    (struct opt_range){60, 200}, &q->width, f);
	case 'U':
		return q->unified = true;
	case 'L':
		return q->all = true;
	default:
		return take_retention(q, option, f);
	}
}

static bool
take(struct query *q, int option, struct fault *f)
{
	switch (option) {
	case 'h':
		q->help = true;
		return true;
	case 'd':
		q->db = optarg;
		return true;
	case 'o':
		return take_origin(q, f);
	case 'c':
		q->carriers = optarg;
		return true;
	case 'j':
		q->json = true;
		return true;
	case 's':
		return parse_time("--since", &q->filter.since_us, f);
	case 'u':
		return parse_time("--until", &q->filter.until_us, f);
	case 'F':
		return parse_time("--from", &q->filter.since_us, f);
	case 'T':
		return parse_time("--to", &q->filter.until_us, f);
	case 'p':
		return take_prefix(q, f);
	case 'v':
		q->filter.vantage = optarg;
		return true;
	case 'a':
		return parse_time("--at", &q->at_us, f);
	case 'P':
		return take_plane(q, f);
	case 'S':
		return take_spool(q, f);
	case 'A':
		q->archive = optarg;
		return true;
	case 'k':
		q->keep = true;
		return true;
	case 'K':
		q->keys = optarg;
		return true;
	case 'w':
	case 'r':
	case 'R':
		return take_pace(q, option, f);
	default:
		return take_diff(q, option, f);
	}
}

/* Only what the command allows is known to getopt. */
static void
choose(int allowed, struct option options[static NOPTIONS + 1])
{
	int n = 0;
	for (int i = 0; i < NOPTIONS; i++)
		if (group(all_options[i].val) == 0 ||
		    (group(all_options[i].val) & allowed) != 0)
			options[n++] = all_options[i];
	options[n] = (struct option){0};
}

static bool
unknown_option(int option, char **argv, struct fault *f)
{
	return fault_set(f, EX_USAGE, "%s: %s (see `tumen %s --help`)",
	    argv[optind - 1],
	    option == ':' ? "needs a value" : "no such option", argv[0]);
}

bool
query_parse(
    struct query *q, int allowed, int argc, char **argv, struct fault *f)
{
	struct option options[NOPTIONS + 1];
	*q = (struct query){.at_us = -1,
	    .keep_days = -1,
	    .keep_archive_days = -1,
	    .ahead_days = -1,
	    .start_us = -1,
	    .db = getenv("TUMEN_DB")};
	choose(allowed, options);
	opterr = 0;
	optind = 1;
	int c = 0;
	while ((c = getopt_long(argc, argv, ":", options, NULL)) != -1) {
		if (c == '?' || c == ':')
			return unknown_option(c, argv, f);
		if (!take(q, c, f))
			return false;
	}
	if (q->help)
		return true;
	if (optind < argc && !(allowed & QUERY_FILES))
		return fault_set(
		    f, EX_USAGE, "%s: not an option", argv[optind]);
	if (q->filter.until_us != 0 && q->filter.until_us <= q->filter.since_us)
		return fault_set(
		    f, EX_USAGE, "the window ends before it begins");
	q->argc = argc - optind;
	q->argv = argv + optind;
	return true;
}

struct store *
query_store(const struct query *q, enum store_mode mode, struct fault *f)
{
	if (q->db == NULL) {
		fault_set(f, EX_USAGE,
		    "no database: --db DB or $TUMEN_DB (a path, or "
		    "postgresql://...)");
		return NULL;
	}
	return store_open(q->db, mode, f);
}

size_t
query_width(const struct query *q)
{
	struct winsize w;
	if (q->width > 0)
		return (size_t)q->width;
	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &w) != 0 || w.ws_col == 0)
		return 80;
	if (w.ws_col < QUERY_WIDTH_MIN)
		return QUERY_WIDTH_MIN;
	return w.ws_col < QUERY_WIDTH_MAX ? w.ws_col : QUERY_WIDTH_MAX;
}
