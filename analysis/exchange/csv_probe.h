/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_EXCHANGE_CSV_PROBE_H
#define TUMEN_EXCHANGE_CSV_PROBE_H

#include "probe/base/record.h"
#include "probe/base/wr.h"

/*
 * One line a probe or further reply, all that is known of it; the trace's
 * columns are repeated. Columns are only ever added, at the end.
 */
void csv_probe_names(struct wr *out);
void csv_probe(struct wr *out, const struct record *r);

#endif
