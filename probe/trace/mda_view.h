/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_TRACE_MDA_VIEW_H
#define TUMEN_TRACE_MDA_VIEW_H

#include "probe/trace/mda_bound.h"

#include <stdbool.h>
#include <stdint.h>

/* What the replies show, hop by hop; nothing of it is stored. */
struct mda;

/* A hop as its cells show it; cells beyond the end of a flow do not count. */
struct mda_view {
	enum mda_kind {
		MDA_BLANK, /* nobody answers, or before the first TTL */
		MDA_SOLE,  /* one router that all flows pass */
		MDA_MANY,
		MDA_MIXED, /* drawn packet by packet, or behind such a hop */
	} kind;
	unsigned seen, weak, spent, pending, retry; /* flows */
	unsigned ends;	/* flows that end here, of those seen */
	unsigned alive; /* vertices with flows */
	unsigned flows[MDA_WIDTH_MAX], on[MDA_WIDTH_MAX]; /* that go on */
};

/* Where the flows of each vertex of a hop go; 0 and false beyond its width. */
struct mda_fan {
	struct mda_branch {
		unsigned both;	/* flows seen here and at the next TTL */
		unsigned spent; /* that nobody answered there */
		unsigned next;	/* different successors */
		uint64_t to[MDA_WIDTH_MAX / 64];
	} from[MDA_WIDTH_MAX];
	unsigned into[MDA_WIDTH_MAX]; /* different predecessors */
};

/*
 * In a diamond that is one hop wide, a router that parts its flows goes unseen
 * when they all go where the flows of the others go, or all elsewhere. The
 * first is bounded by the light rule, the second by node control, with these
 * parts of the router's alpha (the second counts half: one of its two cases).
 */
#define MDA_LIGHT_PART 0.75
#define MDA_MANY_PART  0.5

/* Looks at all hops anew: m->view, m->heard. */
void mda_look(struct mda *m);

/* Where the flows of each vertex at this TTL are seen at the next one. */
void mda_fan(const struct mda *m, uint8_t ttl, struct mda_fan *fan);

/* The successors of all that is known at the TTL before, as one vertex. */
bool mda_one_vertex(const struct mda *m, uint8_t ttl);

/* Whether the vertices of a hop get equal parts of the flows. */
bool mda_equal_shares(const struct mda *m, uint8_t ttl);

/*
 * Whether all paths of a diamond that is one hop wide end at this TTL, by what
 * is known: then flows count that were not seen at the hop before.
 */
bool mda_light(const struct mda *m, uint8_t ttl);

/* Counts the balancers into m->found. */
void mda_count(struct mda *m);

/*
 * The alpha for a vertex with k successors; strict: beside the balancers that
 * were found, not as if it were the only one.
 */
double mda_level(const struct mda *m, unsigned k, bool strict);

/* The same for node control of a vertex whose k successors are at this TTL. */
double mda_node_level(const struct mda *m, uint8_t ttl, unsigned k);

#endif
