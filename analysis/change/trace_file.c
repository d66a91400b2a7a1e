/* SPDX-License-Identifier: ISC */
#include "analysis/change/trace_file.h"

#include "analysis/archive/plain.h"
#include "analysis/exchange/ndjson.h"
#include "sql/sealed.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>

/* Who is handed what, and how the file is called. */
struct reading {
	const char *name, *path; /* path: where the plain content is */
	store_each *each;
	void *arg;
};

static bool
read_store(const struct reading *to, struct store *s, struct fault *f)
{
	return store_traces(s, &(struct store_filter){0}, to->each, to->arg, f);
}

static bool
read_shared(const struct reading *to, struct fault *f)
{
	struct store *s = store_open(to->path, STORE_READ, f);
	bool ok = s != NULL && read_store(to, s, f);
	store_close(s);
	return ok;
}

/* A sealed segment is checked as a whole before anything of it is believed. */
static bool
read_database(const struct reading *to, struct fault *f)
{
	struct sealed s = {.path = to->path};
	bool ok = sealed_open(&s, f), is_segment = s.is_segment;
	ok = ok && read_store(to, s.db, f);
	sealed_close(&s);
	return is_segment ? ok : read_shared(to, f);
}

static bool
read_plain(const struct reading *to, FILE *in, struct fault *f)
{
	int c = getc(in);
	if (c == EOF && ferror(in))
		return fault_set(
		    f, EX_IOERR, "%s: %s", to->name, strerror(errno));
	ungetc(c, in);
	if (c == 'S' && in != stdin)
		return read_database(to, f);
	if (c == EOF || strchr("{ \t\r\n", c) != NULL)
		return ndjson_read(in, to->name, to->each, to->arg, f);
	if (in == stdin)
		return fault_set(f, EX_DATAERR,
		    "-: no NDJSON; a segment or a compressed file must be "
		    "named, it cannot come by a pipe");
	return fault_set(
	    f, EX_DATAERR, "%s: neither a tumen database nor NDJSON", to->name);
}

static bool
read_unpacked(void *arg, const char *path, FILE *in, struct fault *f)
{
	struct reading plain = *(const struct reading *)arg;
	plain.path = path;
	return read_plain(&plain, in, f);
}

bool
trace_file(const char *name, store_each *each, void *arg, struct fault *f)
{
	struct reading to = {name, name, each, arg};
	if (strcmp(name, "-") == 0) {
		to.name = "stdin";
		return read_plain(&to, stdin, f);
	}
	FILE *in = fopen(name, "re");
	if (in == NULL)
		return fault_set(f, errno == EACCES ? EX_NOPERM : EX_DATAERR,
		    "%s: %s", name, strerror(errno));
	bool ok = plain_packed(in) ? plain_read(name, read_unpacked, &to, f)
				   : read_plain(&to, in, f);
	fclose(in);
	return ok;
}
