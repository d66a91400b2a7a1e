/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_SQL_STORE_H
#define TUMEN_SQL_STORE_H

#include "probe/base/fault.h"
#include "probe/base/record.h"

#include <stdbool.h>
#include <stdint.h>

/*
 * The shared database. `where` is a path (SQLite) or postgresql://... ; every
 * caller goes through here, whatever the engine. One handle, one thread.
 */
struct store;

enum store_mode {
	STORE_READ,   /* must exist; never written */
	STORE_WRITE,  /* must exist; migrated to this version */
	STORE_CREATE, /* made when missing */
};

/*
 * Faults: EX_UNAVAILABLE not there or unreachable, EX_NOPERM not readable or
 * writable, EX_DATAERR foreign file or newer schema, EX_IOERR disk. A file
 * that is no tumen database is never touched.
 */
struct store *
store_open(const char *where, enum store_mode mode, struct fault *f);
void store_close(struct store *s);

/* Many writes as one: all or nothing. Do not nest. */
bool store_begin(struct store *s, struct fault *f);
bool store_commit(struct store *s, struct fault *f);
void store_rollback(struct store *s);

/*
 * Adds one observed trace: its row, path, path hops, and the evidence bytes it
 * holds. Adding the same trace again changes nothing; *added tells (may be
 * NULL).
 */
bool store_add(
    struct store *s, const struct record *r, bool *added, struct fault *f);

/* Which traces; zero-initialised means all. */
struct store_filter {
	int64_t since_us, until_us; /* started in since <= t < until; 0: open */
	const char *vantage;	    /* NULL: all */
	const struct prefix *prefix;
	const uint8_t *id;     /* one trace */
	const char *campaign;  /* NULL: all; "": of none */
	bool with_evidence;    /* fill sent and reply bytes and source too; of
				  a verdict evidence, border, silent_hops, json
				*/
	bool with_source;      /* fill the source, but no packets */
	bool without_verdict;  /* only traces that have none, and may get one */
	bool without_controls; /* no traces of control destinations */
};

/*
 * Calls each for every trace, by start, then vantage, epoch, seq. The record
 * is the store's and changes with the next call. each returns false to stop,
 * with f set or status 0.
 */
typedef bool store_each(void *arg, const struct record *r, struct fault *f);
bool store_traces(struct store *s, const struct store_filter *filter,
    store_each *each, void *arg, struct fault *f);

/* A conclusion about one trace, derived and re-derivable. */
struct store_verdict {
	uint8_t trace[UUID_LEN];
	char vantage[RECORD_NAME_MAX + 1];
	uint32_t target;
	struct prefix prefix;
	enum record_method method;
	uint32_t flow;
	int64_t start_us, decided_us; /* the trace began; its last answer */
	bool reached;
	bool imported;	   /* its vantage has a platform (v_vantage), so is of
			      another tool. Only to read */
	int64_t entry_as;  /* -1 none */
	const char *reach; /* up, down, unknown */
	const char *carrier, *evidence;
	int border_lo, border_hi; /* TTLs; -1 */
	int silent_hops;
	int64_t border_rtt_us; /* the least round trip at border_hi; -1 */
	double p;	       /* NAN (null) when carrier is unknown */
	const char *json;      /* the whole verdict, one object, no newline */
	const char *basis, *basis_json; /* what it rests on: its name, and the
					   list; NULL. Only to put */
};

/*
 * Replaces the verdicts of n traces, all different: those that say something
 * else than before, the others stay untouched. As one transaction, or in the
 * one that is open.
 */
bool store_put_verdicts(
    struct store *s, const struct store_verdict *v, size_t n, struct fault *f);

typedef bool
store_each_verdict(void *arg, const struct store_verdict *v, struct fault *f);

/* By prefix, vantage, start. id selects one trace. */
bool store_verdicts(struct store *s, const struct store_filter *filter,
    store_each_verdict *each, void *arg, struct fault *f);

/* Runs, the other half of what is observed. */
#include "sql/store_run.h"

#endif
