/* SPDX-License-Identifier: ISC */
#include "sql/held.h"

#include "probe/base/hash.h"
#include "probe/base/mem.h"
#include "probe/base/wr.h"
#include "sql/folder.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <unistd.h>

/* A line has at most 360 octets, so HELD_MAX of them fit. */
enum { HALF = 32 << 10, LINE_MAX_LEN = 368 };

static const char head[] = "tumen-held 1 generation %" PRIu64 " epoch %" PRIu64
			   " vantage %s lost %" PRId64 " length %zu sum %s\n";
static const char head_in[] =
    "tumen-held 1 generation %" SCNu64 " epoch %" SCNu64
    " vantage %32s lost %" SCNd64 " length %zu sum %36s%n";
static const char line_out[] =
    "held %" PRId64 " %" PRId64 " %" PRId64 " %" PRId64 " %" PRId64 " %" PRId64
    " %s %" PRId64 " %" PRId64 " %" PRId64 " %" PRId64 " %s\t%s\n";
static const char line_in[] =
    "held %" SCNd64 " %" SCNd64 " %" SCNd64 " %" SCNd64 " %" SCNd64 " %" SCNd64
    " %15s %" SCNd64 " %" SCNd64 " %" SCNd64 " %" SCNd64 " %32[^\t]\t%n";

static bool
is_skipped(const struct store_run *run)
{
	return strcmp(run->state, "skipped") == 0;
}

struct store_run
held_row(const struct held_runs *runs, const struct held *h, int64_t i)
{
	struct store_run run = h->run;
	snprintf(run.vantage, sizeof(run.vantage), "%s", runs->vantage);
	run.epoch = runs->epoch;
	run.slot = h->first + i;
	run.state = h->state;
	run.reason = h->reason[0] != '\0' ? h->reason : NULL;
	if (run.planned_us >= 0)
		run.planned_us += i * h->interval_us;
	if (is_skipped(&run))
		run.finished_us = run.planned_us;
	return run;
}

/* Whether the row is that of the slot after the last one of h. */
static bool
goes_on(const struct held *h, const struct store_run *run, int64_t interval_us)
{
	int64_t i = h->last - h->first + 1;
	return is_skipped(run) && run->reason != NULL &&
	       strcmp(h->state, run->state) == 0 &&
	       strcmp(h->run.campaign, run->campaign) == 0 &&
	       run->slot == h->last + 1 && interval_us == h->interval_us &&
	       run->planned_us == h->run.planned_us + i * interval_us &&
	       strncmp(h->reason, run->reason, HELD_REASON_MAX) == 0;
}

bool
held_put(
    struct held_runs *runs, const struct store_run *run, int64_t interval_us)
{
	for (size_t i = 0; i < runs->n; i++)
		if (goes_on(&runs->v[i], run, interval_us)) {
			runs->v[i].last = run->slot;
			return true;
		}
	if (runs->n == HELD_MAX) {
		runs->lost++;
		return false;
	}
	struct held *h = &runs->v[runs->n++];
	*h = (struct held){.first = run->slot,
	    .last = run->slot,
	    .interval_us = interval_us,
	    .run = *run};
	snprintf(h->state, sizeof(h->state), "%s", run->state);
	snprintf(h->reason, sizeof(h->reason), "%s",
	    run->reason != NULL ? run->reason : "");
	return true;
}

void
held_took(struct held_runs *runs, int64_t n)
{
	struct held *h = &runs->v[0];
	h->first += n;
	if (h->run.planned_us >= 0)
		h->run.planned_us += n * h->interval_us;
	if (h->first <= h->last)
		return;
	runs->n--;
	memmove(h, h + 1, runs->n * sizeof(*h));
}

static void
sum_of(const void *bytes, size_t len, char text[static UUID_STRLEN])
{
	uint8_t uuid[UUID_LEN];
	uuid_of(bytes, len, uuid);
	uuid_format(uuid, text);
}

static bool
parse_line(const char *line, size_t len, struct held *h)
{
	int at = 0;
	struct store_run *r = &h->run;
	int n = sscanf(line, line_in, &h->first, &h->last, &h->interval_us,
	    &r->planned_us, &r->started_us, &r->finished_us, h->state,
	    &r->traces, &r->sent, &r->received, &r->drops, r->campaign, &at);
	if (n != 12 || at == 0 || (size_t)at > len || h->last < h->first ||
	    len - (size_t)at > HELD_REASON_MAX)
		return false;
	memcpy(h->reason, line + at, len - (size_t)at);
	return true;
}

/* Lines that their sum has vouched for; text ends with a NUL. */
static bool
parse_lines(const char *text, struct held_runs *runs)
{
	for (runs->n = 0; *text != '\0'; runs->n++) {
		size_t len = strcspn(text, "\n");
		if (text[len] != '\n' || runs->n == HELD_MAX)
			return false;
		runs->v[runs->n] = (struct held){0};
		if (!parse_line(text, len, &runs->v[runs->n]))
			return false;
		text += len + 1;
	}
	return true;
}

