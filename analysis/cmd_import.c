/* SPDX-License-Identifier: ISC */
#include "analysis/archive/plain.h"
#include "analysis/commands.h"
#include "analysis/exchange/ndjson.h"
#include "analysis/query.h"
#include "probe/base/clock.h"
#include "probe/base/json.h"
#include "probe/base/mem.h"
#include "probe/base/opt.h"
#include "sql/batch.h"
#include "sql/copy.h"
#include "sql/retention.h"
#include "sql/sealed.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sysexits.h>

static const char help[] =
    "usage: tumen import --db DB [--keys FILE|DIR] [--json] FILE...\n"
    "\n"
    "Adds the traces of files to the shared database. What a file is shows in\n"
    "its content: a sealed segment or another tumen database, or NDJSON as\n"
    "printed by tumen export and tumen-probe trace --json; also compressed\n"
    "with zstd, as tumen upload archives it. - is standard input (NDJSON).\n"
    "  --db DB          the shared database (or $TUMEN_DB), made when missing\n"
    "  --keys FILE|DIR  the public keys of vantages: what comes from one of\n"
    "                   them must be a segment that it signed (FILE.sig)\n"
    "  --json           print what was done as one object a file\n";

struct count {
	int64_t added, present, runs, refused;
	const char *signature; /* NULL: no segment */
};

struct job {
	const char *db;
	bool json;
	struct keys *keys; /* NULL none */
	struct store *to;
	struct batch batch;
	struct count count; /* of the file at work */
};

/* A file that was named, or what was compressed in it. */
struct file {
	const char *name, *path;
};

