/* SPDX-License-Identifier: ISC */
#include "probe/campaign/evidence.h"

#include "probe/base/record_reply.h"

#include <stdlib.h>

enum { ROUTERS = 3 };

static void
drop(struct record_bytes *b)
{
	free(b->p);
	*b = (struct record_bytes){0};
}

/* One network announces the prefixes of all built-in targets. */
static bool
is_star(uint32_t addr)
{
	size_t n;
	const struct target *list = targets_builtin(&n);
	for (size_t i = 0; i < n; i++) {
		const struct prefix p = targets_prefix(list[i].addr);
		if (prefix_contains(&p, addr))
			return true;
	}
	return false;
}

/* A router on the way, as far as an address can tell. */
static bool
is_outside(const struct record *r, const struct record_probe *p)
{
	return p->icmp_type == ICMP_T_TIME_EXCEEDED && p->addr != r->target &&
	       !prefix_contains(&r->prefix, p->addr) &&
	       !(is_star(r->target) && is_star(p->addr));
}

/* Where the target's network begins; above every TTL when it is not seen. */
static int
first_inside(const struct record *r)
{
	int ttl = RECORD_TTL_MAX + 1;
	for (size_t i = 0; i < r->nprobes; i++) {
		const struct record_probe *p = &r->probes[i];
		if (p->answered && p->ttl < ttl && !is_outside(r, p))
			ttl = p->ttl;
	}
	return ttl;
}

/* Whether it answers between this TTL and that one, both excluded. */
static bool
is_between(const struct record *r, uint32_t addr, int from, int to)
{
	for (size_t i = 0; i < r->nprobes; i++) {
		const struct record_probe *p = &r->probes[i];
		if (p->answered && p->addr == addr && p->ttl > from &&
		    p->ttl < to)
			return true;
	}
	return false;
}

static bool
brings_router(const struct record *r, int ttl, int end)
{
	for (size_t i = 0; i < r->nprobes; i++) {
		const struct record_probe *p = &r->probes[i];
		if (p->answered && p->ttl == ttl &&
		    !is_between(r, p->addr, ttl, end))
			return true;
	}
	return false;
}

/* The first TTL of which all replies are kept. */
static int
edge(const struct record *r)
{
	int end = first_inside(r), ttl = end;
	for (int routers = 0; ttl > 1 && routers < ROUTERS; ttl--)
		routers += brings_router(r, ttl - 1, end);
	return ttl;
}

/* No unreachable lies before the edge: the first one would end it. */
static bool
is_kept(const struct record_probe *p, int from)
{
	return p->answered && (p->ttl >= from || p->proof != PROOF_BOTH);
}

/* A probe that was answered several times has an entry for each reply. */
static bool
any_kept(const struct record *r, const struct record_probe *probe, int from)
{
	for (size_t i = 0; i < r->nprobes; i++) {
		const struct record_probe *p = &r->probes[i];
		if (p->ttl == probe->ttl && p->attempt == probe->attempt &&
		    is_kept(p, from))
			return true;
	}
	return false;
}

static void
keep_edge(struct record *r)
{
	int from = edge(r);
	for (size_t i = 0; i < r->nprobes; i++) {
		struct record_probe *p = &r->probes[i];
		if (!any_kept(r, p, from))
			drop(&p->sent);
		if (!is_kept(p, from))
			drop(&p->reply);
	}
}

static void
keep_none(struct record *r)
{
	for (size_t i = 0; i < r->nprobes; i++) {
		drop(&r->probes[i].sent);
		drop(&r->probes[i].reply);
	}
}

void
evidence_trim(struct record *r, enum config_evidence keep)
{
	switch (keep) {
	case EVIDENCE_EDGE:
		keep_edge(r);
		break;
	case EVIDENCE_NONE:
		keep_none(r);
		break;
	case EVIDENCE_ALL:
		break;
	}
}
