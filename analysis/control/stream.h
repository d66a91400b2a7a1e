/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_CONTROL_STREAM_H
#define TUMEN_CONTROL_STREAM_H

#include "analysis/control/import.h"

#include <signal.h>

/*
 * RIS Live as it comes, in as much memory as a line may have octets; what came
 * is stored as soon as nothing more is there. After every STREAM_STRETCH_US of
 * the messages' stamps a stretch ends, which is a source of its own: whoever
 * asks later whether somebody listened then, has its answer.
 */
#define STREAM_STRETCH_US (INT64_C(3600) * 1000000)
enum { STREAM_LINE_MAX = 1 << 20 };

struct stream {
	int fd;
	const char *name;
	const volatile sig_atomic_t *stop; /* ends it; NULL: nobody does */
	/* At the end of each stretch, before the counts of im->in begin anew;
	 * im->sha256 is that of what was read. */
	void (*stretch)(struct import *im, void *arg);
	void *arg;
};

/* False as with import_file(). */
bool stream_read(struct import *im, const struct stream *from, struct fault *f);

#endif
