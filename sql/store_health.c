/* SPDX-License-Identifier: ISC */
#include "sql/health.h"

#include "probe/base/clock.h"
#include "sql/dictionary.h"
#include "sql/store_db.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>

static void
bind_key(struct db_stmt *st, const struct store_health *h)
{
	db_bind_int(st, 1, row_text_id(h->vantage));
	db_bind_int(st, 2, row_text_id(h->campaign));
	db_bind_int(st, 3, h->slot);
	db_bind_int(st, 4, (int64_t)h->epoch);
}

static void
bind_addr(struct db_stmt *st, int i, uint32_t addr, uint8_t keep[static 4])
{
	store_addr_bytes(addr, keep);
	db_bind_blob(st, i, addr == 0 ? NULL : keep, 4);
}

static bool
insert(struct store *s, const struct store_health *h, int64_t *changes,
    struct fault *f)
{
	uint8_t source[4], gateway[4];
	struct db_stmt *st = store_stmt(s, SQL_ADD_HEALTH,
	    "INSERT INTO health (vantage_id, campaign_id, slot, epoch, at_us, "
	    "uplink, controls_n, reached_n, control_rtt_us, source, interface, "
	    "gateway, targets_n, answered_n, quiet_n, late_us, jitter_us, "
	    "clock_synced, clock_error_us, clock_step_us) VALUES ($1, $2, $3, "
	    "$4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, "
	    "$18, $19, $20) ON CONFLICT DO NOTHING",
	    f);
	if (st == NULL)
		return false;
	bind_key(st, h);
	db_bind_int(st, 5, h->at_us);
	db_bind_text(st, 6, h->uplink);
	db_bind_int_or_null(st, 7, h->controls);
	db_bind_int_or_null(st, 8, h->reached);
	db_bind_int_or_null(st, 9, h->control_rtt_us);
	bind_addr(st, 10, h->source, source);
	db_bind_text(st, 11, h->interface);
	bind_addr(st, 12, h->gateway, gateway);
	db_bind_int_or_null(st, 13, h->targets);
	db_bind_int_or_null(st, 14, h->answered);
	db_bind_int_or_null(st, 15, h->quiet);
	db_bind_int_or_null(st, 16, h->late_us);
	db_bind_int_or_null(st, 17, h->jitter_us);
	db_bind_int_or_null(st, 18, h->clock_synced);
	db_bind_int_or_null(st, 19, h->clock_error_us);
	db_bind_int(st, 20, h->clock_step_us);
	return db_run(st, changes, f);
}

static void
get(struct db_stmt *st, struct store_health *h)
{
	*h = (struct store_health){0};
	snprintf(h->vantage, sizeof(h->vantage), "%s", db_text(st, 0));
	snprintf(h->campaign, sizeof(h->campaign), "%s", db_text(st, 1));
	h->slot = db_int(st, 2);
	h->epoch = (uint64_t)db_int(st, 3);
	h->at_us = db_int(st, 4);
	h->uplink = db_text(st, 5);
	h->controls = db_int_or_none(st, 6);
	h->reached = db_int_or_none(st, 7);
	h->control_rtt_us = db_int_or_none(st, 8);
	h->source = store_get_addr(st, 9);
	h->interface = db_text_or_null(st, 10);
	h->gateway = store_get_addr(st, 11);
	h->targets = db_int_or_none(st, 12);
	h->answered = db_int_or_none(st, 13);
	h->quiet = db_int_or_none(st, 14);
	h->late_us = db_int_or_none(st, 15);
	h->jitter_us = db_int_or_none(st, 16);
	h->clock_synced = db_int_or_none(st, 17);
	h->clock_error_us = db_int_or_none(st, 18);
	h->clock_step_us = db_int(st, 19);
}

#define COLUMNS                                                                \
	"SELECT v.name, c.name, t.slot, t.epoch, t.at_us, t.uplink, "          \
	"t.controls_n, t.reached_n, t.control_rtt_us, t.source, t.interface, " \
	"t.gateway, t.targets_n, t.answered_n, t.quiet_n, t.late_us, "         \
	"t.jitter_us, t.clock_synced, t.clock_error_us, t.clock_step_us "      \
	"FROM health t LEFT JOIN vantage v ON v.vantage_id = t.vantage_id "    \
	"LEFT JOIN campaign c ON c.campaign_id = t.campaign_id "

