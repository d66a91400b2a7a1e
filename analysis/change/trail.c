/* SPDX-License-Identifier: ISC */
#include "analysis/change/trail.h"

#include "probe/base/record_path.h"
#include "probe/base/record_reply.h"

#include <string.h>

/* A trail while it is made: the best proof that a reply of each TTL has. */
struct making {
	struct trail *t;
	uint8_t end; /* the target's first answer, or the last TTL there is */
	unsigned proof[RECORD_TTL_MAX];
};

static bool
proved(const struct record_probe *p)
{
	return p->answered && p->proof > PROOF_NONE;
}

/* The lowest TTL at which the target answered; 0 nowhere. */
static uint8_t
target_ttl(const struct record *r)
{
	uint8_t ttl = 0;
	for (size_t i = 0; i < r->nprobes; i++) {
		const struct record_probe *p = &r->probes[i];
		if (proved(p) && p->addr == r->target &&
		    (ttl == 0 || p->ttl < ttl))
			ttl = p->ttl;
	}
	return ttl;
}

static bool
listed(const struct trail_hop *h, uint32_t addr)
{
	for (uint8_t i = 0; i < h->n; i++)
		if (h->addr[i] == addr)
			return true;
	return false;
}

static void
forget(struct trail_hop *h)
{
	h->n = 0;
	h->icmp_code = -1;
	h->rtt_ns = -1;
}

/* Beside a reply with more proof, one with less may be anybody's. */
static bool
doubtful(struct making *m, const struct record_probe *p)
{
	unsigned *best = &m->proof[p->ttl - 1];
	unsigned rank = record_proof_rank(p->proof);
	if (rank > *best) {
		*best = rank;
		forget(&m->t->hop[p->ttl - 1]);
	}
	return rank < *best;
}

static void
add(struct making *m, const struct record_probe *p)
{
	struct trail_hop *h = &m->t->hop[p->ttl - 1];
	if (doubtful(m, p))
		return;
	if (!listed(h, p->addr) && h->n < TRAIL_ADDRS_MAX)
		h->addr[h->n++] = p->addr;
	if (h->addr[0] != p->addr)
		return;
	if (p->icmp_type == ICMP_T_UNREACHABLE && h->icmp_code < 0)
		h->icmp_code = p->icmp_code;
	if (p->rtt_ns >= 0 && (h->rtt_ns < 0 || p->rtt_ns < h->rtt_ns))
		h->rtt_ns = p->rtt_ns;
}

/* Those in time go first: who answers in time speaks for the hop. */
static void
add_all(struct making *m, const struct record *r)
{
	size_t others = 0;
	for (size_t i = 0; i < r->nprobes; i++) {
		const struct record_probe *p = &r->probes[i];
		if (p->ttl > m->end)
			continue;
		if (p->silent != SILENT_NOT_SENT)
			m->t->hop[p->ttl - 1].probed = true;
		if (!proved(p))
			continue;
		if (p->late || p->reply_no > 0)
			others++;
		else
			add(m, p);
	}
	for (size_t i = 0; others > 0 && i < r->nprobes; i++) {
		const struct record_probe *p = &r->probes[i];
		if (p->ttl <= m->end && proved(p) &&
		    (p->late || p->reply_no > 0))
			add(m, p);
	}
}

void
trail_make(struct trail *t, const struct record *r)
{
	uint8_t target = target_ttl(r);
	struct making m = {.t = t, .end = target > 0 ? target : RECORD_TTL_MAX};
	memset(t, 0, sizeof(*t));
	for (int i = 0; i < RECORD_TTL_MAX; i++)
		forget(&t->hop[i]);
	t->target = r->target;
	t->reached = target > 0;
	t->clock_step = r->clock_step;
	add_all(&m, r);
	for (uint8_t i = 0; i < m.end; i++) {
		if (t->hop[i].probed)
			t->n = (uint8_t)(i + 1);
		if (t->hop[i].n > 0)
			t->last = (uint8_t)(i + 1);
	}
}

static bool
refuses(const struct trail_hop *h)
{
	return h->n > 0 && h->icmp_code >= 0;
}

/* Whether who refuses at h refuses behind it, too. */
static bool
refuses_on(const struct trail *t, uint8_t from, const struct trail_hop *h)
{
	for (uint8_t i = from; i < t->last; i++)
		if (refuses(&t->hop[i]) && listed(&t->hop[i], h->addr[0]))
			return true;
	return false;
}

uint8_t
trail_end(const struct trail *t)
{
	uint8_t end = 0, i = t->last;
	if (t->reached)
		return t->n;
	for (; i > 0 && (t->hop[i - 1].n == 0 || refuses(&t->hop[i - 1])); i--)
		end = t->hop[i - 1].n > 0 ? i : end;
	for (uint8_t from = i; end > 0 && i > 0; i--)
		if (refuses(&t->hop[i - 1]) &&
		    refuses_on(t, from, &t->hop[i - 1]))
			end = i;
	return end;
}

static int
place_of(const struct flows *f, uint8_t ttl, uint32_t addr)
{
	for (uint8_t i = 0; i < f->n[ttl - 1]; i++)
		if (f->addr[ttl - 1][i] == addr)
			return i;
	return -1;
}

void
flows_add_router(struct flows *f, uint8_t ttl, uint32_t addr, bool sure)
{
	int at = place_of(f, ttl, addr);
	if (at < 0 && f->n[ttl - 1] == FLOWS_ADDRS_MAX) {
		f->more |= UINT64_C(1) << (ttl - 1);
		return;
	}
	if (at < 0) {
		at = f->n[ttl - 1]++;
		f->addr[ttl - 1][at] = addr;
	}
	f->sure[ttl - 1] |= (uint32_t)sure << at;
}

void
flows_add(struct flows *f, const struct trail *t)
{
	uint8_t end = trail_end(t), last = end > 0 ? end : t->last;
	for (uint8_t i = 0; i < last; i++) {
		const struct trail_hop *h = &t->hop[i];
		bool sure = i + 1 != end || i == 0 || t->hop[i - 1].n > 0;
		for (uint8_t k = 0; k < h->n; k++)
			flows_add_router(f, (uint8_t)(i + 1), h->addr[k], sure);
	}
}

bool
flows_show(const struct flows *f, uint8_t ttl, uint32_t addr)
{
	return place_of(f, ttl, addr) >= 0;
}
