/* SPDX-License-Identifier: ISC */
#include "probe/base/mem.h"
#include "sql/dictionary.h"
#include "sql/gather.h"
#include "sql/store_db.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/*
 * Many verdicts in few statements: which of them are there and say the same is
 * asked LOOK traces at a time; the others go and come in bulk.
 */
enum { LOOK = 32 };
#define IDS                                                                    \
	"($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, "  \
	"$16, $17, $18, $19, $20, $21, $22, $23, $24, $25, $26, $27, $28, "    \
	"$29, $30, $31, $32)"
_Static_assert(LOOK == 32, "IDS");

static const struct gather_column columns[] = {{"trace_id", BULK_BLOB},
    {"prefix_id", BULK_INT}, {"vantage_id", BULK_INT}, {"started_us", BULK_INT},
    {"target", BULK_BLOB}, {"method", BULK_INT}, {"flow", BULK_INT},
    {"decided_us", BULK_INT}, {"reached", BULK_INT}, {"reach", BULK_TEXT},
    {"entry_as", BULK_INT}, {"carrier", BULK_TEXT}, {"evidence", BULK_TEXT},
    {"border_lo_ttl", BULK_INT}, {"border_hi_ttl", BULK_INT},
    {"silent_hops_n", BULK_INT}, {"p", BULK_REAL}, {"json", BULK_TEXT},
    {"basis_id", BULK_INT}, {"border_rtt_us", BULK_INT}};

/* A verdict on its way in, and whether one of its trace is there. */
struct incoming {
	const struct store_verdict *v;
	int64_t basis_id; /* -1 none */
	bool there, same;
};

static int
by_trace(const void *a, const void *b)
{
	const struct incoming *x = a, *y = b;
	return memcmp(x->v->trace, y->v->trace, UUID_LEN);
}

/* Binds the ids of n rows, the last of them again and again. */
static void
bind_ids(struct db_stmt *st, const struct incoming *in, size_t n)
{
	for (size_t i = 0; i < LOOK; i++)
		db_bind_blob(
		    st, (int)i + 1, in[i < n ? i : n - 1].v->trace, UUID_LEN);
}

static bool
says_the_same(struct db_stmt *st, const struct incoming *in)
{
	const struct store_verdict *v = in->v;
	double p = db_real(st, 2);
	bool same_p = isnan(p) ? isnan(v->p) != 0 : p == v->p;
	return same_p && db_int_or_none(st, 1) == in->basis_id &&
	       strcmp(db_text(st, 3), v->json) == 0 &&
	       strcmp(db_text(st, 4), v->carrier) == 0 &&
	       strcmp(db_text(st, 5), v->reach) == 0 &&
	       db_int_or_none(st, 6) == v->entry_as &&
	       db_int(st, 7) == v->decided_us;
}

static void
compare(struct db_stmt *st, struct incoming *in, size_t n)
{
	struct store_verdict key = {0};
	if (!db_octets(st, 0, key.trace, UUID_LEN))
		return;
	struct incoming wanted = {.v = &key};
	struct incoming *found = bsearch(&wanted, in, n, sizeof(*in), by_trace);
	if (found == NULL)
		return;
	found->there = true;
	found->same = says_the_same(st, found);
}

/* By trace, at most LOOK. */
static bool
look(struct store *s, struct incoming *in, size_t n, struct fault *f)
{
	struct db_stmt *st = store_stmt(s, SQL_OLD_VERDICTS,
	    "SELECT trace_id, basis_id, p, json, carrier, reach, entry_as, "
	    "decided_us FROM verdict WHERE trace_id IN " IDS,
	    f);
	if (st == NULL)
		return false;
	bind_ids(st, in, n);
	enum db_row row = db_step(st, f);
	for (; row == DB_ROW; row = db_step(st, f))
		compare(st, in, n);
	db_reset(st);
	return row != DB_FAILED;
}

