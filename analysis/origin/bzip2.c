/* SPDX-License-Identifier: ISC */
#include "analysis/origin/bzip2.h"

#include "analysis/origin/be.h"
#include "analysis/origin/bzip2_stream.h"
#include "analysis/origin/crew.h"
#include "probe/base/mem.h"

#include <stdlib.h>
#include <string.h>

/*
 * A stream is "BZh" and a digit (how many times 100,000 octets a block holds at
 * most), blocks, and an end. A block begins with 48 bits that say so and the
 * CRC-32 of its content, the end with 48 other bits and a CRC-32 made of those
 * of the blocks; neither needs to begin with an octet. Blocks do not depend on
 * each other: with a head and an end of its own each is a stream. Both marks
 * can stand inside a block by chance or by intent; what is cut there does not
 * have its CRC-32, and from then on the streams are read one after the other.
 */

#define BLOCK_MARK UINT64_C(0x314159265359)
#define END_MARK   UINT64_C(0x177245385090)

enum { HEAD_LEN = 4, MARK_BITS = 48, CRC_BITS = 32, END_LEN = 10 };

enum {
	BATCH = 16,		/* blocks a core: few are idle at the end */
	PLAIN_LEN_MAX = 1 << 22 /* a block of anything but long runs of one
				   octet has less than a megabyte */
};
enum { PARTS = CREW_MAX * BATCH };

/* The place of the next mark in a file, and which mark it is. */
struct mark {
	uint64_t bit;
	bool end;
};

/* A block or the end of a stream. */
struct part {
	uint64_t from, to; /* bits of the block */
	uint32_t crc;
	bool end, whole;
	uint8_t level;
	struct wr plain;
};

struct parts {
	const uint8_t *p;
	size_t len;
	uint8_t level;
	uint16_t first[256], second[256];
	struct mark next; /* where the next part begins */
	bool odd;	  /* it is none */
	size_t n;
	struct part part[PARTS];
};

/*
 * The second and the third octet of a mark are all its own wherever in its
 * first octet it begins: which of the 2 x 8 possibilities they leave.
 */
static void
prepare(struct parts *s)
{
	for (unsigned i = 0; i < 16; i++) {
		uint64_t mark = i < 8 ? BLOCK_MARK : END_MARK;
		s->first[mark >> (32 + i % 8) & 255] |= (uint16_t)(1u << i);
		s->second[mark >> (24 + i % 8) & 255] |= (uint16_t)(1u << i);
	}
}

/* 48 bits; the caller knows that they are there. */
static uint64_t
bits48(const struct parts *s, uint64_t bit)
{
	uint8_t window[8] = {0};
	size_t at = (size_t)(bit / 8);
	memcpy(window, s->p + at, s->len - at < 7 ? s->len - at : 7);
	return be_u64(window) >> (16 - bit % 8) &
	       ((UINT64_C(1) << MARK_BITS) - 1);
}

static bool
is_mark(const struct parts *s, uint64_t bit, struct mark *m)
{
	if (bit + MARK_BITS > (uint64_t)s->len * 8)
		return false;
	uint64_t v = bits48(s, bit);
	*m = (struct mark){bit, v == END_MARK};
	return v == BLOCK_MARK || v == END_MARK;
}

/* The first mark at a bit or behind it. */
static bool
find_mark(const struct parts *s, uint64_t bit, struct mark *m)
{
	for (size_t i = (size_t)(bit / 8); i + 6 <= s->len; i++) {
		if ((s->first[s->p[i + 1]] & s->second[s->p[i + 2]]) == 0)
			continue;
		for (unsigned k = 0; k < 8; k++)
			if (i * 8 + k >= bit && is_mark(s, i * 8 + k, m))
				return true;
	}
	return false;
}

/* The head of a stream, behind which there must be a mark. */
static bool
open_stream(struct parts *s, size_t at)
{
	if (s->len - at < HEAD_LEN || memcmp(s->p + at, "BZh", 3) != 0)
		return false;
	s->level = s->p[at + 3];
	return s->level >= '1' && s->level <= '9' &&
	       is_mark(s, (uint64_t)(at + HEAD_LEN) * 8, &s->next);
}

/* 32 bits behind a mark. */
static bool
read_crc(const struct parts *s, uint64_t bit, uint32_t *crc)
{
	bit += MARK_BITS - 16;
	if (bit + 16 + CRC_BITS > (uint64_t)s->len * 8)
		return false;
	*crc = (uint32_t)bits48(s, bit);
	return true;
}

/* Takes the part that is next, when it is whole, and finds the one behind it.
 */
