/* SPDX-License-Identifier: ISC */
#include "analysis/exchange/feed.h"

#include "analysis/origin/bzip2_stream.h"
#include "analysis/origin/compress.h"
#include "analysis/origin/gzip.h"
#include "probe/base/mem.h"

#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

enum {
	PIECE_LEN = 1 << 16,
	HEAD_LEN = 4, /* of a magic number */
};

struct feed {
	FILE *in;
	int fd; /* of it; -1: it is in memory */
	char *name;
	bool ended; /* nothing more comes from in */
	int64_t stored;
	struct rd piece;	     /* of octets: what is not taken of it */
	struct unpack_stream unpack; /* no step: the file is plain */
	enum unpack end;	     /* as far as it is unpacked */
	uint8_t octets[PIECE_LEN];
};

/* What is there now, of a pipe as well: read(2), where there is a file. */
static ssize_t
take(struct feed *feed, uint8_t *to, size_t room)
{
	ssize_t n;
	if (feed->fd < 0) {
		n = (ssize_t)fread(to, 1, room, feed->in);
		return n == 0 && ferror(feed->in) ? -1 : n;
	}
	do
		n = read(feed->fd, to, room);
	while (n < 0 && errno == EINTR);
	return n;
}

/* The next piece of the file; false when it cannot be read. */
static bool
fill(struct feed *feed, size_t least, struct fault *f)
{
	size_t len = 0;
	while (len < least && !feed->ended) {
		ssize_t n = take(feed, feed->octets + len, PIECE_LEN - len);
		if (n < 0)
			return fault_set(
			    f, EX_IOERR, "%s: %s", feed->name, strerror(errno));
		feed->ended = n == 0;
		len += (size_t)n;
	}
	feed->piece = rd_make(feed->octets, len);
	feed->stored += (int64_t)len;
	return true;
}

/* RFC 1952, section 2.3.1; bzip2's "BZh1".."BZh9"; RFC 8878, section 3.1. */
static bool
unpacker(struct rd r, struct unpack_stream *unpack)
{
	uint32_t magic = rd_u32(&r);
	if (!rd_ok(&r))
		return false;
	if (magic >> 8 == 0x1f8b08)
		*unpack = gzip_stream();
	else if (magic > 0x425a6830 && magic <= 0x425a6839)
		*unpack = bzip2_pieces();
	else if (magic == 0x28b52ffd || (magic & 0xf0ffffff) == 0x502a4d18)
		*unpack = zstd_stream();
	else
		return false;
	return true;
}

struct feed *
feed_open(FILE *in, const char *name, struct fault *f)
{
	struct feed *feed = xcalloc(1, sizeof(*feed));
	feed->in = in;
	feed->name = xstrdup(name);
	off_t at = ftello(in);
	feed->fd = fileno(in);
	if (at >= 0 && feed->fd >= 0)
		lseek(feed->fd, at, SEEK_SET); /* stdio may be ahead */
	if (!fill(feed, HEAD_LEN, f)) {
		feed_close(feed);
		return NULL;
	}
	if (unpacker(feed->piece, &feed->unpack))
		feed->end = UNPACK_CUT;
	return feed;
}

bool
feed_ready(const struct feed *feed)
{
	struct pollfd p = {.fd = feed->fd, .events = POLLIN};
	if (feed->piece.left > 0 || feed->ended || feed->fd < 0)
		return true;
	return poll(&p, 1, 0) != 0;
}

int64_t
feed_stored(const struct feed *feed)
{
	return feed->stored - (int64_t)feed->piece.left;
}

static ptrdiff_t
plain(struct feed *feed, void *to, size_t room, struct fault *f)
{
	if (feed->piece.left == 0 && !feed->ended && !fill(feed, 1, f))
		return -1;
	size_t n = feed->piece.left < room ? feed->piece.left : room;
	memcpy(to, feed->piece.p, n);
	rd_skip(&feed->piece, n);
	return (ptrdiff_t)n;
}

/* The file is not what its magic says, up to its end. */
static ptrdiff_t
spoiled(const struct feed *feed, struct fault *f)
{
	const char *why = feed->end == UNPACK_CUT ? "the file is cut off"
			  : feed->end == UNPACK_TOO_LONG
			      ? "wants more than 8 MiB of memory"
			      : "damaged";
	fault_set(f, EX_DATAERR, "%s: %s at octet %" PRId64 ": %s", feed->name,
	    feed->unpack.name, feed_stored(feed), why);
	return -1;
}

static ptrdiff_t
unpacked(struct feed *feed, void *to, size_t room, struct fault *f)
{
	while (feed->end == UNPACK_WHOLE || feed->end == UNPACK_CUT) {
		if (feed->piece.left == 0 && !feed->ended && !fill(feed, 1, f))
			return -1;
		bool all = feed->piece.left == 0 && feed->ended;
		if (all && feed->end == UNPACK_WHOLE)
			return 0;
		size_t n = room;
		feed->end =
		    feed->unpack.step(feed->unpack.state, &feed->piece, to, &n);
		if (n > 0)
			return (ptrdiff_t)n;
		if (all && feed->end == UNPACK_CUT)
			break;
	}
	return spoiled(feed, f);
}

ptrdiff_t
feed_read(struct feed *feed, void *to, size_t room, struct fault *f)
{
	if (feed->unpack.step == NULL)
		return plain(feed, to, room, f);
	return unpacked(feed, to, room, f);
}

void
feed_close(struct feed *feed)
{
	if (feed == NULL)
		return;
	if (feed->unpack.close != NULL)
		feed->unpack.close(feed->unpack.state);
	free(feed->name);
	free(feed);
}
