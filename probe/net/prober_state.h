/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_NET_PROBER_STATE_H
#define TUMEN_NET_PROBER_STATE_H

#include "probe/net/capture.h"
#include "probe/net/ports.h"
#include "probe/net/prober.h"
#include "probe/net/route.h"
#include "probe/net/send.h"
#include "probe/trace/pace.h"

#include <sys/queue.h>

/* Private to prober.c, transmit.c and receive.c: one driver in three files. */

/* One trace that runs, with what the pure part must not know. */
struct task {
	TAILQ_ENTRY(task) link;
	struct trace trace;
	bool stamps; /* its interface stamps what it sends */
	bool ended;  /* to be handed over */
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
	bool counted;  /* as sent */
	bool given_up; /* reported as not sent */
	size_t len;
	uint8_t packet[BUILD_MAX];
};
TAILQ_HEAD(item_list, item);

/*
 * The last packets received: with all interfaces captured, one packet that
 * crosses a bridge or a VLAN is seen twice.
 */
enum { SEEN = 16 };
struct seen {
	uint64_t hash;
	int64_t stamp_ns;
	uint32_t interface;
};

struct prober {
	uv_timer_t timer;
	uv_poll_t stamp_poll, capture_poll;
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
	struct task_list tasks;
	struct item_list queue, unstamped;
	struct seen seen[SEEN];
	size_t seen_next;
	struct prober_counts counts;
	size_t running;
	int dead; /* errno that ended the capture, 0 alive */
	bool said_no_stamps;
	const struct reply *reply; /* while it is stepped */
	prober_done *done;
	prober_live *live;
	void *arg;
};

/* prober.c: one step of a trace, and what it asks for. */
void prober_step(
    struct prober *p, struct task *task, const struct trace_event *event);

/* transmit.c: queue a probe; forget those of a task. */
void transmit_queue(struct prober *p, struct task *task, size_t index);
void transmit_forget(struct prober *p, const struct task *task);

/* Sends what the pace allows, takes the stamps, gives up what has none. */
void transmit_run(struct prober *p);

/* Takes the stamps that wait. */
void transmit_stamps(struct prober *p);

/* A reply came: the probe has left, whether it has its stamp or not. */
void transmit_proved(struct prober *p, struct task *task, size_t index);

/* When transmit_run() is due; false when there is nothing to do. */
bool transmit_wake(struct prober *p, struct mono now, struct mono *at);

/* receive.c: capture_read() callback; arg is the prober. */
void receive_packet(void *arg, const struct capture_packet *packet);

/* Copies the bytes of the reply that is being stepped. */
void receive_keep(struct prober *p, struct record_probe *probe);

#endif