static bool
take(struct parts *s, struct part *part)
{
	struct mark m = s->next;
	*part = (struct part){.from = m.bit,
	    .end = m.end,
	    .level = s->level,
	    .plain = part->plain};
	part->plain.len = 0;
	if (!read_crc(s, m.bit, &part->crc))
		return false;
	if (!m.end) {
		bool found = find_mark(s, m.bit + MARK_BITS + CRC_BITS, &m);
		s->next = m;
		part->to = m.bit;
		return found;
	}
	size_t past = (size_t)((m.bit + MARK_BITS + CRC_BITS + 7) / 8);
	part->to = (uint64_t)past * 8;
	s->odd = past < s->len && !open_stream(s, past);
	s->next.bit = past == s->len ? part->to : s->next.bit;
	return true;
}

/* The block as a stream of its own, which begins with an octet. */
static void
wrap(const struct parts *s, const struct part *part, struct wr *w)
{
	const uint8_t head[HEAD_LEN] = {'B', 'Z', 'h', part->level};
	const uint8_t *p = s->p + part->from / 8;
	unsigned shift = part->from % 8, rest = (part->to - part->from) % 8;
	size_t n = (size_t)((part->to - part->from) / 8);
	uint8_t end[END_LEN];
	for (size_t i = 0; i < END_LEN; i++)
		end[i] = i < 6 ? (uint8_t)(END_MARK >> (40 - 8 * i))
			       : (uint8_t)(part->crc >> (72 - 8 * i));
	wr_bytes(w, head, HEAD_LEN);
	uint8_t *to = wr_room(w, n + 1);
	for (size_t i = 0; i <= n; i++) /* an end is behind the block */
		to[i] = (uint8_t)((p[i] << 8 | p[i + 1]) >> (8 - shift));
	w->len += n;
	uint8_t bits = (uint8_t)(to[n] & (0xff00 >> rest));
	for (size_t i = 0; i < END_LEN; i++) {
		wr_u8(w, (uint8_t)(bits | end[i] >> rest));
		bits = (uint8_t)(end[i] << (8 - rest));
	}
	wr_u8(w, bits);
}

static void
unpack_part(void *context, size_t i)
{
	struct parts *s = context;
	struct part *part = &s->part[i];
	struct wr w = {0};
	if (part->end)
		return;
	wrap(s, part, &w);
	struct rd r = rd_make(w.p, w.len);
	part->whole =
	    bzip2_stream(&r, PLAIN_LEN_MAX, &part->plain) == UNPACK_WHOLE &&
	    r.left <= 1;
	wr_free(&w);
}

/* The streams so far: what is whole stays whatever comes behind it. */
struct whole {
	size_t at;  /* in the file: where the first that is not whole begins */
	size_t len; /* of what the others hold */
	uint32_t crc;
};

/* Appends the parts; false when one of them is not what it must be. */
static bool
append(const struct parts *s, struct whole *done, size_t max, struct wr *out)
{
	for (size_t i = 0; i < s->n; i++) {
		const struct part *part = &s->part[i];
		if (part->end && part->crc == done->crc) {
			*done =
			    (struct whole){(size_t)(part->to / 8), out->len, 0};
			continue;
		}
		if (!part->whole || part->plain.len > max - out->len)
			return false;
		wr_bytes(out, part->plain.p, part->plain.len);
		done->crc = (done->crc << 1 | done->crc >> 31) ^ part->crc;
	}
	return true;
}

static bool
more(const struct parts *s)
{
	return s->next.bit < (uint64_t)s->len * 8;
}

/* Takes as many parts as the crew gets at once. */
static void
take_batch(struct parts *s)
{
	size_t most = crew_cores() * BATCH;
	s->n = 0;
	while (!s->odd && s->n < most && more(s)) {
		if (take(s, &s->part[s->n]))
			s->n++;
		else
			s->odd = true;
	}
}

/*
 * Appends the streams that r begins with as long as each is as it should be,
 * and steps over them.
 */
static void
read_parts(struct rd *r, size_t max, struct wr *out)
{
	struct whole done = {.len = out->len};
	struct parts *s = xcalloc(1, sizeof(*s));
	s->p = r->p;
	s->len = r->left;
	prepare(s);
	s->odd = !open_stream(s, 0);
	for (bool right = true; right && !s->odd && more(s);) {
		take_batch(s);
		crew_each(s->n, unpack_part, s);
		right = append(s, &done, max, out);
	}
	for (size_t i = 0; i < PARTS; i++)
		wr_free(&s->part[i].plain);
	free(s);
	out->len = done.len;
	rd_skip(r, done.at);
}

enum unpack
bzip2_read(struct rd *r, size_t max, struct wr *out)
{
	enum unpack end = UNPACK_WHOLE;
	if (crew_cores() > 1)
		read_parts(r, max, out);
	while (end == UNPACK_WHOLE && r->left > 0)
		end = bzip2_stream(r, max, out);
	return end;
}
