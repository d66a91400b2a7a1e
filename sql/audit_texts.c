/* SPDX-License-Identifier: ISC */
#include "probe/base/mem.h"
#include "sql/audit_part.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Keys without a row that are remembered; others are only seen as findings. */
enum { LACKS_MAX = 1000 };

static bool
read_texts(struct audit_work *w, const char *sql, struct audit_texts *t,
    struct fault *f)
{
	struct db_stmt *st = db_prepare(w->db, sql, f);
	if (st == NULL)
		return false;
	enum db_row row = db_step(st, f);
	for (; row == DB_ROW; row = db_step(st, f)) {
		if (t->n == t->room) {
			t->room = t->room ? t->room * 2 : 64;
			t->v = xreallocarray(t->v, t->room, sizeof(*t->v));
		}
		struct audit_text *text = &t->v[t->n++];
		text->id = db_int(st, 0);
		snprintf(text->name, sizeof(text->name), "%s", db_text(st, 1));
	}
	db_finish(st);
	return row != DB_FAILED;
}

bool
audit_read_texts(struct audit_work *w, struct fault *f)
{
	return read_texts(w,
		   "SELECT vantage_id, name FROM vantage ORDER BY vantage_id",
		   &w->vantages, f) &&
	       read_texts(w,
		   "SELECT campaign_id, name FROM campaign ORDER BY "
		   "campaign_id",
		   &w->campaigns, f) &&
	       read_texts(w,
		   "SELECT prefix_id, name FROM prefix ORDER BY prefix_id",
		   &w->prefixes, f);
}

bool
audit_has_text(const struct audit_texts *t, int64_t id)
{
	size_t lo = 0, hi = t->n;
	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;
		if (t->v[mid].id < id)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo < t->n && t->v[lo].id == id;
}

void
audit_lacks(struct audit_work *w, const char *table, const void *key,
    size_t len, int64_t rows)
{
	for (size_t i = w->nlacks; i > 0; i--) {
		struct audit_lack *l = &w->lacks[i - 1];
		if (l->len != len || memcmp(l->key, key, len) != 0 ||
		    strcmp(l->table, table) != 0)
			continue;
		l->rows += rows;
		return;
	}
	if (w->nlacks == LACKS_MAX || len > UUID_LEN)
		return;
	if (w->nlacks == w->lacks_room) {
		w->lacks_room = w->lacks_room ? w->lacks_room * 2 : 16;
		w->lacks =
		    xreallocarray(w->lacks, w->lacks_room, sizeof(*w->lacks));
	}
	struct audit_lack *l = &w->lacks[w->nlacks++];
	*l = (struct audit_lack){.table = table, .len = len, .rows = rows};
	memcpy(l->key, key, len);
}

void
audit_lacks_id(
    struct audit_work *w, const char *table, int64_t id, int64_t rows)
{
	audit_lacks(w, table, &id, sizeof(id), rows);
}

/* "campaign 123", "address 10.0.0.1", "path 01ab..." */
static void
describe(const struct audit_lack *l, char *to, size_t room)
{
	char addr[ADDR_STRLEN];
	int64_t id = 0;
	int n = snprintf(to, room, "%s ", l->table);
	if (l->len == sizeof(id)) {
		memcpy(&id, l->key, sizeof(id));
		snprintf(to + n, room - (size_t)n, "%" PRId64, id);
	} else if (l->len == 4) {
		addr_format(store_addr_of(l->key, 4), addr);
		snprintf(to + n, room - (size_t)n, "%s", addr);
	} else {
		for (size_t i = 0; i < l->len; i++)
			n += snprintf(
			    to + n, room - (size_t)n, "%02x", l->key[i]);
	}
}

static void
say_lacks(struct audit_work *w)
{
	for (size_t i = 0; i < w->nlacks; i++) {
		struct finding it = finding_of(FINDING_TEXT_MISSING);
		describe(&w->lacks[i], it.detail, sizeof(it.detail));
		it.found = w->lacks[i].rows;
		audit_say(w, -1, &it);
	}
}