/* One half, ended by a NUL; false when it is not whole. */
static bool
parse_half(const char *text, struct held_runs *runs)
{
	int at = 0;
	size_t len = 0;
	char said[UUID_STRLEN], sum[UUID_STRLEN];
	int n = sscanf(text, head_in, &runs->generation, &runs->epoch,
	    runs->vantage, &runs->lost, &len, said, &at);
	if (n != 6 || at == 0 || text[at] != '\n')
		return false;
	text += at + 1;
	if (len != strnlen(text, len))
		return false;
	sum_of(text, len, sum);
	if (strcmp(sum, said) != 0)
		return false;
	char *lines = xcalloc(1, len + 1);
	memcpy(lines, text, len);
	bool ok = parse_lines(lines, runs);
	free(lines);
	return ok;
}

/* The newer half that is whole. */
static bool
parse(const char *halves, struct held_runs *runs)
{
	char *half = xcalloc(1, HALF + 1);
	struct held_runs *one = xcalloc(1, sizeof(*one));
	bool any = false;
	for (int i = 0; i < 2; i++) {
		memcpy(half, halves + (ptrdiff_t)i * HALF, HALF);
		if (!parse_half(half, one) ||
		    (any && one->generation < runs->generation))
			continue;
		*runs = *one;
		any = true;
	}
	free(one);
	free(half);
	return any;
}

/* The file, zero where it is short; false: there is none, or f says why. */
static bool
load(const char *path, char *halves, struct fault *f)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 && errno == ENOENT) {
		f->status = EX_OK;
		return false;
	}
	ssize_t n = fd < 0 ? -1 : pread(fd, halves, (size_t)HALF * 2, 0);
	int error = errno;
	if (fd >= 0)
		close(fd);
	return n >= 0 || folder_fault(f, error, path, "cannot read");
}

/* All zero: laid out, and nothing was ever held. */
static bool
is_blank(const char *halves)
{
	return halves[0] == '\0' &&
	       memcmp(halves, halves + 1, (size_t)HALF * 2 - 1) == 0;
}

bool
held_read(const char *dir, struct held_runs *runs, struct fault *f)
{
	struct fault none = {0}, *why = f == NULL ? &none : f;
	char *path = xasprintf("%s/held", dir);
	char *halves = xcalloc(2, HALF);
	struct held_runs *found = xcalloc(1, sizeof(*found));
	bool there = load(path, halves, why);
	bool ok = there || why->status == EX_OK;
	if (there && !is_blank(halves)) {
		ok = parse(halves, found) ||
		     fault_set(f, EX_DATAERR,
			 "%s: damaged; remove it to forget which runs have "
			 "no row yet",
			 path);
		if (ok && (runs->epoch == 0 || runs->epoch == found->epoch))
			*runs = *found;
		else if (ok)
			runs->generation = found->generation;
	}
	free(found);
	free(halves);
	free(path);
	return ok;
}

/* Zeros are written, not left out: they are room. 0 or an errno. */
static int
fill(int fd)
{
	char *zeros = xcalloc(2, HALF);
	ssize_t n = write(fd, zeros, (size_t)HALF * 2);
	free(zeros);
	if (n != (ssize_t)HALF * 2)
		return n < 0 ? errno : ENOSPC;
	return fsync(fd) == 0 ? 0 : errno;
}

bool
held_lay_out(const char *dir, struct fault *f)
{
	char *path = xasprintf("%s/held", dir);
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
	int error = fd < 0 ? errno : fill(fd);
	if (fd >= 0)
		close(fd);
	if (fd >= 0 && error != 0)
		unlink(path);
	bool ok = error == 0 || error == EEXIST ||
		  folder_fault(f, error, path, "cannot be laid out");
	free(path);
	return ok && (error == EEXIST || folder_sync(dir, f));
}

/* The text of a half; the caller frees it. */
static char *
format(const struct held_runs *runs)
{
	struct wr w = {0};
	char line[LINE_MAX_LEN], sum[UUID_STRLEN];
	for (size_t i = 0; i < runs->n; i++) {
		const struct held *h = &runs->v[i];
		const struct store_run *r = &h->run;
		int n = snprintf(line, sizeof(line), line_out, h->first,
		    h->last, h->interval_us, r->planned_us, r->started_us,
		    r->finished_us, h->state, r->traces, r->sent, r->received,
		    r->drops, r->campaign, h->reason);
		wr_bytes(&w, line, (size_t)n);
	}
	size_t len = w.len;
	wr_u8(&w, '\0');
	sum_of(w.p, len, sum);
	char *begin = xasprintf(head, runs->generation, runs->epoch,
	    runs->vantage, runs->lost, len, sum);
	char *text = xasprintf("%s%s", begin, (const char *)w.p);
	free(begin);
	wr_free(&w);
	return text;
}

bool
held_write(const char *dir, struct held_runs *runs, struct fault *f)
{
	runs->generation++;
	char *path = xasprintf("%s/held", dir);
	char *text = format(runs);
	size_t len = strlen(text) + 1;
	off_t at = (off_t)(runs->generation % 2) * HALF;
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	errno = fd < 0 ? errno : ENOSPC; /* what a short write means */
	int error =
	    fd >= 0 && len <= HALF && pwrite(fd, text, len, at) == (ssize_t)len
		? 0
		: errno;
	if (error == 0 && fdatasync(fd) != 0)
		error = errno;
	if (fd >= 0)
		close(fd);
	bool ok = error == 0 || folder_fault(f, error, path, "cannot write");
	free(text);
	free(path);
	return ok;
}
