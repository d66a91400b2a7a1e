/* SPDX-License-Identifier: ISC */
#include "probe/base/clock.h"
#include "probe/base/mem.h"
#include "probe/base/opt.h"
#include "probe/base/rd.h"
#include "probe/base/record_path.h"
#include "sql/gather.h"
#include "sql/spool.h"
#include "sql/store_db.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

/*
 * hops DB hops|probes SPOOL...: the traces of spools as most tools store them,
 * a row a trace, and either a row a hop, with its answer's address and round
 * trip, or a row a probe, with all that tumen keeps of it. The same connection,
 * batches and statements as `tumen upload`, for a fair comparison. Prints the
 * seconds that it took and the number of traces.
 */
enum { BATCH_TRACES = 1000 };

static const char tables[] =
    "CREATE TABLE plain_trace (id bigint NOT NULL PRIMARY KEY, "
    "vantage int NOT NULL, target %s NOT NULL, method %s NOT NULL, "
    "flow bigint NOT NULL, started_us bigint NOT NULL, stop %s NOT NULL, "
    "reached %s NOT NULL);"
    "CREATE INDEX plain_trace_flow ON plain_trace "
    "(target, vantage, method, flow, started_us);"
    "CREATE TABLE plain_hop (trace bigint NOT NULL, ttl %s NOT NULL, "
    "kind %s NOT NULL, addr %s, rtt_us int, PRIMARY KEY (trace, ttl))%s;"
    "CREATE INDEX plain_hop_addr ON plain_hop (addr);"
    "CREATE TABLE plain_probe (trace bigint NOT NULL, ttl %s NOT NULL, "
    "attempt %s NOT NULL, reply_no %s NOT NULL, tx_ns bigint, rtt_ns bigint, "
    "addr %s, proof %s, reply_ttl %s, reply_ipid int, quoted_ttl %s, "
    "quoted_tos %s, icmp_type %s, icmp_code %s, tcp_flags %s, silent %s, "
    "late %s, PRIMARY KEY (trace, ttl, attempt, reply_no))%s;"
    "CREATE INDEX plain_probe_addr ON plain_probe (addr)";

static const struct gather_column trace_columns[] = {{"id", BULK_INT},
    {"vantage", BULK_INT}, {"target", BULK_BLOB}, {"method", BULK_INT},
    {"flow", BULK_INT}, {"started_us", BULK_INT}, {"stop", BULK_INT},
    {"reached", BULK_INT}};
static const struct gather_column hop_columns[] = {{"trace", BULK_INT},
    {"ttl", BULK_INT}, {"kind", BULK_INT}, {"addr", BULK_BLOB},
    {"rtt_us", BULK_INT}};

static const struct gather_column probe_columns[] = {{"trace", BULK_INT},
    {"ttl", BULK_INT}, {"attempt", BULK_INT}, {"reply_no", BULK_INT},
    {"tx_ns", BULK_INT}, {"rtt_ns", BULK_INT}, {"addr", BULK_BLOB},
    {"proof", BULK_INT}, {"reply_ttl", BULK_INT}, {"reply_ipid", BULK_INT},
    {"quoted_ttl", BULK_INT}, {"quoted_tos", BULK_INT}, {"icmp_type", BULK_INT},
    {"icmp_code", BULK_INT}, {"tcp_flags", BULK_INT}, {"silent", BULK_INT},
    {"late", BULK_INT}};

struct hops {
	struct db *db;
	bool probes; /* rather than hops */
	struct gather trace, hop, probe;
	int64_t n;
};

static bool
create(struct db *db, bool postgres, struct fault *f)
{
	const char *s = postgres ? "smallint" : "int";
	const char *octets = postgres ? "bytea" : "blob";
	const char *form = postgres ? "" : " WITHOUT ROWID";
	char *sql = xasprintf(tables, octets, s, s, s, s, s, octets, form, s, s,
	    s, octets, s, s, s, s, s, s, s, s, s, form);
	bool ok = db_exec(db, sql, f);
	free(sql);
	return ok;
}

static bool
flush(struct hops *h, struct fault *f)
{
	if (!db_begin(h->db, f))
		return false;
	if (gather_insert(&h->trace, h->db, NULL, f) &&
	    gather_insert(&h->hop, h->db, NULL, f) &&
	    gather_insert(&h->probe, h->db, NULL, f) && db_commit(h->db, f))
		return true;
	db_rollback(h->db);
	return false;
}

