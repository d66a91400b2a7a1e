/* SPDX-License-Identifier: ISC */
#include "tests/unit/kept_world.h"

#include "analysis/change/reach.h"
#include "probe/base/clock.h"
#include "probe/base/mem.h"
#include "sql/facts.h"
#include "sql/health.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const struct prefix p177 = {0xaf2db100, 24}, p178 = {0xaf2db200, 24};
static const struct {
	const struct prefix *prefix;
	const char *vantage;
} all_series[SERIES] = {{&p177, "mow"}, {&p178, "mow"}, {&p177, "sel"}};

struct store_verdict
draw(struct random *random, size_t series, int64_t slot, uint32_t target)
{
	static const char *const carriers[] = {
	    "ttk", "ttk", "unicom", "other:4837", "unknown"};
	const struct prefix *prefix = all_series[series].prefix;
	bool torn = random_chance(random, 60000);
	size_t state = torn ? random_below(random, 5)
			    : (size_t)(slot / 17 + (int64_t)series) % 5;
	bool down = slot % 71 < 5, blind = state == 4;
	struct store_verdict v = {.prefix = *prefix,
	    .target = prefix->addr + 1 + target % 2 * 200,
	    .method = target == 2 ? METHOD_TCP : METHOD_UDP,
	    /* "sel" has other flows each time, as RIPE Atlas does. */
	    .flow = series == 2 ? (uint32_t)(slot % 16) : 0,
	    .start_us = (slot * 24 + target / 2) * 100 * US_PER_S,
	    .carrier = down ? "unknown" : carriers[state],
	    .reach = down    ? "down"
		     : blind ? "unknown"
			     : "up",
	    .reached = !down && !blind,
	    .entry_as = down || blind ? -1 : (int64_t)(1000 + state),
	    .p = down || blind ? (double)NAN : 0.9 + (double)state / 100,
	    .evidence = "gap-adjacent",
	    .border_lo = -1,
	    .border_hi = -1,
	    .border_rtt_us = -1,
	    .json = "{}"};
	if (random_chance(random, 200000))
		v.reach = "unknown";
	v.decided_us = v.start_us + 1 + random_below(random, 5000000);
	memcpy(v.trace, &slot, 2);
	v.trace[2] = (uint8_t)target;
	v.trace[3] = (uint8_t)series;
	memcpy(v.vantage, all_series[series].vantage, 4);
	return v;
}

void
put(struct store *s, const struct store_verdict *v)
{
	struct fault f = {0};
	if (!store_put_verdicts(s, v, 1, &f))
		fail_msg("%s", f.text);
}

void
put_slots(struct store *s, struct random *random, int64_t from, int64_t to)
{
	struct store_verdict *all =
	    xcalloc((size_t)SERIES * SLOTS * TARGETS, sizeof(*all));
	struct fault f = {0};
	size_t n = 0;
	for (int64_t slot = from; slot < to; slot++)
		for (size_t i = 0; i < SERIES; i++)
			for (uint32_t k = 0; k < TARGETS; k++) {
				all[n] = draw(random, i, slot, k);
				n += !random_chance(random, 200000);
			}
	const struct store_fact fact = {"sel", "platform", "ripe-atlas"};
	if (!store_put_verdicts(s, all, n, &f) ||
	    !store_add_fact(s, &fact, NULL, &f))
		fail_msg("%s", f.text);
	free(all);
}

/* All verdicts, with all the health that is there. */
struct whole {
	struct timeline t;
	struct store *store;
	int64_t until_us;
	char vantage[RECORD_NAME_MAX + 1];
	struct prefix prefix;
	size_t n;
	struct store_uplink uplink[4000];
};

static bool
take_uplink(void *arg, const struct store_uplink *u, struct fault *f)
{
	struct whole *w = arg;
	(void)f;
	assert_true(w->n < sizeof(w->uplink) / sizeof(w->uplink[0]));
	w->uplink[w->n++] = *u;
	return true;
}

static void
end_series(struct whole *w)
{
	timeline_uplinks(&w->t, NULL, 0);
	while (w->n > 0 && w->uplink[w->n - 1].ended_us > w->until_us)
		w->n--;
	reach_blind(&w->t, w->uplink, w->n);
	w->n = 0;
}

