/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_CONTROL_IMPORT_H
#define TUMEN_CONTROL_IMPORT_H

#include "analysis/control/intake.h"
#include "analysis/origin/input.h"

/*
 * One file of the control plane into the store: MRT (updates, table dumps; a
 * collector's, BIRD's, FRR's) or RIS Live, told by its content; gzip, bzip2 and
 * zstd are unpacked.
 */
struct import {
	struct intake *in;
	const char *collector; /* of all that is read; NULL: by itself */
	/* Now and then, how far it is; NULL: nobody asks. */
	void (*progress)(void *arg, int64_t octets, int64_t of);
	void *arg;
	uint8_t sha256[32]; /* of the file as stored */
};

/*
 * False: EX_DATAERR when a part of it is broken or missing (what is whole is
 * stored, and the text says where the first is), EX_UNAVAILABLE, EX_NOPERM or
 * EX_IOERR when it cannot be read, or the store's fault. The counts are in the
 * intake.
 */
bool import_file(struct import *im, const char *path, struct fault *f);

/* The same of octets that are in memory; whole: nothing of them is missing. */
bool import_input(
    struct import *im, const struct input *input, bool whole, struct fault *f);

/*
 * The collector that a path names: the last part of it that begins with "rrc"
 * and two digits or with "route-views"; "local" when none does.
 */
void
import_collector(const char *path, char name[static COLLECTOR_NAME_MAX + 1]);

#endif
