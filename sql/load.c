/* SPDX-License-Identifier: ISC */
#include "sql/load.h"

#include "probe/base/mem.h"
#include "sql/dictionary.h"
#include "sql/load_check.h"
#include "sql/load_tables.h"
#include "sql/store_db.h"

#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

/*
 * Transactions on their way: as many as the server needs to be always at work
 * when its answers take 150 ms, 16 MiB or so of memory.
 */
enum { FLIGHTS_MAX = 8, LINES_MAX = FLIGHTS_MAX, PUSH_ROWS = 16 };

/* A transaction: what it is made of, until it is known to be stored. */
struct flight {
	struct load_part *part;	 /* of the items; NULL: there are none */
	struct load_item *items; /* BATCH_ROWS */
	struct {
		struct load_part *part;
		const struct ledger *line;
	} lines[LINES_MAX]; /* of segments that are stored */
	size_t nlines;
	size_t n, octets;
	bool sent[LOAD_TABLES]; /* has rows of them */
};

struct load {
	struct store *to;
	size_t most;
	/* A ring: `first` is the oldest, behind the last what is gathered. */
	struct flight flights[FLIGHTS_MAX + 1];
	size_t first, n;
	struct load_tables tables;
};

static struct flight *
flight_at(struct load *l, size_t i)
{
	return &l->flights[(l->first + i) % (FLIGHTS_MAX + 1)];
}

static struct flight *
gathered(struct load *l)
{
	return flight_at(l, l->n);
}

struct load *
load_open(struct store *to)
{
	struct load *l = xcalloc(1, sizeof(*l));
	l->to = to;
	l->most = BATCH_ROWS;
	for (size_t i = 0; i <= FLIGHTS_MAX; i++)
		l->flights[i].items =
		    xcalloc(BATCH_ROWS, sizeof(struct load_item));
	load_tables_init(&l->tables);
	return l;
}

void
load_limit(struct load *l, int64_t rows)
{
	l->most = rows >= 1 && rows < BATCH_ROWS ? (size_t)rows : BATCH_ROWS;
}

static void
empty(struct flight *t)
{
	for (size_t i = 0; i < t->n; i++)
		load_item_clear(&t->items[i]);
	t->n = t->octets = t->nlines = 0;
	t->part = NULL;
}

void
load_free(struct load *l)
{
	if (l == NULL)
		return;
	db_ahead_end(l->to->db);
	for (size_t i = 0; i <= FLIGHTS_MAX; i++) {
		empty(&l->flights[i]);
		free(l->flights[i].items);
	}
	load_tables_free(&l->tables);
	free(l);
}

static void
take(struct load *l, const struct load_item *item)
{
	struct flight *t = gathered(l);
	t->octets += load_item_octets(item);
	t->items[t->n++] = *item;
}

void
load_row(struct load *l, struct row *row)
{
	struct load_item item = load_item_trace(row);
	take(l, &item);
	if (load_waiting(l) % PUSH_ROWS == 0)
		db_ahead_push(l->to->db);
}

void
load_run(struct load *l, const struct store_run *run)
{
	struct load_item item = load_item_run(run);
	take(l, &item);
}

void
load_health(struct load *l, const struct store_health *h)
{
	struct load_item item = load_item_health(h);
	take(l, &item);
}

/* gathered() of what must not change. */
static const struct flight *
waiting(const struct load *l)
{
	return &l->flights[(l->first + l->n) % (FLIGHTS_MAX + 1)];
}

size_t
load_waiting(const struct load *l)
{
	return waiting(l)->n;
}

bool
load_fits(const struct load *l, const struct row *row)
{
	const struct flight *t = waiting(l);
	return t->n == 0 || t->octets + row_octets(row) <= BATCH_OCTETS;
}

bool
load_is_full(const struct load *l)
{
	const struct flight *t = waiting(l);
	return t->n >= l->most || t->octets >= BATCH_OCTETS;
}

struct outcome {
	int64_t traces, runs, healths; /* that were asked for */
	int64_t changes[LOAD_TABLES];
};

static void
count(const struct load_item *items, size_t n, struct outcome *o)
{
	*o = (struct outcome){0};
	for (size_t i = 0; i < n; i++) {
		o->traces += items[i].kind == LOAD_A_TRACE;
		o->runs += items[i].kind == LOAD_A_RUN;
		o->healths += items[i].kind == LOAD_A_HEALTH;
	}
}

static void
put(struct load *l, const struct load_item *items, size_t n)
{
	for (size_t i = 0; i < n; i++)
		load_tables_item(&l->tables, &items[i]);
}

