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

#endif