/* The hops of the canonical path, each with the round trip of its answer. */
static void
put_hops(struct hops *h, const struct row *row)
{
	struct rd path = rd_make(row->path.p, row->path.len);
	uint8_t bytes[4];
	while (path.left > 0) {
		uint8_t ttl = rd_u8(&path), kind = rd_u8(&path);
		const struct record_probe *p =
		    kind != 0 ? record_answer(&row->r, ttl) : NULL;
		store_addr_bytes(kind != 0 ? rd_u32(&path) : 0, bytes);
		gather_int(&h->hop, h->n);
		gather_int(&h->hop, ttl);
		gather_int(&h->hop, kind);
		gather_octets(&h->hop, kind != 0 ? bytes : NULL, 4);
		gather_int_or_null(&h->hop,
		    p != NULL && p->rtt_ns >= 0 ? p->rtt_ns / 1000 : -1);
	}
}

static void
put_reply(struct gather *g, const struct record_probe *p)
{
	uint8_t bytes[4];
	store_addr_bytes(p->addr, bytes);
	gather_int_or_null(g, p->rtt_ns);
	gather_octets(g, p->answered ? bytes : NULL, sizeof(bytes));
	gather_int_or_null(g, p->answered ? (int64_t)p->proof : -1);
	gather_int_or_null(g, p->reply_ttl);
	gather_int_or_null(g, p->reply_ipid);
	gather_int_or_null(g, p->quoted_ttl);
	gather_int_or_null(g, p->quoted_tos);
	gather_int_or_null(g, p->icmp_type);
	gather_int_or_null(g, p->icmp_code);
	gather_int_or_null(g, p->tcp_flags);
	gather_int_or_null(g, p->answered ? -1 : (int64_t)p->silent);
	gather_int(g, p->late);
}

static void
put_probes(struct hops *h, const struct record *r)
{
	for (size_t i = 0; i < r->nprobes; i++) {
		const struct record_probe *p = &r->probes[i];
		gather_int(&h->probe, h->n);
		gather_int(&h->probe, p->ttl);
		gather_int(&h->probe, p->attempt);
		gather_int(&h->probe, p->reply_no);
		gather_int_or_null(&h->probe, p->tx_ns);
		put_reply(&h->probe, p);
	}
}

static bool
put(void *arg, struct row *row, struct fault *f)
{
	struct hops *h = arg;
	const struct record *r = &row->r;
	uint8_t target[4];
	if (f->status != 0)
		return false;
	store_addr_bytes(r->target, target);
	gather_int(&h->trace, ++h->n);
	gather_int(&h->trace, row_text_id(r->vantage));
	gather_octets(&h->trace, target, sizeof(target));
	gather_int(&h->trace, r->method);
	gather_int(&h->trace, r->flow);
	gather_int(&h->trace, r->start_us);
	gather_int(&h->trace, r->stop);
	gather_int(&h->trace, row->reached);
	if (h->probes)
		put_probes(h, r);
	else
		put_hops(h, row);
	return h->n % BATCH_TRACES != 0 || flush(h, f);
}

static bool
read_segment(struct hops *h, const char *dir, int64_t no, struct fault *f)
{
	const struct store_filter all = {.with_evidence = true};
	char name[SPOOL_NAME_LEN];
	char *path =
	    xasprintf("%s/%s", dir, spool_name(no, SPOOL_SEALED, name));
	struct store *from = store_on(db_open(path, DB_SEALED, f));
	bool ok = from != NULL && store_rows(from, &all, put, h, f);
	store_close(from);
	free(path);
	return ok;
}

static bool
read_spool(struct hops *h, const char *dir, struct fault *f)
{
	int64_t *numbers = NULL;
	size_t n = 0;
	bool ok = spool_list(dir, SPOOL_SEALED, &numbers, &n, f);
	for (size_t i = 0; ok && i < n; i++)
		ok = read_segment(h, dir, numbers[i], f);
	free(numbers);
	return ok;
}

int
main(int argc, char **argv)
{
	struct fault f = {0};
	if (argc < 4) {
		fputs("usage: hops DB hops|probes SPOOL...\n", stderr);
		return EX_USAGE;
	}
	struct hops h = {.db = db_open(argv[1], DB_CREATE, &f),
	    .probes = strcmp(argv[2], "probes") == 0,
	    .trace = GATHER("plain_trace", trace_columns, 1),
	    .hop = GATHER("plain_hop", hop_columns, 2),
	    .probe = GATHER("plain_probe", probe_columns, 4)};
	bool ok =
	    h.db != NULL && create(h.db, strstr(argv[1], "://") != NULL, &f);
	int64_t begun_ns = mono_now().ns;
	for (int i = 3; ok && i < argc; i++)
		ok = read_spool(&h, argv[i], &f);
	ok = ok && flush(&h, &f);
	printf("%.3f %lld\n", (double)(mono_now().ns - begun_ns) / 1e9,
	    (long long)h.n);
	if (h.db != NULL)
		db_close(h.db);
	gather_free(&h.trace);
	gather_free(&h.hop);
	gather_free(&h.probe);
	return ok ? EX_OK : opt_fail(&f);
}
