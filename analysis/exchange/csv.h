/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_EXCHANGE_CSV_H
#define TUMEN_EXCHANGE_CSV_H

#include "probe/base/record.h"

#include <stdio.h>

/*
 * Traces as a table (RFC 4180, but lines end in LF): one line a probe or extra
 * reply, with the trace's columns repeated; missing is an empty field.
 */
void csv_header(FILE *out);
void csv_trace(const struct record *r, FILE *out);

#endif
