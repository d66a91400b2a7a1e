/* SPDX-License-Identifier: ISC */
#include "analysis/commands.h"
#include "analysis/origin/origin.h"
#include "analysis/origin/reader.h"
#include "analysis/origin/replace.h"
#include "analysis/origin/show.h"
#include "analysis/origin/snapshot.h"
#include "probe/base/clock.h"
#include "probe/base/log.h"
#include "probe/base/opt.h"

#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>

/* tumen origin build | lookup | info */

enum { FILES_MAX = ORIGIN_TABLES_MAX };
#define DAY_US (INT64_C(86400) * US_PER_S)

/* The arguments of all three; each uses its part. */
struct options {
	const char *out;
	int64_t asof_us, at_us; /* -1: not given */
	int64_t max_days;
	bool json, help;
	const char *files[FILES_MAX];	     /* in the order given */
	enum origin_layer layers[FILES_MAX]; /* NONE: see below */
	size_t nfiles;
};

static const struct option build_options[] = {
    {"as-org", required_argument, NULL, ORIGIN_NONE},
    {"as-rel", required_argument, NULL, ORIGIN_NONE},
    {"asof", required_argument, NULL, 'a'},
    {"bgp", required_argument, NULL, ORIGIN_BGP},
    {"curated", required_argument, NULL, ORIGIN_CURATED},
    {"help", no_argument, NULL, 'h'},
    {"ixp", required_argument, NULL, ORIGIN_IXP},
    {"output", required_argument, NULL, 'o'},
    {"registry", required_argument, NULL, ORIGIN_REGISTRY},
    {"vrp", required_argument, NULL, ORIGIN_NONE},
    {NULL, 0, NULL, 0},
};

static const struct option lookup_options[] = {
    {"at", required_argument, NULL, 't'},
    {"help", no_argument, NULL, 'h'},
    {"json", no_argument, NULL, 'j'},
    {"max-days", required_argument, NULL, 'd'},
    {"origin", required_argument, NULL, ORIGIN_NONE},
    {NULL, 0, NULL, 0},
};

static const struct option info_options[] = {
    {"help", no_argument, NULL, 'h'},
    {"json", no_argument, NULL, 'j'},
    {"origin", required_argument, NULL, ORIGIN_NONE},
    {NULL, 0, NULL, 0},
};

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
file_option(struct options *o, enum origin_layer layer, const char *path,
    struct fault *f)
{
	if (o->nfiles == FILES_MAX)
		return fault_set(f, EX_USAGE, "%s: file %d: not in 1..%d", path,
		    FILES_MAX + 1, FILES_MAX);
	o->files[o->nfiles] = path;
	o->layers[o->nfiles++] = layer;
	return true;
}

