/* SPDX-License-Identifier: ISC */
#include "analysis/broken_told.h"
#include "analysis/exchange/deposit.h"
#include "analysis/import_file.h"
#include "probe/base/clock.h"

#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>
#include <sysexits.h>

enum { PROGRESS_CALLS = 256 };
#define PROGRESS_NS INT64_C(500000000)

struct work {
	const struct import_how *how;
	struct import_report *report;
	struct exchange x;
	struct feed *feed;
	struct deposit *deposit; /* NULL: nothing is stored */
	bool failed;		 /* the database, not the stream */
	struct broken_told told; /* broken or refused */
	int64_t object;		 /* that gave the last trace: where it begins */
	bool taken;		 /* one of its traces was wanted */
	int64_t size;		 /* of the file as stored; 0 unknown */
	int64_t calls;
	struct mono shown;
	bool line; /* of progress stands on the terminal */
};

static void
clear_line(struct work *w)
{
	if (w->line)
		fputs("\r\033[K", stderr);
	w->line = false;
}

static void
show(struct work *w)
{
	int64_t done = feed_stored(w->feed), traces = 0;
	for (int i = 0; i < FORMATS; i++)
		traces += w->x.traces[i];
	fprintf(stderr, "\r\033[K%s: ", w->report->file);
	if (w->size > 0)
		fprintf(stderr, "%d %% of ", (int)(done * 100 / w->size));
	fprintf(stderr, "%" PRId64 " MB, %" PRId64 " traces ",
	    (w->size > 0 ? w->size : done) / 1000000, traces);
	w->line = true;
}

static void
progress(struct work *w)
{
	if (!w->how->progress || ++w->calls % PROGRESS_CALLS != 0)
		return;
	struct mono now = mono_now();
	if (now.ns - w->shown.ns < PROGRESS_NS)
		return;
	w->shown = now;
	show(w);
}

static void
tell(struct work *w, const struct exchange_broken *b)
{
	clear_line(w);
	broken_tell(&w->told, b);
}

static void
refused(void *arg, const struct deposit_told *what)
{
	const struct exchange_broken b = {
	    .offset = what->at.offset, .line = what->at.line, .why = what->why};
	tell(arg, &b);
}

static bool
wanted(const struct work *w, const struct record *r)
{
	const struct prefix *p = w->how->prefix;
	return p == NULL || prefix_contains(p, r->target);
}

static bool
stored(struct work *w, bool ok)
{
	w->failed = w->failed || !ok;
	return ok;
}

static struct deposit_place
place(const struct work *w)
{
	return (struct deposit_place){
	    w->x.at.format, w->x.at.offset, w->x.at.octets, w->x.at.line};
}

static bool
trace(void *arg, const struct record *r, struct fault *f)
{
	struct work *w = arg;
	struct manifest *m = &w->report->holds;
	progress(w);
	bool takes = wanted(w, r);
	w->taken = takes || (w->taken && w->object == w->x.at.offset);
	w->object = w->x.at.offset;
	if (!takes) {
		m->outside++;
		return true;
	}
	manifest_trace(m, r);
	if (w->deposit == NULL)
		return true;
	const struct deposit_place at = place(w);
	return stored(w, deposit_trace(w->deposit, r, &at, f));
}

/* They come behind the traces of their object; of no trace, always. */
static bool
fact(void *arg, const char *vantage, const struct fact *fact, struct fault *f)
{
	struct work *w = arg;
	bool outside = w->object == w->x.at.offset && !w->taken;
	const struct deposit_place at = place(w);
	return w->deposit == NULL || outside ||
	       stored(w, deposit_fact(w->deposit, vantage, fact, &at, f));
}

static bool
broken(void *arg, const struct exchange_broken *b, struct fault *f)
{
	struct work *w = arg;
	progress(w);
	tell(w, b);
	if (w->deposit == NULL)
		return true;
	const struct store_broken row = {
	    .format = foreign_format_name(b->format),
	    .why = b->why,
	    .offset = b->offset,
	    .octets = b->octets,
	    .text = b->text,
	    .len = b->len};
	return stored(w, deposit_broken(w->deposit, &row, f));
}

static bool
other(void *arg, enum exchange_format format, const char *what, struct fault *f)
{
	struct work *w = arg;
	(void)f;
	progress(w);
	manifest_other(&w->report->holds, format, what);
	return true;
}

static int64_t
size_of(FILE *in)
{
	struct stat st;
	return fstat(fileno(in), &st) == 0 && S_ISREG(st.st_mode) ? st.st_size
								  : 0;
}

/* What came before the end of a stream that is cut off is stored, too. */
static bool
finish(struct work *w, bool read, struct fault *f)
{
	struct fault end = {0};
	struct manifest *m = &w->report->holds;
	memcpy(m->traces, w->x.traces, sizeof(m->traces));
	memcpy(m->others, w->x.others, sizeof(m->others));
	memcpy(m->broken, w->x.broken, sizeof(m->broken));
	m->unkept = w->x.unkept;
	if (w->deposit == NULL || w->failed)
		return read;
	bool flushed = deposit_flush(w->deposit, &end);
	struct deposit_count n = deposit_count(w->deposit);
	w->report->added = n.added;
	w->report->present = n.present;
	w->report->refused = n.refused;
	w->report->facts = n.facts;
	if (!flushed)
		*f = end;
	return read && flushed;
}

bool
import_stream(const struct import_how *how, FILE *in,
    struct import_report *report, struct fault *f)
{
	struct work w = {.how = how,
	    .report = report,
	    .x = {.name = report->file,
		.hints = how->hints,
		.without_source = how->without_source,
		.sink = {trace, fact, broken, other, NULL}},
	    .told = {report->file, 0},
	    .object = -1,
	    .size = size_of(in),
	    .shown = mono_now()};
	w.x.sink.arg = &w;
	w.feed = feed_open(in, report->file, f);
	if (w.feed == NULL)
		return false;
	if (how->to != NULL)
		w.deposit = deposit_open(&(struct deposit_to){
		    how->to, how->keys, report->file, refused, &w});
	bool ok = finish(&w, exchange_read(&w.x, w.feed, f), f);
	clear_line(&w);
	broken_tell_more(&w.told,
	    w.deposit != NULL ? "; the view v_broken has all of them" : "");
	deposit_free(w.deposit);
	feed_close(w.feed);
	return ok;
}
