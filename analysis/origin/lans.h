/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_ORIGIN_LANS_H
#define TUMEN_ORIGIN_LANS_H

#include "analysis/origin/table.h"

/*
 * Who has which address in the LANs of exchange points. Start from {0}; free
 * the array with lans_clear().
 */
struct lan_member {
	uint32_t addr, asn;
};

struct lans {
	struct lan_member *p;
	size_t n, room;
};

void lans_member(struct lans *l, uint32_t addr, uint32_t asn);

/*
 * Adds a row of one address for each member whose address lies in a LAN, that
 * is in a row without an AS of the IXP layer, of this source or one before it;
 * the note is "member at" and that row's note. The others are counted: a LAN is
 * never made up around them.
 */
void lans_join(const struct lans *l, struct table *t);

void lans_clear(struct lans *l);

#endif