static bool
drop_these(
    struct store *s, const struct incoming *in, size_t n, struct fault *f)
{
	struct db_stmt *st = store_stmt(s, SQL_DELETE_VERDICTS,
	    "DELETE FROM verdict WHERE trace_id IN " IDS, f);
	if (st == NULL)
		return false;
	bind_ids(st, in, n);
	return db_run(st, NULL, f);
}

/* Those that are there and say something else. */
static bool
drop_old(struct store *s, const struct incoming *in, size_t n, struct fault *f)
{
	struct incoming old[LOOK];
	size_t nold = 0;
	for (size_t i = 0; i < n; i++)
		if (in[i].there && !in[i].same)
			old[nold++] = in[i];
	return nold == 0 || drop_these(s, old, nold, f);
}

static void
gather(struct gather *g, const struct incoming *in, int64_t prefix_id,
    int64_t vantage_id)
{
	const struct store_verdict *v = in->v;
	uint8_t target[4];
	store_addr_bytes(v->target, target);
	gather_octets(g, v->trace, UUID_LEN);
	gather_int(g, prefix_id);
	gather_int(g, vantage_id);
	gather_int(g, v->start_us);
	gather_octets(g, target, sizeof(target));
	gather_int(g, v->method);
	gather_int(g, v->flow);
	gather_int(g, v->decided_us);
	gather_int(g, v->reached);
	gather_text(g, v->reach);
	gather_int_or_null(g, v->entry_as);
	gather_text(g, v->carrier);
	gather_text(g, v->evidence);
	gather_int_or_null(g, v->border_lo);
	gather_int_or_null(g, v->border_hi);
	gather_int(g, v->silent_hops);
	gather_real(g, v->p);
	gather_text(g, v->json);
	gather_int_or_null(g, in->basis_id);
	gather_int_or_null(g, v->border_rtt_us);
}

/* Its texts have their ids before its row has them. */
static bool
take(struct store *s, struct gather *g, const struct incoming *in,
    struct fault *f)
{
	const struct store_verdict *v = in->v;
	int64_t prefix_id = store_prefix(s, &v->prefix, f);
	int64_t vantage_id = store_vantage(s, v->vantage, f);
	const struct stale stale = {prefix_id, vantage_id, v->start_us};
	if (prefix_id == 0 || vantage_id == 0 ||
	    !store_address(s, v->target, f) || !store_stale(s, &stale, f))
		return false;
	gather(g, in, prefix_id, vantage_id);
	return true;
}

static bool
replace(struct store *s, struct incoming *in, size_t n, struct fault *f)
{
	struct gather g = GATHER("verdict", columns, 1);
	bool ok = true;
	for (size_t i = 0; ok && i < n; i += LOOK) {
		size_t most = n - i < LOOK ? n - i : LOOK;
		ok = look(s, in + i, most, f) && drop_old(s, in + i, most, f);
	}
	for (size_t i = 0; ok && i < n; i++)
		ok = in[i].same || take(s, &g, &in[i], f);
	ok = ok && gather_insert(&g, s->db, NULL, f);
	gather_free(&g);
	return ok;
}

static bool
name_basis(struct store *s, struct incoming *in, struct fault *f)
{
	in->basis_id = -1;
	if (in->v->basis != NULL)
		in->basis_id =
		    store_basis(s, in->v->basis, in->v->basis_json, f);
	return in->basis_id != 0;
}

bool
store_put_verdicts(
    struct store *s, const struct store_verdict *v, size_t n, struct fault *f)
{
	bool own = false;
	if (n == 0)
		return true;
	if (!store_enter(s, &own, f))
		return false;
	struct incoming *in = xcalloc(n, sizeof(*in));
	bool ok = true;
	for (size_t i = 0; ok && i < n; i++) {
		in[i].v = &v[i];
		ok = name_basis(s, &in[i], f);
	}
	if (ok) {
		qsort(in, n, sizeof(*in), by_trace);
		ok = replace(s, in, n, f);
	}
	free(in);
	return store_leave(s, own, ok, f);
}
