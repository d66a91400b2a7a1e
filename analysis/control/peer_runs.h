/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_CONTROL_PEER_RUNS_H
#define TUMEN_CONTROL_PEER_RUNS_H

#include "analysis/control/silences.h"
#include "analysis/origin/keymap.h"

/*
 * What each peer said of a prefix when: a run for as long as it has a route
 * with one upstream and origin, or none, or nothing is known of it. Rows as
 * for the fold over the peers (fold.h).
 */
struct peer_run {
	struct prefix prefix;
	uint32_t peer;	  /* its number in silences.peers */
	uint32_t path_id; /* RFC 7911; 0 */
	int64_t since_us;
	int64_t until_us; /* -1: it goes on */
	bool known, routed;
	int64_t upstream_as, origin_as; /* -1 */
	char *as_path;			/* in the beginning; NULL */
};

struct peer_runs {
	struct silences silences;
	size_t n, room;
	struct peer_run *run; /* by prefix, collector, peer, path_id, time */
	int64_t until_us;
	/* Of the prefix that is being read: */
	bool open;
	struct prefix prefix;
	struct keymap heads, index; /* first path by peer; by peer and id */
	size_t npaths, paths_room;
	struct peer_path *path;
};

/* cover is borrowed; until_us: before when, 0 open. */
void peer_runs_open(
    struct peer_runs *p, const struct cover *cover, int64_t until_us);
void peer_runs_add(struct peer_runs *p, const struct store_route *r);

/* After the last row. */
void peer_runs_end(struct peer_runs *p);
void peer_runs_free(struct peer_runs *p);

#endif
