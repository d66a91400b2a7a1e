/* SPDX-License-Identifier: ISC */
#include "probe/base/log.h"
#include "probe/base/record_name.h"
#include "probe/check.h"
#include "probe/net/privileges.h"
#include "probe/net/sandbox.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>

enum { ICMP_UNREACHABLE = 3, ICMP_TIME_EXCEEDED = 11 };

/* One call of the prober for all traces. */
struct tracing {
	struct check *check;
	uv_loop_t loop;
	struct prober *prober;
	uint64_t epoch;
	size_t next; /* trace to start */
};

static bool
is_error(const struct record_probe *p)
{
	return p->answered && (p->icmp_type == ICMP_UNREACHABLE ||
				  p->icmp_type == ICMP_TIME_EXCEEDED);
}

static void
count_proof(struct check_trace *t, enum record_proof proof)
{
	t->whole += proof == PROOF_BOTH;
	t->half += proof == PROOF_ONE;
	t->none += proof == PROOF_NONE;
}

static void
on_done(void *arg, struct record *r)
{
	struct tracing *s = arg;
	struct check_trace *t = &s->check->trace[r->seq - 1];
	uint8_t last = 0; /* probes are in the order of their TTL */
	t->ended = true;
	t->stop = r->stop;
	for (size_t i = 0; i < r->nprobes; i++) {
		const struct record_probe *p = &r->probes[i];
		if (!p->answered)
			continue;
		count_proof(t, p->proof);
		t->errors += is_error(p);
		if (p->addr == r->target) {
			if (t->rtt_ns < 0 || p->rtt_ns < t->rtt_ns)
				t->rtt_ns = p->rtt_ns;
		} else if (p->ttl != last) {
			t->hops++;
			last = p->ttl;
		}
	}
	record_clear(r);
}

static struct prober_job
job_of(const struct tracing *s, size_t i)
{
	const struct check_trace *t = &s->check->trace[i];
	const char *vantage = s->check->config.vantage.name;
	struct prober_job job = {.target = t->control,
	    .prefix = targets_prefix(t->control),
	    .method = t->method,
	    .port = -1,
	    .run = -1,
	    .epoch = s->epoch,
	    .seq = i + 1};
	memcpy(job.vantage, vantage, strlen(vantage) + 1);
	return job;
}

/* What has no route stays without an end; check_machine.c has said so. */
static void
feed(struct tracing *s)
{
	struct fault f = {0};
	while (s->next < s->check->ntraces &&
	       prober_running(s->prober) < COMMANDS_PARALLEL) {
		struct prober_job job = job_of(s, s->next++);
		if (!prober_start(s->prober, &job, &f))
			log_line(LOG_WARN, "%s", f.text);
	}
}

static bool
run(struct tracing *s, struct fault *f)
{
	struct prober_config p = engine_config(&s->check->config);
	p.flow_count = 1; /* the agent may hold the ports of all others */
	s->prober = prober_open(&s->loop, &p, f);
	if (s->prober == NULL || !privileges_drop(NULL, NULL, f))
		return false;
	prober_watch(s->prober, on_done, NULL, s);
	feed(s);
	while (prober_open_traces(s->prober) > 0) {
		uv_run(&s->loop, UV_RUN_ONCE);
		feed(s);
	}
	return true;
}

static bool
trace_all(struct check *c, struct fault *f)
{
	struct tracing s = {.check = c};
	if (!sandbox_begin(f))
		return false;
	int e = uv_loop_init(&s.loop);
	if (e != 0)
		return fault_set(f, EX_OSERR, "event loop: %s", uv_strerror(e));
	s.epoch = record_epoch();
	bool ok = run(&s, f);
	prober_close(s.prober);
	uv_run(&s.loop, UV_RUN_DEFAULT);
	if (uv_loop_close(&s.loop) != 0)
		log_line(LOG_WARN, "the event loop was left with handles");
	return ok;
}

static void
plan(struct check *c)
{
	static const enum record_method methods[CHECK_METHODS] = {
	    METHOD_UDP, METHOD_ICMP};
	for (size_t i = 0; i < c->controls.n && i < CHECK_CONTROLS_MAX; i++)
		for (size_t m = 0; m < CHECK_METHODS; m++)
			c->trace[c->ntraces++] =
			    (struct check_trace){.control = c->controls.addr[i],
				.method = methods[m],
				.rtt_ns = -1};
}

