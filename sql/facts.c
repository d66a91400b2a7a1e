/* SPDX-License-Identifier: ISC */
#include "sql/facts.h"

#include "probe/base/json.h"
#include "sql/batch.h"
#include "sql/dictionary.h"
#include "sql/store_db.h"

#include <string.h>
#include <sysexits.h>

static bool
insert(struct store *s, const struct store_fact *fact, int64_t *changes,
    struct fault *f)
{
	struct db_stmt *st = store_stmt(s, SQL_ADD_FACT,
	    "INSERT INTO vantage_fact (vantage_id, name, value) "
	    "VALUES ($1, $2, $3) ON CONFLICT DO NOTHING",
	    f);
	if (st == NULL)
		return false;
	db_bind_int(st, 1, row_text_id(fact->vantage));
	db_bind_text(st, 2, fact->name);
	db_bind_text(st, 3, fact->value);
	return db_run(st, changes, f);
}

static bool
sensible(const struct store_fact *fact, struct fault *f)
{
	if (fact->vantage == NULL || fact->vantage[0] == '\0')
		return fault_set(f, EX_DATAERR, "a fact about no vantage");
	if (fact->name == NULL || fact->name[0] == '\0' ||
	    fact->value == NULL || fact->value[0] == '\0')
		return fault_set(f, EX_DATAERR,
		    "a fact about %s without name or value", fact->vantage);
	if (!json_is_utf8(fact->name) || !json_is_utf8(fact->value))
		return fault_set(f, EX_DATAERR,
		    "a fact about %s that is not UTF-8", fact->vantage);
	return true;
}

bool
store_add_fact(struct store *s, const struct store_fact *fact, bool *added,
    struct fault *f)
{
	bool own = false;
	int64_t changes = 0;
	if (!sensible(fact, f) || !store_enter(s, &own, f))
		return false;
	bool ok = store_vantage(s, fact->vantage, f) != 0 &&
		  insert(s, fact, &changes, f);
	if (added != NULL)
		*added = changes > 0;
	return store_leave(s, own, ok, f);
}

bool
store_facts(struct store *s, const char *vantage, store_each_fact *each,
    void *arg, struct fault *f)
{
	struct db_stmt *st = db_prepare(s->db,
	    vantage == NULL
		? "SELECT v.name, t.name, t.value FROM vantage_fact t "
		  "JOIN vantage v ON v.vantage_id = t.vantage_id "
		  "ORDER BY v.name, t.name, t.value"
		: "SELECT v.name, t.name, t.value FROM vantage_fact t "
		  "JOIN vantage v ON v.vantage_id = t.vantage_id "
		  "WHERE v.name = $1 ORDER BY v.name, t.name, t.value",
	    f);
	if (st == NULL)
		return false;
	if (vantage != NULL)
		db_bind_text(st, 1, vantage);
	bool ok = true;
	enum db_row row = DB_DONE;
	while (ok && (row = db_step(st, f)) == DB_ROW) {
		const struct store_fact fact = {
		    db_text(st, 0), db_text(st, 1), db_text(st, 2)};
		ok = each(arg, &fact, f);
	}
	db_finish(st);
	return ok && row != DB_FAILED;
}

static bool
copy_one(void *arg, const struct store_fact *fact, struct fault *f)
{
	struct batch *to = arg;
	bool committed = false;
	return store_add_fact(to->store, fact, NULL, f) &&
	       batch_count(to, strlen(fact->value), &committed, f);
}

bool
store_copy_facts(struct store *from, struct store *to, struct fault *f)
{
	struct batch batch = {0};
	struct fault end = {0};
	if (!batch_open(&batch, to, f))
		return false;
	bool ok = store_facts(from, NULL, copy_one, &batch, f);
	if (batch_close(&batch, ok, &end) || !ok)
		return ok;
	*f = end;
	return false;
}
