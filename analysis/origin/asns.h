/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_ORIGIN_ASNS_H
#define TUMEN_ORIGIN_ASNS_H

#include "analysis/origin/table.h"

/* Small sets of origins, in the order in which they were added. */

/* Adds asn to a set of ORIGIN_ASNS_MAX places; false when it is full. */
bool asns_add(uint32_t *set, size_t *n, uint32_t asn);

/* Puts a set behind those that the table has, and its ASes into its names. */
void asns_append(struct table *t, const uint32_t *set, size_t n);

#endif
