/* SPDX-License-Identifier: ISC */
#include "probe/base/mem.h"
#include "probe/base/record_reply.h"
#include "probe/trace/mda_state.h"
#include "probe/trace/stop.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A probe that was queued when the end came never existed. */
static bool
existed(const struct mda_probe *p)
{
	return p->sent || p->record.answered || p->record.silent != 0;
}

static size_t
count(const struct mda *m, unsigned flow)
{
	size_t n = 0;
	for (size_t i = m->flow[flow].last; i > 0; i = m->probe[i - 1].before)
		n += existed(&m->probe[i - 1]);
	return n;
}

bool
mda_recorded(const struct mda *m, unsigned flow)
{
	return count(m, flow) > 0;
}

/* What identifies the record of a flow: all that its id is made of. */
void
mda_name(const struct mda *m, unsigned flow, uint64_t number, struct record *r)
{
	int64_t after_ns = m->flow[flow].started.ns - m->opened.ns;
	*r = m->about;
	r->seq = m->about.seq + number;
	r->flow = m->about.flow + flow;
	r->sport = (uint16_t)(m->about.sport + flow);
	r->start_us = m->about.start_us + after_ns / 1000;
	r->duration_us = (m->closed.ns - m->flow[flow].started.ns) / 1000;
}

/* The answer that ended the flow, in the words of a single trace. */
static void
ended(const struct mda *m, const struct record_probe *p, struct record *r)
{
	char addr[ADDR_STRLEN];
	bool target = p->addr == m->about.target;
	bool closed =
	    p->icmp_type == ICMP_T_UNREACHABLE && p->icmp_code == ICMP_C_PORT;
	r->stop = target ? STOP_REACHED : STOP_UNREACHABLE;
	if (p->tcp_flags >= 0)
		snprintf(r->stop_detail, sizeof(r->stop_detail), "%s",
		    stop_segment(p->tcp_flags));
	else if (p->icmp_type >= 0 && !(target && closed))
		snprintf(r->stop_detail, sizeof(r->stop_detail),
		    "%s (%d/%d) from %s at ttl %d",
		    p->icmp_type == ICMP_T_UNREACHABLE ? "unreachable" : "icmp",
		    p->icmp_type, p->icmp_code, addr_format(p->addr, addr),
		    p->ttl);
}

/* A flow that did not end: the one that looks ahead says why it goes no on. */
static void
unended(const struct mda *m, unsigned flow, struct record *r)
{
	if (m->error >= 0) {
		r->stop = STOP_ERROR;
		snprintf(r->stop_detail, sizeof(r->stop_detail), "%s%s",
		    m->unsent > 0 ? "not sent: " : "",
		    m->error > 0
			? strerror(m->error)
			: (m->unsent > 0 ? "no transmit stamp" : "aborted"));
	} else if (flow == m->lead) {
		bool gap = m->heard + m->config.gap <= m->config.max_ttl;
		r->stop = gap ? STOP_GAP : STOP_MAX_TTL;
	} else {
		r->stop = STOP_MAX_TTL;
		snprintf(r->stop_detail, sizeof(r->stop_detail),
		    "mda: only where it was needed");
	}
}

/* Lost is what the answer to another attempt of the flow shows. */
static void
name_silence(const struct mda *m, unsigned flow, struct record_probe *p)
{
	const struct mda_cell *c = mda_cell(m, p->ttl, flow);
	bool heard = c->who != MDA_NOBODY || c->weak;
	if (!p->answered && p->silent == 0)
		p->silent = heard ? SILENT_LOST : SILENT_UNKNOWN;
}

bool
mda_record(struct mda *m, unsigned flow, struct record *into)
{
	size_t n = count(m, flow), at = 0;
	uint64_t number = 0;
	if (n == 0)
		return false;
	for (unsigned f = 0; f < flow; f++)
		number += mda_recorded(m, f);
	mda_name(m, flow, number, into);
	into->probes = xcalloc(n, sizeof(*into->probes));
	into->nprobes = n;
	for (size_t i = m->flow[flow].last; i > 0; i = m->probe[i - 1].before) {
		struct mda_probe *p = &m->probe[i - 1];
		if (!existed(p))
			continue;
		into->probes[at] = p->record;
		name_silence(m, flow, &into->probes[at++]);
		p->record.ext = p->record.reply = (struct record_bytes){0};
	}
	if (m->flow[flow].end != MDA_ENDLESS)
		ended(m, &m->probe[m->flow[flow].ender].record, into);
	else
		unended(m, flow, into);
	record_sort(into);
	return true;
}
