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
 * An upstream, an origin, or that there is a route at all, is believed from
 * when CONTROL_PEERS_PERCENT of the known peers, and one, say so: fewer are
 * routes that got stuck ("zombies", Fontugne et al., PAM 2019). The same with
 * CONTROL_MOST_PERCENT is that most peers have a route. What is believed ends
 * when fewer say so, and half of those that did at best are gone. It counts
 * from the first message of the wave that brought it, and until the first of
 * the wave that took it away; a wave is messages with no pause of
 * CONTROL_SETTLE_US between two (track.h): news travels for about a minute,
 * withdrawals for up to three in which routers explore what is left (Labovitz
 * et al., SIGCOMM 2000), each holding its next announcement back for 30 s (RFC
 * 4271, 10). An upstream that most peers explore for less than
 * CONTROL_SETTLE_US while there is another is none. What turns within
 * CONTROL_TOGETHER_US is one change, and so are all ends in the wave of the end
 * of all. An event's bracket is its wave.
 *
 * A peer's state is known from its first message or table on until its session
 * goes down or its collector's files leave a gap (cover.h). No event is
 * made by a witness that comes or goes, only by what one says (chorus.h).
 */
enum { CONTROL_PEERS_PERCENT = 10, CONTROL_MOST_PERCENT = 50 };
#define CONTROL_SETTLE_US   (INT64_C(60) * 1000000)
#define CONTROL_TOGETHER_US (INT64_C(30) * 1000000)

struct control_upstream {
	uint32_t asn;
	size_t peers; /* at the end of the run's wave */
};

struct control_run {
	struct prefix prefix;
	int64_t since_us;   /* the first message of the wave */
	int64_t settled_us; /* the last before until_us */
	int64_t until_us;   /* the next run begins; -1: the newest */
	int64_t last_us;    /* the newest that is known about it; of the newest
			       run that anything said about any prefix */
	bool known;  /* false: no files, or no session, for this stretch */
	bool routed; /* there is a route; false: withdrawn */
	bool few;    /* there is, but most of the peers have it not */
	bool told;   /* peers said so; not: other upstreams, because a table
			shows peers that were not heard before, or who said the
			old ones is forgotten. That is no event */
	size_t nupstreams; /* 0 though routed: the peers' paths have none;
			      ascending by ASN */
	struct control_upstream upstream[EVENT_UPSTREAMS_MAX];
	size_t peers, peers_known; /* with any route; whose state is known and
				      who ever had one; after the wave */
	size_t norigins;	   /* ascending */
	uint32_t origin[EVENT_UPSTREAMS_MAX];
	enum origin_rpki rpki; /* the worst of the origins', after the wave */
};

struct control {
	size_t n;
	size_t room;
	struct control_run *run; /* by prefix, time */
	struct events events;
};

/* Which, and by what; all borrowed, may be NULL or 0. */
struct control_ask {
	const struct prefix *prefix; /* all inside it, and around it */
	int64_t until_us;
	const struct carriers *classes;	 /* the names of upstreams */
	const struct origin_set *tables; /* with VRPs */
	/* No event of a wave that may go on: CONTROL_SETTLE_US must be known
	 * behind it. For who tells each event once. */
	bool settled;
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
