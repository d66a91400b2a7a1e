/* SPDX-License-Identifier: ISC */
#include "analysis/commands.h"
#include "probe/base/json.h"
#include "probe/base/opt.h"
#include "sql/upload.h"

#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sysexits.h>
#include <unistd.h>

static const char help[] =
    "usage: tumen upload --spool DIR [--spool DIR]... --db DB\n"
    "                    [--keep | --archive DIR] [--json]\n"
    "\n"
    "Carries the sealed segments of spools into the shared database, oldest\n"
    "first, and unlinks each when all of it is stored. Agents go on writing.\n"
    "  --spool DIR    the spool of an agent; may be repeated\n"
    "  --db DB        the shared database (or $TUMEN_DB), made when missing\n"
    "  --archive DIR  move segments there instead of unlinking them\n"
    "  --keep         leave them where they are\n"
    "  --json         print what was done as one object\n"
    "\n"
    "A segment that is damaged, or contradicts what is stored, goes to\n"
    "DIR/quarantine with its reason; the exit status is then 65.\n";

enum { SPOOLS_MAX = 256 };

struct options {
	const char *spools[SPOOLS_MAX];
	size_t nspools;
	const char *db;
	bool json, help;
	struct upload u;
};

static bool
take(struct options *o, int option, char **argv, struct fault *f)
{
	switch (option) {
	case 's':
		if (o->nspools == SPOOLS_MAX)
			return fault_set(f, EX_USAGE,
			    "--spool: more than %d spools", SPOOLS_MAX);
		o->spools[o->nspools++] = optarg;
		return true;
	case 'd':
		o->db = optarg;
		return true;
	case 'a':
		o->u.archive = optarg;
		return true;
	case 'k':
		o->u.keep = true;
		return true;
	case 'j':
		o->json = true;
		return true;
	case 'h':
		o->help = true;
		return true;
	default:
		return fault_set(f, EX_USAGE,
		    "%s: %s (see `tumen upload --help`)", argv[optind - 1],
		    option == ':' ? "needs a value" : "no such option");
	}
}

static bool
parse(struct options *o, int argc, char **argv, struct fault *f)
{
	static const struct option known[] = {
	    {"spool", required_argument, NULL, 's'},
	    {"db", required_argument, NULL, 'd'},
	    {"archive", required_argument, NULL, 'a'},
	    {"keep", no_argument, NULL, 'k'}, {"json", no_argument, NULL, 'j'},
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
		return fault_set(f, EX_USAGE,
		    "%s: not an option; spools are named by --spool",
		    argv[optind]);
	if (o->nspools == 0)
		return fault_set(f, EX_USAGE, "no spool: --spool DIR");
	if (o->db == NULL)
		return fault_set(
		    f, EX_USAGE, "no database: --db DB or $TUMEN_DB (a path)");
	if (o->u.keep && o->u.archive != NULL)
		return fault_set(
		    f, EX_USAGE, "--keep and --archive: only one of them");
	return true;
}

static void
progress(const struct upload *u, int64_t traces)
{
	fprintf(stderr, "\r%s: segment %" PRId64 ", %" PRId64 " traces ",
	    u->spool, u->segment_no, traces);
}

static void
summary(const struct upload *u, bool json)
{
	struct json j = {0};
	if (!json) {
		printf("%" PRId64 " segments: %" PRId64
		       " traces added, %" PRId64 " already there, %" PRId64
		       " runs, %" PRId64 " segments quarantined\n",
		    u->segments, u->added, u->present, u->runs, u->quarantined);
		return;
	}
	json_object(&j, NULL);
	json_text(&j, "record", "upload");
	json_int(&j, "v", 1);
	json_int(&j, "segments", u->segments);
	json_int(&j, "added", u->added);
	json_int(&j, "present", u->present);
	json_int(&j, "runs", u->runs);
	json_int(&j, "quarantined", u->quarantined);
	json_object_end(&j);
	json_line(&j, stdout);
}

int
cmd_upload(int argc, char **argv)
{
	struct fault f = {0};
	struct options o = {.db = getenv("TUMEN_DB")};
	if (!parse(&o, argc, argv, &f))
		return opt_fail(&f);
	if (o.help)
		return fputs(help, stdout) < 0;
	o.u.to = store_open(o.db, STORE_CREATE, &f);
	if (o.u.to == NULL)
		return opt_fail(&f);
	bool terminal = isatty(STDERR_FILENO) == 1;
	o.u.progress = terminal ? progress : NULL;
	bool ok = true;
	for (size_t i = 0; ok && i < o.nspools; i++)
		ok = upload_spool(&o.u, o.spools[i], &f);
	store_close(o.u.to);
	if (terminal)
		fputs("\r\033[K", stderr);
	summary(&o.u, o.json);
	if (fflush(stdout) != 0 && ok)
		ok = fault_set(&f, EX_IOERR, "stdout: cannot be written");
	if (ok && o.u.quarantined > 0)
		ok = fault_set(&f, EX_DATAERR,
		    "%" PRId64 " segments put into quarantine, see the .reason "
		    "files there",
		    o.u.quarantined);
	return ok ? EX_OK : opt_fail(&f);
}
