/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_EXCHANGE_FEED_H
#define TUMEN_EXCHANGE_FEED_H

#include "probe/base/fault.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/*
 * The plain octets of a file or a pipe as a stream: gzip, bzip2 and zstd, told
 * by their magic, are unpacked on the way, all members or frames of them. The
 * memory is the same for any length (a zstd window of at most 8 MiB).
 */
struct feed;

/*
 * Borrows in, which is read from where it stands; of a pipe nothing may have
 * been read through it before. name is for faults. NULL: EX_IOERR.
 */
struct feed *feed_open(FILE *in, const char *name, struct fault *f);

/*
 * Up to room octets, as soon as some have come; 0 at the end. -1: EX_IOERR
 * cannot be read, EX_DATAERR is damaged or cut off; both begin with the name.
 */
ptrdiff_t feed_read(struct feed *feed, void *to, size_t room, struct fault *f);

/* Whether there is something, or the end, without waiting for a pipe. */
bool feed_ready(const struct feed *feed);

/* Octets of the file as stored that were taken: how far it is. */
int64_t feed_stored(const struct feed *feed);
void feed_close(struct feed *feed);

#endif