static bool
same_text(const char *a, const char *b)
{
	return a == NULL || b == NULL ? a == b : strcmp(a, b) == 0;
}

/* Whether two numbers say the same: all below 0 are missing. */
static bool
same_number(int64_t a, int64_t b)
{
	return a == b || (a < 0 && b < 0);
}

static bool
same_numbers(const struct store_health *a, const struct store_health *b)
{
	return same_number(a->controls, b->controls) &&
	       same_number(a->reached, b->reached) &&
	       same_number(a->control_rtt_us, b->control_rtt_us) &&
	       same_number(a->targets, b->targets) &&
	       same_number(a->answered, b->answered) &&
	       same_number(a->quiet, b->quiet) &&
	       same_number(a->late_us, b->late_us) &&
	       same_number(a->jitter_us, b->jitter_us) &&
	       same_number(a->clock_synced, b->clock_synced) &&
	       same_number(a->clock_error_us, b->clock_error_us);
}

static bool
equal(const struct store_health *a, const struct store_health *b)
{
	return a->at_us == b->at_us && a->source == b->source &&
	       a->gateway == b->gateway && same_numbers(a, b) &&
	       a->clock_step_us == b->clock_step_us &&
	       same_text(a->uplink, b->uplink) &&
	       same_text(a->interface, b->interface);
}

/* A row with this key is there: it must say the same. */
bool
store_same_health(
    struct store *s, const struct store_health *h, struct fault *f)
{
	struct store_health old;
	struct db_stmt *st = store_stmt(s, SQL_HEALTH,
	    COLUMNS "WHERE t.vantage_id = $1 AND t.campaign_id = $2 "
		    "AND t.slot = $3 AND t.epoch = $4",
	    f);
	if (st == NULL)
		return false;
	bind_key(st, h);
	enum db_row row = db_step(st, f);
	if (row == DB_ROW)
		get(st, &old);
	bool same = row == DB_ROW && equal(h, &old);
	db_reset(st);
	if (row != DB_FAILED && !same)
		fault_set(f, EX_DATAERR,
		    "health of run %s/%s/%" PRId64
		    ": stored already with other "
		    "values; the stored ones are kept",
		    h->vantage, h->campaign, h->slot);
	return same;
}

static bool
insert_texts(struct store *s, const struct store_health *h, struct fault *f)
{
	return store_vantage(s, h->vantage, f) != 0 &&
	       store_campaign(s, h->campaign, f) != 0 &&
	       (h->source == 0 || store_address(s, h->source, f)) &&
	       (h->gateway == 0 || store_address(s, h->gateway, f));
}

static bool
insert_all(struct store *s, const struct store_health *h, struct fault *f)
{
	int64_t changes = 0;
	if (h->vantage[0] == '\0' || h->campaign[0] == '\0')
		return fault_set(
		    f, EX_DATAERR, "health without vantage or campaign name");
	if (!insert_texts(s, h, f) || !insert(s, h, &changes, f))
		return false;
	return changes > 0 || store_same_health(s, h, f);
}

bool
store_add_health(struct store *s, const struct store_health *h, struct fault *f)
{
	bool own = false;
	if (!store_enter(s, &own, f))
		return false;
	bool ok = insert_all(s, h, f);
	return store_leave(s, own, ok, f);
}

bool
store_healths(
    struct store *s, store_each_health *each, void *arg, struct fault *f)
{
	struct store_health h;
	struct db_stmt *st = db_prepare(s->db,
	    COLUMNS "ORDER BY t.campaign_id, t.slot, t.vantage_id, t.epoch", f);
	if (st == NULL)
		return false;
	enum db_row row = db_step(st, f);
	bool ok = row != DB_FAILED;
	while (ok && row == DB_ROW) {
		get(st, &h);
		ok = each(arg, &h, f);
		row = ok ? db_step(st, f) : row;
		ok = ok && row != DB_FAILED;
	}
	db_finish(st);
	return ok;
}

