/* SPDX-License-Identifier: ISC */
#include "probe/base/mem.h"
#include "sql/ledger.h"
#include "sql/store_db.h"

#include <stdlib.h>
#include <string.h>

static void
add(struct ledger_list *list, struct db_stmt *st)
{
	struct ledger_taken taken = {.segment_no = db_int(st, 0)};
	size_t len = 0;
	const void *sha256 = db_blob(st, 1, &len);
	if (sha256 == NULL || len != HASH_SHA256_LEN)
		return;
	memcpy(taken.sha256, sha256, len);
	if (list->n == list->room) {
		list->room = list->room > 0 ? list->room * 2 : 64;
		list->taken = xreallocarray(
		    list->taken, list->room, sizeof(*list->taken));
	}
	list->taken[list->n++] = taken;
}

bool
ledger_list_read(struct ledger_list *list, struct store *s,
    const struct ledger *line, struct fault *f)
{
	list->vantage_id = row_text_id(line->vantage);
	list->epoch = (int64_t)line->epoch;
	list->from = line->segment_no;
	list->n = 0;
	if (!store_may_read(s))
		return true;
	struct db_stmt *st = db_prepare(s->db,
	    "SELECT segment_no, sha256 FROM segment WHERE vantage_id = $1 "
	    "AND epoch = $2 AND segment_no >= $3 ORDER BY segment_no",
	    f);
	if (st == NULL)
		return false;
	db_bind_int(st, 1, list->vantage_id);
	db_bind_int(st, 2, list->epoch);
	db_bind_int(st, 3, list->from);
	enum db_row row = db_step(st, f);
	for (; row == DB_ROW; row = db_step(st, f))
		add(list, st);
	db_finish(st);
	return row == DB_DONE;
}

void
ledger_list_free(struct ledger_list *list)
{
	free(list->taken);
	*list = (struct ledger_list){0};
}

bool
ledger_list_covers(const struct ledger_list *list, const struct ledger *line)
{
	return list->vantage_id == row_text_id(line->vantage) &&
	       list->epoch == (int64_t)line->epoch &&
	       list->from <= line->segment_no;
}

/* Lines come in the order of their numbers, so the hit is near. */
bool
ledger_list_has(const struct ledger_list *list, const struct ledger *line)
{
	size_t low = 0, high = list->n;
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (list->taken[middle].segment_no < line->segment_no)
			low = middle + 1;
		else
			high = middle;
	}
	for (; low < list->n && list->taken[low].segment_no == line->segment_no;
	     low++)
		if (memcmp(list->taken[low].sha256, line->sha256,
			HASH_SHA256_LEN) == 0)
			return true;
	return false;
}
