/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_TESTS_TRUTH_TRUTH_H
#define TUMEN_TESTS_TRUTH_TRUTH_H

#include "probe/base/record.h"
#include "tests/truth/face.h"
#include "tests/truth/rates.h"

/*
 * A world of which everything is known, and the traces that tumen-probe would
 * write in it. It models routers, links and routes, not what anybody infers
 * from them. The same seed, rates and table give the same bytes; another seed
 * gives another graph, other targets and other vantages.
 */

/* What makes a trace hard, or easy. */
enum truth_tag {
	TRUTH_SILENT_EDGE,	/* no router of the target answers anybody */
	TRUTH_BORDER_EDGE,	/* of the target's only the border would */
	TRUTH_THIRD_PARTY,	/* somebody answered from no ingress */
	TRUTH_FOREIGN,		/* ... from an AS that is not on the path */
	TRUTH_HIDDEN_FRONT,	/* no address of the front AS was seen */
	TRUTH_FRONT,		/* the entry is a front AS */
	TRUTH_RETURN_INTERFACE, /* the border answered from another upstream */
	TRUTH_MOAS,		/* an answer from a range of two origins */
	TRUTH_UNROUTED,		/* an answer from unannounced space */
	TRUTH_RFC1918,
	TRUTH_IXP,
	TRUTH_BALANCER,
	TRUTH_PER_PACKET,
	TRUTH_ZERO_TTL,
	TRUTH_DOUBLED,
	TRUTH_TWO_UPSTREAMS,	  /* or more */
	TRUTH_ANSWERED_NEXT,	  /* a router next to the border, either side */
	TRUTH_ANSWERED_NEIGHBOUR, /* some router of the entry AS */
	TRUTH_REACHED,
	TRUTH_TAGS,
};
#define TRUTH_IS(trace, tag) (((trace)->tags >> (tag)&1) != 0)

/* Who really is at a TTL. ASNs, 0 none. */
struct truth_hop {
	uint64_t router;
	uint32_t owner;	 /* operates what answered, or would have */
	uint32_t holder; /* has the space of the address that answered */
	enum face_role role;
	enum wire_space space;
};

/* One trace; it changes with the next one. */
struct truth_trace {
	struct record record;
	uint64_t group;	    /* same prefix, same time */
	uint32_t target_as; /* ASN, as all here */
	uint32_t entry_as;  /* hands over to it */
	size_t nas;
	uint32_t as_path[ROUTING_LENGTH_MAX]; /* vantage first, target last */
	uint8_t border_ttl; /* of the first router, or host, of the target */
	uint8_t nhops;	    /* up to the target host */
	struct truth_hop hop[RECORD_TTL_MAX + 1]; /* by TTL */
	uint32_t tags;				  /* bits of enum truth_tag */
};

struct truth;

/* rates NULL: the default ones; table: of the BGP layer, the shipped one. */
struct truth_order {
	const char *table;
	uint64_t seed;
	const struct truth_rates *rates;
};
struct truth *truth_open(const struct truth_order *o, struct fault *f);
void truth_close(struct truth *t);

/* The next trace, endlessly; it belongs to the world. */
const struct truth_trace *truth_next(struct truth *t);

/* What the world stands on, for tables and tests. */
const struct ground *truth_ground(const struct truth *t);
const struct addresses *truth_addresses(struct truth *t);

/* The date of its tables; all traces are from the week after it. */
int64_t truth_asof_us(void);

const char *truth_tag_name(enum truth_tag tag);

#endif