static bool
option(struct options *o, int c, char **argv, struct fault *f)
{
	switch (c) {
	case 'a':
		return time_option("--asof", optarg, &o->asof_us, f);
	case 't':
		return time_option("--at", optarg, &o->at_us, f);
	case 'd':
		return opt_number("--max-days", optarg,
		    (struct opt_range){0, 100000}, &o->max_days, f);
	case 'o':
		o->out = optarg;
		return true;
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

/* Reads the options; optind is left at the first operand. */
static bool
parse(struct options *o, int argc, char **argv, const struct option *known,
    struct fault *f)
{
	bool build = known == build_options;
	*o = (struct options){
	    .asof_us = -1, .at_us = -1, .max_days = ORIGIN_DAYS_MAX};
	optind = 0;
	opterr = 0;
	for (int c; (c = getopt_long(argc, argv, build ? ":o:h" : ":h", known,
			 NULL)) != -1;)
		if (!option(o, c, argv, f))
			return false;
	return true;
}

/* Output that did not get out is an error, too. */
static int
finish(int status)
{
	struct fault f = {0};
	errno = EIO;
	if (fflush(stdout) == 0 && !ferror(stdout))
		return status;
	fault_set(&f, EX_IOERR, "standard output: %s", strerror(errno));
	return opt_fail(&f);
}

static void
report(const struct source *s)
{
	char text[512] = "";
	size_t used = 0;
	for (int i = 0; i < COUNT_KINDS && used < sizeof(text); i++)
		if (s->counts[i] > 0 || i == COUNT_ROWS)
			used += (size_t)snprintf(text + used,
			    sizeof(text) - used, "%s%" PRIu64 " %s",
			    used ? ", " : "", s->counts[i],
			    source_count_name((enum source_count)i));
	log_line(LOG_NOTE, "%s: %s, %s: %s", s->name,
	    origin_layer_name(s->layer), s->kind, text);
}

/* Without --asof: the latest date that a source gives for itself. */
static bool
settle_date(struct options *o, const struct table *t, struct fault *f)
{
	int64_t latest = -1;
	for (size_t i = 0; i < t->nsources; i++)
		if (t->sources[i].asof_us > latest)
			latest = t->sources[i].asof_us;
	if (o->asof_us < 0)
		o->asof_us = latest;
	else if (latest - o->asof_us >= DAY_US)
		log_line(LOG_WARN, "a source is of a day later than --asof");
	return o->asof_us >= 0 ||
	       fault_set(f, EX_USAGE,
		   "--asof TIME: is missing, and no source says its date");
}

static bool
build_file(struct options *o, struct table *t, struct fault *f)
{
	struct wr bytes = {0};
	for (size_t i = 0; i < o->nfiles; i++) {
		if (!reader_load(t, o->layers[i], o->files[i], f))
			return false;
		report(table_source(t));
	}
	if (!settle_date(o, t, f))
		return false;
	snapshot_pack(t, o->asof_us, &bytes);
	bool ok = replace_file(o->out, bytes.p, bytes.len, f);
	wr_free(&bytes);
	return ok;
}

static const char build_help[] =
    "usage: tumen origin build -o FILE [--asof TIME] [--bgp FILE]...\n"
    "           [--registry FILE]... [--ixp FILE]... [--curated FILE]...\n"
    "           [--as-rel FILE]... [--as-org FILE]... [--vrp FILE]...\n"
    "\n"
    "  -o, --output FILE   the snapshot to write\n"
    "  --asof TIME         the date that its content is of (default: the "
    "latest\n"
    "                      date that a source gives for itself)\n"
    "  --bgp FILE          MRT table, ranges (CSV), prefix and ASN, packed,\n"
    "                      location dump\n"
    "  --registry FILE     delegated-extended, whois objects (RPSL), rows with "
    "a\n"
    "                      source, ranges, prefix and ASN\n"
    "  --ixp FILE          prefixes of exchange points, a line each; "
    "PeeringDB\n"
    "                      or CAIDA's ixs (JSON)\n"
    "  --curated FILE      rows with a source, or prefix and ASN\n"
    "  --as-rel FILE       relations of ASes: provider|customer|-1, "
    "peer|peer|0\n"
    "  --as-org FILE       organisations of ASes: CAIDA's as2org\n"
    "  --vrp FILE          validated ROA payloads: CSV or JSON\n"
    "\n"
    "The kind of a file is told by its content; gzip, bzip2 and zstd are\n"
    "unpacked.\n";

static int
build(int argc, char **argv)
{
	struct options o;
	struct fault f = {0};
	struct table t = {0};
	if (!parse(&o, argc, argv, build_options, &f))
		return opt_fail(&f);
	if (o.help) {
		fputs(build_help, stdout);
		return finish(EX_OK);
	}
	if (optind < argc)
		fault_set(&f, EX_USAGE, "%s: files are given by options",
		    argv[optind]);
	else if (o.out == NULL)
		fault_set(&f, EX_USAGE, "-o FILE: is missing");
	else if (o.nfiles == 0)
		fault_set(&f, EX_USAGE, "--bgp FILE or another: is missing");
	if (f.status != 0)
		return opt_fail(&f);
	bool ok = build_file(&o, &t, &f);
	table_clear(&t);
	return ok ? EX_OK : opt_fail(&f);
}

static void
answer(const struct origin_set *set, const struct options *o, uint32_t addr)
{
	struct origin_answer a;
	origin_lookup(set, addr, o->at_us, &a);
	if (o->json)
		show_answer_json(addr, o->at_us, &a);
	else
		show_answer(addr, &a);
}

/* Addresses on standard input, split by white space; bad ones are told. */
static int
answer_stdin(const struct origin_set *set, const struct options *o)
{
	char word[64];
	int status = EX_OK;
	while (scanf("%63s", word) == 1) {
		uint32_t addr = 0;
		if (addr_parse(word, &addr)) {
			answer(set, o, addr);
			continue;
		}
		log_line(LOG_ERROR, "%s: not an IPv4 address", word);
		status = EX_DATAERR;
	}
	return status;
}

static const char lookup_help[] =
    "usage: tumen origin lookup [--origin FILE]... [--at TIME] [--json]\n"
    "           [--max-days N] ADDR...\n"
    "\n"
    "  --origin FILE   a snapshot; without it those of the state directory,\n"
    "                  and without those the table that ships\n"
    "  --at TIME       the time asked about (default: now)\n"
    "  --json          one object a line\n"
    "  --max-days N    how old a table may be (default: 400)\n"
    "\n"
    "Without ADDR, or where it is -, addresses are read on standard input.\n";

static int
lookup_all(const struct origin_set *set, const struct options *o, char **addrs)
{
	int status = EX_OK;
	if (!o->json)
		show_answer_head();
	if (*addrs == NULL)
		return answer_stdin(set, o);
	for (; *addrs != NULL; addrs++) {
		uint32_t addr = 0;
		if (addr_parse(*addrs, &addr))
			answer(set, o, addr);
		else if (answer_stdin(set, o) != EX_OK)
			status = EX_DATAERR;
	}
	return status;
}

static int
lookup(int argc, char **argv)
{
	struct options o;
	struct fault f = {0};
	if (!parse(&o, argc, argv, lookup_options, &f))
		return opt_fail(&f);
	if (o.help) {
		fputs(lookup_help, stdout);
		return finish(EX_OK);
	}
	for (int i = optind; i < argc; i++) {
		uint32_t addr = 0;
		if (strcmp(argv[i], "-") != 0 && !addr_parse(argv[i], &addr)) {
			fault_set(&f, EX_USAGE,
			    "%s: not an IPv4 address in 0.0.0.0.."
			    "255.255.255.255",
			    argv[i]);
			return opt_fail(&f);
		}
	}
	struct origin_set *set = origin_set_open(o.files, o.nfiles, &f);
	if (set == NULL)
		return opt_fail(&f);
	if (o.at_us < 0)
		o.at_us = wall_now().ns / 1000;
	origin_set_limit(set, o.max_days);
	int status = lookup_all(set, &o, argv + optind);
	origin_set_close(set);
	return finish(status);
}

static const char info_help[] =
    "usage: tumen origin info [--origin FILE]... [--json]\n"
    "\n"
    "  --origin FILE   a snapshot; without it those that lookup would use\n"
    "  --json          one object a line\n";

static int
info(int argc, char **argv)
{
	struct options o;
	struct fault f = {0};
	if (!parse(&o, argc, argv, info_options, &f))
		return opt_fail(&f);
	if (o.help) {
		fputs(info_help, stdout);
		return finish(EX_OK);
	}
	const struct snapshot *const *tables = NULL;
	struct origin_set *set = origin_set_open(o.files, o.nfiles, &f);
	if (set == NULL)
		return opt_fail(&f);
	size_t n = origin_set_tables(set, &tables);
	for (size_t i = 0; i < n; i++)
		(o.json ? show_table_json : show_table)(tables[i]);
	origin_set_close(set);
	return finish(EX_OK);
}

static int
help(void)
{
	fputs(build_help, stdout);
	putchar('\n');
	fputs(lookup_help, stdout);
	putchar('\n');
	fputs(info_help, stdout);
	return finish(EX_OK);
}

int
cmd_origin(int argc, char **argv)
{
	static const struct opt_command commands[] = {
	    {"build", build, "makes a dated snapshot from address tables"},
	    {"lookup", lookup, "answers who originates an address"},
	    {"info", info, "shows what is in a snapshot, and whose it is"},
	    {NULL, NULL, NULL},
	};
	if (argc > 1 && strcmp(argv[1], "--help") == 0)
		return help();
	return opt_dispatch("tumen origin", commands, argc, argv);
}
