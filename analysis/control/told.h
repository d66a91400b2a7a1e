/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_CONTROL_TOLD_H
#define TUMEN_CONTROL_TOLD_H

#include "probe/base/addr.h"

#include <stddef.h>

/* What one message says about prefixes that are looked for. Start from {0}. */
struct told_change {
	struct prefix prefix;
	uint32_t path_id; /* RFC 7911; 0 without */
	bool announced;	  /* false: withdrawn */
};

struct told {
	size_t n, room;
	struct told_change *change;
};

void told_add(struct told *told, const struct told_change *change);

/*
 * Brings them into an order in which each prefix and path id is once: what is
 * withdrawn and announced is announced (RFC 4271 section 4.3).
 */
void told_settle(struct told *told);
void told_free(struct told *told);

#endif