static struct store_uplink
get_uplink(struct db_stmt *st)
{
	const char *uplink = db_text(st, 2);
	return (struct store_uplink){.began_us = db_int(st, 0),
	    .ended_us = db_int(st, 1),
	    .up = strcmp(uplink, "up") == 0,
	    .known = strcmp(uplink, "unknown") != 0};
}

/* By index on its end; when it began is in the row of the run. */
bool
store_uplinks(struct store *s, const struct store_window *window,
    store_each_uplink *each, void *arg, struct fault *f)
{
	bool open = window->until_us > INT64_MAX - STORE_RUN_MAX_US;
	struct db_stmt *st = store_stmt(s, SQL_UPLINKS,
	    "SELECT coalesce(r.started_us, h.at_us), h.at_us, "
	    "CASE r.state WHEN 'aborted' THEN 'unknown' ELSE h.uplink END "
	    "FROM health h JOIN run r ON r.vantage_id = h.vantage_id "
	    "AND r.campaign_id = h.campaign_id AND r.slot = h.slot "
	    "AND r.epoch = h.epoch WHERE h.vantage_id = $1 "
	    "AND h.at_us >= $2 AND h.at_us < $3 "
	    "ORDER BY h.at_us, h.campaign_id, h.slot, h.epoch",
	    f);
	if (st == NULL)
		return false;
	db_bind_int(st, 1, window->vantage_id);
	db_bind_int(st, 2, window->from_us);
	db_bind_int(
	    st, 3, open ? INT64_MAX : window->until_us + STORE_RUN_MAX_US);
	bool ok = true;
	enum db_row row = DB_DONE;
	while (ok && (row = db_step(st, f)) == DB_ROW) {
		struct store_uplink u = get_uplink(st);
		ok = each(arg, &u, f);
	}
	db_reset(st);
	return ok && row != DB_FAILED;
}

/* By index alone, a look for each prefix; -1 without any. */
static bool
newest_verdict(
    struct store *s, int64_t vantage_id, int64_t *newest_us, struct fault *f)
{
	struct db_stmt *st = store_stmt(s, SQL_NEWEST_VERDICT,
	    "SELECT max(x.newest_us) FROM (SELECT (SELECT max(d.started_us) "
	    "FROM verdict d WHERE d.prefix_id = p.prefix_id "
	    "AND d.vantage_id = $1) AS newest_us FROM prefix p) x",
	    f);
	if (st == NULL)
		return false;
	db_bind_int(st, 1, vantage_id);
	bool ok = db_step(st, f) == DB_ROW;
	*newest_us = ok ? db_int_or_none(st, 0) : -1;
	db_reset(st);
	return ok;
}

bool
store_awaited(
    struct store *s, int64_t vantage_id, int64_t *began_us, struct fault *f)
{
	int64_t newest_us = -1;
	*began_us = INT64_MAX;
	if (!newest_verdict(s, vantage_id, &newest_us, f))
		return false;
	if (newest_us < 0)
		return true;
	struct db_stmt *st = store_stmt(s, SQL_AWAITED,
	    "SELECT t.started_us FROM trace t WHERE t.vantage_id = $1 "
	    "AND t.started_us >= $2 AND t.started_us <= $3 "
	    "AND t.campaign_id IS NOT NULL AND NOT EXISTS (SELECT 1 "
	    "FROM run r WHERE r.vantage_id = t.vantage_id "
	    "AND r.campaign_id = t.campaign_id AND r.slot = t.slot "
	    "AND r.epoch = t.epoch) ORDER BY t.started_us LIMIT 1",
	    f);
	if (st == NULL)
		return false;
	db_bind_int(st, 1, vantage_id);
	db_bind_int(st, 2, newest_us - US_PER_DAY);
	db_bind_int(st, 3, newest_us + US_PER_DAY);
	enum db_row row = db_step(st, f);
	if (row == DB_ROW)
		*began_us = db_int(st, 0);
	db_reset(st);
	return row != DB_FAILED;
}
