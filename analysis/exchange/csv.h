/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_EXCHANGE_CSV_H
#define TUMEN_EXCHANGE_CSV_H

#include "probe/base/record.h"
#include "probe/base/wr.h"

/*
 * Fields of CSV (RFC 4180, but lines end in LF), each with the comma behind it;
 * csv_end() makes a newline of the last one. Missing is an empty field.
 */

/* Quoted when it must be; NULL is missing. */
void csv_text(struct wr *out, const char *text);
void csv_number(struct wr *out, int64_t n);

/* Missing when negative. */
void csv_number_or_none(struct wr *out, int64_t n);

/* A share of one with six decimals; not-a-number is missing. */
void csv_share(struct wr *out, double p);
void csv_addr(struct wr *out, uint32_t addr);

/* The labels of RFC 4950, "label:tc:s:ttl", the top first, blanks between. */
void csv_mpls(struct wr *out, const struct record_bytes *ext);
void csv_end(struct wr *out);

/*
 * What every line about a trace begins with, and the names of these columns:
 * trace,vantage,campaign,run,epoch,seq,target,prefix,method,port,flow,src,
 * sport,dport,start,duration_us,stop,stop_detail
 */
void csv_identity_names(struct wr *out);
void csv_identity(struct wr *out, const struct record *r);

#endif
