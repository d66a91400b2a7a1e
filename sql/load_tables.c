/* SPDX-License-Identifier: ISC */
#include "sql/load_tables.h"

#include "probe/base/rd.h"
#include "sql/evidence.h"
#include "sql/store_db.h"

#include <stdio.h>
#include <string.h>

static const struct gather_column vantage_columns[] = {
    {"vantage_id", BULK_INT}, {"name", BULK_TEXT}};
static const struct gather_column campaign_columns[] = {
    {"campaign_id", BULK_INT}, {"name", BULK_TEXT}};
static const struct gather_column prefix_columns[] = {{"prefix_id", BULK_INT},
    {"name", BULK_TEXT}, {"addr", BULK_BLOB}, {"len_bits", BULK_INT}};
static const struct gather_column address_columns[] = {
    {"addr", BULK_BLOB}, {"name", BULK_TEXT}};
static const struct gather_column path_columns[] = {
    {"path_id", BULK_BLOB}, {"hops_n", BULK_INT}, {"hops", BULK_BLOB}};
static const struct gather_column hop_columns[] = {{"path_id", BULK_BLOB},
    {"ttl", BULK_INT}, {"kind", BULK_INT}, {"addr", BULK_BLOB}};
static const struct gather_column trace_columns[] = {{"started_us", BULK_INT},
    {"vantage_id", BULK_INT}, {"epoch", BULK_INT}, {"seq", BULK_INT},
    {"trace_id", BULK_BLOB}, {"campaign_id", BULK_INT}, {"slot", BULK_INT},
    {"target", BULK_BLOB}, {"prefix_id", BULK_INT}, {"method", BULK_INT},
    {"port", BULK_INT}, {"flow", BULK_INT}, {"stop", BULK_INT},
    {"reached", BULK_INT}, {"path_id", BULK_BLOB}, {"rec", BULK_BLOB},
    {"rec_hash", BULK_INT}, {"control", BULK_INT}};
static const struct gather_column evidence_columns[] = {
    {"started_us", BULK_INT}, {"vantage_id", BULK_INT}, {"epoch", BULK_INT},
    {"seq", BULK_INT}, {"ttl", BULK_INT}, {"attempt", BULK_INT},
    {"reply_no", BULK_INT}, {"sent", BULK_BLOB}, {"reply", BULK_BLOB}};
static const struct gather_column run_columns[] = {{"vantage_id", BULK_INT},
    {"campaign_id", BULK_INT}, {"slot", BULK_INT}, {"epoch", BULK_INT},
    {"planned_us", BULK_INT}, {"started_us", BULK_INT},
    {"finished_us", BULK_INT}, {"state", BULK_TEXT}, {"reason", BULK_TEXT},
    {"traces_n", BULK_INT}, {"sent_n", BULK_INT}, {"received_n", BULK_INT},
    {"drops_n", BULK_INT}, {"health", BULK_INT}};
static const struct gather_column health_columns[] = {{"vantage_id", BULK_INT},
    {"campaign_id", BULK_INT}, {"slot", BULK_INT}, {"epoch", BULK_INT},
    {"at_us", BULK_INT}, {"uplink", BULK_TEXT}, {"controls_n", BULK_INT},
    {"reached_n", BULK_INT}, {"control_rtt_us", BULK_INT},
    {"source", BULK_BLOB}, {"interface", BULK_TEXT}, {"gateway", BULK_BLOB},
    {"targets_n", BULK_INT}, {"answered_n", BULK_INT}, {"quiet_n", BULK_INT},
    {"late_us", BULK_INT}, {"jitter_us", BULK_INT}, {"clock_synced", BULK_INT},
    {"clock_error_us", BULK_INT}, {"clock_step_us", BULK_INT}};
static const struct gather_column segment_columns[] = {{"vantage_id", BULK_INT},
    {"epoch", BULK_INT}, {"segment_no", BULK_INT}, {"sha256", BULK_BLOB},
    {"traces_n", BULK_INT}, {"runs_n", BULK_INT}, {"sealed_us", BULK_INT},
    {"uploaded_us", BULK_INT}};

