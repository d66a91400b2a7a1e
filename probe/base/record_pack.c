/* SPDX-License-Identifier: ISC */
#include "probe/base/record_pack.h"

#include "probe/base/record_model.h"
#include "probe/base/record_text.h"

static void
pack_place(struct bits_out *b, const struct record_model *m,
    const struct record_probe *p)
{
	enum record_place place = record_place(m, p);
	bits_golomb(b, place, 0);
	if (place != PLACE_OTHER)
		return;
	bits_put(b, p->ttl, 8);
	bits_put(b, p->attempt, 8);
	bits_put(b, p->reply_no, 8);
}

static void
pack_shape(struct bits_out *b, struct record_model *m, uint64_t shape)
{
	unsigned i = recent_find(&m->shape, shape);
	bits_golomb(b, i, 0);
	if (i == m->shape.n)
		bits_put(b, shape, SHAPE_BITS);
	recent_use(&m->shape, i, shape);
}

static void
pack_stamp(
    struct bits_out *b, struct record_model *m, const struct record_probe *p)
{
	enum record_lap lap = record_lap(m, p);
	uint64_t stamp = (uint64_t)(m->unit.tx_us ? p->tx_ns / 1000 : p->tx_ns);
	bits_sorted(b, &m->laps[lap], (int64_t)(stamp - record_stamp(m, lap)));
	record_stamped(m, p->ttl, lap, stamp);
}

static void
pack_addr(struct bits_out *b, struct record_model *m, uint32_t addr)
{
	unsigned i = recent_find(&m->addr, addr);
	bool is_new = i == m->addr.n;
	bits_golomb(b, is_new ? 0 : i + 1, 0);
	if (is_new) {
		uint64_t other = addr ^ m->addr.at[0];
		unsigned n = bits_of(other) - 1;
		bits_put(b, n, 5);
		bits_put(b, other, n);
	}
	recent_use(&m->addr, i, addr);
}

static void
pack_reply_ttl(
    struct bits_out *b, struct record_model *m, const struct record_probe *p)
{
	unsigned origin = record_origin(p->reply_ttl);
	int bend = record_origin_ttl(origin) - p->reply_ttl - p->ttl;
	bits_golomb(b, (origin + ORIGINS - m->origin) % ORIGINS, 0);
	bits_golomb(b, bits_zigzag(bend - m->bend), 0);
	m->origin = origin;
	m->bend = bend;
}

static void
pack_ext(
    struct bits_out *b, struct record_model *m, const struct record_bytes *ext)
{
	bits_golomb(b, ext->len, RECORD_ORDER_EXT);
	for (size_t i = 0; i < ext->len; i++) {
		uint8_t last = record_ext_at(m, i);
		if (ext->p[i] == last)
			bits_put(b, 0, 1);
		else
			bits_put(b, 0x100U | ext->p[i], 9);
	}
	m->ext = ext;
}

static void
pack_reply(struct bits_out *b, struct record_model *m,
    const struct record_probe *p, uint64_t shape)
{
	pack_addr(b, m, p->addr);
	if (shape & SHAPE_QUOTE_ODD)
		bits_put(b, (uint8_t)p->quoted_ttl, 8);
	if (shape & SHAPE_TTL)
		pack_reply_ttl(b, m, p);
	if (shape & SHAPE_IPID_SET)
		bits_put(b, (uint16_t)p->reply_ipid, 16);
	if (shape & SHAPE_TIMED) {
		int64_t rtt = m->unit.rtt_us ? p->rtt_ns / 1000 : p->rtt_ns;
		bits_sorted(b, &m->rtts, rtt - m->rtt);
		m->rtt = rtt;
	}
	if (shape & SHAPE_EXT)
		pack_ext(b, m, &p->ext);
	record_answered(m, p);
}

static void
pack_probe(
    struct bits_out *b, struct record_model *m, const struct record_probe *p)
{
	uint64_t shape = record_shape(p, record_quoted(m, p));
	pack_place(b, m, p);
	pack_shape(b, m, shape);
	record_placed(m, p);
	if (shape & SHAPE_SENT)
		pack_stamp(b, m, p);
	if (shape != 0 && p->answered)
		pack_reply(b, m, p, shape);
}

static void
pack_head(struct bits_out *b, const struct record *r)
{
	bits_put(b, r->src, 32);
	bits_put(b, r->sport, 16);
	bits_put(b, r->dport, 16);
	bits_golomb(b, bits_zigzag(r->duration_us), RECORD_ORDER_DURATION);
	bits_put(b, r->clock_step, 1);
	bits_golomb(b, r->drops, RECORD_ORDER_DROPS);
	record_text_pack(b, r->stop_detail);
	record_text_pack(b, r->tool);
	bits_golomb(b, r->nprobes, RECORD_ORDER_PROBES);
}

void
record_pack(const struct record *r, struct wr *out)
{
	struct bits_out b = {.wr = out};
	struct record_model m;
	struct record_unit unit = record_unit(r);
	wr_u8(out, RECORD_VERSION);
	pack_head(&b, r);
	bits_put(&b, unit.tx_us, 1);
	bits_put(&b, unit.rtt_us, 1);
	record_model_open(&m, r, unit);
	for (size_t i = 0; i < r->nprobes; i++)
		pack_probe(&b, &m, &r->probes[i]);
	bits_end(&b);
}
