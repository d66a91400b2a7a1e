/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_CONTROL_CONTROL_H
#define TUMEN_CONTROL_CONTROL_H

#include "analysis/change/event.h"
#include "analysis/infer/carrier.h"
#include "analysis/origin/origin_ases.h"
#include "sql/routes.h"

/*
 * The control plane of a prefix: what the collectors' peers told about it
 * (sql/routes.h) folded over the peers into runs with one set of upstreams, to
 * the second. Pure but for control_read().
 *
 * A peer's state is known from its first message or table on until its session
 * goes down or its collector's files leave a gap. An upstream is believed as
 * long as at least CONTROL_PEERS_PERCENT of the known peers, and one, have a
 * route over it: fewer are routes that got stuck. It counts from the first
 * message of the wave that brought it there, and until the first of the wave
 * that took it away; a wave is messages that change its number of peers with no
 * pause of CONTROL_SETTLE_US between two (BGP's path hunting: Labovitz et al.,
 * SIGCOMM 2000). An event's bracket is that wave.
 */
enum { CONTROL_PEERS_PERCENT = 10 };
#define CONTROL_SETTLE_US (INT64_C(60) * 1000000)

struct control_upstream {
	uint32_t asn;
	size_t peers; /* at the end of the run's first wave */
};

struct control_run {
	struct prefix prefix;
	int64_t since_us;   /* the first message of the wave */
	int64_t settled_us; /* the last */
	int64_t until_us;   /* the next run begins; -1: the newest */
	int64_t last_us;    /* the newest that the files say about it */
	bool known; /* false: no files, or no session, for this stretch */
	size_t nupstreams; /* 0: withdrawn; ascending by ASN */
	struct control_upstream upstream[EVENT_UPSTREAMS_MAX];
	size_t peers, peers_known; /* with any route; whose state is known */
	size_t norigins;	   /* ascending */
	uint32_t origin[EVENT_UPSTREAMS_MAX];
	enum origin_rpki rpki; /* the worst of the origins' */
};

struct control {
	size_t n;
	struct control_run *run; /* by prefix, time */
	struct events events;
};

/* Which, and by what; all borrowed, may be NULL or 0. */
struct control_ask {
	const struct prefix *prefix; /* all inside it, and around it */
	int64_t until_us;
	const struct carriers *classes;	 /* the names of upstreams */
	const struct origin_set *tables; /* with VRPs */
};

/*
 * Reads and folds all routes of a store. False with the store's fault; close it
 * either way.
 */
bool control_read(struct control *c, struct store *s,
    const struct control_ask *ask, struct fault *f);
void control_close(struct control *c);

/* The run of a prefix at a moment, or NULL. */
const struct control_run *
control_at(const struct control *c, const struct prefix *p, int64_t at_us);

/* "unicom", "ttk", "other:64500" for one upstream; "both", "several", "none",
 * "unknown". */
void control_name(const struct control_run *run, const struct carriers *classes,
    char name[static RUN_CARRIER_MAX + 1]);

#endif
