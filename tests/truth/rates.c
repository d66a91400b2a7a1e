/* SPDX-License-Identifier: ISC */
#include "tests/truth/rates.h"

/*
 * Sources. "border": the task of border inference gives the number (links
 * numbered by the provider 0.9, other interfaces 0..10 %, one unreachable in
 * twenty). "Luckie 2013": AS Relationships, Customer Cones, and Validation:
 * 99.6 % of inferred transit and 98.7 % of inferred peerings are right.
 * "Zhang 2010": A Framework to Quantify the Pitfalls of Using Traceroute.
 * "vrfinder": Marder et al. 2020, 1.7 to 5.8 % of addresses are outgoing ones.
 * "RIB 2014": a table of RouteViews, 63 of 9,069 prefixes with several origins.
 * "chosen": by us, so that the hard cases are common enough to be counted.
 */
void
truth_rates_default(struct truth_rates *r)
{
	*r = (struct truth_rates){
	    .tier1 = 16,	 /* chosen: about the number of real ones */
	    .exchanges = 300,	 /* chosen: some 700 exist, half are large */
	    .vantages = 40,	 /* border */
	    .targets = 2000,	 /* chosen */
	    .transit = 0.15,	 /* chosen: CAIDA has some 15 % non-stubs */
	    .two_upstream = 0.4, /* chosen: the mean is about two */
	    .three_upstream = 0.2,
	    .front = 0.2,      /* chosen */
	    .front_also = 0.2, /* chosen: the case of North Korea */
	    .te = 0.1,	       /* chosen */
	    .withheld = 0.3,  /* chosen: .176 and .177 have one upstream each */
	    .prepended = 0.2, /* chosen */

	    .link_provider = 0.9, /* border */
	    .link_customer = 0.04,
	    .link_unrouted = 0.04,
	    .link_private = 0.02,
	    .peer_exchange = 0.6,    /* chosen */
	    .unrouted = 0.05,	     /* chosen */
	    .unrouted_front = 0.5,   /* chosen: 103.35.255.0/24 */
	    .unrouted_use = 0.7,     /* chosen */
	    .private_as = 0.03,	     /* chosen: TTK has some */
	    .private_use = 0.4,	     /* chosen */
	    .moas = 0.007,	     /* RIB 2014 */
	    .covered = 0.02,	     /* chosen */
	    .other_interface = 0.05, /* border: 0 to 10 % */
	    .other_egress = 0.4,     /* vrfinder: about 2 % of all */
	    .other_loopback = 0.1,   /* chosen */
	    .edge_return = 0.05,     /* chosen */
	    .silent_router = 0.1,    /* border */
	    .silent_as = 0.015,	     /* chosen */
	    .limited_as = 0.03,	     /* chosen */
	    .limited_pass = 0.5,     /* chosen */
	    .loss = 0.01,	     /* chosen */
	    .zero_ttl = 0.005,	     /* chosen */
	    .balanced = 0.15,	     /* chosen */
	    .per_packet = 0.03,	     /* chosen */
	    .nat = 0.05,	     /* chosen */

	    .edge_silent = 0.3,	 /* chosen: the common case is a filter */
	    .edge_border = 0.25, /* chosen: 188.43.225.153, then silence */
	    .prohibited = 0.05,	 /* border: one in twenty */
	    .doubled = 0.1,	 /* chosen */
	    .deaf_udp = 0.2,	 /* chosen */
	    .deaf_icmp = 0.1,	 /* chosen */

	    .members = 0.7,	      /* chosen */
	    .exchange_routed = 0.1,   /* chosen */
	    .registry_missing = 0.05, /* chosen */
	    .registry_sibling = 0.1,  /* chosen */
	    .missing_transit = 0.05,  /* chosen: links of no best route */
	    .missing_private = 0.3,   /* chosen: collectors see few */
	    .missing_exchange = 0.6,  /* chosen */
	    .wrong_transit = 0.004,   /* Luckie 2013 */
	    .wrong_peer = 0.013,      /* Luckie 2013 */
	};
}

void
truth_rates_small(struct truth_rates *r)
{
	truth_rates_default(r);
	r->ases = 4000;
	r->tier1 = 8;
	r->exchanges = 20;
	r->vantages = 20;
	r->targets = 80;
}
