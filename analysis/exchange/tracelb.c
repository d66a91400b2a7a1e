/* SPDX-License-Identifier: ISC */
#include "analysis/exchange/tracelb.h"

#include "analysis/exchange/scamper_head.h"
#include "probe/base/clock.h"
#include "probe/base/mem.h"
#include "probe/base/record_model.h"
#include "probe/base/record_reply.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SEC_MAX (RECORD_NS_MAX / NS_PER_S - 1)

enum {
	FLOWS_MAX = 2048,    /* 3000 probes are sent if nobody asks for more */
	SHOTS_MAX = 1 << 16, /* so that no object takes more than 10 MB */
	ENDS_MAX = 1024
};

/* A reply, or a probe that none is listed of. */
struct shot {
	int64_t flow, ttl, number; /* -1: not told; number: its "attempt" */
	int64_t rx_us;		   /* -1 */
	struct record_probe p;	   /* without a place */
};

struct shots {
	struct shot *shot;
	size_t n, room;
	bool ipv6;
	size_t nends;
	uint32_t end[ENDS_MAX]; /* behind these nobody answered any more */
};

/* --- reading -------------------------------------------------------------- */

static struct shot *
another(struct json_read *in, struct shots *s)
{
	if (s->n == SHOTS_MAX) {
		json_read_bad(in, "nodes: more than %d replies", SHOTS_MAX);
		return NULL;
	}
	if (s->n == s->room) {
		s->room = s->room == 0 ? 256 : 2 * s->room;
		s->shot = xreallocarray(s->shot, s->room, sizeof(*s->shot));
	}
	struct shot *shot = &s->shot[s->n++];
	*shot = (struct shot){.rx_us = -1, .p = record_unanswered(1, 1)};
	shot->p.silent = SILENT_UNKNOWN;
	return shot;
}

static bool
number(
    struct json_read *in, const struct json_word *key, struct record_probe *p)
{
	if (json_read_is(key, "ttl"))
		p->reply_ttl = (int16_t)json_read_integer(in, 0, UINT8_MAX);
	else if (json_read_is(key, "ipid"))
		p->reply_ipid = (int32_t)json_read_integer(in, 0, UINT16_MAX);
	else if (json_read_is(key, "icmp_type"))
		p->icmp_type = (int16_t)json_read_integer(in, 0, UINT8_MAX);
	else if (json_read_is(key, "icmp_code"))
		p->icmp_code = (int16_t)json_read_integer(in, 0, UINT8_MAX);
	else if (json_read_is(key, "icmp_q_ttl"))
		p->quoted_ttl = (int16_t)json_read_integer(in, 0, UINT8_MAX);
	else if (json_read_is(key, "icmp_q_tos"))
		p->quoted_tos = (int16_t)json_read_integer(in, 0, UINT8_MAX);
	else if (json_read_is(key, "tcp_flags"))
		p->tcp_flags = (int16_t)json_read_integer(in, 0, UINT8_MAX);
	else
		return false;
	return true;
}

/*
 * rtt is rx - tx and negative when the clock was set between them. A reply
 * that quotes nothing has an icmp_q_tos of 0 nevertheless, and one without a
 * known TTL has 0.
 */
static void
reply(struct json_read *in, struct shot *to)
{
	struct json_word key;
	struct record_probe *p = &to->p;
	for (json_read_object(in); json_read_member(in, &key);)
		if (json_read_is(&key, "rx"))
			to->rx_us = scamper_time_read(in, SEC_MAX);
		else if (json_read_is(&key, "rtt"))
			p->rtt_ns = json_read_scaled(
			    in, 6, -RECORD_NS_MAX, RECORD_NS_MAX);
		else if (!number(in, &key, p))
			json_read_skip(in);
	p->answered = true;
	p->silent = 0;
	p->proof = PROOF_UNTOLD;
	if (p->rtt_ns < 0)
		p->rtt_ns = -1;
	if (p->reply_ttl == 0)
		p->reply_ttl = -1;
	if (p->quoted_ttl < 0)
		p->quoted_tos = -1;
}

static void
replies(struct json_read *in, struct shots *s)
{
	struct shot *to;
	for (json_read_array(in); json_read_item(in);)
		if ((to = another(in, s)) != NULL)
			reply(in, to);
}

