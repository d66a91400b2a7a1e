/* SPDX-License-Identifier: ISC */
#include "sql/sqlite_probes.h"

#include "probe/base/record_name.h"
#include "probe/base/record_pack.h"

#include <sqlite3ext.h>

/* Nothing where this is a part of a program (SQLITE_CORE). */
SQLITE_EXTENSION_INIT1

static const char schema[] =
    "CREATE TABLE x (ttl INTEGER, attempt INTEGER, reply_no INTEGER, "
    "addr TEXT, rtt_us REAL, tx_us INTEGER, tx_ns INTEGER, "
    "reply_ttl INTEGER, reply_ipid INTEGER, quoted_ttl INTEGER, "
    "quoted_tos INTEGER, icmp_type INTEGER, icmp_code INTEGER, "
    "tcp_flags INTEGER, ext BLOB, proof TEXT, silent TEXT, late INTEGER, "
    "rec HIDDEN, started_us HIDDEN)";

enum column {
	TTL,
	ATTEMPT,
	REPLY_NO,
	ADDR,
	RTT_US,
	TX_US,
	TX_NS,
	REPLY_TTL,
	REPLY_IPID,
	QUOTED_TTL,
	QUOTED_TOS,
	ICMP_TYPE,
	ICMP_CODE,
	TCP_FLAGS,
	EXT,
	PROOF,
	SILENT,
	LATE,
	REC,
	STARTED_US,
};

/* What the planner is told: a trace has some twenty probes. */
enum { PROBES_EXPECTED = 20, BOTH = 3 };

struct cursor {
	sqlite3_vtab_cursor base;
	sqlite3_value *rec; /* NULL before the first filter */
	struct record r;
	size_t at; /* in r.probes */
};

static struct cursor *
of_base(sqlite3_vtab_cursor *base)
{
	return (struct cursor *)base;
}

static int
refuse(sqlite3_vtab *table, const char *why)
{
	sqlite3_free(table->zErrMsg);
	table->zErrMsg = sqlite3_mprintf("record_probes: %s", why);
	return SQLITE_ERROR;
}

static int /* NOLINTNEXTLINE(readability-function-size): SQLite's own list */
probes_connect(sqlite3 *db, void *aux, int argc, const char *const *argv,
    sqlite3_vtab **table, char **error)
{
	(void)aux, (void)argc, (void)argv, (void)error;
	int rc = sqlite3_declare_vtab(db, schema);
	if (rc != SQLITE_OK)
		return rc;
	/* It reads its arguments alone: also for views of a foreign schema. */
	sqlite3_vtab_config(db, SQLITE_VTAB_INNOCUOUS);
	*table = sqlite3_malloc64(sizeof(**table));
	if (*table == NULL)
		return SQLITE_NOMEM;
	**table = (sqlite3_vtab){0};
	return SQLITE_OK;
}

static int
probes_disconnect(sqlite3_vtab *table)
{
	sqlite3_free(table);
	return SQLITE_OK;
}

/* Both arguments, in this order, whatever order the constraints have. */
static int
probes_best_index(sqlite3_vtab *table, sqlite3_index_info *info)
{
	int given = 0, named = 0;
	for (int i = 0; i < info->nConstraint; i++) {
		int arg = info->aConstraint[i].iColumn - REC;
		if (arg < 0 ||
		    info->aConstraint[i].op != SQLITE_INDEX_CONSTRAINT_EQ)
			continue;
		named |= 1 << arg;
		if (!info->aConstraint[i].usable || (given & 1 << arg))
			continue;
		given |= 1 << arg;
		info->aConstraintUsage[i].argvIndex = arg + 1;
		info->aConstraintUsage[i].omit = 1;
	}
	info->estimatedCost = PROBES_EXPECTED;
	info->estimatedRows = PROBES_EXPECTED;
	if (given == BOTH)
		return SQLITE_OK;
	return named == BOTH ? SQLITE_CONSTRAINT
			     : refuse(table, "2 arguments: rec, started_us");
}

static int
probes_open(sqlite3_vtab *table, sqlite3_vtab_cursor **base)
{
	(void)table;
	struct cursor *c = sqlite3_malloc64(sizeof(*c));
	if (c == NULL)
		return SQLITE_NOMEM;
	*c = (struct cursor){0};
	*base = &c->base;
	return SQLITE_OK;
}

static void
forget(struct cursor *c)
{
	record_clear(&c->r);
	sqlite3_value_free(c->rec);
	c->rec = NULL;
	c->at = 0;
}

static int
probes_close(sqlite3_vtab_cursor *base)
{
	forget(of_base(base));
	sqlite3_free(base);
	return SQLITE_OK;
}

