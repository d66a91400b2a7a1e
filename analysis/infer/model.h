/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_INFER_MODEL_H
#define TUMEN_INFER_MODEL_H

/*
 * The model of a path, in a page.
 *
 * Behind every TTL stands a router, and every router is operated by one AS, its
 * owner: hidden. Along the path the owner stays or hands over to another AS,
 * until the target's network is entered, which is never left again; or the
 * packets die on the way and all is silence. What is seen at a TTL depends on
 * its owner, on the owner before and on what the two are to each other: an
 * inner router answers from its own network's space, the first one of a network
 * most often from the link that leads to it, which the provider numbers (so the
 * address names the AS before); a few answer from another interface, which a
 * neighbour may have numbered (a third party), from an exchange point's LAN,
 * from unrouted or private space, or not at all.
 *
 * Every path of owners has as its weight the product of the figures in this
 * table, one for each step and one for each sight. The probability of an answer
 * is the share of the weight of all paths that give it: a sum over all of them
 * by the forward algorithm (Rabiner 1989), exact, without samples or rounds.
 *
 * Traces of one prefix and time belong together: an AS has one best route to a
 * prefix (RFC 4271, 9.1), so where others were handed over to says where this
 * one was. Each vantage has a vote on every crossing, how often its traces
 * showed it by the sums above; the votes of the others, and at MODEL_OWN_VOTE
 * those of this vantage's other traces, stand against MODEL_HABIT votes for
 * what the table says (a Dirichlet prior), and the sums are made anew. A router
 * has one owner, whoever sees it: the same is done with the owners of
 * addresses.
 *
 * Sources: the error shapes of longest-prefix match in Zhang et al. (PAM 2010),
 * MAP-IT (Marder and Smith, IMC 2016), bdrmap (Luckie et al., IMC 2016) and
 * bdrmapIT (Marder et al., IMC 2018); routes in Gao (2001) and Gao and Rexford
 * (2001). The figures are set by tests/truth/fit on its training worlds 1 to 6,
 * but for those that no world knows: tables there are of the day and nothing
 * dies on the way, so die, new-neighbour, detour, habit and own-vote are held
 * where a stale table and an AS with several best routes stay possible.
 */
enum model_param {
	/* from one TTL to the next */
	MODEL_STAY,
	MODEL_CROSS,
	MODEL_DIE,
	/* the two ASes of a crossing, times MODEL_CROSS */
	MODEL_KNOWN_LINK,
	MODEL_ANY_LINK,
	MODEL_VALLEY,
	MODEL_DETOUR,
	MODEL_NEW_LINK,
	MODEL_NEW_NEIGHBOUR,
	MODEL_UPSTREAM,
	MODEL_OTHER_UPSTREAM,
	MODEL_TOO_FAST,
	MODEL_FRONT,
	MODEL_CLASSED,
	MODEL_UNCLASSED,
	MODEL_HABIT,
	MODEL_OWN_VOTE,
	MODEL_REPUTE,
	MODEL_TO_UNKNOWN,
	MODEL_FROM_UNKNOWN,
	/* what an inner router shows */
	MODEL_OWN,
	MODEL_THIRD_PARTY,
	MODEL_STRANGE,
	MODEL_OWN_UNROUTED,
	MODEL_PRIVATE,
	MODEL_NOWHERE,
	MODEL_NOWHERE_UNKNOWN,
	MODEL_INNER_LAN,
	/* what the first router of a network shows */
	MODEL_LINK_OF_PROVIDER,
	MODEL_LINK_OF_CUSTOMER,
	MODEL_LINK_OF_EITHER,
	MODEL_LINK_OF_SOMEBODY,
	MODEL_LINK_OF_OTHER,
	MODEL_LINK_UNROUTED,
	MODEL_LINK_LAN,
	MODEL_LINK_MEMBER,
	/* silence */
	MODEL_SILENT,
	MODEL_SILENT_UNSEEN,
	MODEL_SILENT_EDGE,
	MODEL_SILENT_TARGET,
	MODEL_SILENT_UNKNOWN,
	MODEL_CLOSED,
	/* the ends */
	MODEL_FIRST_KNOWN,
	MODEL_FIRST_TARGET,
	MODEL_FIRST_UNKNOWN,
	MODEL_BEYOND,
	MODEL_BEYOND_UNKNOWN,
	/* in no answer is more certainty than in the model */
	MODEL_OUTSIDE,
	/* a reply with half a proof may be anybody's */
	MODEL_HALF_FORGED,
	MODEL_FORGED,
	/* a router that is reached over several links answers from each */
	MODEL_SHARED,
	/* the same address at two TTLs in a row is one router */
	MODEL_AGAIN_ELSEWHERE,
	MODEL_PARAMS,
};

struct model {
	double value[MODEL_PARAMS];
};

/* The figures that ship. */
const struct model *model_default(void);

/* "link-of-provider"; and what it says, for an explanation. */
const char *model_name(enum model_param p);
const char *model_text(enum model_param p);

#endif
