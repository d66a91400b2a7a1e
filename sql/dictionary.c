/* SPDX-License-Identifier: ISC */
#include "sql/dictionary.h"

#include "probe/base/rd.h"
#include "sql/bulk.h"
#include "sql/store_db.h"

#include <arpa/inet.h>
#include <inttypes.h>
#include <string.h>
#include <sysexits.h>

/* How many places a text may have. */
enum { KNOWN_NEAR = 16 };

void
store_addr_bytes(uint32_t addr, uint8_t out[static 4])
{
	for (int i = 0; i < 4; i++)
		out[i] = (uint8_t)(addr >> (24 - 8 * i));
}

uint32_t
store_addr_of(const uint8_t *bytes, size_t len)
{
	struct rd r = rd_make(bytes, len);
	return rd_u32(&r);
}

uint32_t
store_get_addr(struct db_stmt *st, int i)
{
	uint8_t bytes[4];
	return db_octets(st, i, bytes, sizeof(bytes))
		   ? store_addr_of(bytes, sizeof(bytes))
		   : 0;
}

static uint64_t
text_hash(const char *table, const char *text)
{
	uint8_t out[HASH_SHA256_LEN];
	struct hash *h = hash_open();
	hash_add(h, table, strlen(table) + 1);
	hash_add(h, text, strlen(text));
	hash_close(h, out);
	struct rd r = rd_make(out, sizeof(out));
	return rd_u64(&r) | 1;
}

struct dictionary {
	const char *table;
	enum store_sql add, ask;
	const char *add_sql, *ask_sql;
};

static const struct dictionary vantages = {"vantage", SQL_ADD_VANTAGE,
    SQL_VANTAGE_NAME,
    "INSERT INTO vantage (vantage_id, name) VALUES ($1, $2) "
    "ON CONFLICT DO NOTHING",
    "SELECT name FROM vantage WHERE vantage_id = $1"};
static const struct dictionary campaigns = {"campaign", SQL_ADD_CAMPAIGN,
    SQL_CAMPAIGN_NAME,
    "INSERT INTO campaign (campaign_id, name) VALUES ($1, $2) "
    "ON CONFLICT DO NOTHING",
    "SELECT name FROM campaign WHERE campaign_id = $1"};
static const struct dictionary prefixes = {"prefix", SQL_ADD_PREFIX,
    SQL_PREFIX_NAME,
    "INSERT INTO prefix (prefix_id, name, addr, len_bits) "
    "VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING",
    "SELECT name FROM prefix WHERE prefix_id = $1"};

static const struct dictionary bases = {"basis", SQL_ADD_BASIS, SQL_BASIS_NAME,
    "INSERT INTO basis (basis_id, name, json) VALUES ($1, $2, $3) "
    "ON CONFLICT DO NOTHING",
    "SELECT name FROM basis WHERE basis_id = $1"};
static const struct dictionary collectors = {"collector", SQL_ADD_COLLECTOR,
    SQL_COLLECTOR_NAME,
    "INSERT INTO collector (collector_id, name) VALUES ($1, $2) "
    "ON CONFLICT DO NOTHING",
    "SELECT name FROM collector WHERE collector_id = $1"};

/* A text, and what else its row has. */
struct entry {
	const char *text, *json; /* NULL none */
	const struct prefix *prefix;
};

/* Two texts with one id: 2^-31 for a pair, so it is said, not worked around. */
static bool
same_text(struct db_stmt *st, int64_t id, const char *text, struct fault *f)
{
	db_bind_int(st, 1, id);
	enum db_row row = db_step(st, f);
	bool same = row == DB_ROW && strcmp(db_text(st, 0), text) == 0;
	if (row != DB_FAILED && !same)
		fault_set(f, EX_DATAERR,
		    "%s: its id %" PRId64 " belongs to %s already; rename one "
		    "of them",
		    text, id, row == DB_ROW ? db_text(st, 0) : "nothing");
	db_reset(st);
	return same;
}

static bool
add_text(struct store *s, const struct dictionary *d, const struct entry *e,
    struct fault *f)
{
	const char *text = e->text;
	const struct prefix *prefix = e->prefix;
	uint8_t addr[4];
	struct db_stmt *st = store_stmt(s, d->add, d->add_sql, f);
	if (st == NULL)
		return false;
	db_bind_int(st, 1, row_text_id(text));
	db_bind_text(st, 2, text);
	if (prefix != NULL) {
		store_addr_bytes(prefix->addr, addr);
		db_bind_blob(st, 3, addr, sizeof(addr));
		db_bind_int(st, 4, prefix->len);
	}
	if (e->json != NULL)
		db_bind_text(st, 3, e->json);
	if (!db_run(st, NULL, f))
		return false;
	st = store_stmt(s, d->ask, d->ask_sql, f);
	return st != NULL && same_text(st, row_text_id(text), text, f);
}

