/* SPDX-License-Identifier: ISC */
#include "analysis/origin/bzip2_stream.h"

#include "probe/base/mem.h"

#include <bzlib.h>
#include <limits.h>
#include <stdlib.h>
#include <sys/mman.h>

enum { CHUNK_LEN = 1 << 18 };

/* libbz2 reads through a char pointer that is not const, but writes nothing. */
static char *
unconst(const uint8_t *p)
{
	union {
		const uint8_t *from;
		char *to;
	} u = {.from = p};
	return u.to;
}

/* One step; libbz2 counts in unsigned int. */
static int
step(bz_stream *z, struct rd *r, struct wr *out)
{
	unsigned given = r->left > UINT_MAX ? UINT_MAX : (unsigned)r->left;
	z->next_in = unconst(r->p);
	z->avail_in = given;
	z->next_out = (char *)wr_room(out, CHUNK_LEN);
	z->avail_out = CHUNK_LEN;
	int state = BZ2_bzDecompress(z);
	rd_skip(r, given - z->avail_in);
	out->len += CHUNK_LEN - z->avail_out;
	return state;
}

static enum unpack
steps(bz_stream *z, struct rd *r, size_t max, struct wr *out)
{
	int state = BZ_OK;
	while (state == BZ_OK) {
		size_t before = out->len;
		state = step(z, r, out);
		if (out->len > max)
			return UNPACK_TOO_LONG;
		if (state == BZ_OK && r->left == 0 && out->len == before)
			return UNPACK_CUT;
	}
	if (state == BZ_MEM_ERROR)
		abort();
	return state == BZ_STREAM_END ? UNPACK_WHOLE : UNPACK_DAMAGED;
}

enum { LARGE_PAGE = 1 << 21 };

/*
 * The order of a block's octets is a walk all over 3.6 MB: from large pages,
 * where the kernel has some, it is faster.
 */
static void *
take_room(void *context, int count, int size)
{
	(void)context;
	size_t len = (size_t)count * (size_t)size;
	if (len < LARGE_PAGE)
		return malloc(len);
	len = (len + LARGE_PAGE - 1) / LARGE_PAGE * LARGE_PAGE;
	void *p = aligned_alloc(LARGE_PAGE, len);
	if (p != NULL)
		madvise(p, len, MADV_HUGEPAGE); /* or does not */
	return p;
}

static void
give_back(void *context, void *p)
{
	(void)context;
	free(p);
}

enum unpack
bzip2_stream(struct rd *r, size_t max, struct wr *out)
{
	bz_stream z = {.bzalloc = take_room, .bzfree = give_back};
	if (BZ2_bzDecompressInit(&z, 0, 0) != BZ_OK)
		abort(); /* only memory can be short */
	enum unpack end = steps(&z, r, max, out);
	BZ2_bzDecompressEnd(&z);
	return end;
}

struct pieces {
	bz_stream z;
	bool ended; /* a stream has */
};

static void
begin(struct pieces *s)
{
	s->z = (bz_stream){.bzalloc = take_room, .bzfree = give_back};
	if (BZ2_bzDecompressInit(&s->z, 0, 0) != BZ_OK)
		abort(); /* only memory can be short */
	s->ended = false;
}

static enum unpack
pieces_step(void *state, struct rd *in, uint8_t *to, size_t *room)
{
	struct pieces *s = state;
	unsigned given = in->left > UINT_MAX ? UINT_MAX : (unsigned)in->left;
	unsigned wanted = *room > UINT_MAX ? UINT_MAX : (unsigned)*room;
	*room = 0;
	if (s->ended && given == 0)
		return UNPACK_WHOLE;
	if (s->ended) {
		BZ2_bzDecompressEnd(&s->z);
		begin(s);
	}
	s->z.next_in = unconst(in->p);
	s->z.avail_in = given;
	s->z.next_out = (char *)to;
	s->z.avail_out = wanted;
	int end = BZ2_bzDecompress(&s->z);
	if (end == BZ_MEM_ERROR)
		abort();
	rd_skip(in, given - s->z.avail_in);
	*room = wanted - s->z.avail_out;
	s->ended = end == BZ_STREAM_END;
	if (s->ended)
		return UNPACK_WHOLE;
	return end == BZ_OK ? UNPACK_CUT : UNPACK_DAMAGED;
}

static void
pieces_close(void *state)
{
	struct pieces *s = state;
	BZ2_bzDecompressEnd(&s->z);
	free(s);
}

struct unpack_stream
bzip2_pieces(void)
{
	struct pieces *s = xcalloc(1, sizeof(*s));
	begin(s);
	return (struct unpack_stream){.name = "bzip2",
	    .state = s,
	    .step = pieces_step,
	    .close = pieces_close};
}
