/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_EXCHANGE_EXCHANGE_H
#define TUMEN_EXCHANGE_EXCHANGE_H

#include "analysis/exchange/feed.h"
#include "analysis/exchange/foreign.h"
#include "sql/store.h"

/*
 * Reads a stream of JSON objects: one behind the other with or without
 * newlines, in one array, or in the array "objects" or "results" of one object
 * (lists of probes of RIPE Atlas). Formats may be mixed: each object shows what
 * it is by its keys. Memory is flat: EXCHANGE_OBJECT_MAX and a little. Objects
 * that stand in a line each are read by all cores at once, and handed over in
 * this thread in their order.
 *
 * An object that cannot be read costs nobody else: it is told with its place,
 * and reading goes on behind it (resync.h), at the end of the object where its
 * braces can be matched, else at the next line that begins with a brace.
 */
enum {
	EXCHANGE_OBJECT_MAX = 16 << 20, /* octets; a longer one is broken */
	EXCHANGE_KEPT_MAX = 64 << 10,	/* of a broken one that are handed on */
};

struct exchange_broken {
	enum exchange_format format; /* as far as it could be seen */
	int64_t offset;	  /* of its first octet in the plain stream, from 0 */
	int64_t line;	  /* from 1 */
	int64_t octets;	  /* of it in the stream */
	const char *why;  /* "hop 3: rtt: not in 0..." */
	const char *text; /* its first octets as they are, no string */
	size_t len;	  /* at most EXCHANGE_KEPT_MAX */
};

/* Who is told; each returns false to stop, with f set or status 0. */
struct exchange_sink {
	/* A trace, its source in it; the record changes with the next call. */
	store_each *trace;
	/* What an object tells about a vantage, behind its traces; each time
	 * it does. NULL fine. */
	bool (*fact)(void *arg, const char *vantage, const struct fact *fact,
	    struct fault *f);
	bool (*broken)(
	    void *arg, const struct exchange_broken *b, struct fault *f);
	/* An object that holds no trace: "ping", "verdict". NULL fine. */
	bool (*other)(void *arg, enum exchange_format format, const char *what,
	    struct fault *f);
	void *arg;
};

struct exchange {
	const char *name; /* of the file, for faults */
	struct foreign_hints hints;
	bool without_source; /* records come without the text they are of */
	bool alone;	     /* all in this thread */
	size_t window;	     /* octets at first; 0 for as many as are good */
	struct exchange_sink sink;
	/* Counted: */
	int64_t traces[FORMATS], others[FORMATS], broken[FORMATS];
	int64_t offset; /* octets of the plain stream that are done */
	/* The object at work, for the sink: */
	struct {
		enum exchange_format format;
		int64_t offset, line, octets; /* as in exchange_broken */
	} at;
};

/*
 * Until the end of the stream. False with EX_IOERR or EX_DATAERR when it cannot
 * be read or unpacked to its end (what came before was handed over), or with
 * what the sink set. EX_DATAERR too when a list is not ended, or when there is
 * something but no JSON object.
 */
bool exchange_read(struct exchange *x, struct feed *feed, struct fault *f);

#endif
