/* SPDX-License-Identifier: ISC */
#include "probe/trace/responder_past.h"

#include "probe/base/mem.h"
#include "probe/trace/pace.h"
#include "probe/trace/responder_lru.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

enum {
	/* A path has some 20 places, a router stands in several of them. */
	PLACES_PER_HOST = 8,
	/* Halved beyond, so that a changed route is believed again. */
	COUNT_MAX = 1000,
	NET_MASK = 0xffffff00,
};

struct host {
	int64_t full_ns; /* mono: when its bucket will be full again */
	struct responder_past past;
};

struct responders {
	int64_t interval_ns, burst_ns;
	struct lru *host_of, *place_of;
	size_t capacity;
	struct host *host;
	struct responder_place *place;
};

struct responders *
responders_open(uint32_t rate, uint32_t burst, size_t capacity)
{
	assert(rate >= 1 && rate <= 10000 && burst >= 1);
	assert(capacity >= 16 && capacity <= 1 << 20);
	struct responders *r = xcalloc(1, sizeof(*r));
	r->interval_ns = pace_interval_ns(rate);
	r->burst_ns = burst * r->interval_ns;
	r->capacity = capacity;
	r->host_of = lru_open(capacity);
	r->host = xcalloc(capacity, sizeof(*r->host));
	r->place_of = lru_open(capacity * PLACES_PER_HOST);
	r->place = xcalloc(capacity * PLACES_PER_HOST, sizeof(*r->place));
	return r;
}

void
responders_close(struct responders *r)
{
	if (r == NULL)
		return;
	lru_close(r->host_of);
	lru_close(r->place_of);
	free(r->host);
	free(r->place);
	free(r);
}

static struct host *
host(struct responders *r, uint32_t addr)
{
	bool fresh;
	struct host *h = &r->host[lru_touch(r->host_of, addr, &fresh)];
	if (fresh)
		*h = (struct host){
		    .past = {.whole = true, .rtt_ns = -1, .least_rtt_ns = -1}};
	return h;
}

static const struct host *
known(const struct responders *r, uint32_t addr)
{
	uint32_t n = lru_find(r->host_of, addr);
	return n == LRU_NONE ? NULL : &r->host[n];
}

/* Injective for all but the path, of which 62 bits of a hash are kept. */
static uint64_t
place_key(const struct record *a, uint8_t ttl, enum responder_scope scope)
{
	uint64_t addr = scope == SCOPE_ANY   ? 0
			: scope == SCOPE_NET ? a->target & NET_MASK
					     : a->target;
	uint64_t key = addr << 8 | ttl;
	const uint64_t more[] = {a->flow, a->method, (uint32_t)a->port, a->src,
	    (uint64_t)a->sport << 16 | a->dport};
	if (scope == SCOPE_PATH)
		for (size_t i = 0; i < sizeof(more) / sizeof(more[0]); i++) {
			key = (key ^ more[i]) * UINT64_C(0x9e3779b97f4a7c15);
			key ^= key >> 29;
		}
	return key << 2 | scope;
}

static struct responder_place *
place(struct responders *r, const struct record *a, uint8_t ttl,
    enum responder_scope scope)
{
	bool fresh;
	uint64_t key = place_key(a, ttl, scope);
	struct responder_place *p =
	    &r->place[lru_touch(r->place_of, key, &fresh)];
	if (fresh)
		*p = (struct responder_place){0};
	return p;
}

const struct responder_place *
responders_place(const struct responders *r, const struct record *about,
    uint8_t ttl, enum responder_scope scope)
{
	uint32_t n = lru_find(r->place_of, place_key(about, ttl, scope));
	return n == LRU_NONE ? NULL : &r->place[n];
}

const struct responder_past *
responders_past(const struct responders *r, uint32_t addr)
{
	const struct host *h = addr == 0 ? NULL : known(r, addr);
	return h == NULL ? NULL : &h->past;
}

