/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_EXCHANGE_CSV_TRACE_H
#define TUMEN_EXCHANGE_CSV_TRACE_H

#include "probe/base/wr.h"
#include "sql/store.h"

/*
 * One line a trace, with its verdict where it has one. Verdicts lie elsewhere
 * in the database: some hundred traces are held back and theirs are asked for
 * at once. The memory is the same for any number of traces.
 */
struct csv_trace;

/* Borrows both; the filter is that of the traces. */
struct csv_trace *
csv_trace_open(struct store *s, const struct store_filter *filter);
void csv_trace_names(struct wr *out);

/* Traces must come in the order of their start. Lines come into out when there
 * are enough of them, and the last ones with csv_trace_rest(). */
bool csv_trace(struct csv_trace *t, const struct record *r, struct wr *out,
    struct fault *f);
bool csv_trace_rest(struct csv_trace *t, struct wr *out, struct fault *f);
void csv_trace_close(struct csv_trace *t);

#endif