/* Ids in small tables; those of traces were seen as they went by. */
static const struct {
	const char *table, *sql;
} ids[] = {
    {"vantage",
	"SELECT t.vantage_id, count(*) FROM run t WHERE NOT EXISTS (SELECT 1 "
	"FROM vantage d WHERE d.vantage_id = t.vantage_id) "
	"GROUP BY t.vantage_id"},
    {"campaign",
	"SELECT t.campaign_id, count(*) FROM run t WHERE NOT EXISTS (SELECT 1 "
	"FROM campaign d WHERE d.campaign_id = t.campaign_id) "
	"GROUP BY t.campaign_id"},
    {"vantage", "SELECT t.vantage_id, count(*) FROM health t WHERE NOT EXISTS "
		"(SELECT 1 FROM vantage d WHERE d.vantage_id = t.vantage_id) "
		"GROUP BY t.vantage_id"},
    {"campaign",
	"SELECT t.campaign_id, count(*) FROM health t WHERE NOT EXISTS (SELECT "
	"1 FROM campaign d WHERE d.campaign_id = t.campaign_id) "
	"GROUP BY t.campaign_id"},
    {"vantage", "SELECT t.vantage_id, count(*) FROM verdict t WHERE NOT EXISTS "
		"(SELECT 1 FROM vantage d WHERE d.vantage_id = t.vantage_id) "
		"GROUP BY t.vantage_id"},
    {"prefix", "SELECT t.prefix_id, count(*) FROM verdict t WHERE NOT EXISTS "
	       "(SELECT 1 FROM prefix d WHERE d.prefix_id = t.prefix_id) "
	       "GROUP BY t.prefix_id"},
};

static bool
check_ids(struct audit_work *w, struct fault *f)
{
	for (size_t i = 0; i < sizeof(ids) / sizeof(ids[0]); i++) {
		struct db_stmt *st = db_prepare(w->db, ids[i].sql, f);
		if (st == NULL)
			return false;
		enum db_row row = db_step(st, f);
		for (; row == DB_ROW; row = db_step(st, f))
			audit_lacks_id(
			    w, ids[i].table, db_int(st, 0), db_int(st, 1));
		db_finish(st);
		if (row == DB_FAILED)
			return false;
	}
	return true;
}

/* Addresses in a small table. */
static bool
check_health_addresses(struct audit_work *w, struct fault *f)
{
	struct db_stmt *st = db_prepare(w->db,
	    "SELECT t.source, count(*) FROM health t WHERE t.source IS NOT "
	    "NULL AND NOT EXISTS (SELECT 1 FROM address d WHERE d.addr = "
	    "t.source) GROUP BY t.source UNION ALL "
	    "SELECT t.gateway, count(*) FROM health t WHERE t.gateway IS NOT "
	    "NULL AND NOT EXISTS (SELECT 1 FROM address d WHERE d.addr = "
	    "t.gateway) GROUP BY t.gateway",
	    f);
	if (st == NULL)
		return false;
	enum db_row row = db_step(st, f);
	for (; row == DB_ROW; row = db_step(st, f)) {
		size_t len = 0;
		const void *key = db_blob(st, 0, &len);
		audit_lacks(w, "address", key, len, db_int(st, 1));
	}
	db_finish(st);
	return row != DB_FAILED;
}

/*
 * Addresses are few and rows many: from one address straight to the next, down
 * an index that begins with them.
 */
static const struct {
	const char *what, *next, *rows;
} addresses[] = {
    {"targets",
	"SELECT t.target, CASE WHEN EXISTS (SELECT 1 FROM address d "
	"WHERE d.addr = t.target) THEN 1 ELSE 0 END FROM trace t "
	"WHERE t.target > $1 ORDER BY t.target LIMIT 1",
	"SELECT count(*) FROM trace WHERE target = $1"},
    {"addresses of hops",
	"SELECT h.addr, CASE WHEN EXISTS (SELECT 1 FROM address d "
	"WHERE d.addr = h.addr) THEN 1 ELSE 0 END FROM path_hop h "
	"WHERE h.addr > $1 ORDER BY h.addr LIMIT 1",
	"SELECT count(*) FROM path_hop WHERE addr = $1"},
};