/* All of it may stand before or behind the replies. */
static void
probe(struct json_read *in, struct shots *s)
{
	struct json_word key;
	size_t first = s->n;
	int64_t ttl = -1, flow = -1, nth = 0, tx_us = 0;
	for (json_read_object(in); json_read_member(in, &key);)
		if (json_read_is(&key, "tx"))
			tx_us = scamper_time_read(in, SEC_MAX);
		else if (json_read_is(&key, "ttl"))
			ttl = json_read_integer(in, 1, UINT8_MAX);
		else if (json_read_is(&key, "attempt"))
			nth = json_read_integer(in, 0, UINT8_MAX);
		else if (json_read_is(&key, "flowid"))
			flow = json_read_integer(in, 0, UINT16_MAX);
		else if (json_read_is(&key, "replies"))
			replies(in, s);
		else
			json_read_skip(in);
	if (ttl < 0 || flow < 0)
		json_read_bad(in, "probes: one without ttl or flowid");
	if (s->n == first)
		another(in, s);
	for (size_t i = first; json_read_ok(in) && i < s->n; i++) {
		struct shot *shot = &s->shot[i];
		shot->flow = flow;
		shot->ttl = ttl;
		shot->number = nth;
		shot->p.tx_ns = tx_us > 0 ? tx_us * 1000 : -1;
	}
}

/* {"addr","probes"}: what showed a node, or "*". */
static struct scamper_addr
seen(struct json_read *in, struct shots *s)
{
	struct json_word key;
	struct scamper_addr addr = {0};
	size_t first = s->n;
	for (json_read_object(in); json_read_member(in, &key);)
		if (json_read_is(&key, "addr"))
			addr = scamper_addr_read(in);
		else if (json_read_is(&key, "probes"))
			for (json_read_array(in); json_read_item(in);)
				probe(in, s);
		else
			json_read_skip(in);
	s->ipv6 |= addr.ipv6;
	for (size_t i = first; json_read_ok(in) && i < s->n; i++) {
		s->shot[i].p.addr = s->shot[i].p.answered ? addr.addr : 0;
		if (s->shot[i].p.answered && !addr.told)
			json_read_bad(in, "links: a reply without addr");
	}
	return addr;
}

static void
end_at(struct shots *s, uint32_t addr)
{
	if (s->nends < ENDS_MAX)
		s->end[s->nends++] = addr;
}

/*
 * A list of hops, each a list of what was seen there. True when it ends in
 * silence: then, behind those whom the last answering hop showed, or *from the
 * start on.
 */
static bool
links(struct json_read *in, struct shots *s, bool *from_node)
{
	size_t last = s->nends; /* where the ends of the last such hop begin */
	bool silent = false;
	*from_node = true;
	for (json_read_array(in); json_read_item(in);) {
		bool told = false;
		for (json_read_array(in); json_read_item(in);) {
			struct scamper_addr addr = seen(in, s);
			if (addr.told && !told)
				s->nends = last;
			if (addr.told)
				end_at(s, addr.addr);
			told |= addr.told;
		}
		silent = !told;
		*from_node &= silent;
	}
	if (!silent)
		s->nends = last;
	return silent;
}

static void
node(struct json_read *in, struct shots *s)
{
	struct json_word key;
	struct scamper_addr addr = {0};
	bool silent = false, from_node = false;
	for (json_read_object(in); json_read_member(in, &key);)
		if (json_read_is(&key, "addr"))
			addr = scamper_addr_read(in);
		else if (json_read_is(&key, "links"))
			silent = links(in, s, &from_node);
		else
			json_read_skip(in);
	if (silent && from_node && addr.told)
		end_at(s, addr.addr);
}

/* --- records -------------------------------------------------------------- */

static int
order(int64_t a, int64_t b)
{
	return (a > b) - (a < b);
}

/* Of which probe it is. */
static int
by_probe(const struct shot *a, const struct shot *b)
{
	int by = order(a->flow, b->flow);
	by = by != 0 ? by : order(a->ttl, b->ttl);
	by = by != 0 ? by : order(a->p.tx_ns, b->p.tx_ns);
	return by != 0 ? by : order(a->number, b->number);
}

static int
by_reply(const void *va, const void *vb)
{
	const struct shot *a = va, *b = vb;
	int by = by_probe(a, b);
	by = by != 0 ? by : order(a->p.answered, b->p.answered);
	by = by != 0 ? by : order(a->rx_us, b->rx_us);
	by = by != 0 ? by : order(a->p.addr, b->p.addr);
	return by != 0 ? by : order(a->p.reply_ipid, b->p.reply_ipid);
}

/*
 * A probe of two nodes is listed with both, each time with the replies from
 * that node alone. So one without replies goes if it has any elsewhere, and a
 * reply that is there twice is one.
 */
