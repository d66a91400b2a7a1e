/* SPDX-License-Identifier: ISC */
#include "analysis/archive/plain.h"
#include "analysis/change/trace_file.h"
#include "analysis/commands.h"
#include "analysis/import_file.h"
#include "analysis/query.h"
#include "probe/base/opt.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <unistd.h>

static const char help[] =
    "usage: tumen import [--db DB] [--dry-run] [--no-source] [--vantage NAME]\n"
    "           [--start TIME] [--prefix P] [--keys FILE|DIR] [--json] "
    "FILE...\n"
    "\n"
    "Adds the traces of files to the shared database. What a file is shows in\n"
    "its content: a sealed segment or another tumen database (also compressed\n"
    "with zstd), or JSON, compressed or not: what tumen export and "
    "tumen-probe\n"
    "trace --json print, results of RIPE Atlas, scamper (sc_warts2json), mtr\n"
    "--json. - is standard input (JSON). What is there already stays as it "
    "is;\n"
    "what cannot be read is kept apart (v_broken), and the rest goes in.\n"
    "  --db DB          the shared database (or $TUMEN_DB), made when missing\n"
    "  --dry-run        only say what the files hold; needs no database\n"
    "  --no-source      do not keep the text that a trace of another tool is "
    "of\n"
    "  --vantage NAME   who observed, where a file does not tell\n"
    "  --start TIME     when, where a file does not tell (mtr)\n"
    "  --prefix P       only traces of targets in it\n"
    "  --keys FILE|DIR  the public keys of vantages: what comes from one of\n"
    "                   them must be a segment that it signed (FILE.sig)\n"
    "  --json           print what was done as one object a file\n";

struct job {
	const char *db;
	bool json;
	struct import_how how;
	struct keys *keys;	     /* NULL none */
	struct import_report report; /* of the file at work */
	bool lacking[FORMATS];	     /* it was said what they lack */
};

/* A file that was compressed, and who works on it. */
struct packed {
	struct job *job;
	const char *name;
};

static bool
unpacked(void *arg, const char *path, FILE *in, struct fault *f)
{
	const struct packed *p = arg;
	const struct import_file file = {p->name, path};
	(void)in;
	return import_database(&p->job->how, &file, &p->job->report, f);
}

static bool
not_of_databases(const struct job *job, const char *name, struct fault *f)
{
	if (job->how.without_source)
		return fault_set(f, EX_USAGE,
		    "%s: --no-source is for streams: a database is imported "
		    "whole",
		    name);
	if (job->how.prefix == NULL)
		return true;
	return fault_set(f, EX_USAGE,
	    "%s: --prefix cannot choose from a database: import it whole, or "
	    "what tumen export prints of it",
	    name);
}

static bool
database(struct job *job, FILE *in, const char *name, struct fault *f)
{
	if (!not_of_databases(job, name, f))
		return false;
	if (plain_packed(in))
		return plain_read(
		    name, unpacked, &(struct packed){job, name}, f);
	return import_database(
	    &job->how, &(struct import_file){name, name}, &job->report, f);
}

static bool
is_regular(FILE *in)
{
	struct stat st;
	return fstat(fileno(in), &st) == 0 && S_ISREG(st.st_mode);
}

/*
 * Opening and closing the destination once more would release the locks that
 * SQLite has on it (fcntl(2)).
 */
static bool
is_destination(const struct job *job, const char *name)
{
	struct stat a, b;
	return job->how.to != NULL && job->db != NULL &&
	       stat(job->db, &b) == 0 && stat(name, &a) == 0 &&
	       a.st_dev == b.st_dev && a.st_ino == b.st_ino;
}

static bool
import_file(struct job *job, const char *name, struct fault *f)
{
	if (strcmp(name, "-") == 0)
		return import_stream(&job->how, stdin, &job->report, f);
	if (is_destination(job, name))
		return fault_set(f, EX_USAGE,
		    "%s: the database itself cannot be imported", name);
	FILE *in = fopen(name, "re");
	if (in == NULL)
		return fault_set(f,
		    errno == EACCES ? EX_NOPERM : EX_UNAVAILABLE, "%s: %s",
		    name, strerror(errno));
	bool ok = is_regular(in) && trace_file_is_database(in, name)
		      ? database(job, in, name, f)
		      : import_stream(&job->how, in, &job->report, f);
	fclose(in);
	return ok;
}

/* Every file, also behind a bad one; the first fault decides the status. */
static int
import_all(struct job *job, char **names)
{
	int status = EX_OK;
	for (; *names != NULL; names++) {
		struct fault f = {0};
		struct import_report *r = &job->report;
		*r = (struct import_report){
		    .file = *names, .dry = job->how.to == NULL};
		bool ok = import_file(job, *names, &f);
		if (job->json)
			import_report_json(r);
		else
			import_report_text(r, job->lacking);
		if (!ok)
			opt_fail(&f);
		else if (r->refused > 0 || manifest_broken(&r->holds) > 0)
			f.status = EX_DATAERR;
		if (status == EX_OK)
			status = f.status;
		manifest_clear(&r->holds);
	}
	return status;
}

/* As configurations of tumen-probe have it. */
static bool
is_name(const char *s)
{
	size_t len = strspn(s, "abcdefghijklmnopqrstuvwxyz0123456789._-");
	return len >= 1 && len <= RECORD_NAME_MAX && s[len] == '\0' &&
	       strchr("._-", s[0]) == NULL;
}

static bool
prepare(struct job *job, const struct query *q, struct fault *f)
{
	const char *vantage = q->filter.vantage;
	job->db = q->db;
	job->json = q->json;
	job->how = (struct import_how){.hints = {vantage, q->start_us},
	    .without_source = q->no_source,
	    .prefix = q->filter.prefix,
	    .progress = isatty(STDERR_FILENO) == 1};
	if (q->argc == 0)
		return fault_set(
		    f, EX_USAGE, "no file: name some, or - for stdin");
	if (vantage != NULL && !is_name(vantage))
		return fault_set(f, EX_USAGE,
		    "--vantage %s: not 1..%d of a-z 0-9 . _ -, the first a "
		    "letter or digit",
		    vantage, RECORD_NAME_MAX);
	if (q->keys != NULL) {
		job->keys = keys_load(q->keys, f);
		if (job->keys == NULL)
			return false;
	}
	job->how.keys = job->keys;
	if (!q->dry)
		job->how.to = query_store(q, STORE_CREATE, f);
	return q->dry || job->how.to != NULL;
}

int
cmd_import(int argc, char **argv)
{
	struct fault f = {0};
	struct query q;
	struct job job = {0};
	if (!query_parse(&q,
		QUERY_DB | QUERY_KEYS | QUERY_JSON | QUERY_FILES | QUERY_IMPORT,
		argc, argv, &f))
		return opt_fail(&f);
	if (q.help)
		return fputs(help, stdout) < 0;
	bool ready = prepare(&job, &q, &f);
	int status = ready ? import_all(&job, q.argv) : opt_fail(&f);
	store_close(job.how.to);
	keys_free(job.keys);
	if (fflush(stdout) != 0 && status == EX_OK)
		status = EX_IOERR;
	return status;
}