static bool
count_rows(struct audit_work *w, const char *sql, const uint8_t *key,
    size_t len, struct fault *f)
{
	struct db_stmt *st = db_prepare(w->db, sql, f);
	if (st == NULL)
		return false;
	db_bind_blob(st, 1, key, len);
	bool ok = db_step(st, f) == DB_ROW;
	if (ok)
		audit_lacks(w, "address", key, len, db_int(st, 0));
	db_finish(st);
	return ok;
}

static bool
check_addresses(struct audit_work *w, size_t which, struct fault *f)
{
	uint8_t key[UUID_LEN] = {0};
	size_t len = 0;
	struct db_stmt *st = db_prepare(w->db, addresses[which].next, f);
	enum db_row row = st == NULL ? DB_FAILED : DB_ROW;
	for (int64_t n = 1; row == DB_ROW; n++) {
		size_t got = 0;
		db_bind_blob(st, 1, key, len);
		row = db_step(st, f);
		const void *p = row == DB_ROW ? db_blob(st, 0, &got) : NULL;
		if (row == DB_ROW && (p == NULL || got > sizeof(key)))
			row = DB_DONE; /* no address at all */
		bool there = row != DB_ROW || db_int(st, 1) != 0;
		if (row == DB_ROW) {
			len = got;
			memcpy(key, p, len);
		}
		db_reset(st);
		if (!there &&
		    !count_rows(w, addresses[which].rows, key, len, f))
			row = DB_FAILED;
		if (n % 1000 == 0)
			audit_progress(w, addresses[which].what, n);
	}
	db_finish(st);
	return row != DB_FAILED;
}

/* Rows that nothing else leads to. */
static const struct {
	enum finding_kind kind;
	const char *sql;
	bool window; /* $1..$4 are its bounds and those of the vantage */
} loose[] = {
    {FINDING_HOPS_MISSING,
	"SELECT -1, p.path_id, p.hops_n, (SELECT count(*) FROM path_hop h "
	"WHERE h.path_id = p.path_id) FROM path p WHERE p.hops_n <> "
	"(SELECT count(*) FROM path_hop h WHERE h.path_id = p.path_id)",
	false},
    {FINDING_VERDICT_ALONE,
	"SELECT t.vantage_id, t.trace_id, -1, -1 FROM verdict t "
	"WHERE t.started_us >= $1 AND t.started_us < $2 "
	"AND t.vantage_id BETWEEN $3 AND $4 AND NOT EXISTS "
	"(SELECT 1 FROM trace d WHERE d.trace_id = t.trace_id)",
	true},
};

static bool
check_loose(struct audit_work *w, size_t which, struct fault *f)
{
	struct db_stmt *st = db_prepare(w->db, loose[which].sql, f);
	if (st == NULL)
		return false;
	if (loose[which].window) {
		db_bind_int(st, 1, w->since_us);
		db_bind_int(st, 2, w->until_us);
		db_bind_int(st, 3, w->vantage_lo);
		db_bind_int(st, 4, w->vantage_hi);
	}
	enum db_row row = db_step(st, f);
	for (; row == DB_ROW; row = db_step(st, f)) {
		size_t len = 0;
		const void *id = db_blob(st, 1, &len);
		struct finding it = finding_of(loose[which].kind);
		it.expected = db_int(st, 2);
		it.found = db_int(st, 3);
		if (id != NULL && len == UUID_LEN)
			uuid_format(id, it.detail);
		audit_say(w, db_int(st, 0), &it);
	}
	db_finish(st);
	return row != DB_FAILED;
}

bool
audit_dictionaries(struct audit_work *w, struct fault *f)
{
	if (!check_ids(w, f) || !check_addresses(w, 0, f) ||
	    !check_addresses(w, 1, f) || !check_health_addresses(w, f))
		return false;
	say_lacks(w);
	audit_progress(w, "paths", 0);
	if (!check_loose(w, 0, f))
		return false;
	audit_progress(w, "verdicts", 0);
	return check_loose(w, 1, f);
}
