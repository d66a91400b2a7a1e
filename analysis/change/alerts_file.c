/* SPDX-License-Identifier: ISC */
#include "analysis/change/alerts_file.h"

#include "probe/base/log.h"
#include "probe/base/mem.h"
#include "sql/folder.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <unistd.h>

static const char magic[] = "tumen-alerts";

enum { WORDS_MAX = 11 };

/* A line in its words; `done` keeps what stands behind its third. */
struct line {
	size_t n, no; /* its number in the file */
	char *word[WORDS_MAX];
};

static bool
parse_number(const char *text, int64_t *value)
{
	char *end = NULL;
	errno = 0;
	long long v = strtoll(text, &end, 10);
	*value = v;
	return errno == 0 && end != text && *end == '\0' && v >= 0;
}

static bool
parse_kind(const char *text, enum event_kind *kind)
{
	for (int k = EVENT_GAINED; k <= EVENT_FLAPPING; k++) {
		*kind = (enum event_kind)k;
		if (strcmp(event_kind_name(*kind), text) == 0)
			return true;
	}
	return false;
}

static bool
parse_name(const char *text, char *name, size_t room)
{
	return (size_t)snprintf(name, room, "%s", text) < room;
}

static bool
parse_event(const struct line *l, struct event *e)
{
	bool control = strcmp(l->word[2], "control") == 0;
	e->plane = control ? PLANE_CONTROL : PLANE_DATA;
	return (control || strcmp(l->word[2], "data") == 0) &&
	       prefix_parse(l->word[3], &e->prefix) &&
	       parse_name(l->word[4], e->vantage, sizeof(e->vantage)) &&
	       parse_kind(l->word[5], &e->kind) &&
	       parse_name(l->word[6], e->carrier, sizeof(e->carrier)) &&
	       parse_name(l->word[7], e->from, sizeof(e->from)) &&
	       parse_name(l->word[8], e->to, sizeof(e->to)) &&
	       parse_number(l->word[9], &e->after_us) &&
	       parse_number(l->word[10], &e->before_us);
}

/* Which calls have no end yet. */
struct reading {
	struct alerts *alerts;
	const char *path;
	size_t open; /* the number of the call that has not ended; 0 */
	size_t lost; /* of one that a crash cut off, when it was said; 0 */
};

/* Calls are made one after the other, and numbered so. */
static bool
read_call(struct reading *r, const struct line *l, int64_t no)
{
	struct event e = {0};
	if (l->n != WORDS_MAX || no != (int64_t)r->alerts->n + 1 ||
	    !parse_event(l, &e))
		return false;
	alerts_remember(r->alerts, &e);
	r->open = (size_t)no;
	return true;
}

static bool
read_line(struct reading *r, const struct line *l)
{
	int64_t no = 0;
	if (l->no == 1)
		return l->n == 3 && strcmp(l->word[0], magic) == 0 &&
		       strcmp(l->word[1], "1") == 0 &&
		       parse_number(l->word[2], &r->alerts->since_us);
	if (l->n < 2 || !parse_number(l->word[1], &no))
		return false;
	if (strcmp(l->word[0], "call") == 0)
		return read_call(r, l, no);
	bool ends =
	    strcmp(l->word[0], "done") == 0 || strcmp(l->word[0], "lost") == 0;
	if (!ends || r->open == 0 || no != (int64_t)r->open)
		return false;
	r->open = 0;
	return true;
}

static bool
read_lines(struct reading *r, char *text, struct fault *f)
{
	struct line l = {0};
	for (char *s = text, *end = NULL; (end = strchr(s, '\n')) != NULL;
	     s = end + 1) {
		*end = '\0';
		l.no++;
		l.n = 0;
		for (char *rest = s; rest != NULL && l.n < WORDS_MAX;)
			l.word[l.n++] = strsep(&rest, "\t");
		if (!read_line(r, &l))
			return fault_set(f, EX_DATAERR,
			    "%s:%zu: no line of alerts", r->path, l.no);
	}
	return true;
}

static bool
begin(struct alerts *a, struct fault *f)
{
	char *line = xasprintf("%s\t1\t%" PRId64 "\n", magic, a->since_us);
	char *copy = xstrdup(a->path);
	bool ok = alerts_append(a, line, f) && folder_sync(dirname(copy), f);
	free(copy);
	free(line);
	return ok;
}

/* What the crash of an earlier process cut off is said, once. */
static bool
say_lost(struct alerts *a, const struct reading *r, struct fault *f)
{
	char prefix[PREFIX_STRLEN];
	if (r->open == 0)
		return true;
	const struct event *e = &a->alert[r->open - 1].event;
	log_line(LOG_WARN,
	    "%s: call %zu (%s %s, %s to %s) was begun and its end is not "
	    "known; it is not made again",
	    a->path, r->open, prefix_format(&e->prefix, prefix),
	    event_kind_name(e->kind), e->from, e->to);
	char *line = xasprintf("lost\t%zu\n", r->open);
	bool ok = alerts_append(a, line, f);
	free(line);
	return ok;
}

static bool
take_in(struct alerts *a, char *text, size_t len, struct fault *f)
{
	struct reading r = {.alerts = a, .path = a->path};
	const char *end = memrchr(text, '\n', len);
	size_t whole = end == NULL ? 0 : (size_t)(end + 1 - text);
	if (memchr(text, '\0', len) != NULL)
		return fault_set(
		    f, EX_DATAERR, "%s: no file of alerts", a->path);
	if (end == NULL && strncmp(text, magic, len) != 0 &&
	    strncmp(text, magic, sizeof(magic) - 1) != 0)
		return fault_set(
		    f, EX_DATAERR, "%s: no file of alerts", a->path);
	text[whole] = '\0';
	if (!read_lines(&r, text, f))
		return false;
	if (whole < len && ftruncate(a->fd, (off_t)whole) != 0)
		return folder_fault(f, errno, a->path, "cannot be cut");
	return whole == 0 ? begin(a, f) : say_lost(a, &r, f);
}

bool
alerts_load(struct alerts *a, struct fault *f)
{
	struct stat st;
	a->fd = open(a->path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
	if (a->fd < 0 || fstat(a->fd, &st) != 0)
		return folder_fault(f, errno, a->path, "cannot be opened");
	char *text = xcalloc(1, (size_t)st.st_size + 1);
	ssize_t n = pread(a->fd, text, (size_t)st.st_size, 0);
	bool ok = n == st.st_size ? take_in(a, text, (size_t)n, f)
				  : folder_fault(f, n < 0 ? errno : EIO,
					a->path, "cannot be read");
	free(text);
	return ok;
}

bool
alerts_append(struct alerts *a, const char *line, struct fault *f)
{
	size_t len = strlen(line);
	if (a->fd < 0)
		return true;
	errno = ENOSPC; /* what a short write means */
	if (write(a->fd, line, len) != (ssize_t)len || fsync(a->fd) != 0)
		return folder_fault(f, errno, a->path, "cannot be written");
	return true;
}