static bool
fold_one(void *arg, const struct store_verdict *v, struct fault *f)
{
	struct whole *w = arg;
	const struct store_window all = {
	    .vantage_id = row_text_id(v->vantage), .until_us = INT64_MAX};
	if (strcmp(w->vantage, v->vantage) != 0 ||
	    w->prefix.addr != v->prefix.addr ||
	    w->prefix.len != v->prefix.len) {
		end_series(w);
		memcpy(w->vantage, v->vantage, sizeof(w->vantage));
		w->prefix = v->prefix;
		if (!store_uplinks(w->store, &all, take_uplink, w, f))
			fail_msg("%s", f->text);
		timeline_uplinks(&w->t, w->uplink, w->n);
	}
	timeline_add(&w->t, v);
	return true;
}

struct timeline
fold_all(struct store *s, const struct store_filter *filter)
{
	struct fault f = {0};
	static struct whole w;
	w = (struct whole){.store = s, .until_us = INT64_MAX};
	if (filter->until_us > 0)
		w.until_us = filter->until_us;
	timeline_open(&w.t);
	if (!store_verdicts(s, filter, fold_one, &w, &f))
		fail_msg("%s", f.text);
	timeline_end(&w.t);
	end_series(&w);
	return w.t;
}

static void
print_reach(const struct timeline *t, FILE *out)
{
	char a[UUID_STRLEN], b[UUID_STRLEN], c[UUID_STRLEN];
	for (size_t i = 0; i < t->nreach; i++) {
		const struct reach_run *r = &t->reach[i];
		fprintf(out,
		    "%s %08x/%d %s %lld %lld %lld %lld %s %s %08x %d %lld "
		    "(%s %lld %lld %s)\n",
		    r->vantage, r->prefix.addr, r->prefix.len, r->reach,
		    (long long)r->since_us, (long long)r->decided_us,
		    (long long)r->last_us, (long long)r->seen_us,
		    uuid_format(r->first_trace, a),
		    uuid_format(r->last_trace, b), r->witness,
		    (int)r->witness_method, (long long)r->witness_us,
		    r->pending.reach, (long long)r->pending.since_us,
		    (long long)r->pending.decided_us,
		    uuid_format(r->pending.first_trace, c));
	}
}

char *
text_of(const struct timeline *t)
{
	char *text = NULL, a[UUID_STRLEN], b[UUID_STRLEN], c[UUID_STRLEN];
	size_t len = 0;
	FILE *out = open_memstream(&text, &len);
	print_reach(t, out);
	for (size_t i = 0; i < t->n; i++) {
		const struct run *r = &t->run[i];
		bool open = r->pending.carrier[0] != '\0';
		fprintf(out,
		    "%s %08x/%d %s %lld %s %a %lld %lld %lld %lld %s %s "
		    "(%s %lld %lld %lld %s)\n",
		    r->vantage, r->prefix.addr, r->prefix.len, r->carrier,
		    (long long)r->entry_as, r->reach, isnan(r->p) ? -1 : r->p,
		    (long long)r->since_us, (long long)r->decided_us,
		    (long long)r->last_us, (long long)r->seen_us,
		    uuid_format(r->first_trace, a),
		    uuid_format(r->last_trace, b), r->pending.carrier,
		    open ? (long long)r->pending.entry_as : 0,
		    (long long)r->pending.since_us,
		    (long long)r->pending.decided_us,
		    uuid_format(r->pending.first_trace, c));
	}
	fclose(out);
	return text;
}

void
same_as_all(struct store *s, const struct store_filter *filter)
{
	struct fault f = {0};
	struct timeline kept, whole = fold_all(s, filter);
	if (!kept_read(&kept, s, filter, &f))
		fail_msg("%s", f.text);
	char *a = text_of(&kept), *b = text_of(&whole);
	assert_string_equal(a, b);
	free(a);
	free(b);
	timeline_close(&kept);
	timeline_close(&whole);
}

void
renew(struct store *s)
{
	struct fault f = {0};
	if (!kept_renew(s, 0, NULL, &f))
		fail_msg("%s", f.text);
}

int64_t
ask(struct store *s, const char *sql)
{
	struct fault f = {0};
	struct db_stmt *st = db_prepare(s->db, sql, &f);
	assert_non_null(st);
	assert_int_equal(db_step(st, &f), DB_ROW);
	int64_t n = db_int(st, 0);
	db_finish(st);
	return n;
}

void
exec(struct store *s, const char *sql)
{
	struct fault f = {0};
	if (!store_begin(s, &f) || !db_exec(s->db, sql, &f) ||
	    !store_commit(s, &f))
		fail_msg("%s", f.text);
}
