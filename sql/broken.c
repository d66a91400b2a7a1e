/* SPDX-License-Identifier: ISC */
#include "probe/base/json.h"
#include "probe/base/log.h"
#include "probe/base/mem.h"
#include "sql/batch.h"
#include "sql/facts.h"
#include "sql/store_db.h"

#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

/* So that the same piece at the same place of a file is one row. */
static void
key_of(const struct store_broken *b, uint8_t key[static HASH_SHA256_LEN])
{
	struct wr offset = {0};
	struct hash *h = hash_open();
	wr_u64(&offset, (uint64_t)b->offset);
	hash_add(h, b->file, strlen(b->file) + 1);
	hash_add(h, offset.p, offset.len);
	hash_add(h, b->text, b->len);
	hash_close(h, key);
	wr_free(&offset);
}

/*
 * A name or a reason may hold anything that a foreign file does: what is not
 * UTF-8 becomes a question mark, octet by octet. Heap-owned.
 */
static char *
shown(const char *text)
{
	char *copy = log_sanitize(xstrdup(text));
	for (char *p = copy; *p != '\0';) {
		size_t n = json_utf8((const unsigned char *)p);
		if (n == 0)
			*p = '?';
		p += n == 0 ? 1 : n;
	}
	return copy;
}

static bool
insert(struct store *s, const struct store_broken *b, int64_t *changes,
    struct fault *f)
{
	uint8_t key[HASH_SHA256_LEN];
	struct db_stmt *st = store_stmt(s, SQL_ADD_BROKEN,
	    "INSERT INTO broken (sha256, file, format, why, offset_n, "
	    "octets_n, at_us, text) VALUES ($1, $2, $3, $4, $5, $6, $7, $8) "
	    "ON CONFLICT DO NOTHING",
	    f);
	if (st == NULL)
		return false;
	char *file = shown(b->file), *why = shown(b->why);
	key_of(b, key);
	db_bind_blob(st, 1, key, sizeof(key));
	db_bind_text(st, 2, file);
	db_bind_text(st, 3, b->format);
	db_bind_text(st, 4, why);
	db_bind_int(st, 5, b->offset);
	db_bind_int(st, 6, b->octets);
	db_bind_int(st, 7, b->at_us);
	db_bind_blob(st, 8, b->len > 0 ? b->text : "", b->len);
	bool ok = db_run(st, changes, f);
	free(file);
	free(why);
	return ok;
}

static bool
sensible(const struct store_broken *b, struct fault *f)
{
	if (b->file == NULL || b->format == NULL || b->why == NULL)
		return fault_set(f, EX_DATAERR,
		    "what could not be read has no file, format or reason");
	if (b->len > STORE_BROKEN_MAX)
		return fault_set(f, EX_DATAERR,
		    "%s: %zu octets of what could not be read, not in 0..%d",
		    b->file, b->len, STORE_BROKEN_MAX);
	return true;
}

bool
store_add_broken(
    struct store *s, const struct store_broken *b, bool *added, struct fault *f)
{
	bool own = false;
	int64_t changes = 0;
	if (!sensible(b, f) || !store_enter(s, &own, f))
		return false;
	bool ok = insert(s, b, &changes, f);
	if (added != NULL)
		*added = changes > 0;
	return store_leave(s, own, ok, f);
}

bool
store_brokens(
    struct store *s, store_each_broken *each, void *arg, struct fault *f)
{
	struct db_stmt *st = db_prepare(s->db,
	    "SELECT file, format, why, offset_n, octets_n, at_us, text "
	    "FROM broken ORDER BY file, offset_n, sha256",
	    f);
	if (st == NULL)
		return false;
	bool ok = true;
	enum db_row row = DB_DONE;
	while (ok && (row = db_step(st, f)) == DB_ROW) {
		struct store_broken b = {.file = db_text(st, 0),
		    .format = db_text(st, 1),
		    .why = db_text(st, 2),
		    .offset = db_int(st, 3),
		    .octets = db_int(st, 4),
		    .at_us = db_int(st, 5)};
		b.text = db_blob(st, 6, &b.len);
		ok = each(arg, &b, f);
	}
	db_finish(st);
	return ok && row != DB_FAILED;
}

static bool
copy_one(void *arg, const struct store_broken *b, struct fault *f)
{
	struct batch *to = arg;
	bool committed = false;
	return store_add_broken(to->store, b, NULL, f) &&
	       batch_count(to, b->len, &committed, f);
}

bool
store_copy_broken(struct store *from, struct store *to, struct fault *f)
{
	struct batch batch = {0};
	struct fault end = {0};
	if (!batch_open(&batch, to, f))
		return false;
	bool ok = store_brokens(from, copy_one, &batch, f);
	if (batch_close(&batch, ok, &end) || !ok)
		return ok;
	*f = end;
	return false;
}
