/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_TRACE_SILENCE_SCENE_H
#define TUMEN_TRACE_SILENCE_SCENE_H

#include "probe/trace/responder_past.h"
#include "probe/trace/silence_bucket.h"

/* One record beside what is known: the evidence that silence.c decides on. */

struct scene {
	const struct record *record;
	const struct responders *known;
	size_t hops;
	struct responder_hop hop[RECORD_TTL_MAX + 1];
	struct bucket_loss seen[RECORD_TTL_MAX + 1]; /* of who answered; */
	bool measured[RECORD_TTL_MAX + 1];	     /* once it is asked for */
};

void scene_open(struct scene *s, const struct record *record,
    const struct responders *known);

/* Who is expected to answer at a hop, and how likely it is that router. */
struct guess {
	uint32_t addr; /* 0 nobody knows */
	double share;
	enum responder_scope scope;
};
struct guess scene_expect(const struct scene *s, size_t hop);

/*
 * Loss on the way to a hop: at most what is lost on the way to those beyond
 * it; where there are few, those before it have to do. What limits explain is
 * no loss.
 */
struct bucket_loss scene_loss(struct scene *s, size_t hop);

/*
 * How likely the silences of neighbouring hops from..to-1 are, if that router
 * is asked there and answers what it can; and for the n-th of them, that it
 * could not. usual: how often that router is silent otherwise.
 */
struct worth {
	double right, usual;
	double limited[BUCKET_NEW];
};
struct worth
scene_weigh(struct scene *s, size_t from, size_t to, uint32_t addr);

#endif