void
load_tables_init(struct load_tables *t)
{
	*t = (struct load_tables){
	    .gather = {[LOAD_VANTAGE] = GATHER("vantage", vantage_columns, 1),
		[LOAD_CAMPAIGN] = GATHER("campaign", campaign_columns, 1),
		[LOAD_PREFIX] = GATHER("prefix", prefix_columns, 1),
		[LOAD_ADDRESS] = GATHER("address", address_columns, 1),
		[LOAD_PATH] = GATHER("path", path_columns, 1),
		[LOAD_PATH_AGAIN] = GATHER("path", path_columns, 1),
		[LOAD_PATH_HOP] = GATHER("path_hop", hop_columns, 2),
		[LOAD_TRACE] = GATHER("trace", trace_columns, 4),
		[LOAD_EVIDENCE] = GATHER("evidence", evidence_columns, 7),
		[LOAD_HEALTH] = GATHER("health", health_columns, 4),
		[LOAD_RUN] = GATHER("run", run_columns, 4),
		[LOAD_SEGMENT] = GATHER("segment", segment_columns, 4)}};
}

void
load_tables_free(struct load_tables *t)
{
	for (int i = 0; i < LOAD_TABLES; i++)
		gather_free(&t->gather[i]);
}

enum seen { SEEN_NEVER, SEEN_BEFORE, SEEN_NOW };

/* When a dictionary's row was put last; from now on it is now. */
static enum seen
seen(struct load_tables *t, uint64_t key)
{
	uint64_t slot = (key * UINT64_C(0x9e3779b97f4a7c15)) >> 48;
	bool same = t->known[slot] == key, now = t->when[slot] == t->now;
	t->known[slot] = key;
	t->when[slot] = t->now;
	if (!same)
		return SEEN_NEVER;
	return now ? SEEN_NOW : SEEN_BEFORE;
}

static bool
is_known(struct load_tables *t, uint64_t key)
{
	return seen(t, key) != SEEN_NEVER;
}

/* Keys of different tables differ; path ids are hashes themselves. */
static uint64_t
text_key(enum load_table table, int64_t id)
{
	return (uint64_t)(table + 1) << 40 | (uint64_t)id;
}

static uint64_t
address_key(uint32_t addr)
{
	return UINT64_C(1) << 32 | addr;
}

static uint64_t
path_key(const uint8_t path_id[static UUID_LEN])
{
	struct rd r = rd_make(path_id, UUID_LEN);
	return rd_u64(&r) | UINT64_C(1) << 63;
}

static int64_t
vantage_id(struct load_ids *ids, const char *name)
{
	if (ids->vantage_id == 0 || strcmp(ids->vantage, name) != 0) {
		snprintf(ids->vantage, sizeof(ids->vantage), "%s", name);
		ids->vantage_id = row_text_id(name);
	}
	return ids->vantage_id;
}

static int64_t
campaign_id(struct load_ids *ids, const char *name)
{
	if (ids->campaign_id == 0 || strcmp(ids->campaign, name) != 0) {
		snprintf(ids->campaign, sizeof(ids->campaign), "%s", name);
		ids->campaign_id = row_text_id(name);
	}
	return ids->campaign_id;
}

static int64_t
prefix_id(struct load_ids *ids, const struct prefix *prefix)
{
	char name[PREFIX_STRLEN];
	size_t at = (prefix->addr >> 8 ^ prefix->addr >> 16) % LOAD_IDS;
	if (ids->prefixes[at].id == 0 ||
	    ids->prefixes[at].prefix.addr != prefix->addr ||
	    ids->prefixes[at].prefix.len != prefix->len) {
		ids->prefixes[at].prefix = *prefix;
		ids->prefixes[at].id = row_text_id(prefix_format(prefix, name));
	}
	return ids->prefixes[at].id;
}

static int64_t
put_text(
    struct load_tables *t, enum load_table table, int64_t id, const char *text)
{
	struct gather *g = &t->gather[table];
	if (!is_known(t, text_key(table, id))) {
		gather_int(g, id);
		gather_text(g, text);
	}
	return id;
}

static int64_t
put_vantage(struct load_tables *t, const char *name)
{
	return put_text(t, LOAD_VANTAGE, vantage_id(&t->ids, name), name);
}

static int64_t
put_campaign(struct load_tables *t, const char *name)
{
	return put_text(t, LOAD_CAMPAIGN, campaign_id(&t->ids, name), name);
}

