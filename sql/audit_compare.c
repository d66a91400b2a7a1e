/* SPDX-License-Identifier: ISC */
#include "probe/base/mem.h"
#include "sql/audit_part.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

/* Both sides in the order of the key, a page at a time. */
enum { ROWS = 1000 };

struct key_row {
	int64_t started_us, seq, hash;
};

struct side {
	struct key_row *rows;
	size_t n, room;
};

static void
append(struct side *s, const struct key_row *row)
{
	if (s->n == s->room) {
		s->room = s->room ? s->room * 2 : ROWS;
		s->rows = xreallocarray(s->rows, s->room, sizeof(*s->rows));
	}
	s->rows[s->n++] = *row;
}

static enum db_row
read_rows(struct db_stmt *st, struct side *s, size_t max, struct fault *f)
{
	enum db_row row = DB_ROW;
	s->n = 0;
	while (s->n < max && (row = db_step(st, f)) == DB_ROW) {
		struct key_row r = {
		    db_int(st, 0), db_int(st, 1), db_int(st, 2)};
		append(s, &r);
	}
	return row;
}

/* What is stored of this epoch in the time of the page. */
static bool
read_stored(const struct audit_compare *c, const struct side *page,
    struct side *stored, struct fault *f)
{
	struct db_stmt *st = db_prepare(c->w->db,
	    "SELECT started_us, seq, rec_hash FROM trace "
	    "WHERE started_us >= $1 AND started_us <= $2 "
	    "AND vantage_id = $3 AND epoch = $4 "
	    "ORDER BY started_us, vantage_id, epoch, seq",
	    f);
	if (st == NULL)
		return false;
	db_bind_int(st, 1, page->rows[0].started_us);
	db_bind_int(st, 2, page->rows[page->n - 1].started_us);
	db_bind_int(st, 3, row_text_id(c->file->line.vantage));
	db_bind_int(st, 4, (int64_t)c->file->line.epoch);
	enum db_row row = read_rows(st, stored, SIZE_MAX, f);
	db_finish(st);
	return row != DB_FAILED;
}

static void
say(const struct audit_compare *c, enum finding_kind kind, int64_t seq)
{
	struct finding it = finding_of(kind);
	it.epoch = (int64_t)c->file->line.epoch;
	it.first = it.last = seq;
	snprintf(it.detail, sizeof(it.detail), "%s", c->file->path);
	audit_say(c->w, row_text_id(c->file->line.vantage), &it);
}

static void
hold(const struct audit_compare *c, struct account *a,
    const struct key_row *mine, const struct key_row *stored)
{
	bool new_here = ranges_add(&a->seqs, mine->seq);
	if (stored == NULL) {
		/* What waits or lies in quarantine need not be there. */
		if (!c->ledgered && c->file->place != AUDIT_ARCHIVE)
			return;
		a->known_lost += c->ledgered && new_here;
		say(c, FINDING_TRACE_MISSING, mine->seq);
		return;
	}
	if (stored->hash != mine->hash)
		say(c, FINDING_TRACE_DIFFERS, mine->seq);
	else if (!c->ledgered)
		ranges_add(&a->early, mine->seq);
}

static bool
before(const struct key_row *a, const struct key_row *b)
{
	return a->started_us < b->started_us ||
	       (a->started_us == b->started_us && a->seq < b->seq);
}

static bool
compare_page(const struct audit_compare *c, const struct side *page,
    struct side *stored, struct fault *f)
{
	if (!read_stored(c, page, stored, f))
		return false;
	struct account *a = accounts_of(&c->w->accounts,
	    row_text_id(c->file->line.vantage), (int64_t)c->file->line.epoch);
	size_t at = 0;
	for (size_t i = 0; i < page->n; i++) {
		const struct key_row *mine = &page->rows[i];
		while (at < stored->n && before(&stored->rows[at], mine))
			at++;
		bool there = at < stored->n && !before(mine, &stored->rows[at]);
		hold(c, a, mine, there ? &stored->rows[at] : NULL);
	}
	return true;
}

static bool
compare_all(const struct audit_compare *c, struct db *segment, struct fault *f)
{
	struct fault damage = {0};
	struct side page = {0}, stored = {0};
	struct db_stmt *st = db_prepare(segment,
	    "SELECT started_us, seq, rec_hash FROM trace "
	    "ORDER BY started_us, vantage_id, epoch, seq",
	    &damage);
	enum db_row row = st == NULL ? DB_FAILED : DB_ROW;
	bool ok = true;
	while (ok && row == DB_ROW) {
		row = read_rows(st, &page, ROWS, &damage);
		ok = page.n == 0 || compare_page(c, &page, &stored, f);
	}
	db_finish(st);
	free(page.rows);
	free(stored.rows);
	if (row == DB_FAILED) {
		struct finding it = finding_of(FINDING_SEGMENT_DAMAGED);
		it.first = it.last = c->file->segment_no;
		snprintf(it.detail, sizeof(it.detail), "%.*s",
		    (int)sizeof(it.detail) - 1, damage.text);
		audit_say(c->w, row_text_id(c->file->line.vantage), &it);
	}
	return ok;
}

bool
audit_compare(const struct audit_compare *c, struct fault *f)
{
	struct fault gone = {0};
	const char *path =
	    c->file->plain != NULL ? c->file->plain : c->file->path;
	struct db *segment = db_open(path, DB_SEALED, &gone);
	if (segment == NULL) /* uploaded since: what it had is stored */
		return true;
	bool ok = compare_all(c, segment, f);
	db_close(segment);
	return ok;
}
