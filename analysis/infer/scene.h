/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_INFER_SCENE_H
#define TUMEN_INFER_SCENE_H

#include "analysis/infer/carrier.h"
#include "analysis/infer/model.h"
#include "analysis/infer/rtt.h"
#include "analysis/origin/origin.h"
#include "probe/base/record.h"

/*
 * What a trace shows, put in front of the tables of its day: the ASes that may
 * own its routers, what they are to each other, and the sights at every TTL.
 */

enum {
	SCENE_ASES_MAX = 24,  /* real paths show about ten */
	SCENE_SIGHTS_MAX = 4, /* different addresses at one TTL */
	SCENE_HOME = 0,	      /* the target's network, all its ASNs in one */
	SCENE_UNKNOWN,	      /* any network that no address names */
	SCENE_NAMED,	      /* the first of the others */
};

enum sight_kind {
	SIGHT_ROUTED,	/* in BGP on that day */
	SIGHT_UNROUTED, /* only a registry or a curated row knows whose it is */
	SIGHT_LAN,	/* an exchange point's, of no known member */
	SIGHT_MEMBER,	/* an exchange point's, of a known member */
	SIGHT_PRIVATE,
	SIGHT_NOWHERE, /* no table knows it */
	SIGHT_TARGET,  /* the target itself */
};

/* What every judgement rests on; all of it is borrowed. */
struct basis {
	const struct origin_set *tables;
	const struct carriers *classes;
	const struct model *model; /* NULL: the figures that ship */
	const struct named *named; /* NULL: verdicts do not name it */
};

/* Sets of ASes of a scene are bits, 1 << index. */
struct sight {
	enum sight_kind kind;
	enum record_proof proof; /* not none */
	uint32_t addr;
	uint32_t of;   /* the ASes that originate it */
	uint32_t near; /* the neighbours of those */
	struct origin_answer origin;
};

struct spot {
	uint8_t ttl;
	bool probed; /* a TTL that was not probed says nothing */
	bool again;  /* shows the same address as the TTL before */
	bool shared; /* other traces show it behind another address */
	size_t n;    /* 0: silent */
	struct sight sight[SCENE_SIGHTS_MAX]; /* the best proved first */
	/* What other traces say whose router the first sight is; 0: nothing. */
	float repute[SCENE_ASES_MAX], reputes;
};

struct scene {
	const struct model *model;
	const struct carriers *classes;
	bool reached;	    /* the last spot shows the target itself */
	bool related;	    /* relations of that day are known */
	bool home_related;  /* among them neighbours of the target's AS */
	bool routed;	    /* upstreams of the target's prefix are known */
	size_t nas;	    /* with SCENE_HOME and SCENE_UNKNOWN */
	size_t unproved;    /* replies left out for want of any proof */
	int64_t decided_us; /* when the last answer in it had come */
	uint32_t asn[SCENE_ASES_MAX];			 /* 0: SCENE_UNKNOWN */
	const struct carrier_row *class[SCENE_ASES_MAX]; /* or NULL */
	uint8_t relation[SCENE_ASES_MAX][SCENE_ASES_MAX];
	uint32_t neighbours[SCENE_ASES_MAX];
	uint32_t upstreams; /* of the target's prefix in AS paths */
	uint32_t answers;   /* ASes that some address names, here or in votes */
	/* What other traces say of the next AS; voted: they say anything. */
	bool voted;
	float habit[SCENE_ASES_MAX][SCENE_ASES_MAX], habits[SCENE_ASES_MAX];
	struct rtt_pair rtt;	   /* of this vantage; by votes */
	struct origin_answer home; /* of the target */
	size_t nspots;
	struct spot spot[RECORD_TTL_MAX];
};

/* Strings are borrowed from the tables and the classes. */
void
scene_make(struct scene *s, const struct record *r, const struct basis *basis);

/* The index of an AS; -1 when it has no place in the scene. */
int scene_find(const struct scene *s, int64_t asn);

/* Whether that address at that TTL is one of the target's network. */
bool scene_inside(const struct scene *s, uint8_t ttl, uint32_t addr);

/* Whether any address on the path is one of this AS (an index, or -1). */
bool scene_names(const struct scene *s, int as);

/* Whether all addresses on the path can be of one network. */
bool scene_one_network(const struct scene *s);

#endif
