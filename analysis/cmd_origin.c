/* SPDX-License-Identifier: ISC */
#include "analysis/commands.h"
#include "analysis/origin/origin.h"
#include "analysis/origin/reader.h"
#include "analysis/origin/replace.h"
#include "analysis/origin/snapshot.h"
#include "probe/base/clock.h"
#include "probe/base/json.h"
#include "probe/base/log.h"
#include "probe/base/opt.h"

#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>

/* tumen origin build | lookup | info */

enum { FILES_MAX = ORIGIN_TABLES_MAX, DATE_STRLEN = 11 };

/* The arguments of all three; each uses its part. */
struct options {
	const char *out;
	int64_t asof_us, at_us; /* -1: not given */
	int64_t max_days;
	bool json, help;
	const char *files[FILES_MAX];	     /* in the order given */
	enum origin_layer layers[FILES_MAX]; /* NONE: a snapshot */
	size_t nfiles;
};

static const struct option build_options[] = {
    {"asof", required_argument, NULL, 'a'},
    {"bgp", required_argument, NULL, ORIGIN_BGP},
    {"curated", required_argument, NULL, ORIGIN_CURATED},
    {"help", no_argument, NULL, 'h'},
    {"ixp", required_argument, NULL, ORIGIN_IXP},
    {"output", required_argument, NULL, 'o'},
    {"registry", required_argument, NULL, ORIGIN_REGISTRY},
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
		return opt_number(
		    "--max-days", optarg, 0, 100000, &o->max_days, f);
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

static char *
date(int64_t us, char buf[static DATE_STRLEN])
{
	char full[CLOCK_STRLEN];
	snprintf(buf, DATE_STRLEN, "%.10s",
	    us < 0 ? "-" : clock_format_us(us, full));
	return buf;
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
report(const struct source *s, int64_t asof_us)
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
	if (s->asof_us > asof_us)
		log_line(
		    LOG_WARN, "%s: its content is later than --asof", s->name);
}

static bool
build_file(const struct options *o, struct table *t, struct fault *f)
{
	struct wr bytes = {0};
	for (size_t i = 0; i < o->nfiles; i++) {
		if (!reader_load(t, o->layers[i], o->files[i], f))
			return false;
		report(table_source(t), o->asof_us);
	}
	snapshot_pack(t, o->asof_us, &bytes);
	bool ok = replace_file(o->out, bytes.p, bytes.len, f);
	wr_free(&bytes);
	return ok;
}

static const char build_help[] =
    "usage: tumen origin build -o FILE --asof TIME [--bgp FILE]...\n"
    "           [--registry FILE]... [--ixp FILE]... [--curated FILE]...\n"
    "\n"
    "  -o, --output FILE   the snapshot to write\n"
    "  --asof TIME         the date that its content is of\n"
    "  --bgp FILE          MRT table, ranges (CSV), prefix and ASN, packed\n"
    "  --registry FILE     delegated-extended, rows with a source, or as "
    "above\n"
    "  --ixp FILE          prefixes of exchange points, a line each\n"
    "  --curated FILE      rows with a source, or prefix and ASN\n"
    "\n"
    "The kind of a file is told by its content; gzip and zstd are unpacked.\n";

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
	if (o.out == NULL || o.asof_us < 0 || o.nfiles == 0 || optind < argc) {
		fault_set(&f, EX_USAGE, "tumen origin build: %s%s",
		    optind < argc   ? argv[optind]
		    : o.out == NULL ? "-o FILE"
		    : o.asof_us < 0 ? "--asof TIME"
				    : "--bgp, --registry, --ixp or "
				      "--curated FILE",
		    optind < argc ? ": files are given by options"
				  : ": is missing");
		return opt_fail(&f);
	}
	bool ok = build_file(&o, &t, &f);
	table_clear(&t);
	return ok ? EX_OK : opt_fail(&f);
}

static void
answer_json(
    const struct options *o, uint32_t addr, const struct origin_answer *a)
{
	struct json j = {0};
	char text[PREFIX_STRLEN], day[DATE_STRLEN];
	json_object(&j, NULL);
	json_text(&j, "record", "origin");
	json_int(&j, "v", 1);
	json_text(&j, "addr", addr_format(addr, text));
	json_int(&j, "at_us", o->at_us);
	json_array(&j, "origins");
	for (size_t i = 0; i < a->nasns; i++)
		json_int(&j, NULL, a->asns[i]);
	json_array_end(&j);
	json_text(&j, "layer", origin_layer_name(a->layer));
	json_text(&j, "prefix",
	    a->layer == ORIGIN_NONE ? NULL : prefix_format(&a->prefix, text));
	json_array(&j, "names");
	for (size_t i = 0; i < a->nasns; i++)
		json_text(&j, NULL, a->names[i]);
	json_array_end(&j);
	json_text(&j, "asof", a->asof_us < 0 ? NULL : date(a->asof_us, day));
	json_int_or_null(&j, "days", a->days);
	json_text(&j, "source", a->source);
	json_text(&j, "reason", a->reason);
	json_object_end(&j);
	json_line(&j, stdout);
}

