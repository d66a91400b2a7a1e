/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_NET_SURVEYING_H
#define TUMEN_NET_SURVEYING_H

#include "probe/net/capture.h"
#include "probe/trace/survey.h"

/* How the prober drives a survey: private to it. */

struct prober;

/* A probe that was handed to the kernel. */
struct flight {
	uint32_t handle, dst;
	uint16_t ipid;
	uint8_t ttl;
	bool settled;	/* its stamp came, or it was given up */
	uint32_t drops; /* capture_drops() before it was sent */
	struct mono sent;
};

struct surveying {
	const struct survey_ops *ops; /* NULL: no survey */
	void *core;
	uint32_t source;	  /* of its probes */
	struct survey_probe held; /* that the kernel had no room for */
	bool holding;
	uint32_t turn_ms; /* between two turns of a fast one; 0: as it comes */
	bool more;	  /* the last turn ended with something left to send */
	struct flight *flight;	 /* a ring: they leave in the order sent */
	size_t room;		 /* a power of two */
	size_t head, scan, tail; /* oldest; next to be stamped; behind last */
	uint32_t drops;		 /* capture_drops() at the last turn */
	uint32_t drops_before;	 /* when the survey began */
	int64_t dropped_us; /* wall, when they were seen to grow; 0 never */
	int64_t wall_minus_mono; /* ns, then: moves when a clock is set */
	bool learning; /* a silence has shown that evidence is needed */
};

/* A turn: sends what the ceiling allows, gives up what has no stamp. */
void surveying_run(struct prober *p);

/* Hands finished records over. */
void surveying_reap(struct prober *p);

/* The packet was seen leaving; false when it is none of the survey's. */
bool surveying_stamp(struct prober *p, const struct capture_packet *packet);

/* Offers a reply; false when it is not for the survey. */
bool
surveying_reply(struct prober *p, const struct reply *reply, int64_t stamp_ns);

void surveying_abort(struct prober *p);
void surveying_close(struct prober *p);

/* When surveying_run() is due; false when only events matter. */
bool surveying_wake(struct prober *p, struct mono now, struct mono *at);

#endif