static int64_t
put_prefix(struct load_tables *t, const struct prefix *prefix)
{
	struct gather *g = &t->gather[LOAD_PREFIX];
	char name[PREFIX_STRLEN];
	uint8_t addr[4];
	int64_t id = prefix_id(&t->ids, prefix);
	if (!is_known(t, text_key(LOAD_PREFIX, id))) {
		store_addr_bytes(prefix->addr, addr);
		gather_int(g, id);
		gather_text(g, prefix_format(prefix, name));
		gather_octets(g, addr, sizeof(addr));
		gather_int(g, prefix->len);
	}
	return id;
}

static void
put_address(struct load_tables *t, uint32_t addr)
{
	struct gather *g = &t->gather[LOAD_ADDRESS];
	char name[ADDR_STRLEN];
	uint8_t bytes[4];
	if (is_known(t, address_key(addr)))
		return;
	store_addr_bytes(addr, bytes);
	gather_octets(g, bytes, sizeof(bytes));
	gather_text(g, addr_format(addr, name));
}

static void
put_hop(struct load_tables *t, const uint8_t *path_id, struct rd *hops)
{
	struct gather *g = &t->gather[LOAD_PATH_HOP];
	uint8_t bytes[4], ttl = rd_u8(hops), kind = rd_u8(hops);
	uint32_t addr = kind == 0 ? 0 : rd_u32(hops);
	if (kind != 0)
		put_address(t, addr);
	store_addr_bytes(addr, bytes);
	gather_octets(g, path_id, UUID_LEN);
	gather_int(g, ttl);
	gather_int(g, kind);
	gather_octets(g, kind != 0 ? bytes : NULL, sizeof(bytes));
}

static void
skip_hop(struct rd *hops)
{
	rd_u8(hops);
	if (rd_u8(hops) != 0)
		rd_u32(hops);
}

/*
 * A path that was stored before is sent again, without its hops: so a lock is
 * held that keeps it from being dropped, and it shows if it was.
 */
static void
put_path(struct load_tables *t, const struct row *row)
{
	struct rd hops = rd_make(row->path.p, row->path.len);
	enum seen when = seen(t, path_key(row->path_id));
	struct gather *g =
	    &t->gather[when == SEEN_NEVER ? LOAD_PATH : LOAD_PATH_AGAIN];
	int64_t n = 0;
	if (when == SEEN_NOW)
		return;
	for (; hops.left > 0 && when == SEEN_NEVER; n++)
		put_hop(t, row->path_id, &hops);
	for (; hops.left > 0; n++)
		skip_hop(&hops);
	gather_octets(g, row->path_id, UUID_LEN);
	gather_int(g, n);
	gather_octets(g, row->path.len > 0 ? (const void *)row->path.p : "",
	    row->path.len);
}

static void
put_key(struct gather *g, const struct row *row, int64_t vantage)
{
	gather_int(g, row->r.start_us);
	gather_int(g, vantage);
	gather_int(g, (int64_t)row->r.epoch);
	gather_int(g, (int64_t)row->r.seq);
}

static void
put_evidence(struct load_tables *t, const struct row *row)
{
	struct gather *g = &t->gather[LOAD_EVIDENCE];
	struct evidence e;
	for (size_t at = 0; evidence_next(&row->r, &at, &e);) {
		put_key(g, row, vantage_id(&t->ids, row->r.vantage));
		gather_int(g, e.ttl);
		gather_int(g, e.attempt);
		gather_int(g, e.reply_no);
		gather_octets(g, e.sent, e.sent_len);
		gather_octets(g, e.reply, e.reply_len);
	}
}

static void
put_trace(struct load_tables *t, const struct row *row)
{
	const struct record *r = &row->r;
	struct gather *g = &t->gather[LOAD_TRACE];
	uint8_t target[4];
	store_addr_bytes(r->target, target);
	put_key(g, row, put_vantage(t, r->vantage));
	gather_octets(g, row->trace_id, UUID_LEN);
	gather_int_or_null(
	    g, r->campaign[0] == '\0' ? -1 : put_campaign(t, r->campaign));
	gather_int_or_null(g, r->run);
	gather_octets(g, target, sizeof(target));
	gather_int(g, put_prefix(t, &r->prefix));
	gather_int(g, r->method);
	gather_int_or_null(g, r->port);
	gather_int(g, r->flow);
	gather_int(g, r->stop);
	gather_int(g, row->reached);
	gather_octets(g, row->path_id, UUID_LEN);
	gather_octets(g, row->rec, row->rec_len);
	gather_int(g, row->hash);
	gather_int(g, r->control);
	put_address(t, r->target);
	put_path(t, row);
	put_evidence(t, row);
}