static void
answer_text(uint32_t addr, const struct origin_answer *a)
{
	char text[PREFIX_STRLEN], day[DATE_STRLEN], days[24] = "-";
	char origins[ORIGIN_ASNS_MAX * 13] = "-";
	size_t used = 0;
	for (size_t i = 0; i < a->nasns; i++)
		used += (size_t)snprintf(origins + used, sizeof(origins) - used,
		    "%sAS%" PRIu32, i ? "," : "", a->asns[i]);
	if (a->days >= 0)
		snprintf(days, sizeof(days), "%" PRId64, a->days);
	printf("%-15s  %-8s  ", addr_format(addr, text),
	    origin_layer_name(a->layer));
	printf("%-18s  %-12s  %-10s  %4s  ",
	    a->layer == ORIGIN_NONE ? "-" : prefix_format(&a->prefix, text),
	    origins, date(a->asof_us, day), days);
	for (size_t i = 0; i < a->nasns; i++)
		printf("%s%s", i ? "; " : "", a->names[i] ? a->names[i] : "-");
	if (a->layer == ORIGIN_NONE)
		printf("%s", a->reason);
	else if (a->layer != ORIGIN_BGP)
		printf("%s[not BGP: %s]", a->nasns > 0 ? " " : "", a->source);
	putchar('\n');
}

static void
answer(const struct origin_set *set, const struct options *o, uint32_t addr)
{
	struct origin_answer a;
	origin_lookup(set, addr, o->at_us, &a);
	if (o->json)
		answer_json(o, addr, &a);
	else
		answer_text(addr, &a);
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
		printf("%-15s  %-8s  %-18s  %-12s  %-10s  %4s  %s\n", "address",
		    "layer", "prefix", "origin", "table of", "days", "name");
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

static void
source_text(const struct snapshot_source *s)
{
	char day[DATE_STRLEN];
	printf("  %s: %s, %s, %" PRIu64 " bytes, as of %s\n", s->name,
	    origin_layer_name(s->layer), s->kind, s->bytes,
	    date(s->asof_us, day));
	if (s->title != NULL)
		printf("    title    %s\n", s->title);
	printf("    licence  %s\n", s->licence ? s->licence : "unknown");
	if (s->credits != NULL)
		printf("    credits  %s\n", s->credits);
	printf("    sha-256  ");
	for (size_t i = 0; i < sizeof(s->sha256); i++)
		printf("%02x", s->sha256[i]);
	printf("\n    records ");
	for (size_t i = 0; i < s->ncounts; i++)
		if (s->counts[i] > 0)
			printf(" %s=%" PRIu64, s->count_names[i], s->counts[i]);
	putchar('\n');
}

static void
source_json(const struct snapshot_source *s, struct json *j)
{
	char day[DATE_STRLEN];
	json_object(j, NULL);
	json_text(j, "name", s->name);
	json_text(j, "layer", origin_layer_name(s->layer));
	json_text(j, "kind", s->kind);
	json_text(j, "title", s->title);
	json_text(j, "licence", s->licence);
	json_text(j, "credits", s->credits);
	json_text(j, "asof", s->asof_us < 0 ? NULL : date(s->asof_us, day));
	json_int(j, "bytes", (int64_t)s->bytes);
	json_hex(j, "sha256", s->sha256, sizeof(s->sha256));
	json_object(j, "counts");
	for (size_t i = 0; i < s->ncounts; i++)
		json_int(j, s->count_names[i], (int64_t)s->counts[i]);
	json_object_end(j);
	json_object_end(j);
}

static void
table_json(const struct snapshot *s)
{
	struct json j = {0};
	char day[DATE_STRLEN];
	json_object(&j, NULL);
	json_text(&j, "record", "origin-table");
	json_int(&j, "v", 1);
	json_text(&j, "file", s->name);
	json_text(&j, "asof", date(s->asof_us, day));
	json_int(&j, "asof_us", s->asof_us);
	json_int(&j, "bytes", (int64_t)s->len);
	json_int(&j, "rows", (int64_t)s->nrows);
	json_int(&j, "ases", (int64_t)s->nases);
	json_array(&j, "sources");
	for (size_t i = 0; i < s->nsources; i++)
		source_json(&s->sources[i], &j);
	json_array_end(&j);
	json_object_end(&j);
	json_line(&j, stdout);
}

static void
table_text_info(const struct snapshot *s)
{
	char day[DATE_STRLEN];
	printf("%s: as of %s, %zu rows, %zu ASes, %zu segments, %zu bytes\n",
	    s->name, date(s->asof_us, day), s->nrows, s->nases, s->nsegments,
	    s->len);
	for (size_t i = 0; i < s->nsources; i++)
		source_text(&s->sources[i]);
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
		(o.json ? table_json : table_text_info)(tables[i]);
	origin_set_close(set);
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
	return opt_dispatch("tumen origin", commands, argc, argv);
}
