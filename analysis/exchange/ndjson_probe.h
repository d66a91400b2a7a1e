/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_EXCHANGE_NDJSON_PROBE_H
#define TUMEN_EXCHANGE_NDJSON_PROBE_H

#include "analysis/exchange/foreign.h"
#include "probe/base/wr.h"

/*
 * Appends octets, two lower-case digits each; broken, beginning with the key,
 * when out then has more than RECORD_BYTES_MAX.
 */
void ndjson_hexadecimal(struct json_read *in, const char *key, struct wr *out);

/* Reads a probe; its ttl is 0. What to owned is forgotten. */
void ndjson_probe(struct json_read *in, struct record_probe *to);

/*
 * Reads an array of probes to the end of the record that foreign_trace() gave
 * last; their ttl is the caller's to set.
 */
void ndjson_probes(struct json_read *in, struct foreign *f);

/* The same for an array of objects with "ttl" and "probes"; sorts all. */
void ndjson_hops(struct json_read *in, struct foreign *f);

#endif
