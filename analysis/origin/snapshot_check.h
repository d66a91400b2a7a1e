/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_ORIGIN_SNAPSHOT_CHECK_H
#define TUMEN_ORIGIN_SNAPSHOT_CHECK_H

#include "analysis/origin/snapshot.h"

/*
 * Checks s->len foreign bytes whole (checksums, then every index, offset and
 * order) and fills in s. False with EX_DATAERR and a text that names the byte
 * that is wrong. After it, no answer can read outside the bytes.
 */
bool snapshot_check(struct snapshot *s, const void *bytes, struct fault *f);

/*
 * Checks the head alone and fills in its date, the sections and the sources.
 * Nothing may be asked of it but those; texts may be no texts.
 */
bool
snapshot_check_head(struct snapshot *s, const void *bytes, struct fault *f);

/* Part of snapshot_check(): the sections VRPS, UPST and ORGS. */
bool snapshot_check_side(struct snapshot *s, struct fault *f);

/* False with EX_DATAERR: the file, the byte at, and why. */
bool snapshot_bad(
    const struct snapshot *s, uint64_t at, const char *why, struct fault *f);

#endif
