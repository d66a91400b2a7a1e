/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_EXCHANGE_CSV_HOP_H
#define TUMEN_EXCHANGE_CSV_HOP_H

#include "probe/base/record.h"
#include "probe/base/wr.h"

/*
 * One line for each TTL of a trace and each address that answered there, in
 * the order in which they did; a TTL that nobody answered has one without an
 * address.
 */
void csv_hop_names(struct wr *out);
void csv_hop(struct wr *out, const struct record *r);

#endif