static void
put_run(struct load_tables *t, const struct store_run *run)
{
	struct gather *g = &t->gather[LOAD_RUN];
	gather_int(g, put_vantage(t, run->vantage));
	gather_int(g, put_campaign(t, run->campaign));
	gather_int(g, run->slot);
	gather_int(g, (int64_t)run->epoch);
	gather_int_or_null(g, run->planned_us);
	gather_int_or_null(g, run->started_us);
	gather_int_or_null(g, run->finished_us);
	gather_text(g, run->state);
	gather_text(g, run->reason);
	gather_int(g, run->traces);
	gather_int(g, run->sent);
	gather_int(g, run->received);
	gather_int(g, run->drops);
	gather_int_or_null(g, store_health_column(run->health));
}

static void
put_address_or_null(struct load_tables *t, struct gather *g, uint32_t addr)
{
	uint8_t bytes[4];
	if (addr != 0)
		put_address(t, addr);
	store_addr_bytes(addr, bytes);
	gather_octets(g, addr == 0 ? NULL : bytes, sizeof(bytes));
}

static void
put_health(struct load_tables *t, const struct store_health *h)
{
	struct gather *g = &t->gather[LOAD_HEALTH];
	gather_int(g, put_vantage(t, h->vantage));
	gather_int(g, put_campaign(t, h->campaign));
	gather_int(g, h->slot);
	gather_int(g, (int64_t)h->epoch);
	gather_int(g, h->at_us);
	gather_text(g, h->uplink);
	gather_int_or_null(g, h->controls);
	gather_int_or_null(g, h->reached);
	gather_int_or_null(g, h->control_rtt_us);
	put_address_or_null(t, g, h->source);
	gather_text(g, h->interface);
	put_address_or_null(t, g, h->gateway);
	gather_int_or_null(g, h->targets);
	gather_int_or_null(g, h->answered);
	gather_int_or_null(g, h->quiet);
	gather_int_or_null(g, h->late_us);
	gather_int_or_null(g, h->jitter_us);
	gather_int_or_null(g, h->clock_synced);
	gather_int_or_null(g, h->clock_error_us);
	gather_int(g, h->clock_step_us);
}

void
load_tables_item(struct load_tables *t, const struct load_item *item)
{
	switch (item->kind) {
	case LOAD_A_TRACE:
		put_trace(t, &item->row);
		return;
	case LOAD_A_RUN:
		put_run(t, &item->run);
		return;
	case LOAD_A_HEALTH:
		put_health(t, &item->health);
		return;
	}
}

void
load_tables_texts(struct load_tables *t, const struct load_item *item)
{
	const char *campaign = load_item_campaign(item);
	put_vantage(t, load_item_vantage(item));
	if (campaign[0] != '\0')
		put_campaign(t, campaign);
	if (item->kind == LOAD_A_TRACE)
		put_prefix(t, &item->row.r.prefix);
}

void
load_tables_vantage(struct load_tables *t, const char *vantage)
{
	put_vantage(t, vantage);
}

void
load_tables_line(struct load_tables *t, const struct ledger *line)
{
	struct gather *g = &t->gather[LOAD_SEGMENT];
	gather_int(g, put_vantage(t, line->vantage));
	gather_int(g, (int64_t)line->epoch);
	gather_int(g, line->segment_no);
	gather_octets(g, line->sha256, line->hashed ? HASH_SHA256_LEN : 0);
	gather_int(g, line->traces);
	gather_int(g, line->runs);
	gather_int_or_null(g, line->sealed_us);
	gather_int_or_null(g, line->uploaded_us);
}

void
load_tables_only_new(struct load_tables *t, bool only_new)
{
	t->gather[LOAD_TRACE].only_new = only_new;
	t->gather[LOAD_HEALTH].only_new = only_new;
	t->gather[LOAD_RUN].only_new = only_new;
}

bool
load_tables_insert(struct load_tables *t, struct db *db,
    int64_t changes[static LOAD_TABLES], struct fault *f)
{
	bool ok = true;
	t->now++;
	for (int i = 0; ok && i < LOAD_TABLES; i++)
		ok = gather_insert(&t->gather[i], db, &changes[i], f);
	return ok;
}

void
load_tables_forget(struct load_tables *t)
{
	for (int i = 0; i < LOAD_TABLES; i++)
		gather_clear(&t->gather[i]);
	memset(t->known, 0, sizeof(t->known));
}
