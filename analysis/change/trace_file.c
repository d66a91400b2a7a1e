/* SPDX-License-Identifier: ISC */
#include "analysis/change/trace_file.h"

#include "analysis/archive/plain.h"
#include "analysis/exchange/feed.h"
#include "sql/sealed.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <sysexits.h>

/* Who is handed what, and where the plain content is. */
struct reading {
	const char *path;
	struct trace_file_to *to;
};

static bool
read_store(const struct reading *r, struct store *s, struct fault *f)
{
	return store_traces(
	    s, &(struct store_filter){0}, r->to->each, r->to->arg, f);
}

static bool
read_shared(const struct reading *r, struct fault *f)
{
	struct store *s = store_open(r->path, STORE_READ, f);
	bool ok = s != NULL && read_store(r, s, f);
	store_close(s);
	return ok;
}

/* A sealed segment is checked as a whole before anything of it is believed. */
static bool
read_database(const struct reading *r, struct fault *f)
{
	struct sealed s = {.path = r->path};
	bool ok = sealed_open(&s, f), is_segment = s.is_segment;
	ok = ok && read_store(r, s.db, f);
	sealed_close(&s);
	return is_segment ? ok : read_shared(r, f);
}

static bool
read_unpacked(void *arg, const char *path, FILE *in, struct fault *f)
{
	const struct reading *packed = arg;
	const struct reading plain = {path, packed->to};
	(void)in;
	return read_database(&plain, f);
}

bool
trace_file_is_database(FILE *in, const char *name)
{
	static const char magic[] = "SQLite format 3";
	struct fault unused = {0};
	char head[sizeof(magic)] = {0};
	size_t n = 0;
	struct feed *feed = feed_open(in, name, &unused);
	for (ptrdiff_t got = 1; feed != NULL && got > 0 && n < sizeof(head);) {
		got = feed_read(feed, head + n, sizeof(head) - n, &unused);
		n += got > 0 ? (size_t)got : 0;
	}
	feed_close(feed);
	rewind(in);
	return n == sizeof(head) && memcmp(head, magic, sizeof(head)) == 0;
}

static bool
is_regular(FILE *in)
{
	struct stat st;
	return fstat(fileno(in), &st) == 0 && S_ISREG(st.st_mode);
}

static bool
read_file(struct trace_file_to *to, FILE *in, const char *name, struct fault *f)
{
	struct reading r = {name, to};
	if (!is_regular(in) || !trace_file_is_database(in, name))
		return to->stream(to, in, name, f);
	return plain_packed(in) ? plain_read(name, read_unpacked, &r, f)
				: read_database(&r, f);
}

bool
trace_file(struct trace_file_to *to, const char *name, struct fault *f)
{
	if (strcmp(name, "-") == 0)
		return to->stream(to, stdin, "stdin", f);
	FILE *in = fopen(name, "re");
	if (in == NULL)
		return fault_set(f, errno == EACCES ? EX_NOPERM : EX_DATAERR,
		    "%s: %s", name, strerror(errno));
	bool ok = read_file(to, in, name, f);
	fclose(in);
	return ok;
}
