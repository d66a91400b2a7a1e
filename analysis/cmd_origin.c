/* SPDX-License-Identifier: ISC */
#include "analysis/commands.h"
#include "analysis/origin/changes.h"
#include "analysis/origin/reader.h"
#include "analysis/origin/replace.h"
#include "analysis/origin_args.h"
#include "probe/base/clock.h"
#include "probe/base/log.h"
#include "probe/base/opt.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sysexits.h>

/* tumen origin build, and which commands there are */

#define DAY_US (INT64_C(86400) * US_PER_S)

static const struct option build_options[] = {
    {"as-org", required_argument, NULL, ORIGIN_NONE},
    {"as-rel", required_argument, NULL, ORIGIN_NONE},
    {"asof", required_argument, NULL, 'a'},
    {"base", required_argument, NULL, ORIGIN_ARG_BASE},
    {"bgp", required_argument, NULL, ORIGIN_BGP},
    {"curated", required_argument, NULL, ORIGIN_CURATED},
    {"help", no_argument, NULL, 'h'},
    {"ixp", required_argument, NULL, ORIGIN_IXP},
    {"output", required_argument, NULL, 'o'},
    {"registry", required_argument, NULL, ORIGIN_REGISTRY},
    {"towards", required_argument, NULL, ORIGIN_ARG_TOWARDS},
    {"vrp", required_argument, NULL, ORIGIN_NONE},
    {NULL, 0, NULL, 0},
};

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
settle_date(struct origin_args *o, const struct table *t, struct fault *f)
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

/* Whether two paths lead to one file. */
static bool
one_file(const char *a, const char *b)
{
	struct stat x, y;
	return stat(a, &x) == 0 && stat(b, &y) == 0 && x.st_dev == y.st_dev &&
	       x.st_ino == y.st_ino;
}

/* Puts what differs from the base in the place of the whole snapshot. */
static bool
only_changes(const struct origin_args *o, struct wr *bytes, struct fault *f)
{
	struct wr changes = {0};
	struct snapshot *base = snapshot_open(o->base, f);
	if (base != NULL && base->base_ref.p != NULL) {
		fault_set(f, EX_DATAERR,
		    "%s: cannot be a base: it holds changes of another table",
		    o->base);
		snapshot_close(base);
		return false;
	}
	struct snapshot *day =
	    base ? snapshot_borrow(bytes->p, bytes->len, o->out, f) : NULL;
	if (day != NULL)
		changes_pack(base, day, &changes);
	bool ok = day != NULL;
	snapshot_close(day);
	snapshot_close(base);
	if (!ok)
		return false;
	log_line(LOG_NOTE, "%s: %zu bytes instead of %zu", o->out, changes.len,
	    bytes->len);
	wr_free(bytes);
	*bytes = changes;
	return true;
}

static bool
build_file(struct origin_args *o, struct table *t, struct fault *f)
{
	struct wr bytes = {0};
	if (o->ntowards == 0)
		o->towards[o->ntowards++] = ORIGIN_TOWARDS_DEFAULT;
	t->towards = o->towards;
	t->ntowards = o->ntowards;
	for (size_t i = 0; i < o->nfiles; i++) {
		if (!reader_load(t, o->layers[i], o->files[i], f))
			return false;
		report(table_source(t));
	}
	if (!settle_date(o, t, f))
		return false;
	snapshot_pack(t, o->asof_us, &bytes);
	bool ok = o->base == NULL || only_changes(o, &bytes, f);
	ok = ok && replace_file(o->out, bytes.p, bytes.len, f);
	wr_free(&bytes);
	return ok;
}

static const char build_help[] =
    "usage: tumen origin build -o FILE [--asof TIME] [--base FILE]\n"
    "           [--bgp FILE]...\n"
    "           [--registry FILE]... [--ixp FILE]... [--curated FILE]...\n"
    "           [--as-rel FILE]... [--as-org FILE]... [--vrp FILE]...\n"
    "           [--towards ASN]...\n"
    "\n"
    "  -o, --output FILE   the snapshot to write\n"
    "  --asof TIME         the date that its content is of (default: the "
    "latest\n"
    "                      date that a source gives for itself)\n"
    "  --base FILE         a snapshot of another day: write only what differs\n"
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
    "  --towards ASN       an origin whose upstreams are taken from AS paths,\n"
    "                      prefix by prefix (default: 131279)\n"
    "\n"
    "The kind of a file is told by its content; gzip, bzip2 and zstd are\n"
    "unpacked.\n";

static int
build(int argc, char **argv)
{
	struct origin_args o;
	struct fault f = {0};
	struct table t = {0};
	if (!origin_args_parse(&o, argc, argv, build_options, &f))
		return opt_fail(&f);
	if (o.help) {
		fputs(build_help, stdout);
		return origin_finish(EX_OK);
	}
	if (optind < argc)
		fault_set(&f, EX_USAGE, "%s: files are given by options",
		    argv[optind]);
	else if (o.out == NULL)
		fault_set(&f, EX_USAGE, "-o FILE: is missing");
	else if (o.base != NULL && one_file(o.base, o.out))
		fault_set(&f, EX_USAGE, "-o %s: is the base itself", o.out);
	else if (o.nfiles == 0)
		fault_set(&f, EX_USAGE, "--bgp FILE or another: is missing");
	if (f.status != 0)
		return opt_fail(&f);
	bool ok = build_file(&o, &t, &f);
	table_clear(&t);
	return ok ? EX_OK : opt_fail(&f);
}

static int
help(void)
{
	fputs(build_help, stdout);
	putchar('\n');
	fputs(origin_lookup_help, stdout);
	putchar('\n');
	fputs(origin_info_help, stdout);
	putchar('\n');
	fputs(origin_compare_help, stdout);
	return origin_finish(EX_OK);
}

int
cmd_origin(int argc, char **argv)
{
	static const struct opt_command commands[] = {
	    {"build", build, "makes a dated snapshot from address tables"},
	    {"lookup", origin_lookup_command,
		"answers who originates an address"},
	    {"info", origin_info_command,
		"shows what is in a snapshot, and whose it is"},
	    {"compare", origin_compare_command,
		"shows what changed between two days"},
	    {NULL, NULL, NULL},
	};
	if (argc > 1 && strcmp(argv[1], "--help") == 0)
		return help();
	return opt_dispatch("tumen origin", commands, argc, argv);
}