static bool
add(void *arg, const struct record *r, struct fault *f)
{
	struct job *job = arg;
	bool added = false, committed = false;
	if (keys_has(job->keys, r->vantage))
		return fault_set(f, EX_DATAERR,
		    "vantage %s has a key: only its signed segments are taken",
		    r->vantage);
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
copy_all(struct job *job, struct copy *c, const char *name, struct fault *f)
{
	bool ok = copy_run(c, f);
	job->count.added = c->part.added;
	job->count.present = c->part.present;
	job->count.runs = c->part.runs;
	job->count.refused = c->refused;
	const char *why = (const char *)c->reasons.p;
	if (ok && why != NULL)
		ok = fault_set(f, EX_DATAERR,
		    "%s: %" PRId64 " rows refused; the first: %.*s", name,
		    c->refused, (int)strcspn(why, "\n"), why);
	wr_free(&c->reasons);
	return ok;
}

/* A shared database, or a part of one: nobody signs such a thing. */
static bool
import_shared(struct job *job, const struct file *file, struct fault *f)
{
	struct fault why = {0};
	struct copy c = {
	    .from = store_open(file->path, STORE_READ, f), .to = job->to};
	if (c.from == NULL)
		return false;
	bool ok =
	    sealed_unneeded(c.from, job->keys, &why)
		? copy_all(job, &c, file->name, f)
		: fault_set(f, why.status, "%s: %s", file->name, why.text);
	store_close(c.from);
	return ok;
}

/* FILE.sig, or for FILE.db.zst FILE.db.sig: signed is what was compressed. */
static char *
signature_of(const char *name)
{
	size_t len = strlen(name);
	char *text = sealed_signature(name);
	if (text != NULL || len < 4 || strcmp(name + len - 4, ".zst") != 0)
		return text;
	char *plain = xasprintf("%.*s", (int)(len - 4), name);
	text = sealed_signature(plain);
	free(plain);
	return text;
}

/* Rows that were dropped by retention come back, too. */
static bool
import_segment(
    struct job *job, struct sealed *s, const struct file *file, struct fault *f)
{
	static const char *const answers[] = {[KEYS_UNSIGNED] = "none",
	    [KEYS_UNVERIFIED] = "unverified",
	    [KEYS_GOOD] = "good",
	    [KEYS_REFUSED] = "refused"};
	job->count.signature = answers[s->answer];
	s->line.uploaded_us = wall_now().ns / 1000;
	struct copy c = {.from = s->db, .to = job->to, .line = &s->line};
	return copy_all(job, &c, file->name, f) &&
	       retention_restored(job->to, &s->line, s->line.uploaded_us, f);
}

static bool
import_database(struct job *job, const struct file *file, struct fault *f)
{
	struct sealed s = {.path = file->path,
	    .keys = job->keys,
	    .signature = signature_of(file->name)};
	bool ok = sealed_open(&s, f);
	bool is_segment = s.is_segment;
	if (ok)
		ok = import_segment(job, &s, file, f);
	sealed_close(&s);
	return is_segment ? ok : import_shared(job, file, f);
}

/* By its first octet: 'S' of "SQLite format 3", or JSON. */
static bool
import_plain(
    struct job *job, FILE *in, const struct file *file, struct fault *f)
{
	int c = getc(in);
	if (c == EOF && ferror(in))
		return fault_set(
		    f, EX_IOERR, "%s: %s", file->name, strerror(errno));
	ungetc(c, in);
	if (c == 'S' && in != stdin)
		return import_database(job, file, f);
	if (c == EOF || strchr("{ \t\r\n", c) != NULL)
		return import_lines(job, in, file->name, f);
	if (in == stdin && (c == 'S' || c == '\x28'))
		return fault_set(f, EX_USAGE,
		    "-: a segment must be named, it cannot come by a pipe");
	return fault_set(f, EX_DATAERR,
	    "%s: neither a tumen database nor NDJSON", file->name);
}

/* A file that was compressed, and who works on it. */
struct packed {
	struct job *job;
	const char *name;
};

static bool
import_unpacked(void *arg, const char *path, FILE *in, struct fault *f)
{
	const struct packed *p = arg;
	const struct file plain = {.name = p->name, .path = path};
	return import_plain(p->job, in, &plain, f);
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
	struct file file = {.name = name, .path = name};
	if (strcmp(name, "-") == 0)
		return import_plain(
		    job, stdin, &(struct file){"stdin", "-"}, f);
	if (is_destination(job, name))
		return fault_set(f, EX_USAGE,
		    "%s: the database itself cannot be imported", name);
	FILE *in = fopen(name, "re");
	if (in == NULL)
		return fault_set(f,
		    errno == EACCES ? EX_NOPERM : EX_UNAVAILABLE, "%s: %s",
		    name, strerror(errno));
	struct packed packed = {job, name};
	bool ok = plain_packed(in)
		      ? plain_read(name, import_unpacked, &packed, f)
		      : import_plain(job, in, &file, f);
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
		       " refused%s%s\n",
		    name, n->added, n->present, n->runs, n->refused,
		    n->signature != NULL ? ", signature: " : "",
		    n->signature != NULL ? n->signature : "");
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
	json_text(&j, "signature", n->signature);
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

static bool
prepare(struct job *job, const struct query *q, struct fault *f)
{
	job->db = q->db;
	job->json = q->json;
	if (q->argc == 0)
		return fault_set(
		    f, EX_USAGE, "no file: name some, or - for stdin");
	if (q->keys != NULL) {
		job->keys = keys_load(q->keys, f);
		if (job->keys == NULL)
			return false;
	}
	job->to = query_store(q, STORE_CREATE, f);
	return job->to != NULL;
}

int
cmd_import(int argc, char **argv)
{
	struct fault f = {0};
	struct query q;
	struct job job = {0};
	if (!query_parse(&q, QUERY_DB | QUERY_KEYS | QUERY_JSON | QUERY_FILES,
		argc, argv, &f))
		return opt_fail(&f);
	if (q.help)
		return fputs(help, stdout) < 0;
	bool ready = prepare(&job, &q, &f);
	int status = ready ? import_all(&job, q.argv) : opt_fail(&f);
	store_close(job.to);
	keys_free(job.keys);
	if (fflush(stdout) != 0 && status == EX_OK)
		status = EX_IOERR;
	return status;
}
