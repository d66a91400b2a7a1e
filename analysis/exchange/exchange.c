/* SPDX-License-Identifier: ISC */
#include "analysis/exchange/exchange.h"

#include "analysis/exchange/ahead.h"
#include "analysis/exchange/read_object.h"
#include "analysis/exchange/resync.h"
#include "analysis/exchange/window.h"
#include "probe/base/hash.h"
#include "probe/base/mem.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

enum { WINDOW_USUAL = 1 << 20 };

struct reading {
	struct exchange *x;
	struct window w;
	struct ahead ahead;
	struct foreign own, *foreign; /* the object at work: own, or ahead's */
	struct fault *f;
	int64_t lists; /* that are open */
	int64_t page;  /* which of them is a member of an object; 0 none */
	bool any;      /* something that was an object */
	char *kept;    /* of a broken one, EXCHANGE_KEPT_MAX */
	char part[sizeof("{\"part_of\":\"\"}") + UUID_STRLEN];
};

/* Where the object at work begins, for the sink. */
static void
mark(struct reading *r, enum exchange_format format)
{
	r->x->at.format = format;
	r->x->at.offset = r->w.offset;
	r->x->at.line = r->w.line;
}

/* --- what cannot be read -------------------------------------------------- */

/* Steps over n octets and keeps the first ones; how many are kept then. */
static size_t
keep(struct reading *r, size_t kept, size_t n)
{
	size_t room = EXCHANGE_KEPT_MAX - kept;
	size_t more = n < room ? n : room;
	if (r->kept == NULL)
		r->kept = xcalloc(1, EXCHANGE_KEPT_MAX);
	memcpy(r->kept + kept, r->w.p + r->w.at, more);
	window_step(&r->w, n);
	return kept + more;
}

/* Steps to where reading goes on; false when the stream fails. */
static bool
step_over(struct reading *r, struct resync *s, size_t *kept)
{
	bool found = false;
	while (!found) {
		struct window *w = &r->w;
		size_t n = resync_scan(s, w->p + w->at, w->len - w->at, &found);
		*kept = keep(r, *kept, n);
		if (!found && w->last)
			break;
		if (!found && !window_more(w, r->f))
			return false;
	}
	return true;
}

static bool
is_blank(char c)
{
	return c == ' ' || c == '\n' || c == '\r' || c == '\t';
}

/* What begins at `at` is broken; s tells where it ends. */
static bool
tell_broken(struct reading *r, enum exchange_format format, const char *why,
    struct resync s)
{
	struct exchange_broken b = {.format = format,
	    .offset = r->w.offset,
	    .line = r->w.line,
	    .why = why};
	mark(r, format);
	bool ok = step_over(r, &s, &b.len);
	b.octets = r->w.offset - b.offset;
	r->x->at.octets = b.octets;
	b.text = r->kept;
	while (b.len > 0 && is_blank(b.text[b.len - 1]))
		b.len--;
	r->x->broken[format]++;
	return r->x->sink.broken(r->x->sink.arg, &b, r->f) && ok;
}

/*
 * Its length when it is JSON all the same, else 0: lines that begin with a
 * brace may be in it. False when the stream fails.
 */
static bool
well_formed(struct reading *r, size_t *len)
{
	*len = 0;
	for (;;) {
		struct json_read in = window_reader(&r->w);
		json_read_skip(&in);
		if (in.state == JSON_READ_OK)
			*len = (size_t)(in.p - in.begin);
		if (in.state != JSON_READ_SHORT || window_full(&r->w))
			return true;
		if (!window_more(&r->w, r->f))
			return false;
	}
}

static bool
broken_object(struct reading *r, enum exchange_format format, const char *why)
{
	size_t len;
	if (!well_formed(r, &len))
		return false;
	return tell_broken(r, format, why,
	    len > 0 ? resync_known(len) : resync_object(r->w.column));
}

/* --- what was read -------------------------------------------------------- */

/* The text of the others, which names the first one: its length. */
static size_t
part_of(struct reading *r)
{
	char id[UUID_STRLEN];
	uint8_t uuid[UUID_LEN];
	record_id(r->foreign->record, uuid);
	uuid_format(uuid, id);
	return (size_t)snprintf(
	    r->part, sizeof(r->part), "{\"part_of\":\"%s\"}", id);
}

/* JSON has these between words alone. */
static void
blank(char *text, size_t len, char c)
{
	for (char *p = text; (p = memchr(p, c, len - (p - text))) != NULL;)
		*p = ' ';
}

/*
 * The text of an object, on one line, lent to its records: all of it to the
 * first. Not where a record brought its own with it, or is one of ours.
 */
