/* SPDX-License-Identifier: ISC */
#include "analysis/control/stream.h"

#include "analysis/control/live.h"
#include "probe/base/hash.h"

#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

enum { CHUNK_LEN = 1 << 16 };

/* A stream on its way. */
struct flow {
	struct import *im;
	const struct stream *from;
	struct hash *hash; /* of this stretch */
	struct wr line;	   /* that has no end yet */
	bool too_long;	   /* the rest of it is passed over */
	int64_t at, seen;  /* octets before that line, and in all */
	bool any;	   /* some line was of RIS Live */
	int64_t first_us;  /* of this stretch; -1 */
	int64_t nbroken, broken_at;
};

static void
count_broken(struct flow *flow)
{
	const struct intake *in = flow->im->in;
	if (flow->nbroken == 0)
		flow->broken_at = in->broken_at;
	flow->nbroken += in->skips[SKIP_BROKEN];
	flow->any |= in->nsources > 0;
}

/* Stores what was read, and says what that was. */
static bool
end_stretch(struct flow *flow, struct fault *f)
{
	struct import *im = flow->im;
	hash_close(flow->hash, im->sha256);
	flow->hash = hash_open();
	flow->first_us = -1;
	bool ok = intake_end(im->in, flow->from->name, im->sha256, f);
	count_broken(flow);
	if (flow->from->stretch != NULL)
		flow->from->stretch(im, flow->from->arg);
	intake_stretch(im->in);
	return ok;
}

/* One line with its end, which the last may lack. */
static bool
take_line(struct flow *flow, const uint8_t *text, size_t len, struct fault *f)
{
	struct intake *in = flow->im->in;
	bool ended = len > 0 && text[len - 1] == '\n';
	const struct live_line line = {
	    rd_make(text, len - (ended ? 1 : 0)), flow->at};
	hash_add(flow->hash, text, len);
	bool ok = live_blank(line.text) ||
		  live_read(in, flow->im->collector, &line, f);
	if (!ok || in->at_us < 0)
		return ok;
	if (flow->first_us < 0)
		flow->first_us = in->at_us;
	return in->at_us - flow->first_us < STREAM_STRETCH_US ||
	       end_stretch(flow, f);
}

/* A line's octets, the last of them or not; too many are no line. */
static bool
add(struct flow *flow, struct rd piece, bool last, struct fault *f)
{
	bool ok = true;
	if (!flow->too_long && flow->line.len + piece.left > STREAM_LINE_MAX) {
		flow->too_long = true;
		intake_broken(flow->im->in, NULL, flow->at);
	}
	if (flow->too_long)
		hash_add(flow->hash, piece.p, piece.left);
	else if (flow->line.len > 0 || !last)
		wr_bytes(&flow->line, piece.p, piece.left);
	if (!last)
		return true;
	if (!flow->too_long)
		ok = flow->line.len > 0
			 ? take_line(flow, flow->line.p, flow->line.len, f)
			 : take_line(flow, piece.p, piece.left, f);
	flow->line.len = 0;
	flow->too_long = false;
	return ok;
}

static bool
take_chunk(struct flow *flow, struct rd chunk, struct fault *f)
{
	bool ok = true;
	while (ok && chunk.left > 0) {
		const uint8_t *end = memchr(chunk.p, '\n', chunk.left);
		size_t len = end ? (size_t)(end - chunk.p) + 1 : chunk.left;
		ok = add(flow, rd_sub(&chunk, len), end != NULL, f);
		flow->seen += (int64_t)len;
		if (end != NULL)
			flow->at = flow->seen;
	}
	return ok;
}

static bool
stopped(const struct stream *from)
{
	return from->stop != NULL && *from->stop != 0;
}

/* Before it waits for more: what came is stored. */
static bool
store_before_waiting(struct flow *flow, struct fault *f)
{
	struct pollfd p = {.fd = flow->from->fd, .events = POLLIN};
	return poll(&p, 1, 0) != 0 || intake_flush(flow->im->in, f);
}

static bool
read_all(struct flow *flow, struct fault *f)
{
	uint8_t chunk[CHUNK_LEN];
	while (!stopped(flow->from)) {
		if (!store_before_waiting(flow, f))
			return false;
		ssize_t n = read(flow->from->fd, chunk, sizeof(chunk));
		if (n == 0)
			break;
		if (n < 0 && errno != EINTR)
			return fault_set(f, EX_IOERR, "%s: %s",
			    flow->from->name, strerror(errno));
		if (n > 0 && !take_chunk(flow, rd_make(chunk, (size_t)n), f))
			return false;
	}
	return flow->line.len == 0 || stopped(flow->from) ||
	       take_line(flow, flow->line.p, flow->line.len, f);
}

bool
stream_read(struct import *im, const struct stream *from, struct fault *f)
{
	struct flow flow = {
	    .im = im, .from = from, .hash = hash_open(), .first_us = -1};
	uint8_t unused[HASH_SHA256_LEN];
	intake_begin(im->in);
	bool ok = read_all(&flow, f);
	ok = (ok || f->status == EX_IOERR) && end_stretch(&flow, f) && ok;
	hash_close(flow.hash, unused);
	wr_free(&flow.line);
	if (ok && flow.nbroken > 0 && !flow.any)
		ok = fault_set(f, EX_DATAERR,
		    "%s: no lines of RIS Live (MRT must be named, it cannot "
		    "come by a pipe)",
		    from->name);
	else if (ok && flow.nbroken > 0)
		ok = fault_set(f, EX_DATAERR,
		    "%s: %" PRId64 " broken line%s, the first at byte %" PRId64
		    "; what is whole is stored",
		    from->name, flow.nbroken, flow.nbroken > 1 ? "s" : "",
		    flow.broken_at);
	return ok;
}
