/* SPDX-License-Identifier: ISC */
#include "sql/load_check.h"

#include "probe/base/mem.h"
#include "sql/dictionary.h"
#include "sql/store_db.h"

#include <stdlib.h>
#include <string.h>

/* The key of a trace, of an item or of a stored row. */
struct key {
	int64_t started_us, vantage_id, epoch, seq;
	const struct row *row;
	bool same; /* it is stored just so */
};

static int
by_key(const void *a, const void *b)
{
	const struct key *x = a, *y = b;
	if (x->started_us != y->started_us)
		return x->started_us < y->started_us ? -1 : 1;
	if (x->seq != y->seq)
		return x->seq < y->seq ? -1 : 1;
	if (x->epoch != y->epoch)
		return x->epoch < y->epoch ? -1 : 1;
	return (x->vantage_id > y->vantage_id) -
	       (x->vantage_id < y->vantage_id);
}

static void
widen(struct key *low, struct key *high, const struct key *k)
{
	low->vantage_id =
	    k->vantage_id < low->vantage_id ? k->vantage_id : low->vantage_id;
	low->epoch = k->epoch < low->epoch ? k->epoch : low->epoch;
	low->seq = k->seq < low->seq ? k->seq : low->seq;
	high->vantage_id =
	    k->vantage_id > high->vantage_id ? k->vantage_id : high->vantage_id;
	high->epoch = k->epoch > high->epoch ? k->epoch : high->epoch;
	high->seq = k->seq > high->seq ? k->seq : high->seq;
}

static struct db_stmt *
ask_between(struct store *to, const struct key *low, const struct key *high,
    struct fault *f)
{
	struct db_stmt *st = db_prepare(to->db,
	    "SELECT started_us, vantage_id, epoch, seq, rec_hash FROM trace "
	    "WHERE started_us >= $1 AND started_us <= $2 "
	    "AND vantage_id >= $3 AND vantage_id <= $4 "
	    "AND epoch >= $5 AND epoch <= $6 AND seq >= $7 AND seq <= $8",
	    f);
	if (st == NULL)
		return NULL;
	db_bind_int(st, 1, low->started_us);
	db_bind_int(st, 2, high->started_us);
	db_bind_int(st, 3, low->vantage_id);
	db_bind_int(st, 4, high->vantage_id);
	db_bind_int(st, 5, low->epoch);
	db_bind_int(st, 6, high->epoch);
	db_bind_int(st, 7, low->seq);
	db_bind_int(st, 8, high->seq);
	return st;
}

/* One question for all of them: an answer may take its time. */
static bool
compare(struct store *to, struct key *keys, size_t n, struct fault *f)
{
	struct key low = keys[0], high = keys[n - 1];
	for (size_t i = 0; i < n; i++)
		widen(&low, &high, &keys[i]);
	struct db_stmt *st = ask_between(to, &low, &high, f);
	if (st == NULL)
		return false;
	enum db_row got = db_step(st, f);
	for (; got == DB_ROW; got = db_step(st, f)) {
		struct key k = {db_int(st, 0), db_int(st, 1), db_int(st, 2),
		    db_int(st, 3), NULL, false};
		struct key *at = bsearch(&k, keys, n, sizeof(k), by_key);
		if (at != NULL)
			at->same = at->row->hash == db_int(st, 4);
	}
	db_finish(st);
	return got == DB_DONE;
}

static bool
same_traces(
    struct store *to, const struct load_item *items, size_t n, struct fault *f)
{
	struct key *keys = xcalloc(n, sizeof(*keys));
	size_t nkeys = 0;
	for (size_t i = 0; i < n; i++) {
		const struct record *r = &items[i].row.r;
		if (items[i].kind == LOAD_A_TRACE)
			keys[nkeys++] = (struct key){r->start_us,
			    row_text_id(r->vantage), (int64_t)r->epoch,
			    (int64_t)r->seq, &items[i].row, false};
	}
	qsort(keys, nkeys, sizeof(*keys), by_key);
	bool ok = nkeys == 0 || compare(to, keys, nkeys, f);
	/* Which one, and why; or one that came twice. */
	for (size_t i = 0; ok && i < nkeys; i++)
		ok = keys[i].same || store_same_trace(to, keys[i].row, f);
	free(keys);
	return ok;
}

/* Traces are looked for together. */
static bool
same_row(struct store *to, const struct load_item *item, struct fault *f)
{
	switch (item->kind) {
	case LOAD_A_RUN:
		return store_same_run(to, &item->run, f);
	case LOAD_A_HEALTH:
		return store_same_health(to, &item->health, f);
	case LOAD_A_TRACE:
		break;
	}
	return true;
}

static bool
check_item(struct store *to, const struct load_item *item, bool all_new,
    struct fault *f)
{
	const char *campaign = load_item_campaign(item);
	return store_vantage(to, load_item_vantage(item), f) != 0 &&
	       (campaign[0] == '\0' || store_campaign(to, campaign, f) != 0) &&
	       (item->kind != LOAD_A_TRACE ||
		   store_prefix(to, &item->row.r.prefix, f) != 0) &&
	       (all_new || same_row(to, item, f));
}

bool
load_check(struct store *to, const struct load_item *items, size_t n,
    bool all_new, struct fault *f)
{
	bool ok = true;
	for (size_t i = 0; ok && i < n; i++)
		ok = check_item(to, &items[i], all_new, f);
	return ok && (all_new || same_traces(to, items, n, f));
}

static bool
knows(struct store *to, const struct load_item *item)
{
	const char *campaign = load_item_campaign(item);
	return store_knows(to, "vantage", load_item_vantage(item)) &&
	       (campaign[0] == '\0' || store_knows(to, "campaign", campaign));
}

/* A SHA-256 for each name that is not the one before. */
static bool
same_names(const struct load_item *a, const struct load_item *b)
{
	return strcmp(load_item_vantage(a), load_item_vantage(b)) == 0 &&
	       strcmp(load_item_campaign(a), load_item_campaign(b)) == 0;
}

enum { LATELY = 64 };

static bool
knows_prefix(
    struct store *to, const struct prefix *p, struct prefix lately[LATELY])
{
	char name[PREFIX_STRLEN];
	struct prefix *seen = &lately[(p->addr >> 8 ^ p->addr >> 16) % LATELY];
	if (seen->addr == p->addr && seen->len == p->len)
		return true;
	*seen = *p;
	return store_knows(to, "prefix", prefix_format(p, name));
}

bool
load_knows(struct store *to, const struct load_item *items, size_t n)
{
	struct prefix lately[LATELY];
	bool all = true;
	for (size_t i = 0; i < LATELY; i++)
		lately[i] = (struct prefix){.len = UINT8_MAX}; /* none */
	for (size_t i = 0; all && i < n; i++) {
		const struct load_item *item = &items[i];
		if (i == 0 || !same_names(item - 1, item))
			all = knows(to, item);
		if (all && item->kind == LOAD_A_TRACE)
			all = knows_prefix(to, &item->row.r.prefix, lately);
	}
	return all;
}