static bool
lend_source(
    struct reading *r, enum exchange_format format, char *text, size_t len)
{
	struct record *first = r->foreign->record;
	if (r->foreign->n == 0 || r->x->without_source ||
	    r->foreign->format == FORMAT_TUMEN || first->epoch != 0 ||
	    first->source.text != NULL)
		return false;
	if (len > RECORD_SOURCE_MAX) {
		r->x->unkept += (int64_t)r->foreign->n;
		return false;
	}
	blank(text, len, '\n');
	blank(text, len, '\r');
	blank(text, len, '\t');
	text[len] = '\0';
	size_t part = r->foreign->n > 1 ? part_of(r) : 0;
	for (size_t i = 0; i < r->foreign->n; i++) {
		struct record_source *s = &first[i].source;
		strncpy(s->format, foreign_format_name(format),
		    sizeof(s->format) - 1);
		s->text = i == 0 ? text : r->part;
		s->len = i == 0 ? len : part;
	}
	return true;
}

static bool
tell_facts(struct reading *r)
{
	const struct exchange_sink *to = &r->x->sink;
	const struct foreign *f = r->foreign;
	for (size_t i = 0; to->fact != NULL && i < f->nfacts; i++)
		if (!to->fact(to->arg, f->vantage, &f->fact[i], r->f))
			return false;
	return true;
}

/*
 * Of another tool's trace that is printed as one of ours no fact is left but
 * this one, which its timeline needs: its tool's first word is the platform.
 */
static bool
tell_platform(struct reading *r, const struct record *of)
{
	const struct exchange_sink *to = &r->x->sink;
	struct fact fact = {.name = "platform"};
	size_t len = strcspn(of->tool, " ");
	if (to->fact == NULL || of->epoch != 0 || r->foreign->nfacts > 0 ||
	    len == 0)
		return true;
	memcpy(fact.value, of->tool, len);
	return to->fact(to->arg, of->vantage, &fact, r->f);
}

static bool
tell_traces(struct reading *r, enum exchange_format format)
{
	const struct exchange_sink *to = &r->x->sink;
	const struct foreign *f = r->foreign;
	for (size_t i = 0; i < f->n; i++) {
		r->x->traces[format]++;
		if (!to->trace(to->arg, &f->record[i], r->f) ||
		    !tell_platform(r, &f->record[i]))
			return false;
	}
	if (f->n > 0 || f->other[0] == '\0')
		return true;
	r->x->others[format]++;
	return to->other == NULL || to->other(to->arg, format, f->other, r->f);
}

/* Those that came with their records. */
static void
drop_sources(struct foreign *f)
{
	for (size_t i = 0; i < f->n; i++) {
		free(f->record[i].source.text);
		f->record[i].source = (struct record_source){0};
	}
}

static bool
hand_over(struct reading *r, enum exchange_format format, size_t len)
{
	char *text = r->w.p + r->w.at;
	mark(r, format);
	r->x->at.octets = (int64_t)len;
	window_step(&r->w, len);
	char behind = text[len];
	if (r->x->without_source)
		drop_sources(r->foreign);
	bool lent = lend_source(r, format, text, len);
	bool ok = tell_traces(r, format) && tell_facts(r);
	for (size_t i = 0; lent && i < r->foreign->n; i++)
		r->foreign->record[i].source = (struct record_source){0};
	text[len] = behind;
	return ok;
}

/* --- how objects lie in a stream ------------------------------------------ */

/* Reads the object at `at`, as far as it is there. */
static struct glance
attempt(struct reading *r, struct json_read *in)
{
	*in = window_reader(&r->w);
	r->foreign = &r->own;
	return read_object(in, r->page == 0, r->foreign);
}

/* The object at `at`, and those of the lines behind it, when it is read. */
static struct ahead_object *
already(struct reading *r)
{
	const struct window *w = &r->w;
	const struct ahead_text text = {
	    w->p + w->at, w->len - w->at, w->offset};
	if (r->x->alone)
		return NULL;
	ahead_read(&r->ahead, &text, &r->x->hints);
	return ahead_find(&r->ahead, w->offset);
}

/* A list inside an object begins at in. */
static void
open_page(struct reading *r, const struct json_read *in)
{
	window_step(&r->w, (size_t)(in->p - in->begin));
	r->page = ++r->lists;
}

static bool
object(struct reading *r)
{
	struct json_read in;
	struct ahead_object *o = already(r);
	if (o != NULL) {
		r->any = true;
		r->foreign = &o->foreign;
		return hand_over(r, o->format, o->len);
	}
	struct glance g = attempt(r, &in);
	while (in.state == JSON_READ_SHORT && !window_full(&r->w)) {
		if (!window_more(&r->w, r->f))
			return false;
		g = attempt(r, &in);
	}
	r->any = true;
	if (in.state == JSON_READ_SHORT)
		return broken_object(r, g.format, "longer than 16 MiB");
	if (in.state == JSON_READ_BROKEN)
		return broken_object(r, g.format, in.why);
	if (!g.list)
		return hand_over(r, g.format, (size_t)(in.p - in.begin));
	open_page(r, &in);
	return true;
}

