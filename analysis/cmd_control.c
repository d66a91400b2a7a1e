/* SPDX-License-Identifier: ISC */
#include "analysis/commands.h"
#include "analysis/control/stream.h"
#include "analysis/query.h"
#include "probe/base/clock.h"
#include "probe/base/json.h"
#include "probe/base/opt.h"

#include <getopt.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <unistd.h>

static const char help[] =
    "usage: tumen control import --db DB [--collector NAME] [--prefix P]...\n"
    "           [--json] FILE...\n"
    "\n"
    "Adds what BGP collectors were told about the prefixes of interest: MRT\n"
    "updates and table dumps (RouteViews, RIS, BIRD, FRR) and RIS Live, plain\n"
    "or compressed with gzip, bzip2 or zstd. - is standard input (RIS Live).\n"
    "  --db DB           the shared database (or $TUMEN_DB), made when "
    "missing\n"
    "  --collector NAME  of all files; else as the path or the message says\n"
    "  --prefix P        look for P, what lies inside it, and what covers it\n"
    "                    with /16 or more (default: 175.45.176.0/22)\n"
    "  --json            print what was done as one object a file\n";

struct job {
	const char *db, *collector;
	bool json, help, terminal;
	size_t nprefixes;
	struct prefix prefix[INTEREST_MAX];
	struct interest interest;
	struct store *store;
	struct import import;
	const char *name; /* of the file at work */
};

static volatile sig_atomic_t stop_asked;

static void
ask_stop(int signal_no)
{
	(void)signal_no;
	stop_asked = 1;
}

static bool
take_prefix(struct job *job, struct fault *f)
{
	if (job->nprefixes == INTEREST_MAX)
		return fault_set(f, EX_USAGE, "--prefix: more than %d of them",
		    INTEREST_MAX);
	return prefix_parse(optarg, &job->prefix[job->nprefixes++]) ||
	       fault_set(f, EX_USAGE,
		   "--prefix %s: not a.b.c.d/len without host bits", optarg);
}

static bool
take_collector(struct job *job, struct fault *f)
{
	static const char fine[] = "abcdefghijklmnopqrstuvwxyz"
				   "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-";
	size_t len = strlen(optarg);
	job->collector = optarg;
	return (len >= 1 && len <= COLLECTOR_NAME_MAX &&
		   strspn(optarg, fine) == len) ||
	       fault_set(f, EX_USAGE,
		   "--collector %s: not 1..%d letters, digits, dots and "
		   "dashes",
		   optarg, COLLECTOR_NAME_MAX);
}

static bool
take_option(struct job *job, int option, char **argv, struct fault *f)
{
	switch (option) {
	case 'h':
		job->help = true;
		return true;
	case 'd':
		job->db = optarg;
		return true;
	case 'j':
		job->json = true;
		return true;
	case 'c':
		return take_collector(job, f);
	case 'p':
		return take_prefix(job, f);
	}
	return fault_set(f, EX_USAGE,
	    "%s: no option of control import, or its value is missing",
	    argv[optind - 1]);
}

static bool
parse(struct job *job, int argc, char **argv, struct fault *f)
{
	static const struct option options[] = {
	    {"collector", required_argument, NULL, 'c'},
	    {"db", required_argument, NULL, 'd'},
	    {"help", no_argument, NULL, 'h'}, {"json", no_argument, NULL, 'j'},
	    {"prefix", required_argument, NULL, 'p'}, {NULL, 0, NULL, 0}};
	int option = 0;
	opterr = optind = 0;
	job->db = getenv("TUMEN_DB");
	while ((option = getopt_long(argc, argv, "h", options, NULL)) != -1)
		if (!take_option(job, option, argv, f))
			return false;
	if (!job->help && optind == argc)
		return fault_set(
		    f, EX_USAGE, "no file: name some, or - for stdin");
	return true;
}

/* How many messages of all collectors, and the stamps they lie between. */
static struct intake_source
total(const struct intake *in)
{
	struct intake_source all = {.first_us = -1, .last_us = -1};
	for (size_t i = 0; i < in->nsources; i++) {
		const struct intake_source *s = &in->source[i];
		all.messages += s->messages;
		all.kept += s->kept;
		if (s->messages == 0)
			continue;
		if (all.first_us < 0 || s->first_us < all.first_us)
			all.first_us = s->first_us;
		if (s->last_us > all.last_us)
			all.last_us = s->last_us;
	}
	return all;
}

static void
print_sources(struct json *j, const struct intake *in)
{
	json_array(j, "sources");
	for (size_t i = 0; i < in->nsources; i++) {
		const struct intake_source *s = &in->source[i];
		if (s->messages == 0)
			continue;
		json_object(j, NULL);
		json_text(j, "collector", s->collector);
		json_text(j, "kind", s->kind);
		json_int_or_null(j, "first_us", s->first_us);
		json_int_or_null(j, "last_us", s->last_us);
		json_int(j, "messages", s->messages);
		json_int(j, "kept", s->kept);
		json_object_end(j);
	}
	json_array_end(j);
}