/* A word or two about one trace, behind what is there. */
static void
tell_trace(const struct check_trace *t, char *text, size_t n)
{
	size_t at = strlen(text);
	const char *comma = at > 0 ? ", " : "";
	const char *method = record_method_name(t->method);
	if (!t->ended)
		snprintf(text + at, n - at, "%s%s: not sent", comma, method);
	else if (t->stop == STOP_REACHED && t->rtt_ns >= 0)
		snprintf(text + at, n - at,
		    "%s%s: %" PRId64 " hops answered, reached in %.3f ms",
		    comma, method, t->hops,
		    (double)t->rtt_ns / (double)NS_PER_MS);
	else
		snprintf(text + at, n - at,
		    "%s%s: %" PRId64 " hops answered, %s (%s)", comma, method,
		    t->hops,
		    t->stop == STOP_REACHED ? "reached" : "not reached",
		    record_stop_name(t->stop));
}

/* Runs ask control destinations by icmp, so that is the one that counts. */
static void
tell_control(struct check *c, size_t first)
{
	char text[256] = "", addr[ADDR_STRLEN];
	bool reached = false;
	for (size_t m = 0; m < CHECK_METHODS; m++) {
		const struct check_trace *t = &c->trace[first + m];
		reached |= t->method == METHOD_ICMP && t->ended &&
			   t->stop == STOP_REACHED;
		tell_trace(t, text, sizeof(text));
	}
	addr_format(c->trace[first].control, addr);
	if (reached)
		check_ok(&c->report, "control", "%s: %s", addr, text);
	else
		check_warn(&c->report, "control",
		    "%s: %s; a control destination must answer to icmp", addr,
		    text);
}

/* A firewall that drops ICMP errors leaves traces that saw nothing at all. */
static bool
is_mute(const struct check_trace *t)
{
	return t->errors == 0 && !(t->ended && t->stop == STOP_REACHED);
}

static void
tell_errors(struct check *c)
{
	size_t all = c->ntraces / CHECK_METHODS, some = 0, mute = 0;
	int64_t errors = 0;
	struct fault f = {0};
	for (size_t i = 0; i < c->ntraces; i++) {
		errors += c->trace[i].errors;
		mute += is_mute(&c->trace[i]);
	}
	for (size_t i = 0; i < all; i++) {
		const struct check_trace *t = &c->trace[i * CHECK_METHODS];
		some += t[0].errors + t[1].errors > 0;
	}
	if (errors == 0) {
		fault_set(&f, EX_UNAVAILABLE,
		    "none came back from the way to any of %zu control "
		    "destinations: something drops them, and no hop would be "
		    "seen",
		    all);
		check_fail(&c->report, "ICMP errors", &f);
	} else if (some < all || mute > 0) {
		check_warn(&c->report, "ICMP errors",
		    "%" PRId64 " came back, but for %zu of %zu control "
		    "destinations only, and %zu of %zu traces were answered "
		    "by nobody",
		    errors, some, all, mute, c->ntraces);
	} else {
		check_ok(&c->report, "ICMP errors",
		    "%" PRId64 " came back, for all of %zu control "
		    "destinations",
		    errors, all);
	}
}

/* What came back of the identity tells whether somebody rewrites probes. */
static void
tell_identity(struct check *c)
{
	int64_t whole = 0, half = 0, none = 0;
	for (size_t i = 0; i < c->ntraces; i++) {
		whole += c->trace[i].whole;
		half += c->trace[i].half;
		none += c->trace[i].none;
	}
	if (half + none > 0)
		check_warn(&c->report, "identity",
		    "of %" PRId64 " replies %" PRId64 " brought back half of "
		    "it, %" PRId64 " nothing: something on the way rewrites "
		    "probes",
		    whole + half + none, half, none);
	else if (whole > 0)
		check_ok(&c->report, "identity",
		    "whole in all of %" PRId64 " replies", whole);
}

static void
tell(struct check *c)
{
	for (size_t i = 0; i < c->ntraces; i += CHECK_METHODS)
		tell_control(c, i);
	if (c->controls.n > CHECK_CONTROLS_MAX)
		check_warn(&c->report, "control",
		    "%zu more were not tested, %d are enough",
		    c->controls.n - CHECK_CONTROLS_MAX, CHECK_CONTROLS_MAX);
	tell_errors(c);
	tell_identity(c);
}

void
check_controls(struct check *c)
{
	struct fault f = {0};
	if (c->controls.n == 0) {
		check_warn(&c->report, "ICMP errors",
		    "not tested: no control destination");
	} else if (c->offline) {
		check_warn(&c->report, "ICMP errors", "not tested: --offline");
	} else if (!privileges_check(NULL)) {
		check_warn(&c->report, "ICMP errors",
		    "not tested: no capability to send");
	} else {
		plan(c);
		if (!trace_all(c, &f))
			check_fail(&c->report, "ICMP errors", &f);
		else
			tell(c);
	}
}
