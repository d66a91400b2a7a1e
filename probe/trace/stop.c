/* SPDX-License-Identifier: ISC */
#include "probe/trace/stop.h"

#include "probe/base/record_reply.h"

#include <stdio.h>
#include <string.h>

static uint8_t
lower(uint8_t a, int b)
{
	return a < b ? a : (uint8_t)b;
}

static uint8_t
below_the_end(const struct trace *t, uint8_t ttl)
{
	return t->target_ttl == 0 ? ttl : lower(ttl, t->target_ttl);
}

uint8_t
stop_gap_limit(const struct trace *t)
{
	return below_the_end(
	    t, lower(t->config.max_ttl, t->last_answer + t->config.gap));
}

/* Whether the path may still end where it did last time. */
static bool
hint_holds(const struct trace *t)
{
	const struct trace_hop *hop = &t->hop[t->volley_ttl];
	return t->volley_ttl == t->config.hint_ttl + 1 &&
	       (hop->tried == 0 || (hop->tried == 1 && hop->waiting));
}

uint8_t
stop_limit(const struct trace *t)
{
	uint8_t gap = stop_gap_limit(t);
	uint8_t volley = below_the_end(t, t->volley_ttl);
	return gap > volley && !hint_holds(t) ? gap : volley;
}

/* Where each TTL has but one attempt, that one must have been in vain. */
bool
stop_wants_last_word(const struct trace *t)
{
	const struct trace_config *c = &t->config;
	int limit = t->last_answer + c->gap;
	if (t->target_ttl != 0 || limit >= c->max_ttl ||
	    t->hop[c->max_ttl].tried > 0)
		return false;
	for (int ttl = t->last_answer + 1; ttl <= limit; ttl++) {
		const struct trace_hop *hop = &t->hop[ttl];
		if (hop->tried < c->attempts ||
		    (c->attempts == 1 && hop->waiting))
			return false;
	}
	return true;
}

static int
rank(enum record_stop stop)
{
	switch (stop) {
	case STOP_REACHED:
		return 3;
	case STOP_UNREACHABLE:
		return 2;
	case STOP_GAP:
	case STOP_MAX_TTL:
	case STOP_LOOP:
	case STOP_ERROR:
		return 1;
	}
	return 0; /* none yet */
}

static bool
end_at(struct trace *t, enum record_stop stop, uint8_t ttl)
{
	int had = rank(t->record.stop), has = rank(stop);
	if (has < had || (has == had && ttl >= t->target_ttl))
		return false;
	t->record.stop = stop;
	t->record.stop_detail[0] = '\0';
	t->target_ttl = ttl;
	return true;
}

/* RFC 792, RFC 1122 section 3.2.2.1, RFC 1812 section 5.2.7.1. */
static const char *
message(int type, int code)
{
	static const char *const unreachable[] = {
	    "net-unreachable",
	    "host-unreachable",
	    "protocol-unreachable",
	    "port-unreachable",
	    "fragmentation-needed",
	    "source-route-failed",
	    "net-unknown",
	    "host-unknown",
	    "host-isolated",
	    "net-prohibited",
	    "host-prohibited",
	    "net-tos-unreachable",
	    "host-tos-unreachable",
	    "admin-prohibited",
	    "precedence-violation",
	    "precedence-cutoff",
	};
	static const int known = sizeof(unreachable) / sizeof(*unreachable);
	if (type == ICMP_T_TIME_EXCEEDED)
		return "time-exceeded";
	if (type == ICMP_T_PARAMETER)
		return "parameter-problem";
	return code < known ? unreachable[code] : "unreachable";
}

const char *
stop_segment(int flags)
{
	if ((flags & TCP_RST) != 0)
		return "rst";
	if ((flags & (TCP_SYN | TCP_ACK)) == (TCP_SYN | TCP_ACK))
		return "syn-ack";
	return "ack"; /* of a connection that our SYN is no part of */
}

static void
describe(struct trace *t, const struct record_probe *p, const char *before)
{
	char addr[ADDR_STRLEN], code[20] = "";
	const char *what = "datagram";
	if (p->tcp_flags >= 0)
		what = stop_segment(p->tcp_flags);
	else if (p->icmp_type == 0)
		what = "echo-reply";
	if (p->icmp_type > 0) {
		what = message(p->icmp_type, p->icmp_code);
		snprintf(
		    code, sizeof(code), " (%d/%d)", p->icmp_type, p->icmp_code);
	}
	snprintf(t->record.stop_detail, sizeof(t->record.stop_detail),
	    "%s%s%s from %s at ttl %d", before, what, code,
	    addr_format(p->addr, addr), p->ttl);
}

