/* SPDX-License-Identifier: ISC */
#include "probe/base/bits.h"

enum { SORT_WEIGHT = 4 };

unsigned
bits_of(uint64_t v)
{
	return v == 0 ? 0 : 64 - (unsigned)__builtin_clzll(v);
}

static uint64_t
low(uint64_t v, unsigned n)
{
	return v & ((UINT64_C(1) << n) - 1);
}

void
bits_flush(struct bits_out *b)
{
	uint8_t *to = wr_room(b->wr, sizeof(b->waiting));
	uint64_t v = b->waiting << (64 - b->n);
	for (unsigned i = 0; i < sizeof(v); i++)
		to[i] = (uint8_t)(v >> (56 - 8 * i));
	b->wr->len += b->n / 8;
	b->n %= 8;
}

void
bits_golomb(struct bits_out *b, uint64_t v, unsigned order)
{
	uint64_t head = (v >> order) + 1;
	unsigned n = bits_of(head);
	if (2 * n - 1 + order <= BITS_MAX) { /* as below, at once */
		bits_put(b, head << order | low(v, order), 2 * n - 1 + order);
		return;
	}
	bits_put(b, 0, n - 1);
	bits_put(b, head, n);
	bits_put(b, v, order);
}

void
bits_end(struct bits_out *b)
{
	bits_put(b, 0, (64 - b->n) % 8);
	if (b->n > 0)
		bits_flush(b);
}

/* BITS_MAX at least, if so many are left. */
static void
fill(struct bits_in *b)
{
	unsigned octets = (64 - b->n) / 8;
	if (octets == 0)
		return;
	if (b->rd->left >= sizeof(uint64_t)) {
		struct rd ahead = *b->rd;
		unsigned unused = 64 - b->n - 8 * octets;
		b->waiting |= rd_u64(&ahead) >> b->n >> unused << unused;
		rd_skip(b->rd, octets);
		b->n += 8 * octets;
		return;
	}
	for (; octets-- > 0 && b->rd->left > 0; b->n += 8)
		b->waiting |= (uint64_t)rd_u8(b->rd) << (56 - b->n);
}

void
bits_need(struct bits_in *b, unsigned n)
{
	fill(b);
	if (b->n >= n)
		return;
	b->rd->failed = true;
	b->waiting = 0;
	b->n = 64;
}

uint64_t
bits_get_golomb(struct bits_in *b, unsigned order)
{
	if (b->waiting == 0)
		fill(b);
	unsigned zeros = 64 - bits_of(b->waiting);
	if (zeros >= BITS_MAX) {
		b->rd->failed = true;
		return 0;
	}
	bits_get(b, zeros);
	uint64_t head = bits_get(b, zeros + 1) - 1;
	if (bits_of(head) + order > 64)
		b->rd->failed = true;
	return head << order | bits_get(b, order);
}

void
bits_get_end(struct bits_in *b)
{
	if (b->waiting != 0 || b->n >= 8 || b->rd->left > 0)
		b->rd->failed = true;
}

uint64_t
bits_zigzag(int64_t v)
{
	return (uint64_t)v << 1 ^ (v < 0 ? UINT64_MAX : 0);
}

int64_t
bits_unzigzag(uint64_t v)
{
	return (int64_t)(v >> 1 ^ (0 - (v & 1)));
}

static unsigned
order_of(const struct bits_sort *s)
{
	int order = s->mean / BITS_SORT_SCALE;
	if (order < BITS_SORT_LEAST)
		return BITS_SORT_LEAST;
	return order < BITS_SORT_MOST ? order : BITS_SORT_MOST;
}

static void
learn(struct bits_sort *s, uint64_t code)
{
	int size = BITS_SORT_SCALE * (int)bits_of(code);
	s->mean += (size - s->mean) / SORT_WEIGHT;
}

void
bits_sorted(struct bits_out *b, struct bits_sort *s, int64_t v)
{
	uint64_t code = bits_zigzag(v);
	bits_golomb(b, code, order_of(s));
	learn(s, code);
}

int64_t
bits_get_sorted(struct bits_in *b, struct bits_sort *s)
{
	uint64_t code = bits_get_golomb(b, order_of(s));
	learn(s, code);
	return bits_unzigzag(code);
}