/* Where a text's hash is, or else a place for it. */
static uint64_t *
place_of(const struct store *s, uint64_t h)
{
	const uint64_t *first = &s->known[h % (KNOWN_TEXTS - KNOWN_NEAR)];
	const uint64_t *at = first;
	while (at < first + KNOWN_NEAR && *at != h && *at != 0)
		at++;
	if (at == first + KNOWN_NEAR)
		at = first + (h >> 32) % KNOWN_NEAR;
	return (uint64_t *)(uintptr_t)at;
}

bool
store_knows(const struct store *s, const char *table, const char *text)
{
	uint64_t h = text_hash(table, text);
	return *place_of(s, h) == h;
}

static int64_t
intern(struct store *s, const struct dictionary *d, const struct entry *e,
    struct fault *f)
{
	uint64_t h = text_hash(d->table, e->text);
	if (*place_of(s, h) != h) {
		if (!add_text(s, d, e, f))
			return 0;
		*place_of(s, h) = h;
	}
	return row_text_id(e->text);
}

/* A text under another's id is not known, and said when it is needed. */
bool
store_learn(struct store *s, struct fault *f)
{
	static const char *const tables[] = {"vantage", "campaign", "prefix"};
	struct db_stmt *st = db_prepare(s->db,
	    "SELECT 0, vantage_id, name FROM vantage UNION ALL "
	    "SELECT 1, campaign_id, name FROM campaign UNION ALL "
	    "SELECT 2, prefix_id, name FROM prefix",
	    f);
	if (st == NULL)
		return false;
	enum db_row row = db_step(st, f);
	for (; row == DB_ROW; row = db_step(st, f)) {
		const char *text = db_text(st, 2);
		uint64_t h = text_hash(tables[db_int(st, 0)], text);
		if (row_text_id(text) == db_int(st, 1))
			*place_of(s, h) = h;
	}
	db_finish(st);
	return row == DB_DONE;
}

int64_t
store_vantage(struct store *s, const char *name, struct fault *f)
{
	return intern(s, &vantages, &(struct entry){.text = name}, f);
}

int64_t
store_campaign(struct store *s, const char *name, struct fault *f)
{
	return intern(s, &campaigns, &(struct entry){.text = name}, f);
}

int64_t
store_prefix(struct store *s, const struct prefix *prefix, struct fault *f)
{
	char name[PREFIX_STRLEN];
	const struct entry e = {
	    .text = prefix_format(prefix, name), .prefix = prefix};
	return intern(s, &prefixes, &e, f);
}

int64_t
store_basis(
    struct store *s, const char *name, const char *json, struct fault *f)
{
	const struct entry e = {.text = name, .json = json};
	return intern(s, &bases, &e, f);
}

int64_t
store_collector(struct store *s, const char *name, struct fault *f)
{
	return intern(s, &collectors, &(struct entry){.text = name}, f);
}

static bool
add_address(
    struct store *s, struct bulk_bytes addr, const char *name, struct fault *f)
{
	uint64_t h = text_hash("address", name);
	if (*place_of(s, h) == h)
		return true;
	struct db_stmt *st = store_stmt(s, SQL_ADD_ADDRESS,
	    "INSERT INTO address (addr, name) VALUES ($1, $2) "
	    "ON CONFLICT DO NOTHING",
	    f);
	if (st == NULL)
		return false;
	db_bind_blob(st, 1, addr.p, addr.len);
	db_bind_text(st, 2, name);
	if (!db_run(st, NULL, f))
		return false;
	*place_of(s, h) = h;
	return true;
}

bool
store_address(struct store *s, uint32_t addr, struct fault *f)
{
	uint8_t bytes[4];
	store_addr_bytes(addr, bytes);
	return store_octets(s, bytes, sizeof(bytes), f);
}

bool
store_octets(struct store *s, const uint8_t *addr, size_t len, struct fault *f)
{
	char name[INET6_ADDRSTRLEN];
	if (inet_ntop(len == 4 ? AF_INET : AF_INET6, addr, name,
		sizeof(name)) == NULL)
		return fault_set(f, EX_SOFTWARE, "address of %zu octets", len);
	return add_address(s, (struct bulk_bytes){addr, len}, name, f);
}
