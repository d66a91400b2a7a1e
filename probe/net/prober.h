/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_NET_PROBER_H
#define TUMEN_NET_PROBER_H

#include "probe/base/fault.h"
#include "probe/base/record.h"
#include "probe/trace/survey.h"
#include "probe/trace/trace.h"

#include <uv.h>

/*
 * Runs traces on the real network: one raw socket to send, one capture to
 * receive, one ceiling for everything. Texts are borrowed while it is open.
 */
struct prober_config {
	const char *interface;	 /* NULL: whichever the route takes */
	uint32_t source;	 /* 0: the kernel's choice for each target */
	const char *contact;	 /* "" none */
	uint32_t rate, burst;	 /* packets/s 1..2000000; packets 1..1000 */
	uint32_t target_rate;	 /* packets/s towards one target, 1..10000 */
	uint32_t responder_rate; /* packets/s that one router must answer */
	uint32_t flow_first, flow_count; /* source ports to reserve */
	struct trace_config trace;
};

struct prober;

/* What to trace. Copied; strings may go away afterwards. */
struct prober_job {
	uint32_t target;
	struct prefix prefix;
	enum record_method method;
	int32_t port; /* UDP: destination, -1: 33434; TCP: the service, set */
	uint32_t flow;
	char vantage[RECORD_NAME_MAX + 1];
	char campaign[RECORD_NAME_MAX + 1];
	int64_t run;
	uint64_t epoch, seq;
	bool control; /* the target is a control destination */
	const struct trace_config *trace; /* NULL: that of the prober */
};

/* What happened since prober_open(); never falls. */
struct prober_counts {
	uint64_t sent;	    /* packets that left this host */
	uint64_t not_sent;  /* probes that did not */
	uint64_t received;  /* replies that belong to a trace */
	uint64_t unmatched; /* good replies to nobody here */
	uint64_t bad[REPLY_BAD_KINDS];
	uint32_t drops; /* packets the kernel dropped before us */
};

/* The record belongs to the callee (record_clear() it). */
typedef void prober_done(void *arg, struct record *record);

/* A reply became probe p of r; both are borrowed. Calls no function here. */
typedef void
prober_live(void *arg, const struct record *r, const struct record_probe *p);

/*
 * Opens sockets and capture on the loop; needs CAP_NET_RAW (EX_NOPERM with
 * the way out in the text). EX_UNAVAILABLE names a missing interface, an
 * address that is not ours, or a missing route. After this, privileges may be
 * dropped for good.
 */
struct prober *
prober_open(uv_loop_t *loop, const struct prober_config *c, struct fault *f);

/* Both callbacks may be NULL; arg is theirs. */
void
prober_watch(struct prober *p, prober_done *done, prober_live *live, void *arg);

/*
 * Queues a trace. False with EX_UNAVAILABLE when the target has no route or
 * the source port cannot be reserved; nothing was queued then.
 */
bool
prober_start(struct prober *p, const struct prober_job *job, struct fault *f);

/*
 * Runs a survey: its records go to done as they finish. ops and core are
 * borrowed until it is over or the prober is closed; one at a time.
 */
void prober_survey(struct prober *p, const struct survey_ops *ops, void *core);
bool prober_surveying(const struct prober *p); /* it is not over yet */

/* The secret of this prober, borrowed, for a survey's core. */
const struct key *prober_key(const struct prober *p);
/*
 * What every record about the job says: names, 5-tuple, tool. Source ports of
 * further flows follow that of job->flow. False as prober_start().
 */
bool prober_about(struct prober *p, const struct prober_job *job,
    struct record *about, struct fault *f);

/* The interface towards it, "" unknown; name has IFNAMSIZ octets. */
void prober_interface(const struct prober *p, uint32_t target, char *name);

/* Traces that still send; and all that are not yet handed to done. */
size_t prober_running(const struct prober *p);
size_t prober_running_campaign(const struct prober *p, const char *campaign);
size_t prober_open_traces(const struct prober *p);
struct prober_counts prober_counts(struct prober *p);
/* The errno that ended the capture; nothing can be traced any more. 0: alive */
int prober_dead(const struct prober *p);

/* Ends what runs at once, and hands it to done: all, or a part of it. */
void prober_abort(struct prober *p);
void prober_abort_campaign(struct prober *p, const char *campaign);
void prober_abort_survey(struct prober *p);
/*
 * Closes all handles; the loop must run once more before uv_loop_close().
 * Traces that still run are given up. Not from inside a callback.
 */
void prober_close(struct prober *p);

#endif
