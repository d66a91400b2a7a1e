/* SPDX-License-Identifier: ISC */
#include "analysis/exchange/atlas_result.h"

#include "probe/base/record_reply.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/*
 * The probe of RIPE Atlas goes on to the next TTL until every answer to the
 * last one was of the target or an unreachable, until so many TTLs in a row
 * were silent (then it sends with TTL 255, the last ditch), until the last TTL,
 * or until it cannot send. It does not say which: it follows from the result.
 */

enum { SYNCED_S = 3600 }; /* an older clock is worth a note */

/* A text that was cut may end in a part of a character. */
static void
drop_part(char *text)
{
	size_t len = strlen(text), at = len;
	while (at > 0 && ((unsigned char)text[at - 1] & 0xc0) == 0x80)
		at--;
	if (at == 0)
		return;
	unsigned lead = (unsigned char)text[--at];
	size_t need = lead >= 0xf0   ? 4
		      : lead >= 0xe0 ? 3
		      : lead >= 0xc0 ? 2
				     : 1;
	if (len - at < need)
		text[at] = '\0';
}

static void __attribute__((format(printf, 2, 3)))
note(struct record *r, const char *fmt, ...)
{
	char *to = r->stop_detail;
	size_t len = strlen(to), room = sizeof(r->stop_detail);
	va_list ap;
	if (len > 0 && len + 3 < room)
		len += (size_t)snprintf(to + len, room - len, "; ");
	va_start(ap, fmt);
	vsnprintf(to + len, room - len, fmt, ap);
	va_end(ap);
	drop_part(to);
}

static bool
unreachable(const struct record_probe *p)
{
	enum { FRAGMENTATION_NEEDED = 4 }; /* is sent again, smaller */
	return p->icmp_type == ICMP_T_UNREACHABLE &&
	       p->icmp_code != FRAGMENTATION_NEEDED;
}

/* What the target says of itself when all is well. */
static bool
usual(const struct record_probe *p)
{
	return p->tcp_flags >= 0 || p->icmp_type == ICMP_T_ECHO_REPLY ||
	       (p->icmp_type == ICMP_T_UNREACHABLE &&
		   p->icmp_code == ICMP_C_PORT);
}

static void
describe(struct record *r, const struct record_probe *p, int hop)
{
	char addr[ADDR_STRLEN];
	note(r, "ICMP %d/%d from %s at ttl %d", p->icmp_type, p->icmp_code,
	    addr_format(p->addr, addr), hop);
}

static void
describe_ditch(struct record *r, const struct record_probe *p)
{
	char addr[ADDR_STRLEN], code[24] = "";
	if (unreachable(p) && !(p->addr == r->target && usual(p)))
		snprintf(code, sizeof(code), ": ICMP %d/%d", p->icmp_type,
		    p->icmp_code);
	note(r, "last-ditch probe (TTL 255) answered by %s%s",
	    addr_format(p->addr, addr), code);
}

/* What there is to see; -1: nothing of that kind. */
struct seen {
	int reached;	 /* an answer of the target, not to the last ditch */
	int ditch;	 /* an answer to the last ditch, the target's first */
	int unreachable; /* on the last TTL, on time */
	int beyond;	 /* a probe of a TTL that no record has */
	int redirected;	 /* an answer that quotes another destination */
	bool gap;
};

static void
see(struct seen *s, const struct record *r, const struct atlas_result *a, int i)
{
	const struct record_probe *p = &r->probes[i];
	const struct atlas_item *item = &a->item[i];
	bool target = p->answered && p->addr == r->target;
	bool ditch = item->hop == ATLAS_LAST_DITCH;
	s->gap |= ditch;
	if (ditch && p->answered &&
	    (s->ditch < 0 || (target && r->probes[s->ditch].addr != r->target)))
		s->ditch = i;
	if (!ditch && item->hop > RECORD_TTL_MAX)
		s->beyond = i;
	if (!ditch && target && s->reached < 0)
		s->reached = i;
	if (!ditch && p->answered && unreachable(p) && item->late == 0 &&
	    item->place + 1 == a->places)
		s->unreachable = i;
	if (item->edst != 0 && s->redirected < 0)
		s->redirected = i;
}

static enum record_stop
reason(struct record *r, const struct atlas_result *a, const struct seen *s)
{
	const struct record_probe *p = r->probes;
	bool ditch = s->ditch >= 0;
	if (s->reached >= 0) {
		if (!usual(&p[s->reached]))
			describe(r, &p[s->reached], a->item[s->reached].hop);
		return STOP_REACHED;
	}
	if (ditch && p[s->ditch].addr == r->target)
		return STOP_REACHED;
	if (a->error[0] != '\0')
		return STOP_ERROR;
	if (s->unreachable >= 0) {
		describe(r, &p[s->unreachable], a->item[s->unreachable].hop);
		return STOP_UNREACHABLE;
	}
	if (s->gap)
		return ditch && unreachable(&p[s->ditch]) ? STOP_UNREACHABLE
							  : STOP_GAP;
	if (r->nprobes > 0)
		return STOP_MAX_TTL;
	note(r, "no hop in the result");
	return STOP_ERROR;
}

static void
note_late(struct record *r, const struct atlas_result *a)
{
	char addr[ADDR_STRLEN];
	for (size_t i = 0; i < r->nprobes; i++) {
		if (a->item[i].late == 0 || !a->item[i].gone ||
		    !r->probes[i].answered)
			continue;
		note(r, "answer of %s to no probe here, late by %" PRId32,
		    addr_format(r->probes[i].addr, addr), a->item[i].late);
		return;
	}
}

void
atlas_stop(struct record *r, const struct atlas_result *a)
{
	char addr[ADDR_STRLEN], other[ADDR_STRLEN];
	struct seen s = {-1, -1, -1, -1, -1, false};
	for (size_t i = 0; i < r->nprobes; i++)
		see(&s, r, a, (int)i);
	r->stop = reason(r, a, &s);
	if (s.ditch >= 0)
		describe_ditch(r, &r->probes[s.ditch]);
	if (a->error[0] != '\0')
		note(r, "%s", a->error);
	if (s.redirected >= 0)
		note(r, "%s at hop %d quotes destination %s",
		    addr_format(r->probes[s.redirected].addr, addr),
		    a->item[s.redirected].hop,
		    addr_format(a->item[s.redirected].edst, other));
	if (s.beyond >= 0)
		note(r, "hops beyond %d left out", RECORD_TTL_MAX);
	note_late(r, a);
	if (a->lts == -1)
		note(r, "clock sync unknown");
	else if (a->lts > SYNCED_S)
		note(r, "clock last in sync %" PRId64 " s ago", a->lts);
}
