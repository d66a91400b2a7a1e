/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_CONTROL_INTAKE_H
#define TUMEN_CONTROL_INTAKE_H

#include "analysis/control/as_path.h"
#include "analysis/control/interest.h"
#include "analysis/control/told.h"
#include "analysis/control/turns.h"
#include "probe/base/wr.h"

/*
 * The way of a file's routes into the store, and the count of what came in and
 * what did not.
 */

/* Why a message left no row. */
enum intake_skip {
	SKIP_ELSEWHERE, /* about no prefix that is looked for */
	SKIP_FAMILY,	/* a table of IPv6 or of multicast */
	SKIP_SESSION,	/* a session's steps before and behind being up */
	SKIP_LOCAL,	/* sent by the collector itself */
	SKIP_OTHER,	/* not about routes */
	SKIP_BROKEN,
	SKIP_KINDS
};
const char *intake_skip_name(enum intake_skip skip);

enum { INTAKE_SOURCES = 256 }; /* RIS has some 25 collectors */

/* One collector's part of a file; kept in the store as it ends. */
struct intake_source {
	char collector[COLLECTOR_NAME_MAX + 1];
	const char *kind;	   /* "updates", "table", "live" */
	int64_t first_us, last_us; /* -1 */
	int64_t messages, kept, skipped;
};

struct intake {
	struct store *store;
	const struct interest *interest;
	int64_t added; /* rows of the file that are new */
	int64_t skips[SKIP_KINDS];
	int64_t broken_at; /* octet of the first that is broken; -1 */
	int64_t at_us;	   /* stamp of the message counted last; -1 */
	size_t nsources;
	struct intake_source source[INTAKE_SOURCES];
	struct turns turns;
	struct told told; /* of the message at work */
	size_t nrows;	  /* on their way, in one transaction */
	struct store_route *rows;
	size_t *paths; /* where in the pool; SIZE_MAX none */
	struct wr pool;
};

struct intake *
intake_open(struct store *store, const struct interest *interest);
void intake_close(struct intake *in); /* drops what was not flushed */

/* A new file; or another stretch of a stream: only counts begin anew. */
void intake_begin(struct intake *in);
void intake_stretch(struct intake *in);

/*
 * Where a message of a collector belongs; the name is cut and cleaned. NULL:
 * more collectors than a file may have.
 */
struct intake_source *
intake_source(struct intake *in, const char *collector, const char *kind);

/* A message with this stamp. Every one is counted, and only once. */
void
intake_count(struct intake *in, struct intake_source *source, int64_t at_us);
void intake_skip(
    struct intake *in, struct intake_source *source, enum intake_skip why);

/* A broken one at an octet of the file; source may be NULL. */
void intake_broken(struct intake *in, struct intake_source *source, int64_t at);

/* The number of the message that peer tells now (turns.h). */
int64_t intake_turn(struct intake *in, const struct intake_source *source,
    const struct store_route *of);

/* Keeps a row; its path (NULL: it has none) is copied. */
bool intake_keep(struct intake *in, struct intake_source *source,
    const struct store_route *row, const struct as_path *path, struct fault *f);

/*
 * Keeps what the message at work told, all with one stamp, peer and path: a row
 * a change. Forgets it.
 */
bool intake_told(struct intake *in, struct intake_source *source,
    const struct store_route *of, const struct as_path *path, struct fault *f);

/* Stores what is on its way. */
bool intake_flush(struct intake *in, struct fault *f);

/*
 * The end of a file, or of a stretch: stores the rest, and what was read of
 * each collector as this name and SHA-256.
 */
bool intake_end(struct intake *in, const char *name,
    const uint8_t sha256[static 32], struct fault *f);

#endif
