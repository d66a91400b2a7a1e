/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_TRACE_MDA_CELL_H
#define TUMEN_TRACE_MDA_CELL_H

#include "probe/base/clock.h"
#include "probe/base/record.h"
#include "probe/trace/mda_bound.h"
#include "probe/wire/build.h"

/* What is kept of each flow, each TTL and each probe. */
struct mda;

enum {
	MDA_NOBODY = 0xff,    /* no vertex */
	MDA_ENDLESS = 0xff,   /* a flow whose end is not known */
	MDA_QUEUE_MAX = 2048, /* wanted and not sent; more are wanted later */
	MDA_EXTRAS_MAX = 256, /* replies beyond the first one of a probe */
};

/* One flow at one TTL. */
struct mda_cell {
	uint8_t who;	/* vertex of the hop, or MDA_NOBODY */
	uint8_t tried;	/* attempts begun */
	uint8_t agreed; /* later attempts that found the same vertex */
	bool pending;	/* one is wanted or in flight */
	bool weak;	/* answered, but without full proof */
};

struct mda_hop {
	unsigned vertices;
	uint32_t addr[MDA_WIDTH_MAX];
	bool heard;	 /* somebody answered */
	bool per_packet; /* a flow was seen at two vertices */
	bool crowded;	 /* more responders than vertices fit */
	uint16_t first;	 /* the flow that was here first, plus one */
	unsigned repeated, differed;
};

struct mda_flow {
	uint8_t end;   /* lowest TTL that ends it, or MDA_ENDLESS */
	uint32_t last; /* its latest entry in mda.probe, plus one */
	size_t ender;  /* the probe whose answer ended it */
	struct mono started;
};

/* One probe, or one more reply to it. */
struct mda_probe {
	struct record_probe record;
	struct probe_id id;
	struct mono left; /* when it is counted from; if timed */
	int64_t rx_ns;	  /* wall; -1 none */
	uint32_t before;  /* the flow's entry before this one, plus one */
	uint16_t flow;
	bool sent, timed, waiting;
};

struct mda_want {
	uint16_t flow;
	uint8_t ttl;
};

/*
 * Queues an attempt; false when there is no room or no budget.
 * Whether none was begun at a TTL that the flow may reach; whether another one
 * is due: where nobody answers all attempts are made by one flow and one by
 * each other, for silence that many flows share is no loss. Queues n flows
 * that have not been here, and returns how many it found.
 */
bool mda_want(struct mda *m, uint8_t ttl, unsigned flow);
bool mda_untouched(const struct mda *m, uint8_t ttl, unsigned flow);
bool mda_may_retry(const struct mda *m, uint8_t ttl, unsigned flow);
unsigned mda_fresh(struct mda *m, uint8_t ttl, unsigned n);

#endif
