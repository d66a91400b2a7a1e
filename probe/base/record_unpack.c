/* SPDX-License-Identifier: ISC */
#include "probe/base/mem.h"
#include "probe/base/record_model.h"
#include "probe/base/record_pack.h"
#include "probe/base/record_reply.h"
#include "probe/base/record_text.h"
#include "probe/base/record_v1.h"

#include <stdlib.h>

struct unpack {
	struct bits_in bits;
	struct record_model model;
	struct rd rd; /* of bits */
};

/* The input is good only if this holds, too; what was read else is 0. */
static bool
require(struct unpack *u, bool holds)
{
	if (!holds)
		u->rd.failed = true;
	return rd_ok(&u->rd);
}

static uint64_t
at_most(struct unpack *u, uint64_t v, uint64_t most)
{
	return require(u, v <= most) ? v : 0;
}

static void
unpack_place(struct unpack *u, struct record_probe *p)
{
	const struct record_model *m = &u->model;
	int ttl = m->ttl, attempt = m->attempt, reply_no = m->reply_no;
	uint64_t place = bits_get_golomb(&u->bits, 0);
	switch (at_most(u, place, PLACE_OTHER)) {
	case PLACE_TTL:
		ttl++, attempt = 1, reply_no = 0;
		break;
	case PLACE_ATTEMPT:
		attempt++, reply_no = 0;
		break;
	case PLACE_REPLY:
		reply_no++;
		break;
	case PLACE_OTHER:
		ttl = (int)bits_get(&u->bits, 8);
		attempt = (int)bits_get(&u->bits, 8);
		reply_no = (int)bits_get(&u->bits, 8);
		break;
	}
	require(u, ttl >= 1 && ttl <= RECORD_TTL_MAX && attempt >= 1 &&
		       attempt <= RECORD_ATTEMPT_TOP && reply_no <= UINT8_MAX);
	*p = record_unanswered((uint8_t)ttl, (uint8_t)attempt);
	p->reply_no = (uint8_t)reply_no;
	require(u, record_place(m, p) == place);
}

static uint64_t
unpack_shape(struct unpack *u)
{
	struct recent *known = &u->model.shape;
	unsigned i =
	    (unsigned)at_most(u, bits_get_golomb(&u->bits, 0), known->n);
	uint64_t shape;
	if (i < known->n) {
		shape = known->at[i];
	} else {
		shape = bits_get(&u->bits, SHAPE_BITS);
		require(u, recent_find(known, shape) == i);
	}
	recent_use(known, i, shape);
	return shape;
}

static int64_t
in_ns(struct unpack *u, uint64_t v, bool us)
{
	v = at_most(u, v, us ? RECORD_NS_MAX / 1000 : RECORD_NS_MAX);
	return (int64_t)(us ? v * 1000 : v);
}

static void
unpack_stamp(struct unpack *u, struct record_probe *p)
{
	struct record_model *m = &u->model;
	enum record_lap lap = record_lap(m, p);
	uint64_t stamp = record_stamp(m, lap) +
			 (uint64_t)bits_get_sorted(&u->bits, &m->laps[lap]);
	record_stamped(m, p->ttl, lap, stamp);
	p->tx_ns = in_ns(u, stamp, m->unit.tx_us);
}

static uint32_t
unpack_addr(struct unpack *u)
{
	struct recent *known = &u->model.addr;
	unsigned i =
	    (unsigned)at_most(u, bits_get_golomb(&u->bits, 0), known->n);
	uint64_t addr = known->at[i > 0 ? i - 1 : 0];
	if (i == 0) {
		unsigned n = (unsigned)bits_get(&u->bits, 5);
		addr ^= UINT64_C(1) << n | bits_get(&u->bits, n);
		require(u, recent_find(known, addr) == known->n);
	}
	recent_use(known, i > 0 ? i - 1 : known->n, addr);
	return (uint32_t)addr;
}

static void
unpack_reply_ttl(struct unpack *u, struct record_probe *p)
{
	struct record_model *m = &u->model;
	uint64_t turn = at_most(u, bits_get_golomb(&u->bits, 0), ORIGINS - 1);
	uint64_t bend = bits_get_golomb(&u->bits, 0);
	m->origin = (m->origin + (unsigned)turn) % ORIGINS;
	m->bend += (int)bits_unzigzag(at_most(u, bend, UINT16_MAX));
	int ttl = record_origin_ttl(m->origin) - m->bend - p->ttl;
	require(
	    u, ttl >= 0 && ttl <= UINT8_MAX && record_origin(ttl) == m->origin);
	p->reply_ttl = (int16_t)ttl;
}

static void
unpack_rtt(struct unpack *u, struct record_probe *p)
{
	struct record_model *m = &u->model;
	m->rtt += (uint64_t)bits_get_sorted(&u->bits, &m->rtts);
	p->rtt_ns = in_ns(u, (uint64_t)m->rtt, m->unit.rtt_us);
}