/*
 * Retention dropped a path that this load had stored before: it is there again,
 * without its hops. Whoever begins anew sends all of them.
 */
static bool
hops_are_there(const struct outcome *o, struct fault *f)
{
	return o->changes[LOAD_PATH_AGAIN] == 0 ||
	       fault_set(f, EX_UNAVAILABLE,
		   "paths were dropped meanwhile (tumen retention); try again");
}

/* Items in the open transaction. */
static bool
insert(struct load *l, const struct load_item *items, size_t n,
    struct outcome *o, struct fault *f)
{
	count(items, n, o);
	put(l, items, n);
	if (!load_tables_insert(&l->tables, l->to->db, o->changes, f))
		return false;
	if (!hops_are_there(o, f))
		return false;
	bool all_new = o->changes[LOAD_TRACE] == o->traces &&
		       o->changes[LOAD_RUN] == o->runs &&
		       o->changes[LOAD_HEALTH] == o->healths;
	return !store_may_read(l->to) ||
	       load_check(l->to, items, n, all_new, f);
}

static bool
store_once(struct load *l, const struct load_item *items, size_t n,
    struct outcome *o, struct fault *f)
{
	if (!store_begin(l->to, f))
		return false;
	if (insert(l, items, n, o, f) && store_commit(l->to, f))
		return true;
	store_rollback(l->to);
	load_tables_forget(&l->tables);
	return false;
}

static void
stored(struct load_part *part, const struct outcome *o)
{
	part->added += o->changes[LOAD_TRACE];
	part->present += o->traces - o->changes[LOAD_TRACE];
	part->runs += o->runs;
}

static bool
store_items(struct load *l, struct load_part *part,
    const struct load_item *items, size_t n, struct fault *f)
{
	struct outcome o = {0};
	if (n == 0)
		return true;
	/* A failure makes paths unknown, so that their hops go, too. */
	if (store_once(l, items, n, &o, f) ||
	    (o.changes[LOAD_PATH_AGAIN] > 0 &&
		store_once(l, items, n, &o, f))) {
		stored(part, &o);
		return true;
	}
	if (f->status != EX_DATAERR)
		return false;
	if (n > 1)
		return store_items(l, part, items, n / 2, f) &&
		       store_items(l, part, items + n / 2, n - n / 2, f);
	part->nrefused++;
	part->refused(part->arg, items, f);
	return true;
}

static void
close_part(struct load_part *part)
{
	part->open--;
	if (part->stored != NULL)
		part->stored(part->arg);
}

/* The oldest is stored. */
static void
land(struct load *l)
{
	struct flight *t = flight_at(l, 0);
	l->first = (l->first + 1) % (FLIGHTS_MAX + 1);
	l->n--;
	if (t->part != NULL)
		close_part(t->part);
	for (size_t i = 0; i < t->nlines; i++)
		close_part(t->lines[i].part);
	empty(t);
}

/* Without sending ahead: the oldest, all of it, whatever it takes. */
static bool
store_oldest(struct load *l, struct fault *f)
{
	struct flight *t = flight_at(l, 0);
	bool ok = true;
	for (size_t i = 0; ok && i < t->nlines; i++)
		ok = ledger_add(l->to, t->lines[i].line, f);
	if (ok)
		ok = store_items(l, t->part, t->items, t->n, f);
	if (ok)
		land(l);
	return ok;
}

static bool
store_all(struct load *l, struct fault *f)
{
	bool ok = true;
	db_ahead_end(l->to->db);
	load_tables_forget(&l->tables);
	while (ok && l->n > 0)
		ok = store_oldest(l, f);
	return ok;
}

/* The changes of each table, from those of the statements. */
static bool
answer(struct load *l, struct outcome *o, struct fault *f)
{
	const struct flight *t = flight_at(l, 0);
	int64_t changes[LOAD_TABLES] = {0};
	size_t at = 0;
	if (!db_ahead_answer(l->to->db, changes, LOAD_TABLES, f))
		return false;
	count(t->items, t->n, o);
	for (int i = 0; i < LOAD_TABLES; i++)
		if (t->sent[i])
			o->changes[i] = changes[at++];
	return true;
}

static bool
wait_for_one(struct load *l, bool *any, struct fault *f)
{
	struct outcome o;
	*any = l->n > 0;
	if (!*any)
		return true;
	if (!answer(l, &o, f)) {
		/* What was sent behind it is not stored, either. */
		return f->status == EX_DATAERR && store_all(l, f);
	}
	if (!hops_are_there(&o, f))
		return false;
	if (flight_at(l, 0)->part != NULL)
		stored(flight_at(l, 0)->part, &o);
	land(l);
	return true;
}