/* A TTL of 0 is no place on a path: there the target's own TTL is kept. */
uint8_t
responders_reach(const struct responders *r, uint32_t target)
{
	struct record about = {.target = target};
	const struct responder_place *p =
	    responders_place(r, &about, 0, SCOPE_TARGET);
	return p == NULL ? 0 : (uint8_t)p->addr;
}

uint32_t
responders_expect(const struct responders *r, uint32_t target, uint8_t ttl)
{
	struct record about = {.target = target};
	const struct responder_place *p =
	    responders_place(r, &about, ttl, SCOPE_TARGET);
	if (p == NULL || p->addr == 0)
		p = responders_place(r, &about, ttl, SCOPE_NET);
	/* Another target of the /24 is not expected to answer for this one. */
	if (p == NULL || (p->host && p->addr != target))
		return 0;
	return p->addr;
}

/* The bucket is as full as the time until it is full again is short. */
int64_t
responders_wait_ns(const struct responders *r, uint32_t addr, struct mono now)
{
	const struct host *h = addr == 0 ? NULL : known(r, addr);
	if (h == NULL)
		return 0;
	int64_t wait = h->full_ns + r->interval_ns - r->burst_ns - now.ns;
	return wait > 0 ? wait : 0;
}

void
responders_ask(struct responders *r, uint32_t addr, struct mono now)
{
	if (addr == 0)
		return;
	struct host *h = host(r, addr);
	if (h->full_ns < now.ns)
		h->full_ns = now.ns;
	h->full_ns += r->interval_ns;
}

/* Kept in order; what is there already is not kept twice. */
static void
remember(struct responder_past *p, int64_t at_ns, bool answered)
{
	int64_t ask = (at_ns & ~INT64_C(1)) | answered;
	uint32_t i = p->asks;
	while (i > 0 && p->ask[i - 1] > ask)
		i--;
	if (i > 0 && p->ask[i - 1] == ask)
		return;
	if (p->asks == PAST_ASKS) {
		p->whole = false;
		if (i == 0)
			return;
		memmove(p->ask, p->ask + 1, --i * sizeof(p->ask[0]));
		p->ask[i] = ask;
		return;
	}
	memmove(
	    p->ask + i + 1, p->ask + i, (p->asks++ - i) * sizeof(p->ask[0]));
	p->ask[i] = ask;
}

static void
answer(struct responder_place *p, uint32_t addr, uint32_t target)
{
	if (p->addr != 0) {
		p->again++;
		p->same += p->addr == addr;
	}
	if (p->again > COUNT_MAX) {
		p->again /= 2;
		p->same /= 2;
	}
	p->addr = addr;
	p->host = addr == target;
	p->run = p->run_records = 0;
}

static void
reached(struct responders *r, const struct record *about, uint8_t ttl)
{
	struct responder_place *p = place(r, about, 0, SCOPE_TARGET);
	if (p->addr == 0 || ttl < p->addr)
		p->addr = ttl;
}

void
responders_saw(struct responders *r, uint32_t target, uint8_t ttl,
    uint32_t addr, struct wall at)
{
	struct record about = {.target = target};
	if (addr == 0)
		return;
	for (int s = SCOPE_TARGET; s <= SCOPE_ANY; s++)
		answer(place(r, &about, ttl, (enum responder_scope)s), addr,
		    target);
	if (addr == target)
		reached(r, &about, ttl);
	if (at.ns >= 0)
		remember(&host(r, addr)->past, at.ns, true);
}

/* RFC 6298, section 2. */
static void
round_trip(struct responder_past *p, int64_t rtt_ns)
{
	if (p->rtt_ns < 0) {
		p->rtt_ns = p->least_rtt_ns = rtt_ns;
		p->jitter_ns = rtt_ns / 2;
		return;
	}
	p->jitter_ns += (llabs(p->rtt_ns - rtt_ns) - p->jitter_ns) / 4;
	p->rtt_ns += (rtt_ns - p->rtt_ns) / 8;
	if (rtt_ns < p->least_rtt_ns)
		p->least_rtt_ns = rtt_ns;
}

