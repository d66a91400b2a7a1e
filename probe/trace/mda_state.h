/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_TRACE_MDA_STATE_H
#define TUMEN_TRACE_MDA_STATE_H

#include "probe/trace/mda.h"
#include "probe/trace/mda_bound.h"
#include "probe/trace/mda_cell.h"
#include "probe/trace/mda_view.h"

/* What the files of mda share. */

struct mda {
	struct mda_config config;
	struct record about;
	const struct key *key;
	struct responders *responders;
	double epsilon;
	struct mda_hop *hop; /* by TTL, 0..max_ttl + 1 */
	struct mda_view *view;
	struct mda_cell *cell; /* by TTL, then flow */
	struct mda_flow *flow;
	unsigned used; /* flows begun: all below it */
	unsigned lead; /* the flow that looks ahead */
	uint8_t heard; /* highest TTL that was answered; first_ttl - 1 */
	struct mda_found found;
	struct mda_probe *probe;
	size_t probes, extras, asked; /* entries; extra replies; sends begun */
	struct mda_want *queue;
	size_t queued, flying, taken;
	uint32_t *flight; /* probes on their way, the oldest first */
	size_t pending;	  /* cells */
	int64_t slowest_ns;
	struct mono opened, now, expired, closed;
	bool begun, dirty, done, cut; /* cut: a limit was in the way */
	int error;		      /* of abort, -1 none */
	uint8_t unsent; /* a TTL from which nothing left; 0 none */
};

static inline struct mda_cell *
mda_cell(const struct mda *m, uint8_t ttl, unsigned flow)
{
	size_t row = (size_t)(ttl - m->config.first_ttl);
	return &m->cell[row * m->config.flows + flow];
}

/* mda_steer.c: the third step of the plan; how many probes it queued. */
unsigned mda_steer(struct mda *m);

/* mda_plan.c: queues what is wanted next, or finds that all is done. */
void mda_plan(struct mda *m);

/*
 * mda_match.c: the fields that all probes of a flow have; which probe the
 * reply answers, and how surely; 0 none.
 */
struct flow_id mda_flow_id(const struct mda *m, unsigned flow);
enum record_proof
mda_match(const struct mda *m, const struct reply *r, size_t *index);

/* mda_answer.c: a reply becomes part of the records and the cells. */
struct mda_heard {
	const struct reply *reply;
	enum record_proof proof;
	int64_t stamp_ns;
};
void mda_answer(struct mda *m, size_t index, const struct mda_heard *heard);
void mda_stamp(struct mda *m, size_t index, int64_t tx_ns);

/* mda.c: how long a reply is waited for; the probe is on its way no more. */
int64_t mda_patience_ns(const struct mda *m);
void mda_settle(struct mda *m, size_t index);

/*
 * mda_take.c. Hands a flow's record over when it has one: probes that left, or
 * could not. Its number among the records from 0, and its beginning.
 */
bool mda_recorded(const struct mda *m, unsigned flow);
bool mda_record(struct mda *m, unsigned flow, struct record *into);
void
mda_name(const struct mda *m, unsigned flow, uint64_t number, struct record *r);

/* mda_diamond.c, mda_judge.c: their parts of the graph. */
void mda_diamonds(const struct mda *m, struct mda_graph *g);
void mda_judge(const struct mda *m, struct mda_graph *g);

#endif
