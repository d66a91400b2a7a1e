/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_NET_PROBER_STATE_H
#define TUMEN_NET_PROBER_STATE_H

#include "probe/net/capture.h"
#include "probe/net/ports.h"
#include "probe/net/prober.h"
#include "probe/net/route.h"
#include "probe/net/send.h"
#include "probe/net/surveying.h"
#include "probe/trace/pace.h"
#include "probe/trace/responder.h"

#include <sys/queue.h>

/*
 * Private to prober.c (the loop), tasks.c (its traces), transmit.c, receive.c
 * and surveying.c: one driver in five files.
 */

/* One trace that runs, with what the pure part must not know. */
struct task {
	TAILQ_ENTRY(task) link;
	struct trace trace;
	bool ended; /* to be handed over */
	int64_t
	    wall_minus_mono; /* at the start, ns: moves when a clock is set */
	uint32_t drops;	     /* capture_drops() at the start */
};
TAILQ_HEAD(task_list, task);

/* A probe on its way: queued, or handed to the kernel and not yet stamped. */
struct item {
	TAILQ_ENTRY(item) link;
	struct task *task;
	size_t index; /* in record.probes */
	struct mono sent;
	uint32_t drops; /* capture_drops() when it was sent */
	bool counted;	/* as sent */
	bool given_up;	/* reported as not sent */
	size_t len;
	uint8_t packet[BUILD_MAX];
};
TAILQ_HEAD(item_list, item);

/*
 * The last packets received: with all interfaces captured, one packet that
 * crosses a bridge or a VLAN is seen twice.
 */
enum { SEEN = 16, SEEN_BYTES = 64 };
struct seen {
	int64_t stamp_ns;
	uint32_t interface;
	size_t len;
	uint8_t bytes[SEEN_BYTES]; /* its beginning: headers and identity */
};

struct prober {
	uv_timer_t timer;
	uv_idle_t idle; /* while there is something to send at once */
	uv_poll_t capture_poll;
	int open_handles;
	struct prober_config config;
	uint32_t interface; /* index of the configured one; 0 none */
	struct key key;
	struct build *build;
	struct ports *ports;
	struct routes routes;
	struct send *send;
	struct capture *capture;
	struct pace pace;
	struct guard guard;
	struct responders *responders; /* who answers, and how often it may */
	struct responders *per_target; /* the same ceiling for each target */
	struct task_list tasks;
	struct item_list queue, unstamped;
	struct mono retry; /* when the kernel's queue may have room again */
	struct surveying surveying;
	struct seen seen[SEEN];
	size_t seen_next;
	struct prober_counts counts;
	size_t traces;		   /* of the tasks */
	int dead;		   /* errno that ended the capture, 0 alive */
	const struct reply *reply; /* while it is stepped */
	prober_done *done;
	prober_live *live;
	void *arg;
};

/* Where the fields stand that tell one probe on the wire from others. */
enum {
	HEADER_LEN = 20,
	HEADER_ID = 4,
	HEADER_TTL = 8,
	HEADER_PROTOCOL = 9,
	HEADER_DST = 16,
};

/* How long the kernel may keep a packet before it counts as not sent. Should
 * it leave later (an ARP request was lost), its stamp still says so. */
#define STAMP_WAIT_NS (200 * NS_PER_MS)

/* When the kernel had no room for a packet, it is offered again so soon. */
#define RETRY_NS NS_PER_MS

/* Whether the kernel only has no room at the moment. */
bool prober_full(int error);

/* prober.c: sets the timer to whatever is due first. */
void prober_arm(struct prober *p);

/* Whether every packet wakes the loop, or somebody looks in time. */
void prober_listen(struct prober *p, bool on);

/* The last line of defence: ends the process when the ceiling is broken. */
void prober_guard(struct prober *p, struct mono now);

#endif
