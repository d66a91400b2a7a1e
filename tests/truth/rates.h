/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_TESTS_TRUTH_RATES_H
#define TUMEN_TESTS_TRUTH_RATES_H

#include <stddef.h>

/*
 * How often things are so in a world. All are probabilities but the counts.
 * rates.c has the defaults and where each is from. A probability is drawn for
 * the thing it belongs to (an AS, a link, a router), once for the whole world.
 */
struct truth_rates {
	/* --- the graph --- */
	size_t ases; /* about so many of the table's; 0: all */
	size_t tier1, exchanges, vantages, targets;
	double transit;	     /* ASes that may have customers */
	double two_upstream; /* stubs with two providers */
	double three_upstream;
	double front;	   /* targets that only a front AS reaches */
	double front_also; /* ... that have a front AS and a carrier */
	double te;	   /* an AS prefers one provider for a prefix */
	double withheld;   /* a prefix is not announced to an upstream */
	double prepended;

	/* --- numbering --- */
	double link_provider, link_customer; /* the rest: see below */
	double link_unrouted, link_private;
	double peer_exchange;  /* peerings over an IXP's LAN */
	double unrouted;       /* transit ASes with space outside BGP */
	double unrouted_front; /* front ASes */
	double unrouted_use;   /* ... their links that are in it */
	double private_as;     /* ASes with RFC 1918 inside */
	double private_use;    /* ... their inner links that are */
	double moas;	       /* ranges with a second origin */
	double covered;	       /* unrouted space under a provider's aggregate */

	/* --- replies --- */
	double other_interface; /* routers that answer from another one */
	double other_egress;	/* ... of these, from the forward one */
	double other_loopback;	/* ... from one that is on no link */
	double edge_return;	/* target borders, from the return one */
	double silent_router, silent_as;
	double limited_as;   /* ASes that limit ICMP */
	double limited_pass; /* ... their probes that are answered */
	double loss;	     /* of a probe with its reply */
	double zero_ttl;
	double balanced;   /* steps inside an AS with parallel routers */
	double per_packet; /* ... of these */
	double nat;	   /* vantages where half the proof is lost */

	/* --- the target's edge --- */
	double edge_silent; /* no router of the target ever answers */
	double edge_border; /* only its border does */
	double prohibited;  /* filtered probes that get ICMP 3/13 */
	double doubled;	    /* hosts that answer at two TTLs */
	double deaf_udp, deaf_icmp;

	/* --- the tables --- */
	double members;		 /* exchanges with a list of members */
	double exchange_routed;	 /* LANs that a member announces */
	double registry_missing; /* unrouted blocks of no known holder */
	double registry_sibling; /* holders with a second AS */
	double missing_transit;	 /* but for one provider of each AS */
	double missing_private, missing_exchange;
	double wrong_transit, wrong_peer;
};

void truth_rates_default(struct truth_rates *r);

/* The same in a world of some thousand ASes, for tests of many seeds. */
void truth_rates_small(struct truth_rates *r);

#endif
