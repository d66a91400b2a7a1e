/* SPDX-License-Identifier: ISC */
#include "analysis/control/import.h"

#include "analysis/control/live.h"
#include "analysis/control/tables.h"
#include "analysis/control/updates.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

enum { PROGRESS_EVERY = 1 << 16 }; /* records or lines */

/* Where a collector's name in a path ends. */
static size_t
name_len(const char *part, size_t len)
{
	static const char *const ends[] = {".updates", ".rib", ".bview"};
	for (size_t i = 0; i < len; i++)
		for (size_t k = 0; k < sizeof(ends) / sizeof(ends[0]); k++)
			if (strncmp(part + i, ends[k], strlen(ends[k])) == 0)
				return i;
	return len;
}

static size_t
collector_len(const char *part)
{
	size_t len = strcspn(part, "/_");
	if (strncmp(part, "rrc", 3) == 0 && isdigit((uint8_t)part[3]) &&
	    isdigit((uint8_t)part[4]))
		return 5;
	if (strncmp(part, "route-views", strlen("route-views")) == 0)
		return name_len(part, len);
	return 0;
}

void
import_collector(const char *path, char name[static COLLECTOR_NAME_MAX + 1])
{
	snprintf(name, COLLECTOR_NAME_MAX + 1, "local");
	for (const char *part = path; part != NULL; part = strchr(part, '/')) {
		part += *part == '/';
		size_t len = collector_len(part);
		if (len > 0)
			snprintf(name, COLLECTOR_NAME_MAX + 1, "%.*s", (int)len,
			    part);
	}
}

/* A file of MRT on its way. */
struct archive {
	struct import *im;
	const struct input *input;
	const char *collector;
	struct mrt_records records;
	size_t nbroken; /* of the places that were counted */
	struct intake_source *updates, *table;
	struct tables *tables;
};

static int64_t
offset(const struct archive *a, const struct mrt_record *record)
{
	enum { HEADER_LEN = 12 };
	return record->body.p - a->input->bytes - HEADER_LEN;
}

/* Octets that are no record; a cut one is counted by its reader. */
static void
count_gap(struct archive *a, const struct mrt_record *record)
{
	if (a->records.nbroken == a->nbroken)
		return;
	a->nbroken = a->records.nbroken;
	tables_gap(a->tables);
	if (record == NULL || !record->cut)
		intake_broken(a->im->in, NULL,
		    (int64_t)(a->input->len - a->records.bad_left));
}

static bool
is_table(const struct mrt_record *record)
{
	return record->type == MRT_TABLE_DUMP ||
	       record->type == MRT_TABLE_DUMP_V2;
}

static bool
read_record(struct archive *a, const struct mrt_record *record, struct fault *f)
{
	struct intake *in = a->im->in;
	int64_t at = offset(a, record);
	if (is_table(record)) {
		if (a->table == NULL) {
			a->table = intake_source(in, a->collector, "table");
			tables_of(a->tables, a->table);
		}
		return tables_read(a->tables, record, at, f);
	}
	if (a->updates == NULL)
		a->updates = intake_source(in, a->collector, "updates");
	return updates_read(in, a->updates, record, at, f);
}

static void
say_progress(const struct import *im, size_t n, int64_t octets, int64_t of)
{
	if (n % PROGRESS_EVERY == 0 && im->progress != NULL)
		im->progress(im->arg, octets, of);
}

static bool
read_archive(struct archive *a, bool whole, struct fault *f)
{
	struct mrt_record record;
	bool ok = true;
	for (size_t n = 1; ok && mrt_records_next(&a->records, &record); n++) {
		count_gap(a, &record);
		ok = read_record(a, &record, f);
		say_progress(
		    a->im, n, offset(a, &record), (int64_t)a->input->len);
	}
	count_gap(a, NULL);
	if (!whole)
		tables_gap(a->tables);
	return ok && tables_end(a->tables, f);
}

static bool
import_mrt(
    struct import *im, const struct input *input, bool whole, struct fault *f)
{
	char name[COLLECTOR_NAME_MAX + 1];
	import_collector(input->name, name);
	struct archive a = {.im = im,
	    .input = input,
	    .collector = im->collector != NULL ? im->collector : name,
	    .records = {.r = input_rd(input)},
	    .tables = tables_open(im->in)};
	bool ok = read_archive(&a, whole, f);
	tables_close(a.tables);
	return ok;
}

/* A line without its end; false when there is none. */
static bool
next_line(struct rd *r, struct rd *line)
{
	if (r->left == 0)
		return false;
	const uint8_t *end = memchr(r->p, '\n', r->left);
	*line = rd_sub(r, end != NULL ? (size_t)(end - r->p) : r->left);
	rd_skip(r, r->left > 0);
	return true;
}

static bool
import_lines(struct import *im, const struct input *input, struct fault *f)
{
	struct rd r = input_rd(input), text;
	bool ok = true;
	for (size_t n = 1; ok && next_line(&r, &text); n++) {
		const struct live_line line = {text, text.p - input->bytes};
		ok = live_blank(text) ||
		     live_read(im->in, im->collector, &line, f);
		say_progress(im, n, line.at, (int64_t)input->len);
	}
	return ok;
}

static bool
is_live(struct rd r)
{
	while (r.left > 0 && isspace(*r.p))
		rd_skip(&r, 1);
	return r.left > 0 && *r.p == '{';
}

static const char *
base_name(const char *path)
{
	const char *slash = strrchr(path, '/');
	return slash != NULL ? slash + 1 : path;
}

/* What is said at the end of a file that was read. */
static bool
judge(const struct intake *in, const struct input *input, struct fault *f)
{
	int64_t n = in->skips[SKIP_BROKEN];
	if (input->len > 0 && in->nsources == 0 && n > 0)
		return fault_set(f, EX_DATAERR,
		    "%s: neither MRT nor lines of RIS Live", input->name);
	return n == 0 ||
	       fault_set(f, EX_DATAERR,
		   "%s: %" PRId64 " broken record%s, the first at byte "
		   "%" PRId64 " of %zu; what is whole is stored",
		   input->name, n, n > 1 ? "s" : "", in->broken_at, input->len);
}

bool
import_input(
    struct import *im, const struct input *input, bool whole, struct fault *f)
{
	intake_begin(im->in);
	bool ok = is_live(input_rd(input)) ? import_lines(im, input, f)
					   : import_mrt(im, input, whole, f);
	input_sha256(input, im->sha256);
	return ok &&
	       intake_end(im->in, base_name(input->name), im->sha256, f) &&
	       judge(im->in, input, f);
}

bool
import_file(struct import *im, const char *path, struct fault *f)
{
	struct input input;
	struct fault damage = {0};
	intake_begin(im->in);
	bool whole = input_load(path, &input, &damage);
	/* Of what was packed and ends too early, the begin is there. */
	bool some = whole || (damage.status == EX_DATAERR && input.unpacked);
	bool ok = some && import_input(im, &input, whole, f);
	if (!some || (!whole && (ok || f->status == EX_DATAERR))) {
		*f = damage;
		ok = false;
	}
	input_clear(&input);
	return ok;
}
