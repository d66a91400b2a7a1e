/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_INFER_NAMED_H
#define TUMEN_INFER_NAMED_H

#include "analysis/infer/scene.h"

/*
 * What a verdict rests on besides the trace, by name, so that the same can be
 * put together again: the address tables that are asked at that time, their age
 * limit, the carrier classes and the figures of the model. The name is 16
 * hexadecimal digits of the SHA-256 of a JSON object that lists them.
 */
struct named;

/* Of a basis, which must stay as it is; named_free() ends it. */
struct named *named_new(const struct basis *basis);
void named_free(struct named *n); /* NULL is fine */

/* Of a trace that began then; both live as long as n. */
const char *named_at(const struct named *n, int64_t at_us);
const char *named_json(const struct named *n, int64_t at_us);

#endif
