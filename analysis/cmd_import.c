/* SPDX-License-Identifier: ISC */
#include "analysis/commands.h"
#include "analysis/exchange/ndjson.h"
#include "analysis/query.h"
#include "probe/base/json.h"
#include "probe/base/opt.h"
#include "sql/batch.h"
#include "sql/copy.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sysexits.h>

static const char help[] =
    "usage: tumen import --db DB [--json] FILE...\n"
    "\n"
    "Adds the traces of files to the shared database. What a file is shows in\n"
    "its content: a segment or another tumen database, or NDJSON as printed "
    "by\n"
    "tumen export and tumen-probe trace --json. - is standard input (NDJSON).\n"
    "  --db DB   the shared database (or $TUMEN_DB), made when missing\n"
    "  --json    print what was done as one object a file\n";

struct count {
	int64_t added, present, runs, refused;
};

struct job {
	const char *db;
	bool json;
	struct store *to;
	struct batch batch;
	struct count count; /* of the file at work */
};

static bool
add(void *arg, const struct record *r, struct fault *f)
{
	struct job *job = arg;
	bool added = false, committed = false;
	if (!store_add(job->to, r, &added, f))
		return false;
	job->count.added += added;
	job->count.present += !added;
	return batch_count(&job->batch, r->nprobes * 32, &committed, f);
}

/* All lines up to a bad one are stored. */
static bool
import_lines(struct job *job, FILE *in, const char *name, struct fault *f)
{
	struct fault end = {0};
	if (!batch_open(&job->batch, job->to, f))
		return false;
	bool ok = ndjson_read(in, name, add, job, f);
	bool usable = ok || f->status == EX_DATAERR;
	if (batch_close(&job->batch, usable, &end))
		return ok;
	if (usable)
		*f = end;
	return false;
}

static bool
import_database(struct job *job, const char *name, struct fault *f)
{
	struct copy c = {
	    .from = store_open(name, STORE_READ, f), .to = job->to};
	if (c.from == NULL)
		return false;
	bool ok = copy_run(&c, f);
	store_close(c.from);
	job->count = (struct count){c.added, c.present, c.runs, c.refused};
	const char *why = (const char *)c.reasons.p;
	if (ok && why != NULL)
		ok = fault_set(f, EX_DATAERR,
		    "%s: %" PRId64 " rows refused; the first: %.*s", name,
		    c.refused, (int)strcspn(why, "\n"), why);
	wr_free(&c.reasons);
	return ok;
}

/* By its first octet: 'S' of "SQLite format 3", or JSON. */
static bool
import_stream(struct job *job, FILE *in, const char *name, struct fault *f)
{
	int c = getc(in);
	if (c == EOF && ferror(in))
		return fault_set(f, EX_IOERR, "%s: %s", name, strerror(errno));
	ungetc(c, in);
	if (c == 'S' && in == stdin)
		return fault_set(f, EX_USAGE,
		    "-: a segment must be named, it cannot come by a pipe");
	if (c == 'S')
		return import_database(job, name, f);
	if (c == EOF || strchr("{ \t\r\n", c) != NULL)
		return import_lines(job, in, name, f);
	return fault_set(
	    f, EX_DATAERR, "%s: neither a tumen database nor NDJSON", name);
}

/*
 * Opening and closing the destination once more would release the locks that
 * SQLite has on it (fcntl(2)).
 */
static bool
is_destination(const struct job *job, const char *name)
{
	struct stat a, b;
	return job->db != NULL && stat(job->db, &b) == 0 &&
	       stat(name, &a) == 0 && a.st_dev == b.st_dev &&
	       a.st_ino == b.st_ino;
}

static bool
import_file(struct job *job, const char *name, struct fault *f)
{
	if (strcmp(name, "-") == 0)
		return import_stream(job, stdin, "stdin", f);
	if (is_destination(job, name))
		return fault_set(f, EX_USAGE,
		    "%s: the database itself cannot be imported", name);
	FILE *in = fopen(name, "re");
	if (in == NULL)
		return fault_set(f,
		    errno == EACCES ? EX_NOPERM : EX_UNAVAILABLE, "%s: %s",
		    name, strerror(errno));
	bool ok = import_stream(job, in, name, f);
	fclose(in);
	return ok;
}

static void
summary(const struct job *job, const char *name)
{
	const struct count *n = &job->count;
	struct json j = {0};
	if (!job->json) {
		printf("%s: %" PRId64 " traces added, %" PRId64
		       " already there, %" PRId64 " runs, %" PRId64
		       " refused\n",
		    name, n->added, n->present, n->runs, n->refused);
		return;
	}
	json_object(&j, NULL);
	json_text(&j, "record", "import");
	json_int(&j, "v", 1);
	json_text(&j, "file", name);
	json_int(&j, "added", n->added);
	json_int(&j, "present", n->present);
	json_int(&j, "runs", n->runs);
	json_int(&j, "refused", n->refused);
	json_object_end(&j);
	json_line(&j, stdout);
}

/* Every file, also behind a bad one; the first fault decides the status. */
static int
import_all(struct job *job, char **names)
{
	int status = EX_OK;
	for (; *names != NULL; names++) {
		struct fault f = {0};
		job->count = (struct count){0};
		bool ok = import_file(job, *names, &f);
		summary(job, *names);
		if (!ok && status == EX_OK)
			status = f.status;
		if (!ok)
			opt_fail(&f);
	}
	return status;
}

int
cmd_import(int argc, char **argv)
{
	struct fault f = {0};
	struct query q;
	if (!query_parse(
		&q, QUERY_DB | QUERY_JSON | QUERY_FILES, argc, argv, &f))
		return opt_fail(&f);
	if (q.help)
		return fputs(help, stdout) < 0;
	if (q.argc == 0)
		fault_set(&f, EX_USAGE, "no file: name some, or - for stdin");
	struct job job = {.db = q.db, .json = q.json};
	if (q.argc > 0)
		job.to = query_store(&q, STORE_CREATE, &f);
	if (job.to == NULL)
		return opt_fail(&f);
	int status = import_all(&job, q.argv);
	store_close(job.to);
	if (fflush(stdout) != 0 && status == EX_OK)
		status = EX_IOERR;
	return status;
}