/* Stamps across a step of the clock have no order. */
static void
forget_times(struct responders *r)
{
	for (size_t i = 0; i < r->capacity; i++) {
		r->host[i].past.asks = 0;
		r->host[i].past.whole = false;
	}
}

static void
learn_answers(struct responders *r, const struct record *record)
{
	for (size_t i = 0; i < record->nprobes; i++) {
		const struct record_probe *p = &record->probes[i];
		if (!p->answered || p->reply_no != 0)
			continue;
		answer(place(r, record, p->ttl, SCOPE_PATH), p->addr,
		    record->target);
		if (p->addr == record->target)
			reached(r, record, p->ttl);
		if (p->rtt_ns < 0 || record->clock_step)
			continue;
		struct host *h = host(r, p->addr);
		round_trip(&h->past, p->rtt_ns);
		remember(&h->past, p->tx_ns + p->rtt_ns, true);
	}
}

int64_t
responders_listened_ns(const struct record *r, const struct record_probe *p)
{
	int64_t end_ns = (r->start_us + r->duration_us) * 1000;
	return p->tx_ns < 0 || r->clock_step ? -1 : end_ns - p->tx_ns;
}

bool
responders_silent(
    const struct record *r, const struct record_probe *p, int64_t rtt_ns)
{
	int64_t listened_ns = responders_listened_ns(r, p);
	int64_t enough_ns = NS_PER_S > 2 * rtt_ns ? NS_PER_S : 2 * rtt_ns;
	return !p->answered && p->silent != SILENT_NOT_SENT &&
	       (r->clock_step || listened_ns >= enough_ns);
}

struct responder_hop
responders_hop(const struct record *r, size_t first)
{
	struct responder_hop h = {
	    .first = first, .end = first, .ttl = r->probes[first].ttl};
	for (; h.end < r->nprobes; h.end++) {
		const struct record_probe *p = &r->probes[h.end];
		if (p->ttl != h.ttl)
			break;
		h.silent += responders_silent(r, p, -1);
		if (p->answered && h.addr == 0)
			h.addr = p->addr;
	}
	for (size_t i = h.end; i < r->nprobes && !h.passed; i++)
		h.passed = r->probes[i].answered;
	return h;
}

static void
learn_places(
    struct responders *r, const struct record *record, struct responder_hop h)
{
	for (int s = SCOPE_PATH; s <= SCOPE_ANY; s++) {
		struct responder_place *p =
		    place(r, record, h.ttl, (enum responder_scope)s);
		if (h.passed)
			p->silent += h.silent;
		if (h.addr == 0) {
			p->run += h.silent;
			p->run_records++;
		}
	}
}

/*
 * Counted against a router only when it is certain enough that the probe came
 * to it: it answered this flow here, now or before.
 */
static void
learn_silences(
    struct responders *r, const struct record *record, struct responder_hop h)
{
	uint32_t addr =
	    h.addr != 0 ? h.addr : place(r, record, h.ttl, SCOPE_PATH)->addr;
	if (addr == 0 || record->clock_step)
		return;
	struct responder_past *past = &host(r, addr)->past;
	for (size_t i = h.first; i < h.end && past->rtt_ns >= 0; i++) {
		const struct record_probe *p = &record->probes[i];
		if (responders_silent(record, p, past->rtt_ns))
			remember(past, p->tx_ns + past->rtt_ns, false);
	}
}

void
responders_learn(struct responders *r, const struct record *record)
{
	if (record->clock_step)
		forget_times(r);
	learn_answers(r, record);
	for (size_t i = 0; i < record->nprobes;) {
		struct responder_hop h = responders_hop(record, i);
		/* When this host dropped packets, silence proves nothing. */
		if (h.silent > 0 && record->drops == 0) {
			learn_places(r, record, h);
			learn_silences(r, record, h);
		}
		i = h.end;
	}
}