static bool
repeated(const struct shot *shot, const struct shot *next)
{
	if (by_probe(shot, next) != 0)
		return false;
	return !shot->p.answered || by_reply(shot, next) == 0;
}

static void
unique(struct shots *s)
{
	size_t n = 0;
	if (s->n > 0)
		qsort(s->shot, s->n, sizeof(*s->shot), by_reply);
	for (size_t i = 0; i < s->n; i++)
		if (i + 1 == s->n || !repeated(&s->shot[i], &s->shot[i + 1]))
			s->shot[n++] = s->shot[i];
	s->n = n;
}

/* Adds it, or counts it as left out. */
static void
put(struct foreign *f, const struct shot *shot, int attempt, int reply_no,
    size_t *left_out)
{
	struct record_probe *p = NULL;
	if (shot->ttl <= RECORD_TTL_MAX && attempt <= RECORD_ATTEMPT_TOP &&
	    reply_no <= UINT8_MAX)
		p = foreign_probe(f, (int)shot->ttl, attempt);
	if (p == NULL) {
		++*left_out;
		return;
	}
	*p = shot->p;
	p->ttl = (uint8_t)shot->ttl;
	p->attempt = (uint8_t)attempt;
	p->reply_no = (uint8_t)reply_no;
}

static bool
ends(const struct shots *s, const struct shot *last)
{
	for (size_t i = 0; i < s->nends; i++)
		if (last->p.answered && s->end[i] == last->p.addr)
			return true;
	return !last->p.answered;
}

/* tracelb tells no end: what the probes of the last TTL of the flow say. */
static void
stop(struct record *r, const struct shots *s, const struct shot *last,
    bool reached)
{
	const char *why = "";
	if (reached) {
		r->stop = STOP_REACHED;
	} else if (last->p.icmp_type == ICMP_T_UNREACHABLE) {
		r->stop = STOP_UNREACHABLE;
		why = "tracelb";
	} else if (ends(s, last)) {
		r->stop = STOP_GAP;
		why = "tracelb";
	} else {
		r->stop = STOP_MAX_TTL;
		why = "no more of this flow in tracelb";
	}
	snprintf(r->stop_detail, sizeof(r->stop_detail), "%s", why);
}

/* The record of the flow that begins at i: where the next one does. */
static size_t
flow(struct foreign *f, const struct scamper_head *head, const struct shots *s,
    size_t i)
{
	struct record *r = foreign_trace(f);
	const struct shot *shot = &s->shot[i], *last;
	int attempt = 0, reply_no = 0;
	size_t left_out = 0;
	bool reached = false;
	scamper_head_record(head, f, shot->flow, r);
	do {
		put(f, shot, attempt + 1, reply_no, &left_out);
		reached |= shot->p.answered && shot->p.addr == r->target;
		last = shot++;
		if (++i == s->n || last->ttl != shot->ttl ||
		    last->flow != shot->flow)
			attempt = reply_no = 0;
		else if (by_probe(last, shot) != 0)
			attempt++, reply_no = 0;
		else
			reply_no++;
	} while (i < s->n && shot->flow == last->flow);
	stop(r, s, last, reached);
	scamper_left_out(r, left_out);
	return i;
}

static void
flows(struct json_read *in, struct foreign *f, const struct scamper_head *head,
    struct shots *s)
{
	char identity[SCAMPER_IDENTITY_MAX + 1];
	scamper_head_identity(head, identity);
	unique(s);
	for (size_t i = 0; i < s->n && json_read_ok(in);) {
		if (f->n == FLOWS_MAX)
			json_read_bad(
			    in, "nodes: more than %d flows", FLOWS_MAX);
		i = flow(f, head, s, i);
		foreign_end(f, &f->record[f->n - 1], identity, in);
	}
	if (f->n == 0)
		snprintf(f->other, sizeof(f->other), "tracelb without probes");
}

void
tracelb_read(struct json_read *in, struct foreign *f)
{
	struct scamper_head head = scamper_head_make(true);
	struct shots s = {0};
	struct json_word key;
	for (json_read_object(in); json_read_member(in, &key);)
		if (json_read_is(&key, "nodes"))
			for (json_read_array(in); json_read_item(in);)
				node(in, &s);
		else if (!scamper_head_member(in, &key, &head))
			json_read_skip(in);
	if (json_read_ok(in) && !scamper_head_ipv6(&head, f)) {
		if (s.ipv6)
			json_read_bad(
			    in, "nodes: an IPv6 address towards an IPv4 one");
		scamper_head_check(in, &head, f);
		if (json_read_ok(in))
			flows(in, f, &head, &s);
	}
	free(s.shot);
}
