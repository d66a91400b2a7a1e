/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_CONTROL_COVER_H
#define TUMEN_CONTROL_COVER_H

#include "sql/routes.h"

/*
 * When somebody listened: where the files of a collector leave a gap, nothing
 * is known of its peers. Gaps are longer than COVER_GAP_US: RouteViews writes
 * a file every 15 minutes, RIPE RIS every 5. A collector whose files end more
 * than that before everything else does has gone, too.
 */
#define COVER_GAP_US (INT64_C(3600) * 1000000)

/* The files of a collector stopped just before. */
struct cover_end {
	int64_t at_us;
	char collector[COLLECTOR_NAME_MAX + 1];
};

struct cover {
	size_t n;
	struct cover_end *end; /* by at_us */
	int64_t last_us;       /* of all files; -1: there are none */
	struct cover_end open; /* the collector that is being added */
};

/* Starts from this. */
#define COVER_NONE ((struct cover){.last_us = -1, .open = {.at_us = -1}})

/* All files of a store; then cover_close(). */
bool cover_read(struct cover *c, struct store *s, struct fault *f);

/* Files come as store_route_sources() gives them. */
void cover_add(struct cover *c, const struct store_route_source *file);

/* After the last file. */
void cover_close(struct cover *c);
void cover_free(struct cover *c);

#endif