static void
unpack_ext(struct unpack *u, struct record_probe *p)
{
	size_t len = at_most(
	    u, bits_get_golomb(&u->bits, RECORD_ORDER_EXT), RECORD_BYTES_MAX);
	if (!require(u, len > 0))
		return;
	p->ext.p = xcalloc(len, 1);
	p->ext.len = (uint16_t)len;
	for (size_t i = 0; i < len && rd_ok(&u->rd); i++) {
		uint8_t last = record_ext_at(&u->model, i);
		bool other = bits_get(&u->bits, 1) == 1;
		p->ext.p[i] = other ? (uint8_t)bits_get(&u->bits, 8) : last;
		require(u, !other || p->ext.p[i] != last);
	}
	u->model.ext = &p->ext;
}

static void
unpack_reply(struct unpack *u, struct record_probe *p, uint64_t shape)
{
	struct record_model *m = &u->model;
	p->addr = unpack_addr(u);
	int quoted_ttl = record_quoted(m, p);
	if (shape & SHAPE_QUOTE_ODD) {
		p->quoted_ttl = (int16_t)bits_get(&u->bits, 8);
		require(u, p->quoted_ttl != quoted_ttl);
	} else if (shape & SHAPE_QUOTE) {
		p->quoted_ttl = (int16_t)quoted_ttl;
		require(u, quoted_ttl >= 0 && quoted_ttl <= UINT8_MAX);
	}
	if (shape & SHAPE_TTL)
		unpack_reply_ttl(u, p);
	if (shape & SHAPE_IPID)
		p->reply_ipid = 0;
	if (shape & SHAPE_IPID_SET) {
		p->reply_ipid = (int32_t)bits_get(&u->bits, 16);
		require(u, p->reply_ipid != 0);
	}
	if (shape & SHAPE_TIMED)
		unpack_rtt(u, p);
	if (shape & SHAPE_EXT)
		unpack_ext(u, p);
	record_answered(m, p);
}

static void
unpack_probe(struct unpack *u, struct record_probe *p)
{
	unpack_place(u, p);
	uint64_t shape = unpack_shape(u);
	if (!require(u, record_shaped(shape, p)))
		return;
	record_placed(&u->model, p);
	if (shape & SHAPE_SENT)
		unpack_stamp(u, p);
	if (p->answered)
		unpack_reply(u, p, shape);
}

static void
unpack_head(struct unpack *u, struct record *r)
{
	struct bits_in *b = &u->bits;
	r->src = (uint32_t)bits_get(b, 32);
	r->sport = (uint16_t)bits_get(b, 16);
	r->dport = (uint16_t)bits_get(b, 16);
	r->duration_us =
	    bits_unzigzag(bits_get_golomb(b, RECORD_ORDER_DURATION));
	r->clock_step = bits_get(b, 1) == 1;
	r->drops = (uint32_t)at_most(
	    u, bits_get_golomb(b, RECORD_ORDER_DROPS), UINT32_MAX);
	record_text_unpack(b, r->stop_detail, sizeof(r->stop_detail));
	record_text_unpack(b, r->tool, sizeof(r->tool));
}

/* A writer has no choice of units; and nothing may follow. */
static void
unpack_end(struct unpack *u, const struct record *r)
{
	struct record_unit unit = record_unit(r);
	require(u, unit.tx_us == u->model.unit.tx_us &&
		       unit.rtt_us == u->model.unit.rtt_us);
	bits_get_end(&u->bits);
}

/* Version 2, behind its octet. */
static bool
unpack(const struct rd *rd, struct record *r)
{
	struct unpack u = {.rd = *rd};
	u.bits.rd = &u.rd;
	unpack_head(&u, r);
	size_t n = at_most(&u, bits_get_golomb(&u.bits, RECORD_ORDER_PROBES),
	    RECORD_PROBES_MAX);
	struct record_unit unit;
	unit.tx_us = bits_get(&u.bits, 1) == 1;
	unit.rtt_us = bits_get(&u.bits, 1) == 1;
	if (!require(&u, r->start_us >= 0))
		return false;
	record_model_open(&u.model, r, unit);
	r->probes = xcalloc(n, sizeof(*r->probes));
	for (; r->nprobes < n && rd_ok(&u.rd); r->nprobes++)
		unpack_probe(&u, &r->probes[r->nprobes]);
	unpack_end(&u, r);
	return rd_ok(&u.rd);
}

bool
record_unpack(const void *bytes, size_t len, struct record *r)
{
	struct rd rd = rd_make(bytes, len);
	r->probes = NULL;
	r->nprobes = 0;
	uint8_t version = rd_u8(&rd);
	if (version == 1 ? record_v1_unpack(&rd, r)
			 : version == RECORD_VERSION && unpack(&rd, r))
		return true;
	for (size_t i = 0; i < r->nprobes; i++)
		free(r->probes[i].ext.p);
	free(r->probes);
	r->probes = NULL;
	r->nprobes = 0;
	return false;
}