/* What is between objects and is none. */
static bool
garbage(struct reading *r, const char *why)
{
	return tell_broken(r, FORMAT_UNKNOWN, why, resync_other(r->lists > 0));
}

/* The members behind the list of an object; true when one is a list, too. */
static bool
rest_of_page(struct json_read *in)
{
	struct json_word key;
	in->depth = 1;
	while (json_read_member(in, &key)) {
		if (glance_list(in, &key))
			return true;
		json_read_skip(in);
	}
	return false;
}

static bool
close_page(struct reading *r)
{
	struct json_read in = window_reader(&r->w);
	bool list = rest_of_page(&in);
	while (in.state == JSON_READ_SHORT && !window_full(&r->w)) {
		if (!window_more(&r->w, r->f))
			return false;
		in = window_reader(&r->w);
		list = rest_of_page(&in);
	}
	if (in.state != JSON_READ_OK)
		return garbage(r, "no member behind the list of an object");
	if (list)
		open_page(r, &in);
	else
		window_step(&r->w, (size_t)(in.p - in.begin));
	return true;
}

static bool
end_list(struct reading *r)
{
	window_step(&r->w, 1);
	r->lists--;
	if (r->page <= r->lists)
		return true;
	r->page = 0;
	return close_page(r);
}

static bool
one(struct reading *r, char c)
{
	if (c == '{')
		return object(r);
	if (c == ']' && r->lists > 0)
		return end_list(r);
	if (c != '[')
		return garbage(r, "no object");
	window_step(&r->w, 1);
	r->lists++;
	return true;
}

/* Over blanks and commas; false at the end, or when the stream fails. */
static bool
next(struct reading *r, bool *failed)
{
	struct window *w = &r->w;
	for (;;) {
		size_t n = 0, there = w->len - w->at;
		const char *p = w->p + w->at;
		while (n < there && (is_blank(p[n]) || p[n] == ','))
			n++;
		window_step(w, n);
		if (n < there)
			return true;
		if (w->last)
			return false;
		*failed = !window_more(w, r->f);
		if (*failed)
			return false;
	}
}

/* A byte order mark, which RFC 8259, section 8.1, lets a reader pass over. */
static bool
over_mark(struct reading *r)
{
	struct window *w = &r->w;
	while (w->len < 3 && !w->last)
		if (!window_more(w, r->f))
			return false;
	if (w->len >= 3 && memcmp(w->p, "\xef\xbb\xbf", 3) == 0)
		window_step(w, 3);
	return true;
}

/* SQLite has to look into a file here and there. */
static bool
is_text(struct reading *r)
{
	static const char magic[] = "SQLite format 3";
	struct window *w = &r->w;
	while (w->len < sizeof(magic) && !w->last)
		if (!window_more(w, r->f))
			return false;
	return w->len < sizeof(magic) ||
	       memcmp(w->p, magic, sizeof(magic)) != 0 ||
	       fault_set(r->f, EX_USAGE,
		   "%s: a segment must be named, it cannot come by a pipe",
		   r->x->name);
}

static bool
stream(struct reading *r)
{
	bool failed = false;
	if (!is_text(r) || !over_mark(r))
		return false;
	while (next(r, &failed)) {
		if (!one(r, r->w.p[r->w.at]))
			return false;
		r->x->offset = r->w.offset;
	}
	r->x->offset = r->w.offset;
	return !failed;
}

static bool
ended(const struct reading *r)
{
	if (r->lists > 0)
		return fault_set(r->f, EX_DATAERR,
		    "%s: a list has no end: the file is cut off", r->x->name);
	if (!r->any && r->x->broken[FORMAT_UNKNOWN] > 0)
		return fault_set(
		    r->f, EX_DATAERR, "%s: no JSON object in it", r->x->name);
	return true;
}

bool
exchange_read(struct exchange *x, struct feed *feed, struct fault *f)
{
	size_t usual = x->window > 0 ? x->window : WINDOW_USUAL;
	struct reading r = {.x = x,
	    .w = window_make(feed, usual, EXCHANGE_OBJECT_MAX),
	    .own = {.hints = x->hints},
	    .f = f};
	bool ok = stream(&r) && ended(&r);
	foreign_free(&r.own);
	ahead_free(&r.ahead);
	window_free(&r.w);
	free(r.kept);
	return ok;
}
