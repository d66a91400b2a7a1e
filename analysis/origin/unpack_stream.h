/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_ORIGIN_UNPACK_STREAM_H
#define TUMEN_ORIGIN_UNPACK_STREAM_H

#include "analysis/origin/unpack.h"
#include "probe/base/rd.h"

#include <stddef.h>
#include <stdint.h>

/* What a stream may ask for to look back, 8 MiB: zstd, up to level 19. */
enum { UNPACK_WINDOW_LOG = 23 };

/*
 * Unpacks a file of any length piece by piece, all its members, streams or
 * frames, in memory that does not grow with it.
 */
struct unpack_stream {
	const char *name; /* gzip */
	void *state;	  /* the library's */
	/*
	 * Takes what it needs of in, writes up to *room octets and says in
	 * *room how many: none when it needs more of in. UNPACK_WHOLE between
	 * two members, UNPACK_CUT inside one: all is well if it goes on.
	 * UNPACK_TOO_LONG: it has to look back further than it may.
	 */
	enum unpack (*step)(
	    void *state, struct rd *in, uint8_t *to, size_t *room);
	void (*close)(void *state);
};

#endif