static void
print_json(const struct job *job, const struct intake_source *all)
{
	const struct intake *in = job->import.in;
	struct json j = {0};
	json_object(&j, NULL);
	json_text(&j, "record", "control-import");
	json_int(&j, "v", 1);
	json_text(&j, "file", job->name);
	json_hex(&j, "sha256", job->import.sha256, HASH_SHA256_LEN);
	json_text(&j, "prefixes", in->interest->text);
	json_int_or_null(&j, "first_us", all->first_us);
	json_int_or_null(&j, "last_us", all->last_us);
	json_int(&j, "messages", all->messages);
	json_int(&j, "kept", all->kept);
	json_int(&j, "added", in->added);
	json_int(&j, "present", all->kept - in->added);
	json_object(&j, "skipped");
	for (int i = 0; i < SKIP_KINDS; i++)
		json_int(
		    &j, intake_skip_name((enum intake_skip)i), in->skips[i]);
	json_object_end(&j);
	json_int_or_null(&j, "broken_at", in->broken_at);
	print_sources(&j, in);
	json_object_end(&j);
	json_line(&j, stdout);
}

static void
print_text(const struct job *job, const struct intake_source *all)
{
	const struct intake *in = job->import.in;
	printf("%s: %" PRId64 " messages, %" PRId64 " rows (%" PRId64 " new)",
	    job->name, all->messages, all->kept, in->added);
	for (size_t i = 0; i < in->nsources; i++)
		if (in->source[i].messages > 0)
			printf(", %s %s", in->source[i].collector,
			    in->source[i].kind);
	for (int i = 0; i < SKIP_KINDS; i++)
		if (in->skips[i] > 0)
			printf(", %" PRId64 " %s", in->skips[i],
			    intake_skip_name((enum intake_skip)i));
	putchar('\n');
}

static void
summary(const struct job *job)
{
	struct intake_source all = total(job->import.in);
	if (job->terminal)
		fputs("\r\x1b[K", stderr);
	if (job->json)
		print_json(job, &all);
	else
		print_text(job, &all);
}

static void
stretch(struct import *im, void *arg)
{
	(void)im;
	summary(arg);
	fflush(stdout);
}

static void
progress(void *arg, int64_t octets, int64_t of)
{
	const struct job *job = arg;
	if (job->terminal && of > 0)
		fprintf(
		    stderr, "\r%s: %d %%", job->name, (int)(octets * 100 / of));
}

static bool
import_stdin(struct job *job, struct fault *f)
{
	const struct sigaction action = {.sa_handler = ask_stop};
	const struct stream from = {.fd = STDIN_FILENO,
	    .name = "stdin",
	    .stop = &stop_asked,
	    .stretch = stretch,
	    .arg = job};
	job->name = from.name;
	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
	return stream_read(&job->import, &from, f);
}

/*
 * Opening and closing the destination once more would release the locks that
 * SQLite has on it (fcntl(2)).
 */
static bool
is_destination(const struct job *job)
{
	struct stat a, b;
	return stat(job->db, &b) == 0 && stat(job->name, &a) == 0 &&
	       a.st_dev == b.st_dev && a.st_ino == b.st_ino;
}

static bool
import_one(struct job *job, const char *name, struct fault *f)
{
	job->name = name;
	if (strcmp(name, "-") == 0)
		return import_stdin(job, f);
	if (is_destination(job))
		return fault_set(f, EX_USAGE,
		    "%s: the database itself cannot be imported", name);
	bool ok = import_file(&job->import, name, f);
	summary(job);
	return ok;
}

/* Every file, also behind a bad one; the first fault decides the status. */
static int
import_all(struct job *job, char **names)
{
	int status = EX_OK;
	for (; *names != NULL; names++) {
		struct fault f = {0};
		if (import_one(job, *names, &f))
			continue;
		status = status == EX_OK ? f.status : status;
		fflush(stdout);
		opt_fail(&f);
	}
	return status;
}

static bool
prepare(struct job *job, struct fault *f)
{
	const struct query q = {.db = job->db};
	interest_init(&job->interest, job->prefix, job->nprefixes);
	job->terminal = isatty(STDERR_FILENO) == 1;
	job->store = query_store(&q, STORE_CREATE, f);
	if (job->store == NULL)
		return false;
	job->import =
	    (struct import){.in = intake_open(job->store, &job->interest),
		.collector = job->collector,
		.progress = progress,
		.arg = job};
	return true;
}

static int
import(int argc, char **argv)
{
	struct fault f = {0};
	struct job job = {0};
	if (!parse(&job, argc, argv, &f))
		return opt_fail(&f);
	if (job.help)
		return fputs(help, stdout) < 0;
	bool ready = prepare(&job, &f);
	int status = ready ? import_all(&job, argv + optind) : opt_fail(&f);
	intake_close(job.import.in);
	store_close(job.store);
	if (fflush(stdout) != 0 && status == EX_OK)
		status = EX_IOERR;
	return status;
}

int
cmd_control(int argc, char **argv)
{
	struct fault f = {0};
	const char *what = argc > 1 ? argv[1] : "";
	if (strcmp(what, "import") == 0)
		return import(argc - 1, argv + 1);
	if (strcmp(what, "runs") == 0)
		return cmd_control_runs(argc - 1, argv + 1);
	if (strcmp(what, "--help") == 0 || strcmp(what, "-h") == 0)
		return printf("%s\n%s", help, control_runs_help) < 0;
	fault_set(&f, EX_USAGE, "control%s%s: %s; there are: import, runs",
	    *what ? " " : "", what, *what ? "no such command" : "no command");
	return opt_fail(&f);
}