/*
 * A loop is a router that is visited three times, another one answering
 * between every two visits (a b a b a): then the packet really goes round.
 * The same address at neighbouring TTLs is one visit (zero-TTL forwarding, a
 * box that answers for others, a destination that answers twice), and a second
 * visit may be a route that changed under the trace, so neither is a loop.
 */
uint8_t
stop_third_visit(const uint32_t at[static RECORD_TTL_MAX + 1], uint32_t addr)
{
	uint32_t previous = 0;
	int visits = 0;
	for (int ttl = 1; ttl <= RECORD_TTL_MAX; ttl++) {
		if (at[ttl] == 0)
			continue;
		if (at[ttl] == addr && previous != addr &&
		    ++visits == STOP_LOOP_VISITS)
			return (uint8_t)ttl;
		previous = at[ttl];
	}
	return 0;
}

static void
time_exceeded(struct trace *t, const struct record_probe *p)
{
	char addr[ADDR_STRLEN];
	uint32_t at[RECORD_TTL_MAX + 1] = {0};
	struct trace_hop *hop = &t->hop[p->ttl];
	if (p->proof > hop->proof) {
		hop->addr = p->addr;
		hop->proof = p->proof;
	}
	for (int i = 1; i < t->next_ttl; i++)
		at[i] = t->hop[i].addr;
	uint8_t ttl = stop_third_visit(at, p->addr);
	if (ttl != 0 && end_at(t, STOP_LOOP, ttl))
		snprintf(t->record.stop_detail, sizeof(t->record.stop_detail),
		    "%s for the third time at ttl %d",
		    addr_format(p->addr, addr), ttl);
}

/* Whatever the target itself says: it was reached; the unusual is told. */
static void
target_answered(struct trace *t, const struct record_probe *p)
{
	bool closed = t->flow.method == METHOD_UDP &&
		      p->icmp_type == ICMP_T_UNREACHABLE &&
		      p->icmp_code == ICMP_C_PORT;
	if (!end_at(t, STOP_REACHED, p->ttl))
		return;
	if (p->tcp_flags >= 0)
		snprintf(t->record.stop_detail, sizeof(t->record.stop_detail),
		    "%s", stop_segment(p->tcp_flags));
	else if (p->icmp_type > 0 && !closed)
		describe(t, p, "");
}

void
stop_answer(struct trace *t, const struct record_probe *p)
{
	if (p->addr == t->record.target)
		target_answered(t, p);
	else if (p->icmp_type == ICMP_T_TIME_EXCEEDED)
		time_exceeded(t, p);
	else if (end_at(t, STOP_UNREACHABLE, p->ttl))
		describe(t, p, "");
}

void
stop_unsent(struct trace *t, uint8_t ttl, int error)
{
	if (end_at(t, STOP_ERROR, ttl))
		snprintf(t->record.stop_detail, sizeof(t->record.stop_detail),
		    "not sent at ttl %d: %s", ttl,
		    error > 0 ? strerror(error) : "no transmit stamp");
}

void
stop_settled(struct trace *t)
{
	if (t->record.stop != 0)
		return;
	bool gap = t->last_answer + t->config.gap <= t->config.max_ttl;
	t->record.stop = gap ? STOP_GAP : STOP_MAX_TTL;
}

void
stop_abort(struct trace *t, int error)
{
	t->record.stop = STOP_ERROR;
	snprintf(t->record.stop_detail, sizeof(t->record.stop_detail), "%s",
	    error > 0 ? strerror(error) : "aborted");
}

/* The probe beyond the gap limit had an answer: the one that says most. */
static const struct record_probe *
beyond(const struct trace *t)
{
	bool reached = t->record.stop == STOP_REACHED;
	for (size_t i = 0; i < t->record.nprobes; i++) {
		const struct record_probe *p = &t->record.probes[i];
		if (p->ttl >= t->next_ttl && p->answered &&
		    (p->addr == t->record.target) == reached)
			return p;
	}
	return NULL;
}

void
stop_finish(struct trace *t)
{
	const struct record_probe *p = beyond(t);
	bool aborted = t->record.stop == STOP_ERROR;
	if (p != NULL && !aborted &&
	    (t->target_ttl == 0 || t->target_ttl == p->ttl))
		describe(t, p, "beyond the gap limit: ");
}
