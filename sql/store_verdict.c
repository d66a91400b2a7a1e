/* SPDX-License-Identifier: ISC */
#include "probe/base/log.h"
#include "probe/base/mem.h"
#include "sql/states.h"
#include "sql/store_db.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The columns that timelines need, but for those of the series. */
static void
get_verdict(struct db_stmt *st, struct store_verdict *v)
{
	*v = (struct store_verdict){
	    .border_lo = -1, .border_hi = -1, .border_rtt_us = -1};
	db_octets(st, 0, v->trace, UUID_LEN);
	v->target = store_get_addr(st, 1);
	v->method = (enum record_method)db_int(st, 2);
	v->flow = (uint32_t)db_int(st, 3);
	v->start_us = db_int(st, 4);
	v->decided_us = db_int(st, 5);
	v->reached = db_int(st, 6) != 0;
	v->reach = db_text(st, 7);
	v->entry_as = db_int_or_none(st, 8);
	v->carrier = db_text(st, 9);
	v->p = db_real(st, 10);
	v->imported = db_int(st, 11) > 0;
}

static void
get_series(struct db_stmt *st, struct store_verdict *v)
{
	snprintf(v->vantage, sizeof(v->vantage), "%s", db_text(st, 12));
	log_sanitize(v->vantage);
	v->prefix.addr = store_get_addr(st, 13);
	v->prefix.len = (uint8_t)db_int(st, 14);
}

static void
get_details(struct db_stmt *st, struct store_verdict *v)
{
	v->evidence = db_text(st, 15);
	v->border_lo = (int)db_int_or_none(st, 16);
	v->border_hi = (int)db_int_or_none(st, 17);
	v->silent_hops = (int)db_int(st, 18);
	v->json = db_text(st, 19);
	v->border_rtt_us = db_int_or_none(st, 20);
}

/*
 * The small tables come first, so that the rows of each prefix and vantage are
 * read in the order of the key and nothing has to be sorted. All columns but
 * the details lie in one index, so that a year is read without its JSON.
 */
#define COLUMNS                                                                \
	"SELECT t.trace_id, t.target, t.method, t.flow, t.started_us, "        \
	"t.decided_us, t.reached, t.reach, t.entry_as, t.carrier, t.p, "       \
	"(SELECT count(*) FROM vantage_fact o "                                \
	"WHERE o.vantage_id = t.vantage_id AND o.name = 'platform')"
static const char series[] = ", v.name, p.addr, p.len_bits";
static const char details[] =
    ", t.evidence, t.border_lo_ttl, t.border_hi_ttl, t.silent_hops_n, t.json, "
    "t.border_rtt_us";
static const char tables[] =
    " FROM prefix p CROSS JOIN vantage v CROSS JOIN verdict t "
    "WHERE t.prefix_id = p.prefix_id AND t.vantage_id = v.vantage_id";
static const char campaign_id[] =
    "(SELECT x.campaign_id FROM trace x WHERE x.started_us = t.started_us "
    "AND x.vantage_id = t.vantage_id AND x.trace_id = t.trace_id)";
static const char by_series[] =
    " ORDER BY p.addr, p.len_bits, v.name, t.started_us, t.trace_id";

static struct db_stmt *
select_verdicts(struct store *s, const struct store_filter *filter,
    struct store_bounds *keep, struct fault *f)
{
	char where[STORE_WHERE_LEN];
	store_where(filter, campaign_id, 1, where);
	char *sql = xasprintf(COLUMNS "%s%s%s%s%s", series,
	    filter->with_evidence ? details : "", tables, where, by_series);
	struct db_stmt *st = db_prepare(s->db, sql, f);
	free(sql);
	if (st != NULL)
		store_bind_where(filter, st, 1, keep);
	return st;
}

bool
store_verdicts(struct store *s, const struct store_filter *filter,
    store_each_verdict *each, void *arg, struct fault *f)
{
	struct store_bounds keep;
	struct store_verdict v;
	struct db_stmt *st = select_verdicts(s, filter, &keep, f);
	if (st == NULL)
		return false;
	enum db_row row = db_step(st, f);
	bool ok = row != DB_FAILED;
	while (ok && row == DB_ROW) {
		get_verdict(st, &v);
		get_series(st, &v);
		if (filter->with_evidence)
			get_details(st, &v);
		ok = each(arg, &v, f);
		row = ok ? db_step(st, f) : row;
		ok = ok && row != DB_FAILED;
	}
	db_finish(st);
	return ok;
}

/* From a place on: several may have started in its microsecond. */
#define STRETCH                                                                \
	COLUMNS " FROM verdict t WHERE t.prefix_id = $1 AND "                  \
		"t.vantage_id = $2 AND t.started_us >= $3 AND "                \
		"(t.started_us > $4 OR t.trace_id >= $5) AND "                 \
		"t.started_us < $6"
#define IN_ORDER " ORDER BY t.started_us, t.trace_id LIMIT "

static struct db_stmt *
select_stretch(struct store *s, const struct store_stretch *stretch,
    struct store_bounds *keep, struct fault *f)
{
	const struct prefix *p = stretch->within;
	const struct store_series *of = stretch->of;
	struct db_stmt *st =
	    p == NULL
		? store_stmt(s, SQL_SERIES_VERDICTS, STRETCH IN_ORDER "$7", f)
		: store_stmt(s, SQL_SERIES_TARGETS,
		      STRETCH " AND t.target BETWEEN $7 AND $8" IN_ORDER "$9",
		      f);
	if (st == NULL)
		return NULL;
	db_bind_int(st, 1, of->prefix_id);
	db_bind_int(st, 2, of->vantage_id);
	db_bind_int(st, 3, stretch->from.start_us);
	db_bind_int(st, 4, stretch->from.start_us);
	db_bind_blob(st, 5, stretch->from.trace, UUID_LEN);
	db_bind_int(st, 6, stretch->until_us);
	db_bind_int(st, p == NULL ? 7 : 9, stretch->max);
	if (p == NULL)
		return st;
	store_addr_bytes(p->addr, keep->first);
	store_addr_bytes(p->addr | ~prefix_mask(p->len), keep->last);
	db_bind_blob(st, 7, keep->first, sizeof(keep->first));
	db_bind_blob(st, 8, keep->last, sizeof(keep->last));
	return st;
}

bool
store_series_verdicts(struct store *s, const struct store_stretch *stretch,
    store_each_verdict *each, void *arg, struct fault *f)
{
	struct store_bounds keep;
	struct store_verdict v;
	struct db_stmt *st = select_stretch(s, stretch, &keep, f);
	if (st == NULL)
		return false;
	bool ok = true;
	enum db_row row = DB_DONE;
	while (ok && (row = db_step(st, f)) == DB_ROW) {
		get_verdict(st, &v);
		memcpy(v.vantage, stretch->of->vantage, sizeof(v.vantage));
		v.prefix = stretch->of->prefix;
		ok = each(arg, &v, f);
	}
	db_reset(st);
	return ok && row != DB_FAILED;
}