static int
probes_filter(sqlite3_vtab_cursor *base, int index, const char *name, int argc,
    sqlite3_value **argv)
{
	struct cursor *c = of_base(base);
	(void)index, (void)name, (void)argc;
	forget(c);
	c->rec = sqlite3_value_dup(argv[0]);
	if (c->rec == NULL)
		return SQLITE_NOMEM;
	c->r.start_us = sqlite3_value_int64(argv[1]);
	if (sqlite3_value_type(argv[0]) == SQLITE_NULL ||
	    sqlite3_value_type(argv[1]) == SQLITE_NULL)
		return SQLITE_OK;
	if (sqlite3_value_type(argv[0]) != SQLITE_BLOB ||
	    sqlite3_value_type(argv[1]) != SQLITE_INTEGER)
		return refuse(base->pVtab, "not a blob and an integer");
	const void *bytes = sqlite3_value_blob(c->rec);
	size_t len = (size_t)sqlite3_value_bytes(c->rec);
	if (!record_unpack(bytes, len, &c->r))
		return refuse(base->pVtab, "rec is no packed record");
	return SQLITE_OK;
}

static int
probes_next(sqlite3_vtab_cursor *base)
{
	of_base(base)->at++;
	return SQLITE_OK;
}

static int
probes_eof(sqlite3_vtab_cursor *base)
{
	return of_base(base)->at >= of_base(base)->r.nprobes;
}

/* A number of a record: NULL when it is missing. */
static void
result_number(sqlite3_context *out, int64_t n)
{
	if (n >= 0)
		sqlite3_result_int64(out, n);
}

static void
result_text(sqlite3_context *out, bool has, const char *text)
{
	if (has && text != NULL)
		sqlite3_result_text(out, text, -1, SQLITE_TRANSIENT);
}

static void
result_reply(
    const struct record_probe *p, sqlite3_context *out, enum column column)
{
	char addr[ADDR_STRLEN];
	if (column == ADDR && p->answered)
		result_text(out, true, addr_format(p->addr, addr));
	if (column == RTT_US && p->rtt_ns >= 0)
		sqlite3_result_double(out, (double)p->rtt_ns / 1000.0);
	if (column == EXT && p->ext.len > 0)
		sqlite3_result_blob(
		    out, p->ext.p, p->ext.len, SQLITE_TRANSIENT);
	if (column == PROOF)
		result_text(out, p->answered, record_proof_name(p->proof));
	if (column == SILENT)
		result_text(out, !p->answered, record_silent_name(p->silent));
}

/* The column as a number; -1: it is NULL or has another type. */
static int64_t
number(const struct record_probe *p, enum column column)
{
	switch (column) {
	case TTL:
		return p->ttl;
	case ATTEMPT:
		return p->attempt;
	case REPLY_NO:
		return p->reply_no;
	case TX_US:
		return p->tx_ns < 0 ? -1 : p->tx_ns / 1000;
	case TX_NS:
		return p->tx_ns < 0 ? -1 : p->tx_ns % 1000;
	case REPLY_TTL:
		return p->reply_ttl;
	case REPLY_IPID:
		return p->reply_ipid;
	case QUOTED_TTL:
		return p->quoted_ttl;
	case QUOTED_TOS:
		return p->quoted_tos;
	case ICMP_TYPE:
		return p->icmp_type;
	case ICMP_CODE:
		return p->icmp_code;
	case TCP_FLAGS:
		return p->tcp_flags;
	case LATE:
		return p->late;
	case ADDR:
	case RTT_US:
	case EXT:
	case PROOF:
	case SILENT:
	case REC:
	case STARTED_US:
		break;
	}
	return -1;
}

static int
probes_column(sqlite3_vtab_cursor *base, sqlite3_context *out, int column)
{
	const struct cursor *c = of_base(base);
	const struct record_probe *p = &c->r.probes[c->at];
	if (column == REC)
		sqlite3_result_value(out, c->rec);
	else if (column == STARTED_US)
		sqlite3_result_int64(out, c->r.start_us);
	else
		result_number(out, number(p, (enum column)column));
	result_reply(p, out, (enum column)column);
	return SQLITE_OK;
}

static int
probes_rowid(sqlite3_vtab_cursor *base, sqlite3_int64 *rowid)
{
	*rowid = (sqlite3_int64)of_base(base)->at;
	return SQLITE_OK;
}

static const sqlite3_module module = {
    .xConnect = probes_connect,
    .xBestIndex = probes_best_index,
    .xDisconnect = probes_disconnect,
    .xOpen = probes_open,
    .xClose = probes_close,
    .xFilter = probes_filter,
    .xNext = probes_next,
    .xEof = probes_eof,
    .xColumn = probes_column,
    .xRowid = probes_rowid,
};

int
sqlite_probes_register(struct sqlite3 *db)
{
	return sqlite3_create_module(db, "record_probes", &module, NULL);
}

__attribute__((visibility("default"))) int
sqlite3_tumensql_init(
    struct sqlite3 *db, char **error, const struct sqlite3_api_routines *api)
{
	(void)error;
	SQLITE_EXTENSION_INIT2(api);
	return sqlite_probes_register(db);
}
