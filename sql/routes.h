/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_SQL_ROUTES_H
#define TUMEN_SQL_ROUTES_H

#include "sql/store.h"

/*
 * The control plane as it was observed: what the peers of BGP collectors told
 * about the prefixes of interest, one row a message, never changed. Beside it
 * one row for each file that was read, so that silence can be told from not
 * looking.
 */

enum route_kind {
	ROUTE_ANNOUNCED = 1,
	ROUTE_WITHDRAWN,
	ROUTE_TABLE,  /* in a table dump: the peer has it */
	ROUTE_ABSENT, /* in a table dump: the peer, which is in it, has it not
		       */
	ROUTE_DOWN,   /* the session of the peer ended: of all prefixes (0/0) */
	ROUTE_UP,     /* the session began: nothing is known yet; 0/0 */
};

enum { COLLECTOR_NAME_MAX = 32, ROUTE_PATH_MAX = 1024 };

struct store_route {
	char collector[COLLECTOR_NAME_MAX + 1];
	uint8_t peer_addr_len; /* 4 or 16 */
	uint8_t peer_addr[16]; /* IPv4: 4 octets, then zeros */
	uint32_t peer_asn;
	uint32_t path_id; /* RFC 7911; 0 */
	struct prefix prefix;
	enum route_kind kind;
	int64_t at_us; /* the collector's stamp */
	/* Which of its peer's messages in that microsecond (in old files:
	 * second), 0, 1, ... in the order of the file; of tables 0. */
	int64_t no;
	int64_t origin_as, upstream_as; /* -1: none, or a set */
	const char *as_path; /* "3356 4837 131279", sets {1,2}; NULL none */
};

/*
 * Adds n rows as one transaction, or in the one that is open. The same row
 * again changes nothing: *added counts the others (may be NULL). EX_DATAERR,
 * and nothing is added, when a row makes no sense.
 */
bool store_add_routes(struct store *s, const struct store_route *routes,
    size_t n, int64_t *added, struct fault *f);

/* A file that was read, one for each collector and kind in it. */
struct store_route_source {
	uint8_t sha256[32]; /* of the file as stored; of a stream: of what
			       was read */
	char collector[COLLECTOR_NAME_MAX + 1];
	const char *name;     /* without its folders */
	const char *kind;     /* "updates", "table", "live" */
	const char *prefixes; /* that were looked for, blanks between them */
	int64_t first_us, last_us; /* stamps of its messages */
	int64_t messages, kept, skipped;
};
bool store_add_route_source(
    struct store *s, const struct store_route_source *source, struct fault *f);

/*
 * By prefix, time, collector (by its id), peer's AS and address, no; session
 * rows (0/0) come first. Those of prefixes that overlap the filter's, in since
 * <= t < until. The row's text changes with the next call.
 */
typedef bool
store_each_route(void *arg, const struct store_route *r, struct fault *f);
bool store_routes(struct store *s, const struct store_filter *filter,
    store_each_route *each, void *arg, struct fault *f);

/* By collector (its name), first_us, last_us. */
typedef bool store_each_route_source(
    void *arg, const struct store_route_source *source, struct fault *f);
bool store_route_sources(
    struct store *s, store_each_route_source *each, void *arg, struct fault *f);

#endif