bool
load_drain(struct load *l, struct fault *f)
{
	bool ok = true, any = true;
	while (ok && any)
		ok = wait_for_one(l, &any, f);
	return ok;
}

/* What lies in the tables, as one transaction. */
static bool
send_tables(struct load *l, struct fault *f)
{
	int64_t unknown[LOAD_TABLES];
	struct db *db = l->to->db;
	return db_ahead_begin(db, f) &&
	       load_tables_insert(&l->tables, db, unknown, f) &&
	       db_ahead_commit(db, f);
}

static bool
knows_all(struct load *l, const struct flight *t)
{
	bool all = load_knows(l->to, t->items, t->n);
	for (size_t i = 0; all && i < t->nlines; i++)
		all = store_knows(l->to, "vantage", t->lines[i].line->vantage);
	return all;
}

/*
 * Where it may be read, a text has to be seen under its id before a row with
 * that id is sent: texts first, and then all that are there. Whether the
 * gathered rows may go ahead.
 */
static bool
learn(struct load *l, bool *knows, struct fault *f)
{
	const struct flight *t = gathered(l);
	*knows = knows_all(l, t);
	if (*knows)
		return true;
	if (!load_drain(l, f))
		return false;
	for (size_t i = 0; i < t->n; i++)
		load_tables_texts(&l->tables, &t->items[i]);
	for (size_t i = 0; i < t->nlines; i++)
		load_tables_vantage(&l->tables, t->lines[i].line->vantage);
	bool ok = send_tables(l, f) && db_ahead_answer(l->to->db, NULL, 0, f);
	db_ahead_end(l->to->db);
	load_tables_forget(&l->tables);
	if (!ok && f->status != EX_DATAERR) /* that shows again, by the row */
		return false;
	if (!store_learn(l->to, f))
		return false;
	*knows = knows_all(l, t);
	return true;
}

static bool
send_gathered(struct load *l, struct fault *f)
{
	struct flight *t = gathered(l);
	for (size_t i = 0; i < t->nlines; i++)
		load_tables_line(&l->tables, t->lines[i].line);
	put(l, t->items, t->n);
	load_tables_only_new(&l->tables, true);
	for (int i = 0; i < LOAD_TABLES; i++)
		t->sent[i] = gather_rows(&l->tables.gather[i]) > 0;
	bool ok = send_tables(l, f);
	load_tables_only_new(&l->tables, false);
	return ok;
}

/* What was gathered becomes one of those on their way. */
static bool
dispatch(struct load *l, struct fault *f)
{
	bool ahead = db_ahead(l->to->db), any = true;
	if (ahead && store_may_read(l->to) && !learn(l, &ahead, f))
		return false;
	if (!ahead && !load_drain(l, f))
		return false;
	bool sent = ahead && send_gathered(l, f);
	if (ahead && !sent && f->status != EX_DATAERR)
		return false;
	/* A row that cannot even be sent: those before it come first. */
	if (!sent && !load_drain(l, f))
		return false;
	l->n++;
	if (!sent)
		return store_all(l, f);
	return l->n < FLIGHTS_MAX || wait_for_one(l, &any, f);
}

bool
load_send(struct load *l, struct load_part *part, struct fault *f)
{
	if (load_waiting(l) == 0)
		return true;
	gathered(l)->part = part;
	part->open++;
	return dispatch(l, f);
}

void
load_turn(const struct load *l)
{
	if (!db_ahead(l->to->db))
		batch_turn();
}

bool
load_line(struct load *l, struct load_part *part, const struct ledger *line,
    struct fault *f)
{
	struct flight *t = gathered(l);
	t->lines[t->nlines].part = part;
	t->lines[t->nlines++].line = line;
	part->open++;
	/* It goes with the next rows, if some come. */
	return (db_ahead(l->to->db) && t->nlines < LINES_MAX) || dispatch(l, f);
}

bool
load_wait(struct load *l, bool *any, struct fault *f)
{
	const struct flight *t = gathered(l);
	if (l->n == 0 && t->n == 0 && t->nlines > 0 && !dispatch(l, f))
		return false;
	return wait_for_one(l, any, f);
}

bool
load_wait_for(struct load *l, const struct load_part *part, struct fault *f)
{
	bool any = true;
	while (part->open > 0)
		if (!load_wait(l, &any, f))
			return false;
	return true;
}
